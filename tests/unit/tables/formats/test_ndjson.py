"""JSON rows: NDJSON files and lists of objects."""

import io
import json

import pytest

from tables import UnreadableFile, ingest_rows, read_rows
from tables.formats.ndjson import open_ndjson
from tables.issues import IssueCollector


def lines(*rows):
    return "\n".join(json.dumps(row) for row in rows)


def test_objects_on_lines_become_rows_with_their_types(table):
    read = table(
        lines(
            {"n": 1, "x": 1.5, "ok": True, "word": "red", "when": "2024-01-31T10:00:00Z"},
            {"n": 2, "x": None, "ok": False, "word": "blue", "when": "2024-02-01T11:30:00Z"},
            {"n": 3, "x": 2, "ok": None, "word": "red", "when": None},
        ),
        "ndjson",
    )
    assert read.types == {"n": "numeric", "x": "numeric", "ok": "boolean", "word": "categorical", "when": "datetime"}
    assert read.rows[1] == {"n": 2, "x": None, "ok": False, "word": "blue", "when": "2024-02-01T11:30:00Z"}
    assert read.issues == []


def test_a_key_may_be_absent_and_may_first_appear_late(table):
    read = table(lines({"a": 1}, {"b": "x", "a": 2}, {"b": "y"}), "ndjson")
    assert read.rows == [{"a": 1, "b": None}, {"a": 2, "b": "x"}, {"a": None, "b": "y"}]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('{"a": 1', "not_json"),
        ("a,b", "not_json"),
        ("[1, 2]", "not_an_object"),
        ("5", "not_an_object"),
        ("null", "not_an_object"),
        ('{"a": "\\ud800"}', "not_json"),
        ("[" * 5000, "not_json"),
        ('{"a":' * 5000, "not_json"),
    ],
)
def test_a_malformed_line_is_rejected_with_its_number_and_the_others_are_read(table, line, code):
    read = table(f'{{"a": 1}}\n\n{line}\n{{"a": 2}}\n', "ndjson")
    assert read.column("a") == [1, 2]
    assert [(i.line, i.row, i.code, i.severity, i.action) for i in read.issues] == [
        (3, 2, code, "error", "row_rejected")
    ]
    assert read.ingested.rows_rejected == 1


def test_not_a_number_as_python_writes_it_is_missing_and_infinity_is_warned_of(table):
    read = table('{"a": NaN}\n{"a": 1}\n{"a": Infinity}\n{"a": 2}\n{"a": 1e999}\n', "ndjson")
    assert read.column("a") == [None, 1, None, 2, None]
    assert [(issue.line, issue.code) for issue in read.issues] == [(3, "not_finite"), (5, "not_finite")]


def test_numbers_in_strings_are_numbers_and_ids_in_strings_keep_their_zeros(table):
    read = table(lines({"a": "1.5", "zip": "01234"}, {"a": 2, "zip": "12345"}), "ndjson")
    assert read.rows == [{"a": 1.5, "zip": "01234"}, {"a": 2, "zip": "12345"}]


def test_text_among_numbers_is_a_fault_with_its_line(table):
    read = table(lines({"a": 1}, {"a": 2}, {"a": "oops"}, {"a": True}), "ndjson", types={"a": "numeric"})
    assert [(issue.line, issue.row, issue.value, issue.code) for issue in read.issues] == [
        (3, 3, "oops", "not_a_number"),
        (4, 4, "true", "not_a_number"),
    ]


def test_numbers_in_a_categorical_column_keep_their_spelling(table):
    read = table(lines(*[{"a": 1}, {"a": 2}] * 10, *[{"a": "three"}] * 10), "ndjson")
    assert read.types == {"a": "categorical"}
    assert set(read.column("a")) == {"1", "2", "three"}


def test_a_type_can_be_set_for_a_key(table):
    read = table(lines({"zip": 123, "flag": True}, {"zip": 456, "flag": False}), "ndjson", types={"zip": "categorical"})
    assert read.column("zip") == ["123", "456"]


def test_nested_values_become_their_json_with_a_warning(table):
    read = table(lines({"a": 1, "b": {"c": [1]}}, {"a": 2, "b": [1, "x"]}), "ndjson")
    assert read.column("b") == ['{"c":[1]}', '[1,"x"]']
    assert [(issue.code, issue.column, issue.severity) for issue in read.issues] == [("nested_values", "b", "warning")]


