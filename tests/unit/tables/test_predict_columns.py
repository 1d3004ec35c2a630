"""Columns to predict from: the same frames as of rows, from lists and arrays, and the same refusals."""

from typing import Any

import numpy as np
import pytest

from learning.column_format import ColumnFormat
from learning.encoding.columns import InputColumn
from learning.frame import CategoricalColumn
from tables import MAX_JSON_CELLS, BadRows, ColumnFrames, TooManyRows, frame_from_rows

INPUTS = (
    InputColumn("sqft", "numeric", format=ColumnFormat(missing_values=("-999",))),
    InputColumn("rooms", "numeric"),
    InputColumn("city", "categorical", ("Bergen", "Oslo", "3")),
)
FRAMES = ColumnFrames(INPUTS, ignored=("price",))


@pytest.mark.parametrize(
    "columns",
    [
        {"sqft": [1.5, 2], "rooms": [3, 4], "city": ["Oslo", "Rome"]},
        {"sqft": [1.5, None], "rooms": ["3", 4], "city": [3, None]},
        {"sqft": [-999, 2], "rooms": [3, 4]},
        {"rooms": [1, 4], "city": [None, ""]},
        {"sqft": [1, 2], "rooms": [3, 4], "price": [5, 6], "city": ["Oslo", "Oslo"]},
    ],
)
def test_columns_become_what_their_rows_become(columns: dict[str, list[Any]]) -> None:
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    found, wanted = FRAMES.frame(columns, 2), frame_from_rows(rows, INPUTS, ("price",))
    for name in ("sqft", "rooms"):
        np.testing.assert_array_equal(found[name].values, wanted[name].values)  # type: ignore[union-attr] - numbers
    city, same = found["city"], wanted["city"]
    assert isinstance(city, CategoricalColumn)
    assert isinstance(same, CategoricalColumn)
    assert (city.codes.tolist(), city.categories) == (same.codes.tolist(), same.categories)


def test_arrays_are_numbers_of_which_nan_is_missing() -> None:
    arrays = {"sqft": np.array([1.5, np.nan], np.float32), "rooms": np.array([3, 4], np.int8), "city": np.array([3, 7])}
    found = FRAMES.frame(arrays, 2)
    assert found["sqft"].cell(1) is None
    assert found["rooms"].cell(1) == 4.0
    assert [found["city"].cell(row) for row in range(2)] == ["3", "7"]


@pytest.mark.parametrize(
    ("columns", "row", "column", "code"),
    [
        ({"sqft": [1, "x"]}, 1, "sqft", "not_a_number"),
        ({"sqft": [1, True]}, 1, "sqft", "not_a_number"),
        ({"sqft": np.array([True, False]), "rooms": [1, 2]}, 0, "sqft", "not_a_number"),
        ({"sqft": np.array([1, np.inf]), "rooms": [1, 2]}, 1, "sqft", "not_finite"),
        ({"sqft": [1, 10**400], "rooms": [1, 2]}, 1, "sqft", "not_finite"),
        ({"squarefeet": [1, 2]}, 0, "squarefeet", "unknown_column"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(columns: Any, row: int, column: str, code: str) -> None:
    with pytest.raises(BadRows) as refused:
        FRAMES.frame(columns, 2)
    found = refused.value.errors[0]
    assert (found.row, found.column, found.code) == (row, column, code)


def test_unknown_names_and_indexes_are_passed_over() -> None:
    assert FRAMES.frame({"squarefeet": [1, 2], "rooms": [1, 2]}, 2, ignore_unknown=True)["rooms"].cell(1) == 2.0
    assert FRAMES.frame({"Unnamed: 0": [0, 1], "rooms": [1, 2]}, 2).rows == 2


def test_rows_are_limited_before_they_are_read() -> None:
    with pytest.raises(TooManyRows):
        FRAMES.frame({}, MAX_JSON_CELLS)
