"""Round trips: tables of any content, dialect and encoding are read back unchanged, every row with its line."""

import csv
import io
import math
from contextlib import suppress
from itertools import accumulate, chain, pairwise

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tables import UnreadableFile, ingest, read_rows
from tables.column_types import LINE_COLUMN
from tables.formats import scanner
from tables.formats.delimited import DelimitedReader
from tables.formats.dialect import Dialect
from tables.issues import IssueCollector

SLOW = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])

LETTERS = st.text(st.sampled_from('ab,;|\t"\n é€0 '), max_size=12)
WORDS = LETTERS.map(lambda text: f"x{text}x")
NAMES = st.lists(
    st.text(st.sampled_from("abcé_ "), min_size=1, max_size=8).map(lambda text: f"n{text}n"),
    min_size=2,
    max_size=5,
    unique=True,
)
NUMBERS = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))


@st.composite
def tables_of(draw, cells):
    names = draw(NAMES)
    row = st.lists(cells, min_size=len(names), max_size=len(names))
    return names, draw(st.lists(row, min_size=1, max_size=12))


@st.composite
def write_table(draw, table):
    """The table as bytes, and the line that each row begins on."""
    names, rows = table
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    out = io.StringIO(newline="")
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]))
    writer = csv.writer(out, delimiter=draw(st.sampled_from(",;|\t")), lineterminator="\n", quoting=quoting)
    writer.writerow(names)
    lines = []
    for row in rows:
        out.write("\n" * draw(st.integers(0, 2)))
        lines.append(out.getvalue().count("\n") + 1)
        writer.writerow(row)
    text = out.getvalue().replace("\n", end)
    if draw(st.booleans()):
        text = text.removesuffix(end)
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    return text.encode(encoding), lines


@SLOW
@given(data=st.data(), table=tables_of(WORDS))
def test_texts_round_trip_with_their_lines(tmp_path, data, table):
    names, rows = table
    content, lines = data.draw(write_table(table))
    source, parquet = tmp_path / "upload", tmp_path / "parquet"
    source.write_bytes(content)
    ingested = ingest(source, "csv", parquet, dict.fromkeys((" ".join(name.split()) for name in names), "text"))
    assert [list(row.values()) for row in read_rows(parquet, 0, 100)] == rows
    assert pl.read_parquet(parquet)[LINE_COLUMN].to_list() == lines
    assert ingested.issue_counts["error"] == 0


@SLOW
@given(data=st.data(), table=tables_of(NUMBERS))
def test_numbers_come_back_to_the_last_bit(tmp_path, data, table):
    content, _ = data.draw(write_table(table))
    source, parquet = tmp_path / "upload", tmp_path / "parquet"
    source.write_bytes(content)
    ingested = ingest(source, "csv", parquet)
    assert {column.type for column in ingested.columns} == {"numeric"}
    back = [list(row.values()) for row in read_rows(parquet, 0, 100)]
    assert back == [[float(cell) for cell in row] for row in table[1]]


@SLOW
@given(data=st.data(), table=tables_of(WORDS), pieces=st.lists(st.integers(1, 30), max_size=30))
def test_it_does_not_matter_where_a_text_is_cut(data, table, pieces):
    content, _ = data.draw(write_table(table))
    text = content.decode("utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "latin-1")
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    assert _rows(_cut(text, pieces)) == _rows([text])


def _cut(text, sizes):
    places = [0, *accumulate(sizes), len(text)]
    return [text[a:b] for a, b in pairwise(places) if text[a:b]]


JUNK = st.text(st.sampled_from('ab,,"" \n\n'), max_size=60)


def _rows(pieces, width=2, delimiter=","):
    issues = IssueCollector()
    rows = scanner.scan_rows(iter(pieces), Dialect(delimiter), width, 1, issues)
    parts = list(rows)
    cells = [row for part in parts for row in _strip_cells(part.data.decode("utf-8", "replace"))]
    lines, numbers = (list(chain(*(getattr(part, what).tolist() for part in parts))) for what in ("line", "row"))
    return cells, lines, numbers, issues.first_issues()


@settings(deadline=None, max_examples=400)
@given(junk=JUNK, pieces=st.lists(st.integers(1, 20), max_size=12))
def test_invalid_files_may_be_cut_anywhere(junk, pieces):
    assert _rows(_cut(junk.encode(), pieces)) == _rows([junk.encode()])


@settings(deadline=None, max_examples=400)
@given(junk=JUNK)
def test_invalid_files_give_the_same_table_for_any_limit_of_repair(junk):
    expected = _rows([junk.encode()])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanner, "_MAX_REPAIR_BYTES", 4)
        assert _rows([junk.encode()]) == expected


@settings(deadline=None, max_examples=1000)
@given(junk=JUNK)
@example('a,"b\n"c,d\n')
@example('"a""",b\n')
@example('"",""\n')
@example('a,"b" \nc,d\n')
def test_the_fast_and_the_strict_parser_agree(junk):
    text = junk.encode()
    quick = scanner._scan_regular(text, Dialect(","), 2)
    if quick is None:
        return
    issues = IssueCollector()
    text = text[: quick.size]
    careful = scanner.repair_rows(text, Dialect(","), 2, line=1, row=1, issues=issues, last=False)
    assert careful.size == quick.size
    assert careful.lines == quick.lines
    assert careful.line == (quick.starts + 1).tolist()
    assert issues.first_issues() == []
    assert _strip_cells(careful.data) == _strip_cells(quick.data.decode())


def _strip_cells(text):
    return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]


@settings(deadline=None, max_examples=400)
@given(junk=JUNK)
def test_whatever_is_sent_each_row_of_a_chunk_is_a_row_of_the_table(junk):
    issues = IssueCollector()
    upload = DelimitedReader(io.BytesIO(b"one,two\n" + junk.encode()), issues)
    careful = scanner.repair_rows(
        junk.encode() + b"\n", Dialect(","), 2, line=2, row=1, issues=IssueCollector(), last=True
    )
    cells = [tuple(row) for row in _strip_cells(careful.data)]
    chunks = list(upload.chunks())
    rows_read = [tuple((cell or "").strip() for cell in row[:2]) for chunk in chunks for row in chunk.iter_rows()]
    if upload.delimiter == "," and upload.names == ["one", "two"]:
        assert rows_read == cells
        assert list(chain(*(chunk["line"] for chunk in chunks))) == careful.line


@settings(deadline=None, max_examples=400)
@given(content=st.binary(max_size=200))
@pytest.mark.parametrize("form", ["csv", "tsv", "ndjson", "parquet"])
def test_any_bytes_are_read_or_refused(tmp_path_factory, form, content):
    folder = tmp_path_factory.getbasetemp()
    source, parquet = folder / "any", folder / "any.parquet"
    source.write_bytes(content)
    with suppress(UnreadableFile):
        ingested = ingest(source, form, parquet)
        assert ingested.rows == len(read_rows(parquet, 0, 10_000))
        assert all(number is None or math.isfinite(number) for c in ingested.columns for number in (c.mean, c.std))
