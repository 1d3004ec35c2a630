"""Numbers that stand for a missing value, such as -999, in rows to predict: they become missing, as in training."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from learning.encoding.columns import InputColumn
from learning.frame import NumericColumn
from tables.types.missing import missing_numbers


def missing_by_place(inputs: Sequence[InputColumn]) -> dict[int, tuple[float, ...]]:
    """The numbers that stand for a missing value, by the place of their input among those of numbers."""
    numeric = [expected for expected in inputs if expected.type == "numeric"]
    found = {place: _numbers_of(expected) for place, expected in enumerate(numeric)}
    return {place: numbers for place, numbers in found.items() if numbers}


def empty_missing(values: NDArray[np.float64], missing: Mapping[int, tuple[float, ...]]) -> NDArray[np.float64]:
    """The cells of columns of numbers (columns, rows), with NaN for those that stand for a missing value."""
    if missing:
        values = values.copy()
        for place, numbers in missing.items():
            values[place][np.isin(values[place], numbers)] = np.nan
    return values


def empty_missing_numbers(column: NumericColumn, expected: InputColumn) -> NumericColumn:
    """The column of an input, without the numbers that stand for a missing value."""
    missing = _numbers_of(expected)
    return NumericColumn(np.where(np.isin(column.values, missing), np.nan, column.values)) if missing else column


def _numbers_of(expected: InputColumn) -> tuple[float, ...]:
    return missing_numbers(expected.format.missing_values) if expected.format is not None else ()
