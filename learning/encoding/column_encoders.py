"""The encoders of all kinds of columns, and which of them a column gets."""

from collections.abc import Mapping
from typing import Final

from learning.encoding.boolean import BooleanEncoder
from learning.encoding.categorical import CategoricalEncoder
from learning.encoding.datetime import DatetimeEncoder
from learning.encoding.eligibility import SkippedColumn
from learning.encoding.embedding import EmbeddingEncoder
from learning.encoding.embedding_spec import EmbeddingSpec
from learning.encoding.image import ImageEncoder
from learning.encoding.image_features import ImageFeaturesEncoder
from learning.encoding.numeric import NumericEncoder
from learning.encoding.numeric_spec import NumericSpec
from learning.encoding.terms import TermsEncoder
from learning.encoding.text import TextEncoder
from learning.frame import (
    BooleanColumn,
    CategoricalColumn,
    Column,
    DatetimeColumn,
    ImageColumn,
    NumericColumn,
    TextColumn,
)
from learning.image_features import FeaturesColumn

TextColumnEncoder = TermsEncoder | TextEncoder
ImageColumnEncoder = ImageEncoder | ImageFeaturesEncoder
PlainEncoder = CategoricalEncoder | BooleanEncoder | ImageColumnEncoder
InputEncoder = PlainEncoder | DatetimeEncoder | TextColumnEncoder
ColumnEncoder = NumericEncoder | EmbeddingEncoder | InputEncoder


def fit_column(
    name: str, column: Column, embedding: EmbeddingSpec, numeric: NumericSpec
) -> ColumnEncoder | SkippedColumn:
    """Fit the encoder of the column's type, or give the reason why the column cannot be learned from."""
    if (embedded := EmbeddingEncoder.fit(name, column, embedding)) is not None:
        return embedded
    if isinstance(column, NumericColumn):
        return NumericEncoder.fit(name, column.values, numeric.count_bins(len(column)))
    if isinstance(column, DatetimeColumn):
        return DatetimeEncoder.fit(name, column, numeric.count_bins(len(column)))
    if isinstance(column, TextColumn):
        return TermsEncoder.fit(name, column, embedding)
    return _ENCODERS[type(column)].fit(name, column)


_ENCODERS: Final[Mapping[type[Column], type[PlainEncoder]]] = {
    CategoricalColumn: CategoricalEncoder,
    BooleanColumn: BooleanEncoder,
    ImageColumn: ImageEncoder,
    FeaturesColumn: ImageFeaturesEncoder,
}
"""The encoder of each type of column but numbers, dates and texts."""


IMAGE_ENCODERS: Final = (ImageEncoder, ImageFeaturesEncoder)
