"""The fast parser of JSON rows: as strict as the parser of every other body."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.encoding.columns import InputColumn
from learning.frame import CategoricalColumn, Column, Frame, NumericColumn
from learning.tasks.classification import ClassPredictions
from learning.tasks.regression import NumberPredictions
from service.http import strict_json
from service.http.errors import ProblemError
from service.predict.json_rows import JsonRows
from service.predictions import encode_predictions
from service.request_bodies.strict_rows import BARE, LISTED, WRAPPED, build_frame, check_rows, parse_rows

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=5)
WORDS = st.sampled_from(["", "a:b", '"', '":', "\\", '\\":', "{", "12:30", "é", "\U0001f600"])
CELLS = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | WORDS
)
ROWS = st.dictionaries(NAMES | WORDS, CELLS, max_size=4)


def parse_refused(raw: bytes) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        parse_rows(raw)
    return caught.value


def list_faults(raw: bytes) -> list[tuple[str, str]]:
    return [(error.pointer, error.code) for error in parse_refused(raw).errors]


@given(st.lists(ROWS, max_size=4), st.booleans(), st.sampled_from([None, 2]))
def test_any_rows_are_read_as_they_are(rows: list[dict[str, Any]], ascii_only: bool, indent: int | None) -> None:
    raw = json.dumps({"rows": rows}, ensure_ascii=ascii_only, indent=indent).encode()

    assert parse_rows(raw) == (rows, WRAPPED)


@given(ROWS, st.booleans())
def test_a_bare_row_is_one_row(row: dict[str, Any], ascii_only: bool) -> None:
    raw = json.dumps(row, ensure_ascii=ascii_only).encode()

    assert parse_rows(raw) == ([row], BARE)


def test_a_list_is_its_rows() -> None:
    rows = [{"a": 1, "b": "x"}, {"a": 2.5}]
    assert parse_rows(json.dumps(rows).encode()) == (rows, LISTED)
    assert parse_rows(b" [] ") == ([], LISTED)


def test_a_column_may_be_called_rows() -> None:
    assert parse_rows(b'{"rows": 3, "sqft": 1}') == ([{"rows": 3, "sqft": 1}], BARE)


@given(st.lists(ROWS, min_size=1, max_size=3), st.data())
def test_a_duplicate_key_is_always_refused(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(range(len(rows))))
    row = {**rows[place], "twice": 1}
    blank = data.draw(st.sampled_from(["", " ", "\n\t"]))
    doubled = json.dumps(row)[:-1] + f',"twice"{blank}:{data.draw(WORDS.map(json.dumps))}}}'
    texts = [json.dumps(other) for other in rows]
    texts[place] = doubled

    assert (f"#/rows/{place}/twice", "duplicate_key") in list_faults(f'{{"rows":[{",".join(texts)}]}}'.encode())


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b"[1]", ("#/0", "object_type")),
        (b"3", ("#", "object_type")),
        (b"null", ("#", "object_type")),
        (b'{"rows": [3]}', ("#/rows/0", "object_type")),
        (b'{"rows": {"a": 1}}', ("#/rows", "list_type")),
        (b'{"rows": [], "more": 1}', ("#/more", "unknown_field")),
        (b'{"rows": [{"a": 1}, {"b": [1]}]}', ("#/rows/1/b", "cell_type")),
        (b'{"a": {"b": 1}}', ("#/a", "cell_type")),
        (b'{"a": [1]}', ("#/a", "cell_type")),
        (b'{"a": NaN}', ("#/a", "not_finite")),
        (b'{"a": 1e999}', ("#/a", "out_of_range")),
        (b'{"a": 1, "a": 1}', ("#/a", "duplicate_key")),
        (b'{"rows": [], "rows": []}', ("#/rows", "duplicate_key")),
        (b'{"a": "\\u0000"}', ("#/a", "control_character")),
        (b'{"a": "\x7f"}', ("#/a", "control_character")),
        (b'{"a": "\\b"}', ("#/a", "control_character")),
        (b'{"a": "\\ud800"}', ("#/a", "lone_surrogate")),
        (b'{"a":' * 1000, ("#", "too_deep")),
        (b"[" * 100_000, ("#", "too_deep")),
    ],
)
def test_json_that_is_no_rows_is_refused_with_its_pointer(raw: bytes, place: tuple[str, str]) -> None:
    assert place in list_faults(raw)


@pytest.mark.parametrize(
    "raw", [b"", b"{", b'{"a": 1,}', b"{'a': 1}", b'{"a": "\xff"}', b'{"a": 1} x', b"\xff\xfe", b'{"a": .5}']
)
def test_a_body_that_is_no_json_is_unreadable(raw: bytes) -> None:
    assert parse_refused(raw).kind.slug == "unreadable-json"


def test_the_list_of_faults_is_bounded() -> None:
    assert len(list_faults(json.dumps({"rows": [1] * 10_000}).encode())) == 50


INPUTS = (InputColumn("x", "numeric"), InputColumn("{}", "categorical", ("}", "} ]}", "a")))
INPUT_ROWS = st.lists(
    st.fixed_dictionaries(
        {"x": st.floats(-9, 9) | st.none() | st.just("}"), "{}": st.sampled_from(["}", "} ]}", "}, {", "a", None, 3])}
    ),
    min_size=1,
    max_size=12,
)


@given(INPUT_ROWS, st.sampled_from([None, 1]), st.sampled_from(["", ",", "]", "}", '"', " ", '"b":1']), st.data())
def test_a_model_reads_rows_or_refuses_them_as_the_strict_parser_does(
    rows: list[dict[str, Any]], indent: int | None, more: str, data: st.DataObject
) -> None:
    text = json.dumps({"rows": rows}, indent=indent)
    at = data.draw(st.integers(0, len(text)))
    raw = (text[:at] + more + text[at:]).encode()

    assert outcome(lambda: JsonRows(INPUTS, ()).read(raw)) == outcome(lambda: read_strictly(raw))


@pytest.mark.parametrize("body", [{"x": 1.5, "{}": "a"}, {"rows": [{"x": None, "{}": "}"}, {"x": 2, "{}": None}]}])
def test_rows_of_just_the_models_columns_are_read_as_they_are(body: dict[str, Any]) -> None:
    frame = JsonRows(INPUTS, ()).read(json.dumps(body).encode())

    rows = body.get("rows", [body])
    assert [*zip(repr_of(frame["x"]), words(frame["{}"]), strict=True)] == [
        (repr(np.float64("nan" if row["x"] is None else row["x"])), row["{}"]) for row in rows
    ]


def read_strictly(raw: bytes) -> Frame:
    rows, pointer = check_rows(strict_json.parse_json(raw, lines=True))
    return build_frame(rows, INPUTS, (), pointer)


def outcome(read: Callable[[], Frame]) -> object:
    try:
        frame = read()
    except ProblemError as refused:
        return [(error.pointer, error.code) for error in refused.errors] or refused.kind.slug
    return (repr_of(frame["x"]), words(frame["{}"]))


def repr_of(column: Column) -> list[str]:
    assert isinstance(column, NumericColumn)
    return list(map(repr, column.values))


def words(column: Column) -> list[str | None]:
    assert isinstance(column, CategoricalColumn)
    return [None if code < 0 else column.categories[code] for code in column.codes]


def test_line_breaks_may_stand_in_a_cell() -> None:
    assert parse_rows(b'{"note": "a\\n\\tb"}') == ([{"note": "a\n\tb"}], BARE)


@given(st.integers(1, 40), st.sampled_from([(), ("no", "yes"), ("50%", 'a "b"', "\u00e9")]))
def test_few_predictions_and_many_are_written_alike(rows: int, classes: tuple[str, ...]) -> None:
    numbers = np.random.default_rng(rows)
    predictions = (
        ClassPredictions(numbers.dirichlet(np.ones(len(classes)), rows), classes)
        if classes
        else NumberPredictions(numbers.standard_normal((rows, 1)))
    )

    assert msgspec.json.decode(msgspec.json.encode(encode_predictions(predictions))) == predictions.list_rows()
