"""Encoder of a table: the encoders of its columns side by side, writing into arrays of numbers, ids and pixels.

A matrix is allocated once and filled in place, column by column, so that a million rows cost little more memory.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from learning.encoding.categorical import CategoricalEncoder
from learning.encoding.column_encoders import IMAGE_ENCODERS, ColumnEncoder, InputEncoder, fit_column
from learning.encoding.columns import InputColumn, WarningList, require_type
from learning.encoding.datetime import DatetimeEncoder
from learning.encoding.eligibility import SkippedColumn, skip_second_image
from learning.encoding.embedding import EmbeddingEncoder
from learning.encoding.embedding_spec import DEFAULT_EMBEDDING, EmbeddingSpec
from learning.encoding.image import ImageEncoder
from learning.encoding.image_features import ImageFeaturesEncoder
from learning.encoding.numeric import NumericEncoder
from learning.encoding.numeric_block import NumericBlockEncoder, NumericValues
from learning.encoding.numeric_spec import DEFAULT_NUMERIC, NumericSpec
from learning.encoding.terms import TermsEncoder
from learning.frame import Frame, NumericColumn
from learning.nn.layers.embedding_bag import TERM
from learning.nn.layers.inputs import NetInputs, RowArrays
from learning.serialization import from_json, to_json

E = TypeVar("E")


@dataclass(frozen=True)
class TableEncoder:
    """Encodes the columns of a table into one float32 matrix (rows, width), ids, pixels, and terms of texts.

    The numeric columns come first, then their flags, then their bins, then the other columns. A net joins the vectors
    of the ids, the sums of those of terms, and the features of the picture behind them.

    Attributes:
        columns: The encoders, in the order of the columns given to `fit`.
    """

    columns: tuple[ColumnEncoder, ...]

    @classmethod
    def fit(
        cls,
        frame: Frame,
        names: Sequence[str],
        rows: NDArray[np.intp] | None = None,
        embedding: EmbeddingSpec = DEFAULT_EMBEDDING,
        numeric: NumericSpec = DEFAULT_NUMERIC,
    ) -> "tuple[TableEncoder, tuple[SkippedColumn, ...]]":
        """Fit the encoders of the named columns to these rows of the frame (None: to all).

        Returns:
            The encoder, and the skipped columns, which cannot be learned from.

        Raises:
            UnusableColumn: a column does not exist.
        """
        fitted: list[ColumnEncoder] = []
        skipped: list[SkippedColumn] = []
        for name in names:
            column = frame.column(name)
            encoder = fit_column(name, column if rows is None else column.take(rows), embedding, numeric)
            if isinstance(encoder, SkippedColumn):
                skipped.append(encoder)
            elif isinstance(encoder, IMAGE_ENCODERS) and (first := _find(fitted, IMAGE_ENCODERS)) is not None:
                skipped.append(skip_second_image(name, first.name))
            else:
                fitted.append(encoder)
        return cls(tuple(fitted)), tuple(skipped)

    def encode(
        self,
        frame: Frame,
        rows: NDArray[np.intp] | None = None,
        out: NDArray[np.float32] | None = None,
        warnings: WarningList | None = None,
    ) -> NDArray[np.float32]:
        """Encode these rows of the frame (None: all): float32 (rows, width), C-contiguous, in `out` if it is given.

        Warnings about rows are added to `warnings` in the same pass; their row numbers count the encoded rows.

        Raises:
            UnusableColumn: a column does not exist, or is of another type than in training.
        """
        if out is None:
            out = np.empty((frame.rows if rows is None else len(rows), self.width), dtype=np.float32)
        self._numeric.encode(self._numeric_values(frame), rows, out[:, : self._numeric.width], warnings)
        for encoder, start, stop in self._other_encoders:
            column = frame.column(encoder.name)
            encoder.encode(column if rows is None else column.take(rows), out[:, start:stop], warnings)
        return out

    def encode_ids(
        self,
        frame: Frame,
        rows: NDArray[np.intp] | None = None,
        out: NDArray[np.int32] | None = None,
        warnings: WarningList | None = None,
    ) -> NDArray[np.int32] | None:
        """The ids of these rows, int32 (rows, columns), as `encode` gives their numbers; None without such columns.

        Raises:
            UnusableColumn: a column does not exist, or is of another type than in training.
        """
        if not self.id_encoders:
            return None
        if out is None:
            out = np.empty((frame.rows if rows is None else len(rows), len(self.id_encoders)), np.int32)
        for place, encoder in enumerate(self.id_encoders):
            column, ids = frame.column(encoder.name), np.empty(len(out), np.int32)
            encoder.encode(column if rows is None else column.take(rows), ids, warnings)
            out[:, place] = ids
        return out

    def encode_images(
        self, frame: Frame, rows: NDArray[np.intp] | None = None, out: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8] | None:
        """The pixels of these rows, uint8 (rows, *shape), as `encode` gives their numbers; None without pictures.

        Raises:
            UnusableColumn: the column does not exist, is of another type, or has pictures of another size.
        """
        if (encoder := self.image_encoder) is None:
            return None
        if out is None:
            out = np.empty((frame.rows if rows is None else len(rows), *encoder.shape), np.uint8)
        column = frame.column(encoder.name)
        encoder.encode_pixels(column if rows is None else column.take(rows), out)
        return out

    def encode_terms(
        self, frame: Frame, rows: NDArray[np.intp] | None = None, out: NDArray[Any] | None = None
    ) -> NDArray[Any] | None:
        """The terms of these rows, of dtype TERM (rows, slots), as `encode` gives their numbers; None without texts.

        The ids of a column's terms follow those of the column before.

        Raises:
            UnusableColumn: a column does not exist, or is of another type than in training.
        """
        if not self.terms_encoders:
            return None
        if out is None:
            out = np.empty((frame.rows if rows is None else len(rows), self.net_inputs.slots), TERM)
        first = 0
        for encoder in self.terms_encoders:
            column, own = frame.column(encoder.name), out[:, self.slots_by_column[encoder.name]]
            encoder.encode_terms(column if rows is None else column.take(rows), own)
            own["id"] += first
            first += len(encoder.terms)
        return out

    def encode_arrays(
        self, frame: Frame, warnings: WarningList | None = None, rows: NDArray[np.intp] | None = None
    ) -> RowArrays:
        """The numbers, ids, pixels and terms of these rows of a frame (None: all), as a net takes them.

        Raises:
            UnusableColumn: a column does not exist, or is of another type than in training.
        """
        numbers = self.encode(frame, rows, warnings=warnings)
        ids, images = self.encode_ids(frame, rows, warnings=warnings), self.encode_images(frame, rows)
        return RowArrays(numbers, ids, images, terms=self.encode_terms(frame, rows))

    @cached_property
    def id_encoders(self) -> list[EmbeddingEncoder]:
        """The encoders of columns of ids."""
        return [encoder for encoder in self.columns if isinstance(encoder, EmbeddingEncoder)]

    @cached_property
    def terms_encoders(self) -> list[TermsEncoder]:
        """The encoders of columns of texts, but for those of an earlier version."""
        return [encoder for encoder in self.columns if isinstance(encoder, TermsEncoder)]

    @cached_property
    def slots_by_column(self) -> dict[str, slice]:
        """Which of a row's terms are those of each column of texts."""
        stops = list(accumulate((encoder.slots for encoder in self.terms_encoders), initial=0))
        return {each.name: slice(*own) for each, own in zip(self.terms_encoders, pairwise(stops), strict=True)}

    @cached_property
    def image_encoder(self) -> ImageEncoder | None:
        """The encoder of the column of pictures, if there is one."""
        return _find(self.columns, ImageEncoder)

    @cached_property
    def picture(self) -> tuple[ImageEncoder | ImageFeaturesEncoder, slice] | None:
        """The encoder of the column of pictures, and where their features are among a net's joined values."""
        if self.image_encoder is not None:
            return self.image_encoder, slice(self.net_inputs.width, None)
        for encoder, start, _ in self._other_encoders:
            if isinstance(encoder, ImageFeaturesEncoder):
                return encoder, slice(start, start + len(encoder.means))
        return None

    @cached_property
    def net_inputs(self) -> NetInputs:
        """What goes into a net: the numbers, the table of each column of ids and of texts, and a picture."""
        image = None if self.image_encoder is None else self.image_encoder.net_input
        tables, bags = [each.table for each in self.id_encoders], [each.bag for each in self.terms_encoders]
        return NetInputs(self.width, tuple(tables), image, bags=tuple(bags))

    @cached_property
    def width(self) -> int:
        """The number of numbers of a row."""
        return self._other_encoders[-1][-1] if self._other_encoders else self._numeric.width

    @cached_property
    def bins(self) -> NDArray[np.intp]:
        """The inputs that are bins of numbers and dates, which say once more what others say."""
        dates = [(encoder, start) for encoder, start, _ in self._other_encoders if isinstance(encoder, DatetimeEncoder)]
        own = range(self._numeric.bins.start, self._numeric.bins.stop)
        return np.array([*own, *(start + place for encoder, start in dates for place in encoder.bins)], np.intp)

    @cached_property
    def output_names(self) -> list[str]:
        """The display name of each joined value of a net (width + those of vectors,)."""
        return [
            *self._numeric.output_names,
            *(name for encoder, _, _ in self._other_encoders for name in encoder.output_names),
            *(name for encoder in self.id_encoders for name in encoder.output_names),
            *(name for encoder in self.terms_encoders for name in encoder.vector_names),
        ]

    def output_columns(self, joined: int = 0) -> dict[str, NDArray[np.intp]]:
        """The places among so many joined values of a net that belong to each column of the table, by its name."""
        columns_by_name: dict[str, Iterable[int]] = {**self._numeric.output_columns()}
        columns_by_name |= {encoder.name: range(start, stop) for encoder, start, stop in self._other_encoders}
        vectors = zip([*self.id_encoders, *self.terms_encoders], self.net_inputs.vector_slices(), strict=True)
        for encoder, part in vectors:
            columns_by_name[encoder.name] = [*columns_by_name.get(encoder.name, ()), *range(part.start, part.stop)]
        if (image := self.image_encoder) is not None:
            columns_by_name[image.name] = [*columns_by_name[image.name], *range(self.net_inputs.width, joined)]
        return {encoder.name: np.array([*columns_by_name[encoder.name]], np.intp) for encoder in self.columns}

    def repeat_vectors(self, times: int) -> "TableEncoder":
        """The encoder for so many nets that became one: each vector of an id or text is as many times longer."""
        columns = [
            replace(each, dimensions=times * each.dimensions)
            if isinstance(each, EmbeddingEncoder | TermsEncoder)
            else each
            for each in self.columns
        ]
        return TableEncoder(tuple(columns))

    def describe(self) -> tuple[InputColumn, ...]:
        """The descriptions of the columns that a row needs."""
        return tuple([encoder.describe() for encoder in self.columns])

    def list_pooling(self) -> list[SkippedColumn]:
        """The columns with values that are learned as one, with a sentence that says so."""
        categorical = [each for each in self.columns if isinstance(each, CategoricalEncoder | EmbeddingEncoder)]
        sentences = [(encoder.name, encoder.describe_pooling()) for encoder in categorical]
        return [SkippedColumn(name, sentence) for name, sentence in sentences if sentence is not None]

    def typical_row(self) -> dict[str, str | float | bool | None]:
        """A typical row as JSON values: medians and the most frequent categories; null in place of a picture."""
        return {encoder.name: encoder.typical_value for encoder in self.columns}

    def to_json(self) -> dict[str, object]:
        """The encoder as plain JSON values."""
        return to_json(self)

    @classmethod
    def from_json(cls, plain: object) -> "TableEncoder":
        """The encoder from its JSON values.

        Raises:
            ValueError: the values are not those of a complete encoder.
        """
        return from_json(cls, plain)

    @cached_property
    def _numeric(self) -> NumericBlockEncoder:
        return NumericBlockEncoder([encoder for encoder in self.columns if isinstance(encoder, NumericEncoder)])

    @cached_property
    def _other_encoders(self) -> list[tuple[InputEncoder, int, int]]:
        """The encoders of the other columns, each with the start and stop of its inputs in the matrix."""
        others = [each for each in self.columns if not isinstance(each, NumericEncoder | EmbeddingEncoder)]
        stops = list(accumulate((encoder.width for encoder in others), initial=self._numeric.width))
        return list(zip(others, stops, stops[1:], strict=False))

    def _numeric_values(self, frame: Frame) -> NumericValues:
        names = self._numeric.names
        if frame.numeric_block is not None and frame.numeric_block.names == names:
            return frame.numeric_block.values
        return [require_type(frame.column(name), NumericColumn, name).values for name in names]


def _find(encoders: Sequence[ColumnEncoder], kinds: type[E] | tuple[type[E], ...]) -> E | None:
    return next((each for each in encoders if isinstance(each, kinds)), None)
