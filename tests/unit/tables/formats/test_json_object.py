"""Tables in one JSON object: columns as lists, the forms of pandas, rows under one key."""

import json

import pytest

from tables import UnreadableFile, detect_format
from tables.formats import ndjson

ROWS = [{"a": 1, "b": "x"}, {"a": 2, "b": None}, {"a": 3.5, "b": "x"}]
FORMS = {
    "lists": {"a": [1, 2, 3.5], "b": ["x", None, "x"]},
    "columns": {"a": {"0": 1, "1": 2, "2": 3.5}, "b": {"0": "x", "1": None, "2": "x"}},
    "index": {str(index): row for index, row in enumerate(ROWS)},
    "split": {"columns": ["a", "b"], "index": [0, 1, 2], "data": [[1, "x"], [2, None], [3.5, "x"]]},
    "split without an index": {"data": [[1, "x"], [2, None], [3.5, "x"]], "columns": ["a", "b"]},
}


@pytest.mark.parametrize("form", FORMS)
def test_a_table_in_one_object_is_read_as_its_rows_would_be(table, form):
    text = json.dumps(FORMS[form], indent=2)
    assert detect_format(text.encode(), name="table.json") == "json"
    read = table(text, "json")
    assert read.rows == ROWS
    assert read.types == {"a": "numeric", "b": "categorical"}
    assert read.issues == []


def test_rows_under_one_key_are_read_and_the_key_is_named(table):
    read = table(json.dumps({"total": 3, "items": ROWS, "next": None}), "json")
    assert read.rows == ROWS
    assert [(issue.code, issue.value) for issue in read.issues] == [("rows_in_object", "items")]


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1, "b": "x"},
        {"a": [1, 2], "b": ["x"]},
        {"a": [1, 2], "b": "x"},
        {"r1": {"x": 1}, "r2": {"x": 2}},
        {"one": [{"x": 1}], "two": [{"x": 2}]},
        {"columns": ["a"], "data": [[1, 2]]},
        {"a": [{"x": 1}, 2]},
        {},
    ],
)
def test_other_objects_are_refused_with_the_forms_that_are_read(table, value):
    with pytest.raises(UnreadableFile) as refused:
        table(json.dumps(value), "json")
    assert refused.value.slug == "not-a-table"
    assert '{"sqft": [1200, 800]' in refused.value.advice


def test_a_broken_object_is_named(table):
    with pytest.raises(UnreadableFile, match="no JSON object"):
        table('{"a": [1, 2', "json")


def test_an_object_of_keys_that_do_not_meet_is_no_table(table):
    apart = {f"c{index}": {str(index): 1} for index in range(1_000)}
    with pytest.raises(UnreadableFile):
        table(json.dumps(apart), "json")


def test_a_large_object_is_refused_with_both_sizes(table, monkeypatch):
    monkeypatch.setattr(ndjson, "MAX_OBJECT_BYTES", 1_000)
    with pytest.raises(UnreadableFile, match="1,000 bytes"):
        table(json.dumps({"a": list(range(1_000))}), "json")
