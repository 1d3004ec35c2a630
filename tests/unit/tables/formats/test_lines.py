"""Plain text and Markdown: a row for each line of one column."""

import pytest

from tables import UnreadableFile, detect_format
from tables.formats import lines
from tables.formats.dialect import MAX_ROW_BYTES

POEM = '# A poem\n\n  He said, "yes";\tand no.\nN/A\n1,2,3\n007\n'


def test_a_line_is_a_row_as_it_is_written_and_a_blank_one_has_no_value(table):
    read = table(POEM, "text")
    assert read.types == {"text": "text"}
    assert read.column("text") == ["# A poem", None, '  He said, "yes";\tand no.', "N/A", "1,2,3", "007"]
    assert read.issues == []
    assert (read.ingested.rows, read.ingested.rows_rejected, read.profile("text").missing) == (6, 0, 1)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_and_line_ends_are_those_of_tables(table, encoding, end):
    read = table(f"Zoë{end}{end}née".encode(encoding), "text")
    assert read.column("text") == ["Zoë", None, "née"]


def test_a_named_encoding_is_read(table):
    assert table("東京\n都市\n".encode("shift_jis"), "text", encoding="shift_jis").column("text") == ["東京", "都市"]


def test_zero_bytes_and_lone_surrogates_are_told_of_with_their_lines(table):
    read = table("é é é é\na\0b\n".encode() + b"x\xed\xa0\x80y\n", "text")
    assert read.column("text")[:2] == ["é é é é", "ab"]
    assert "\ufffd" in str(read.column("text")[2])
    assert [(issue.code, issue.line) for issue in read.issues] == [("nul_byte", 2), ("undecodable", 3)]


def test_lines_are_whole_wherever_the_file_is_cut_into_pieces(table, monkeypatch):
    monkeypatch.setattr("tables.formats.encoding.PIECE_BYTES", 3)
    text = "né\n\nzwölf Boxkämpfer\n\n\nend"
    assert table(text, "text").column("text") == [line or None for line in text.split("\n")]


@pytest.mark.parametrize(("before", "after"), [("", ""), ("short\n", "\n"), ("short\n", "\nshort\n" * 3)])
def test_a_line_that_is_too_long_is_refused_with_its_number(table, before, after):
    with pytest.raises(UnreadableFile, match=rf"Line {1 + before.count(chr(10))} is longer than 8 MiB") as refused:
        table(before + "x" * (MAX_ROW_BYTES + 1) + after, "text")
    assert refused.value.slug == "row-too-long"


def test_many_lines_may_be_longer_together_than_one_may_be(table, monkeypatch):
    monkeypatch.setattr(lines, "MAX_ROW_BYTES", 10)
    assert table("0123456789\n" * 5, "text").column("text") == ["0123456789"] * 5


@pytest.mark.parametrize("content", ["", "\n\n", " \n\t"])
def test_a_text_without_a_word_is_refused(table, content):
    with pytest.raises(UnreadableFile) as refused:
        table(content, "text")
    assert refused.value.slug == "empty-file"


def test_a_picture_is_no_text(table):
    with pytest.raises(UnreadableFile, match="a PNG image"):
        table(b"\x89PNG\r\n\x1a\n" + bytes(99), "text")


def test_an_option_of_tables_is_told_to_be_unused(table):
    assert table(POEM, "text", header_line=1).codes == ["unused_option"]


@pytest.mark.parametrize(
    ("head", "declared", "name", "expected"),
    [
        (b"a,b\n1,2\n", None, "t.txt", "csv"),
        (b"a,b\n1,2\n", None, "t.md", "text"),
        (b"[a link](b)\n", None, "README.markdown", "text"),
        (b"<table>", None, "t.md.gz", "text"),
        (b'{"a": 1}\n', "text", "t.txt", "text"),
        (b"PAR1", "text", "t.md", "parquet"),
    ],
)
def test_text_of_lines_is_told_by_its_name_or_said_to_be(head, declared, name, expected):
    assert detect_format(head, declared, name) == expected
