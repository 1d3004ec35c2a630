"""Rows for prediction, from JSON and CSV: valid rows become a frame, invalid cells are reported."""

import gc
import json
import math
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning import spelling
from learning.encoding.columns import InputColumn
from learning.frame import BooleanColumn, CategoricalColumn, DatetimeColumn, NumericColumn, TextColumn
from tables import BadRows, UnreadableFile, frame_from_csv, frame_from_rows, predict_csv

SQFT, ROOMS = InputColumn("sqft", "numeric"), InputColumn("rooms", "numeric")
CITY = InputColumn("city", "categorical", ("Bergen", "Oslo", "3"))
NEW, BUILT, NOTE = InputColumn("new", "boolean"), InputColumn("built", "datetime"), InputColumn("note", "text")
ALL = (SQFT, ROOMS, CITY, NEW, BUILT, NOTE)


def numbers(frame, name):
    column = frame[name]
    assert isinstance(column, NumericColumn)
    return column.values.tolist()


def same(actual, expected):
    return all(a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(actual, expected, strict=True))


def test_rows_become_the_columns_that_the_model_wants():
    rows = [
        {"sqft": 1200, "rooms": 3.5, "city": "Oslo", "new": True, "built": "2024-01-31T18:30:00Z", "note": "quiet"},
        {"sqft": 800.5, "rooms": 2, "city": "Bergen", "new": False, "built": "1970-01-01", "note": "near the sea"},
    ]
    frame = frame_from_rows(rows, ALL)
    assert list(frame) == [column.name for column in ALL]
    assert numbers(frame, "sqft") == [1200, 800.5]
    assert isinstance(frame["city"], CategoricalColumn)
    assert (frame["city"].codes.tolist(), frame["city"].categories) == ([1, 0], CITY.categories)
    assert isinstance(frame["new"], BooleanColumn)
    assert frame["new"].values.tolist() == [1, 0]
    assert isinstance(frame["built"], DatetimeColumn)
    assert frame["built"].values.tolist() == [1706725800, 0]
    assert isinstance(frame["note"], TextColumn)
    assert frame["note"].values.tolist() == ["quiet", "near the sea"]


def test_absent_and_null_values_are_missing():
    frame = frame_from_rows([{}, dict.fromkeys([column.name for column in ALL])], ALL)
    assert frame.rows == 2
    assert all(math.isnan(value) for name in ("sqft", "rooms") for value in numbers(frame, name))
    assert isinstance(frame["city"], CategoricalColumn)
    assert frame["city"].codes.tolist() == [-1, -1]
    assert isinstance(frame["new"], BooleanColumn)
    assert frame["new"].values.tolist() == [-1, -1]
    assert isinstance(frame["built"], DatetimeColumn)
    assert np.isnan(frame["built"].values).all()
    assert isinstance(frame["note"], TextColumn)
    assert frame["note"].values.tolist() == [None, None]


@pytest.mark.parametrize(
    ("row", "column", "code", "suggestion"),
    [
        ({"sqft": "many"}, "sqft", "not_a_number", None),
        ({"sqft": True}, "sqft", "not_a_number", None),
        ({"sqft": False}, "sqft", "not_a_number", None),
        ({"sqft": [1]}, "sqft", "not_a_number", None),
        ({"sqft": math.inf}, "sqft", "not_finite", None),
        ({"sqft": 10**400}, "sqft", "not_finite", None),
        ({"city": ["Oslo"]}, "city", "not_text", None),
        ({"new": "perhaps"}, "new", "not_a_boolean", None),
        ({"new": 2}, "new", "not_a_boolean", None),
        ({"new": [True]}, "new", "not_a_boolean", None),
        ({"built": 2024}, "built", "not_a_date", None),
        ({"built": "yesterday"}, "built", "not_a_date", None),
        ({"built": "2024-02-30"}, "built", "not_a_date", None),
        ({"built": "03/04/2024"}, "built", "ambiguous_date", None),
        ({"note": {"a": 1}}, "note", "not_text", None),
        ({"sqtf": 1200}, "sqtf", "unknown_column", "sqft"),
        ({"colour": 1}, "colour", "unknown_column", None),
    ],
)
@pytest.mark.parametrize("before", [0, 3])
def test_a_value_that_does_not_fit_is_named_with_its_row_and_column(row, column, code, suggestion, before):
    rows = [{"sqft": 1, "rooms": 2, "city": "Oslo"}] * before + [{"sqft": 1, **row}]
    with pytest.raises(BadRows) as refused:
        frame_from_rows(rows, ALL)
    (error,) = refused.value.errors
    assert (error.row, error.column, error.code, error.suggestion) == (before, column, code, suggestion)
    assert error.detail
    assert ("write it as 2024-01-31" in error.detail) == code.endswith("_date")