def test_integers_past_double_precision_get_a_warning_unless_categorical(table):
    rows = lines({"a": 12345678901234567891, "b": 10**400}, {"a": 5, "b": 7})
    assert sorted(table(rows, "ndjson").codes) == ["digits_lost", "digits_lost", "not_finite"]
    assert table(rows, "ndjson", types={"a": "categorical"}).column("a") == ["12345678901234567891", "5"]


def test_control_characters_are_removed_from_keys(table):
    read = table(lines({"a\u0000b": 1, "": 2, "\u0000line": 3}), "ndjson")
    assert read.rows == [{"a b": 1, "column_2": 2, "line": 3}]
    assert read.codes == ["unusable_header", "empty_header", "unusable_header"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_lines_may_be_in_any_encoding(table, encoding):
    assert table('{"å": "ø"}\r\n{"å": "æ"}\r\n'.encode(encoding), "ndjson").column("å") == ["ø", "æ"]


@pytest.mark.parametrize(
    ("content", "slug", "words"),
    [
        (b"", "empty-file", "empty"),
        (b"\n \n", "empty-file", "empty"),
        (b'[{"a": 1}, {"a": 2}]', "not-a-table", "one JSON array"),
        (b"a,b\n1,2\n", "no-rows", "not_json in line 1"),
        (b"{}\n{}\n", "no-columns", "no usable column"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not-a-table", "PNG"),
        (b'{"a": "' + b"x" * (17 << 20) + b'"}', "row-too-long", "longer than 8 MiB"),
        (b"{" + b",".join(b'"k%d":1' % i for i in range(10_001)) + b"}", "too-many-columns", "10,001 columns"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_advice(table, content, slug, words):
    with pytest.raises(UnreadableFile, match=words) as refused:
        table(content, "ndjson")
    assert refused.value.slug == slug


def test_rows_of_a_program_are_read_without_lines(tmp_path):
    rows = [{"a": 1, "b": "x"}, "no row", {"a": "oops", "b": "y"}, {"a": 3}, {"a": 4}]
    ingested = ingest_rows(rows, tmp_path / "parquet")
    assert read_rows(tmp_path / "parquet", 0, 10) == [
        {"a": 1, "b": "x"},
        {"a": None, "b": "y"},
        {"a": 3, "b": None},
        {"a": 4, "b": None},
    ]
    assert [(issue.line, issue.row, issue.code, issue.value) for issue in ingested.issues] == [
        (None, 2, "not_an_object", "no row"),
        (None, 3, "not_a_number", "oops"),
    ]
    assert (ingested.rows, ingested.rows_rejected) == (4, 1)


def test_lines_of_a_large_file_are_right(table):
    rows = [json.dumps({"id": i, "text": "x" * 100}) for i in range(30_000)]
    rows[20_000] = "broken"
    read = table("\n\n".join(rows), "ndjson")
    assert [(issue.line, issue.row) for issue in read.issues] == [(40_001, 20_001)]
    assert read.ingested.rows == 29_999


def test_missing_keys_cost_no_cells_of_their_chunk(tmp_path):
    wide = "{" + ",".join(f'"c{number}":{number}' for number in range(2_000)) + "}\n"
    file = io.BytesIO((wide + "{}\n" * 20_000 + '{"c7":8}\n').encode())
    reader = open_ndjson(file, IssueCollector())

    chunks = list(reader.chunks())

    assert sum(chunk.height for chunk in chunks) == 20_002
    assert sum(chunk.height * chunk.width for chunk in chunks) < 2**21
    assert len(reader.names) == 2_000


def test_rows_without_most_keys_are_read_in_order(table):
    wide = "{" + ",".join(f'"c{number}":{number}' for number in range(500)) + "}\n"
    read = table(wide + '{"c7":1}\n' * 1_000 + '{"c1":2,"last":3}\n', "ndjson")

    assert read.column("c7") == [7, *[1] * 1_000, None]
    assert read.column("c1") == [1, *[None] * 1_000, 2]
    assert read.column("last") == [*[None] * 1_001, 3]
