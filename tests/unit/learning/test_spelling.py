"""Spelling suggestions: right for misspelt names, and of bounded work for thousands of them."""

from difflib import SequenceMatcher, get_close_matches
from itertools import count
from string import ascii_lowercase

import pytest

from learning import spelling
from learning.frame import create_unknown_column_error
from learning.spelling import MAX_LISTED_NAMES, MAX_QUOTED_CHARS, MAX_SUGGESTIONS, NameIndex, suggest_name

FEW = ["price", "sqft", "Rooms", "city", "built_year", "garden"]
MANY = [f"{word}_{number:05}" for word in ("sensor_temperature", "room_pressure") for number in range(5000)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("PRICE", "price"),
        ("prise", "price"),
        ("rooms", "Rooms"),
        ("built", "built_year"),
        ("gar", "garden"),
        ("yxz", None),
        ("bu", None),
    ],
)
def test_the_nearest_of_a_few_names_is_suggested(name: str, expected: str | None) -> None:
    assert suggest_name(name, FEW) == expected


def test_a_few_names_are_all_compared_as_difflib_does() -> None:
    words = [first + second + "_" + second * 3 for first in ascii_lowercase[:10] for second in ascii_lowercase[:10]]
    for word in words[::7]:
        misspelt = word[1:] + "x"
        expected = get_close_matches(misspelt, words, n=1, cutoff=0.6)
        assert suggest_name(misspelt, words) == (expected[0] if expected else None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Sensor_Temperature_01234", "sensor_temperature_01234"),  # case
        ("sensor_temprature_01234", "sensor_temperature_01234"),  # a letter left out
        ("sensor_temperatrue_01234", "sensor_temperature_01234"),  # two swapped
        ("xsensor_temperature_01234", "sensor_temperature_01234"),  # one more before
        ("room_pressure_01234x", "room_pressure_01234"),  # one more behind
        ("tensor_temperature_04321", "sensor_temperature_04321"),  # another first one
        ("qqqq", None),
    ],
)
def test_the_nearest_of_ten_thousand_names_is_suggested(name: str, expected: str | None) -> None:
    assert suggest_name(name, MANY) == expected


def test_long_names_are_told_apart_at_both_ends() -> None:
    long = ["a" * 300 + str(number) for number in range(10)]
    assert suggest_name("a" * 299 + "7", long) == long[7]


def test_thousands_of_unknown_names_take_no_more_comparisons_than_twenty(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0

    class Counter(SequenceMatcher[str]):
        def real_quick_ratio(self) -> float:
            nonlocal compared
            compared += 1
            return super().real_quick_ratio()

    monkeypatch.setattr("difflib.SequenceMatcher", Counter)
    for known in (MANY, MANY[: spelling.MAX_COMPARED_NAMES]):
        compared, index = 0, NameIndex(known)
        suggestions = [index.suggest(f"sensor_temprature_{number:05}x") for number in range(5000)]
        assert len(list(filter(None, suggestions))) == MAX_SUGGESTIONS
        assert 0 < compared <= MAX_SUGGESTIONS * spelling.MAX_COMPARED_NAMES
        assert index.suggest(known[7].upper()) == known[7]


def test_of_names_without_end_the_first_are_looked_at():
    index = NameIndex(f"name {number}" for number in count())
    assert index.suggest("NAME 7") == "name 7"
    assert index.suggest(f"Name {spelling.MAX_INDEXED_NAMES}") != f"name {spelling.MAX_INDEXED_NAMES}"


def test_an_error_lists_a_few_columns_and_cuts_long_names() -> None:
    few = create_unknown_column_error("zzz", ["a", "b"])
    assert (few.detail, few.advice) == ("There is no column 'zzz'.", "The columns are: a, b.")
    many = create_unknown_column_error("q" * 5000, MANY)
    assert many.advice == f"The columns are: {', '.join(MANY[:MAX_LISTED_NAMES])} and 9,980 more."
    assert len(many.detail) < MAX_QUOTED_CHARS + 30