def test_a_truth_is_no_number_even_where_all_other_values_are():
    with pytest.raises(BadRows) as refused:
        frame_from_rows([{"sqft": 1, "rooms": 0}, {"sqft": 0, "rooms": 1}, {"sqft": 1, "rooms": True}], (SQFT, ROOMS))
    assert [(error.row, error.column) for error in refused.value.errors] == [(2, "rooms")]


def test_all_errors_are_named_by_row_up_to_a_hundred():
    with pytest.raises(BadRows) as refused:
        frame_from_rows([{"sqft": "a", "rooms": "b"}, {"sqft": 1, "rooms": "c"}], (SQFT, ROOMS))
    assert [(error.row, error.column) for error in refused.value.errors] == [(0, "sqft"), (0, "rooms"), (1, "rooms")]
    with pytest.raises(BadRows) as refused:
        frame_from_rows([{"sqft": "a"}] * 500, (SQFT,))
    assert len(refused.value.errors) == 100


def test_rows_that_are_no_objects_are_reported():
    with pytest.raises(BadRows) as refused:
        frame_from_rows([{"sqft": 1}, [1, 2]], (SQFT,))  # pyright: ignore[reportArgumentType] - as a client may send it
    assert [(error.row, error.column, error.code) for error in refused.value.errors] == [(1, None, "not_an_object")]


def test_ignored_columns_are_accepted():
    frame = frame_from_rows([{"sqft": 1, "price": "any"}], (SQFT,), ignore=frozenset({"price"}))
    assert list(frame) == ["sqft"]


@pytest.mark.parametrize(
    ("cell", "code", "categories"),
    [
        ("Oslo", 1, CITY.categories),
        (" Oslo ", 1, CITY.categories),
        (3, 2, CITY.categories),
        (3.0, 2, CITY.categories),
        ("NA", -1, CITY.categories),
        ("Paris", 3, ("Bergen", "Oslo", "3", "Paris")),
        (7, 3, ("Bergen", "Oslo", "3", "7")),
    ],
)
def test_a_category_is_recognised_by_its_spelling_and_a_new_one_comes_after_the_known(cell, code, categories):
    column = frame_from_rows([{"city": cell}], (CITY,))["city"]
    assert isinstance(column, CategoricalColumn)
    assert (column.codes.tolist(), column.categories) == ([code], categories)


def test_a_truth_stands_for_the_category_that_is_spelled_like_it():
    column_input = InputColumn("x", "categorical", ("True", "no"))
    column = frame_from_rows([{"x": True}], (column_input,))["x"]
    assert isinstance(column, CategoricalColumn)
    assert column.codes.tolist() == [0]


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("2024-01-31", 1706659200),
        ("2024-01-31T18:30", 1706725800),
        ("2024-01-31 18:30:00+02:00", 1706718600),
        ("31/01/2024", 1706659200),
        ("01/31/2024", 1706659200),
        ("31.01.2024 18:30", 1706725800),
        ("31 Jan 2024", 1706659200),
    ],
)
def test_moments_are_read_as_training_read_them(cell, seconds):
    column = frame_from_rows([{"built": cell}], (BUILT,))["built"]
    assert isinstance(column, DatetimeColumn)
    assert column.values.tolist() == [seconds]


@pytest.mark.parametrize(("cell", "value"), [("yes", 1), ("No", 0), (1, 1), ("0", 0), ("NA", -1), (" TRUE ", 1)])
def test_booleans_may_be_spelled_as_text(cell, value):
    column = frame_from_rows([{"new": cell}], (NEW,))["new"]
    assert isinstance(column, BooleanColumn)
    assert column.values.tolist() == [value]


