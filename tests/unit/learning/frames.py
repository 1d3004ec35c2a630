"""Columns and frames of plain values for tests; None is a missing value."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from learning.frame import (
    BooleanColumn,
    CategoricalColumn,
    Column,
    DatetimeColumn,
    Frame,
    NumericColumn,
    TextColumn,
)


def create_numeric(values: Sequence[float | None] | np.ndarray) -> NumericColumn:
    return NumericColumn(np.array(values, dtype=np.float64))


def create_categorical(values: Sequence[str | None]) -> CategoricalColumn:
    categories = tuple(dict.fromkeys(value for value in values if value is not None))
    place = {category: code for code, category in enumerate(categories)}
    return CategoricalColumn(np.array([place.get(value, -1) for value in values], dtype=np.int32), categories)


def create_boolean(values: Sequence[bool | None]) -> BooleanColumn:
    return BooleanColumn(np.array([-1 if value is None else value for value in values], dtype=np.int8))


def create_datetime(values: Sequence[str | None]) -> DatetimeColumn:
    seconds = [
        np.nan if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp() for value in values
    ]
    return DatetimeColumn(np.array(seconds))


def create_text(values: Sequence[str | None]) -> TextColumn:
    return TextColumn(np.array(values, dtype=np.object_))


def create_frame(**columns: Column) -> Frame:
    return Frame(columns, len(next(iter(columns.values()))))
