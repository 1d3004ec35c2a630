"""The strict JSON parser: what it accepts, and the pointer of what it refuses."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.http import strict_json
from service.http.errors import ProblemError

plain_text = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | plain_text,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(plain_text, children, max_size=4),
    max_leaves=20,
)


def refusal(raw: bytes, *, lines: bool = False) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        strict_json.parse_json(raw, lines=lines)
    return caught.value


@given(values)
def test_valid_json_is_parsed_as_by_the_standard_library(value: Any) -> None:
    assert strict_json.parse_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=60) | st.text('[]{}":,0123456789.eE+-\\un "NaIfity', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused_and_nothing_else(raw: bytes) -> None:
    with suppress(ProblemError):
        strict_json.parse_json(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": 1,}',
        b"[1 2]",
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        b"// no\n1",
        b'"\xed\xa0\x80"',
        b"tru",
    ],
)
def test_a_body_that_is_no_json_is_unreadable(raw: bytes) -> None:
    assert refusal(raw).kind.slug == "unreadable-json"


def test_a_syntax_error_is_reported_with_its_line_and_column() -> None:
    assert "line 2, column 7" in refusal(b'{"a": 1,\n "b": x}').detail


@pytest.mark.parametrize(
    ("raw", "pointer", "code"),
    [
        (b'{"a": {"b": 1, "b": 2}}', "#/a/b", "duplicate_key"),
        (b'[{"a": NaN}]', "#/0/a", "not_finite"),
        (b"[1, Infinity]", "#/1", "not_finite"),
        (b"-Infinity", "#", "not_finite"),
        (b'{"x": 1e999}', "#/x", "out_of_range"),
        (b'{"x": -1e400}', "#/x", "out_of_range"),
        (b'{"x": ' + b"9" * 5000 + b"}", "#/x", "out_of_range"),
        (b'{"x": ' + b"9" * 305 + b"e9}", "#/x", "out_of_range"),
        (b'{"a": "x\\u0000"}', "#/a", "control_character"),
        (b'{"a": "x\x00"}', "#/a", "control_character"),
        (b'{"a": "x\\n"}', "#/a", "control_character"),
        (b'{"a": "x\x07y"}', "#/a", "control_character"),
        (b'{"a\\u0001": 1}', "#/a\ufffd", "control_character"),
        (b'{"a": "\\ud800"}', "#/a", "lone_surrogate"),
        (b'{"a/b~c": "\\udc00"}', "#/a~1b~0c", "lone_surrogate"),
    ],
)
def test_dangerous_json_is_refused_with_its_pointer(raw: bytes, pointer: str, code: str) -> None:
    refused = refusal(raw)

    assert refused.kind.slug == "invalid"
    assert [(error.pointer, error.code) for error in refused.errors] == [(pointer, code)]


def test_all_faults_are_reported_with_their_pointers() -> None:
    refused = refusal(b'{"a": NaN, "b": ["\\u0000", 1e999], "c": {"d": 1, "d": 2}}')

    assert {error.pointer for error in refused.errors} == {"#/a", "#/b/0", "#/b/1", "#/c/d"}


def test_line_breaks_may_stand_in_cells_and_any_characters_in_names_of_columns() -> None:
    assert strict_json.parse_json(b'{"a": "x\\ny\\tz"}', lines=True) == {"a": "x\ny\tz"}
    assert strict_json.parse_json(b'{"a\\n\\u0007": "x"}', lines=True) == {"a\n\a": "x"}
    assert refusal(b'{"a\\n": "x"}').errors[0].code == "control_character"
    assert refusal(b'{"a": "\\u0000"}', lines=True).errors[0].code == "control_character"


@pytest.mark.parametrize("deep", [33, 900, 2_000, 100_000])
@pytest.mark.parametrize("brackets", [(b"[", b"]"), (b'{"a":', b"}")])
def test_nesting_past_32_levels_is_refused_however_deep(deep: int, brackets: tuple[bytes, bytes]) -> None:
    opening, closing = brackets

    assert refusal(opening * deep + b"1" + closing * deep).errors[0].code == "too_deep"


def test_32_levels_are_read() -> None:
    tree = strict_json.parse_json(b"[" * 32 + b"]" * 32)

    for _ in range(31):
        (tree,) = tree
    assert tree == []


def test_a_surrogate_pair_is_one_letter() -> None:
    assert strict_json.parse_json(b'"\\ud83d\\ude00"') == "😀"


def test_long_values_are_clipped_and_odd_ones_made_printable() -> None:
    assert strict_json.shorten("x" * 500) == "x" * 99 + "…"
    assert strict_json.shorten("a\ud800\x00") == "a\ufffd\ufffd"
    assert strict_json.shorten([1, {"a": 2}]) == '[1, {"a": 2}]'
    assert strict_json.shorten(1.5) == 1.5


@pytest.mark.parametrize(
    ("tree", "expected"),
    [(3.0, True), ({"a": [{"b": [1, -2.0]}]}, True), ([1.5, {"a": 2}, "3.0", True, None], False), (1e300, False)],
)
def test_whole_floats_are_found_anywhere_in_a_tree(tree: Any, expected: bool) -> None:
    assert strict_json.has_whole_floats(tree) is expected
    assert (repr(strict_json.with_integers(tree)) != repr(tree)) is expected