NUMBERS = st.one_of(st.none(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 5), NUMBERS), min_size=1, max_size=20))
def test_numbers_arrive_to_the_last_bit_as_json_and_as_csv(cells):
    sent = json.loads(json.dumps([{"sqft": first, "rooms": second} for first, second in cells]))
    lines = [f"{first},{'' if second is None else repr(second)}" for first, second in cells]
    for frame in (
        frame_from_rows(sent, (SQFT, ROOMS)),
        frame_from_csv("\n".join(["sqft,rooms", *lines]).encode(), (SQFT, ROOMS)),
    ):
        assert numbers(frame, "sqft") == [first for first, _ in cells]
        expected = [math.nan if second is None else float(second) for _, second in cells]
        assert same(numbers(frame, "rooms"), expected)


def test_csv_becomes_the_same_frame_as_rows():
    csv = (
        "city;sqft;rooms;new;built;note;price\n"
        'Oslo;1.200,5;3,5;yes;2024-01-31 18:30;"a; b";1\n'
        "Paris;800;NA;no;;-;2\n"
        "3;;2;;1970-01-01;x;3\n"
    )
    frame = frame_from_csv(csv.encode("utf-16"), ALL, ignore=frozenset({"price"}))
    rows = [
        {"city": "Oslo", "sqft": 1200.5, "rooms": 3.5, "new": True, "built": "2024-01-31T18:30:00Z", "note": "a; b"},
        {"city": "Paris", "sqft": 800, "rooms": None, "new": False},
        {"city": "3", "rooms": 2, "built": "1970-01-01", "note": "x"},
    ]
    expected = frame_from_rows(rows, ALL)
    assert list(frame) == list(expected)
    for name in frame:
        left, right = frame[name], expected[name]
        assert type(left) is type(right)
        if isinstance(left, CategoricalColumn):
            assert isinstance(right, CategoricalColumn)
            assert (left.codes.tolist(), left.categories) == (right.codes.tolist(), right.categories)
        elif isinstance(left, TextColumn):
            assert left.values.tolist() == right.values.tolist()  # pyright: ignore - of the same type
        else:
            np.testing.assert_array_equal(left.values, right.values)  # pyright: ignore - of the same type


ODD_CELLS = [
    "",
    " 1",
    "+1",
    ".5",
    "5.",
    "-0",
    "1e-400",
    "1e999",
    "nan",
    "NA",
    "0x10",
    "1_000",
    "1,5",
    "x",
    "\t",
    "true",
    "\n",
    "\0",
]
CELLS = st.one_of(st.floats(-1e6, 1e6).map(repr), st.floats(-1e6, 1e6).map(repr), st.sampled_from(ODD_CELLS))


@settings(deadline=None, max_examples=150)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=6), st.booleans())
def test_csv_is_parsed_the_same_by_the_fast_and_the_strict_parser(rows, turned):
    lines = ["rooms,sqft" if turned else "sqft,rooms", *map(",".join, rows)]

    def read_csv() -> object:
        try:
            frame = frame_from_csv("\n".join(lines).encode(), (SQFT, ROOMS))
        except BadRows as bad:
            return [(error.row, error.column, error.code) for error in bad.errors]
        except UnreadableFile as unreadable:
            return unreadable.slug
        return frame.rows, repr(numbers(frame, "sqft")), repr(numbers(frame, "rooms"))

    at_once = read_csv()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(predict_csv, "_read_fast", lambda *_: None)
        assert read_csv() == at_once


def test_a_column_that_csv_does_not_have_is_missing():
    assert all(math.isnan(value) for value in numbers(frame_from_csv(b"sqft\n1\n2\n", (SQFT, ROOMS)), "rooms"))


@pytest.mark.parametrize(
    ("csv", "row", "column", "code"),
    [
        ("sqft,rooms\n1,2\n3,x\n", 1, "rooms", "not_a_number"),
        ("sqft,rooms\n1,2\n3,1e999\n", 1, "rooms", "not_finite"),
        ('sqft,rooms\n1,"1,234"\n2,"5,678"\n', 0, "rooms", "ambiguous_number"),
        ("sqft,rooms\n1,2\n\n3\n", 1, None, "too_few_cells"),
        ("sqft,rooms\n1,2\n3,4,5\n", 1, None, "too_many_cells"),
        ("sqft,rooms\n1,2\n,\n3,4\n", 1, None, "empty_row"),
        ("sqft,roms\n1,2\n", 0, "roms", "unknown_column"),
        ("sqft,sqft\n1,2\n", 0, "sqft_2", "unknown_column"),
        ("sqft,built\n1,2024-01-31\n2,never\n", 1, "built", "not_a_date"),
        ("sqft,built\n1,\n2,03/04/2024\n", 1, "built", "ambiguous_date"),
        ("sqft,new\n1,yes\n2,yes\n3,perhaps\n", 2, "new", "not_a_boolean"),
    ],
)
def test_csv_rows_with_faults_are_refused_and_never_repaired(csv, row, column, code):
    with pytest.raises(BadRows) as refused:
        frame_from_csv(csv.encode(), ALL)
    error = refused.value.errors[0]
    assert (error.row, error.column, error.code) == (row, column, code)


