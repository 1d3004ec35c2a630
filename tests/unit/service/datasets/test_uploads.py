"""Rows as a JSON body: plain ones are parsed fast, and as strictly as all others."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from service.datasets.json_rows import RowsSpec, parse_rows_spec, split_fields
from service.http import bodies
from service.http.errors import ProblemError

WORDS = st.sampled_from(["", "a", "b", "a:b", '"', '":', "\\", '\\":', "{", "12:30", "1", "é", "\t\n", "\U0001f600"])
NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False) | st.just(10**299)
CELLS = st.none() | st.booleans() | NUMBERS | WORDS | st.just(["a", {"b": 1}])
SPECS = st.fixed_dictionaries(
    {"rows": st.lists(st.dictionaries(WORDS, CELLS, max_size=4), max_size=4)},
    optional={
        "name": WORDS,
        "types": st.dictionaries(WORDS, st.sampled_from(["numeric", "text", "odd"]), max_size=2),
        "missing_values": st.lists(WORDS, max_size=2),
        "decimal": st.sampled_from(["comma", "odd"]),
        "odd": CELLS,
    },
)
FAULTS = st.sampled_from(
    [
        b"",
        b" ",
        b"\x00",
        b"\x7f",
        b"\\u0007",
        b"\\ud800",
        b"\xff",
        b'"',
        b",",
        b"NaN",
        b"1e999",
        b'"a":1,',
        b'"rows":[{}],',
    ]
)


def parse_strictly(body: bytes) -> RowsSpec:
    return bodies.parse_model(body, RowsSpec, lines=True)


def parse(body: bytes) -> RowsSpec:
    return parse_rows_spec(body, split_fields(body))


def describe(parser: Any, body: bytes) -> object:
    """What a parser makes of a body: 1, 1.0 and true are told apart."""
    try:
        return repr(parser(body).model_dump())
    except ProblemError as refused:
        return refused.kind, refused.detail, refused.errors


@given(SPECS, st.booleans(), FAULTS, st.floats(0, 1))
@example({"rows": [{"a": 1, "b": 2}, {"a": 3.0}], "types": {"a": "numeric"}}, True, b'"a":1,', 0.17)
def test_all_rows_are_what_the_strict_parser_reads(
    spec: dict[str, Any], ascii_only: bool, fault: bytes, place: float
) -> None:
    text = json.dumps(spec, ensure_ascii=ascii_only).encode()
    at = round(place * len(text))
    body = text[:at] + fault + text[at:]

    assert describe(parse, body) == describe(parse_strictly, body)
