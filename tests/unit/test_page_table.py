"""Functions of the page about a table before a training, called in Node; skipped where there is none."""

from typing import Any

from tests.page_functions import call


def issue(line: int, action: str, column: str | None = None) -> dict[str, Any]:
    return {"line": line, "row": None, "column": column, "value": "x", "code": "odd", "action": action}


def test_faults_stand_in_the_cells_and_between_the_rows_of_their_lines() -> None:
    rows = [{"a": 1}, {"a": None}, {"a": 3}]
    issues = [issue(3, "cell_emptied", "a"), issue(4, "row_rejected"), issue(9, "kept")]

    (entries,) = call("table/placeIssues.ts", "placeIssues", [rows, [2, 3, 5], 0, issues])

    assert [(entry["place"], entry.get("row")) for entry in entries] == [
        (2, {"a": 1}),
        (3, {"a": None}),
        (4, None),
        (5, {"a": 3}),
    ]
    assert [entry.get("fault", {}).get("line") for entry in entries] == [None, None, 4, None]


def test_rows_without_lines_are_counted_from_those_before() -> None:
    (entries,) = call("table/placeIssues.ts", "placeIssues", [[{"a": 1}, {"a": 2}], [None, None], 20, []])
    assert [entry["place"] for entry in entries] == [21, 22]


def test_bins_are_those_of_whole_numbers_or_of_equal_width_and_counted_for_each_class() -> None:
    few, wide, same, classes = call(
        "table/bins.ts",
        "computeBins",
        [[0, 1, 1, 3]],
        [[0.0, 0.5, 24.0]],
        [[7.5, 7.5]],
        [[0, 1, 1, 3], [0, 1, 0, -1]],
    )
    assert few["counts"] == [[1, 2, 0, 1]]
    assert (few["max"], few["peak"]) == (2, 1)
    assert (len(wide["counts"][0]), wide["counts"][0][0], wide["counts"][0][-1]) == (24, 2, 1)
    assert same["max"] == 2
    assert classes["counts"] == [[1, 1, 0, 0], [0, 1, 0, 0]]


def test_columns_of_one_value_are_constant_unless_some_lack_it() -> None:
    numeric = {"type": "numeric", "missing": 0, "distinct": 1, "min": 3, "max": 3}
    columns = [
        numeric,
        {**numeric, "missing": 2},
        {**numeric, "distinct": 2, "max": 4},
        {"type": "categorical", "missing": 0, "distinct": 1},
        {"type": "image", "missing": 0, "distinct": 1},
        {"type": "text", "missing": 9, "distinct": 0},
    ]
    assert call("table/columnChoices.ts", "isConstant", *([column] for column in columns)) == [
        True, False, False, True, False, True,
    ]  # fmt: skip