def test_a_number_in_doubt_is_refused_with_both_of_its_meanings():
    with pytest.raises(BadRows) as refused:
        frame_from_csv(b'sqft,rooms\n1,"1,234"\n', ALL)
    assert refused.value.errors[0].detail == "may mean 1234 or 1.234; write it without a separator of thousands"


def test_a_name_that_resembles_no_input_is_answered_with_the_inputs():
    with pytest.raises(BadRows) as refused:
        frame_from_rows([{"latitude": 1, "rooom": 2}], (SQFT, ROOMS))
    errors = [(error.column, error.detail, error.suggestion) for error in refused.value.errors]
    assert errors == [
        ("latitude", "is not an input of the model; its inputs are 'sqft', 'rooms'", None),
        ("rooom", "is not an input of the model", "rooms"),
    ]


@pytest.mark.parametrize(
    ("csv", "slug"),
    [
        (b"", "empty-file"),
        (b"sqft,rooms\n", "no-rows"),
        (b"PK\x03\x04", "not-a-table"),
        (b"id,seen by\n1,Ann\n", "no-columns"),
    ],
)
def test_csv_without_rows_or_columns_to_predict_from_is_refused(csv, slug):
    with pytest.raises(UnreadableFile) as refused:
        frame_from_csv(csv, ALL, ignore_unknown=True)
    assert refused.value.slug == slug


def test_an_order_of_day_and_month_that_other_rows_show_is_taken():
    column = frame_from_rows([{"built": "03/04/2024"}, {"built": "31/01/2024"}], (BUILT,))["built"]
    assert isinstance(column, DatetimeColumn)
    assert column.values.tolist() == [1712102400, 1706659200]


UNKNOWN = [f"sensor_chanel_{number:05}x" for number in range(10_000)]


@pytest.mark.parametrize("names", [UNKNOWN, ["sqft"] * 10_000], ids=["unknown", "duplicate"])
def test_a_csv_of_ten_thousand_unknown_columns_is_looked_up_only_as_far_as_it_is_reported(names, monkeypatch):
    compared = []
    monkeypatch.setattr(spelling, "get_close_matches", lambda name, *_, **__: compared.append(name) or [])
    inputs = [SQFT, *(InputColumn(f"sensor_channel_{number:05}", "numeric") for number in range(10_000))]
    with pytest.raises(BadRows) as caught:
        frame_from_csv(f"{','.join(names)}\n{','.join('1' * 10_000)}\n".encode(), inputs)
    assert len(caught.value.errors) == 100
    assert 0 < len(compared) <= spelling.MAX_SUGGESTIONS


def test_each_of_many_rows_with_an_unknown_name_is_reported_until_a_hundred_are_with_few_suggestions():
    with pytest.raises(BadRows) as caught:
        frame_from_rows([{f"sqtf{number}": 1} for number in range(5000)], ALL)
    errors = caught.value.errors
    assert [error.row for error in errors] == list(range(100))
    assert [error.suggestion for error in errors] == ["sqft"] * 20 + [None] * 80
    assert "its inputs are 'sqft'" in errors[-1].detail


def test_the_categories_of_a_model_are_freed_with_it():
    words = [f"color {number}" for number in range(1000)]
    before = sys.getrefcount(words[999])
    frame = frame_from_rows([{"color": "color 999"}], [InputColumn("color", "categorical", tuple(words))])
    column = frame["color"]
    assert isinstance(column, CategoricalColumn)
    code = int(column.codes[0])

    del column, frame
    gc.collect()

    after = sys.getrefcount(words[999])
    assert (code, after) == (999, before)
