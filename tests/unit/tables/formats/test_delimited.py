"""Delimited files: encodings, dialects, malformed rows and headers."""

import pytest

from tables import UnreadableFile
from tables.formats import scanner

PEOPLE = [{"name": "Ann", "size": 1.5}, {"name": "Bo, jr.", "size": 2}]


@pytest.mark.parametrize(
    "content",
    [
        'name,size\nAnn,1.5\n"Bo, jr.",2\n',
        "name;size\nAnn;1.5\nBo, jr.;2\n",
        "name\tsize\nAnn\t1.5\nBo, jr.\t2\n",
        "name|size\nAnn|1.5\nBo, jr.|2\n",
        "name;size\nAnn;1,5\nBo, jr.;2\n",
        'sep=;\nname;size\nAnn;1.5\n"Bo, jr.";2',
        '"name","size"\n"Ann","1.5"\n"Bo, jr.","2"\n',
        'name, size\nAnn, 1.5\n"Bo, jr.", 2\n',
        'name,size\r\nAnn,1.5\r\n"Bo, jr.",2\r\n',
        'name,size\rAnn,1.5\r"Bo, jr.",2\r',
        'name,size\r\nAnn,1.5\n"Bo, jr.",2',
        '\n\nname,size\n\nAnn,1.5\n\n\n"Bo, jr.",2\n\n',
        ' name , size \n  Ann  ,\t1.5 \n"Bo, jr."  , 2 \n',
        'name,size,\nAnn,1.5,\n"Bo, jr.",2,\n',
        'name,size\nAnn,1.5,\n"Bo, jr.",2,\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"])
def test_the_same_table_is_read_however_it_is_written_down(table, content, encoding):
    assert table(content.encode(encoding)).rows == PEOPLE


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_non_ascii_text_is_decoded_in_every_encoding(table, encoding):
    read = table("größe,où\n1,Köln\n2,Évian\n3,Køge\n".encode(encoding))
    assert read.column("où") == ["Köln", "Évian", "Køge"]
    assert read.column("größe") == [1, 2, 3]
    assert ("read_as_windows_1252" in read.codes) == (encoding in {"latin-1", "cp1252"})


def test_windows_quotes_and_the_euro_sign_are_read(table):
    assert table("a,b\n“x”,5 €\n“y”,6 €\n".encode("cp1252")).rows == [{"a": "“x”", "b": 5}, {"a": "“y”", "b": 6}]


def test_an_invalid_byte_does_not_change_the_encoding_of_a_utf8_file(table):
    read = table("stadt\nKöln\nMünchen\n".encode() + b"Bad \xff\nZ\xc3\xbcrich\n")
    assert read.column("stadt") == ["Köln", "München", "Bad \ufffd", "Zürich"]
    assert [(issue.line, issue.code) for issue in read.issues] == [(1, "one_column"), (4, "undecodable")]


def test_zero_bytes_are_left_out_and_reported(table):
    read = table(b"a,b\n1,x\n2,y\x00z\n3,w\n")
    assert read.column("b") == ["x", "yz", "w"]
    assert [(issue.line, issue.code, issue.severity) for issue in read.issues] == [(3, "nul_byte", "warning")]


def test_quotes_may_hold_delimiters_line_breaks_and_quotes(table):
    read = table('a,b\n"x,1","say ""hi""\nthere"\ny,"\n\n"\n"",z\n')
    assert read.rows == [{"a": "x,1", "b": 'say "hi"\nthere'}, {"a": "y", "b": None}, {"a": None, "b": "z"}]


def test_lines_are_those_of_the_file_even_below_cells_of_several_lines(table):
    read = table('a,b\n"1","one\ntwo\nthree"\n2,x\n3\n4,"y\nz"\n5,6,7\n\n8,w\n9\n')
    assert [(issue.line, issue.row, issue.code) for issue in read.issues] == [
        (6, 3, "too_few_cells"),
        (9, 5, "too_many_cells"),
        (12, 7, "too_few_cells"),
    ]
    assert read.ingested.rows_rejected == 3
    assert read.column("a") == [1, 2, 4, 8]


def test_lines_are_those_of_the_file_between_blank_lines(table):
    read = table("\n\na,b\n\n\n1,2\n\n3\n\n\n4,5\n\n6,oops\n7,8\n9,10\n")
    assert [(issue.line, issue.row, issue.code) for issue in read.issues] == [
        (8, 2, "too_few_cells"),
        (13, 4, "not_a_number"),
    ]
    assert read.column("a") == [1, 4, 6, 7, 9]


def test_a_file_with_a_carriage_return_too_many_on_each_line_is_read(table):
    read = table("a,b\r\r\n" + "1,2\r\r\n" * 3 + "x\r\r\n")
    assert read.column("a") == [1, 1, 1]
    assert [issue.line for issue in read.issues] == [9]


def test_a_file_of_nothing_but_faults_is_refused(table, monkeypatch):
    monkeypatch.setattr(scanner, "_MAX_MALFORMED_ROWS", 100)
    with pytest.raises(
        UnreadableFile, match="Of the first 200 rows, 199 are malformed: the first is too_few"
    ) as refused:
        table("a,b\n1,2\n" + "1\n" * 199)
    assert refused.value.slug == "mostly-faults"


def test_quotes_in_the_middle_of_a_cell_are_part_of_it(table):
    read = table('size,what\n3,5" pipe\n4,6" pipe\n5,the "big" one\n')
    assert read.column("what") == ['5" pipe', '6" pipe', 'the "big" one']
    assert read.issues == []


def test_quotes_escaped_by_a_backslash_are_read(table):
    read = table('a,b\n1,"say \\"hi\\", he said"\n2,"x"\n')
    assert read.column("b") == ['say "hi", he said', "x"]


def test_a_quote_that_is_never_closed_costs_one_row(table):
    read = table('a,b,c\n1,x,1\n2,"y,2\n' + "3,z,3\n" * 5)
    assert [(issue.line, issue.code, issue.value) for issue in read.issues] == [(3, "unclosed_quote", '2,"y,2')]
    assert read.column("a") == [1, 3, 3, 3, 3, 3]


def test_a_quote_that_is_closed_by_mistake_further_down_costs_one_row(table):
    read = table('a,b,c\n1,x,1\n2,"y,2\n' + "3,z,3\n" * 5 + '4,"w",4\n5,v,5\n')
    assert [(issue.line, issue.code) for issue in read.issues] == [(3, "unclosed_quote")]
    assert read.column("a") == [1, 3, 3, 3, 3, 3, 4, 5]


def test_rows_of_the_wrong_width_are_rejected_one_by_one(table):
    read = table("a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12,,\n,,\n13,14,15\n")
    assert [(i.line, i.row, i.code, i.value, i.severity, i.action) for i in read.issues] == [
        (3, 2, "too_few_cells", "4,5", "error", "row_rejected"),
        (4, 3, "too_many_cells", "9", "error", "row_rejected"),
        (6, 5, "empty_row", "", "warning", "row_rejected"),
    ]
    assert read.column("a") == [1, 10, 13]
    assert (read.ingested.rows, read.ingested.rows_rejected) == (3, 3)
    assert read.ingested.issue_counts == {"error": 2, "warning": 1}


def test_the_first_thousand_faults_are_listed_and_all_are_counted(table):
    read = table("a,b\n" + "1\n" * 3000 + "2,3\n" * 10)
    assert len(read.issues) == 1000
    assert read.issues[-1].line == 1001
    assert read.ingested.issue_counts == {"error": 3000, "warning": 0}
    assert read.ingested.rows_rejected == 3000


def test_duplicate_and_empty_headers_are_renamed_with_a_warning(table):
    read = table("a,a,,b,a_2, ,b\n1,2,3,4,5,6,7\n")
    assert list(read.rows[0]) == ["a", "a_3", "column_3", "b", "a_2", "column_6", "b_2"]
    assert [(issue.code, issue.column, issue.line, issue.action) for issue in read.issues] == [
        ("duplicate_header", "a_3", 1, "renamed"),
        ("empty_header", "column_3", 1, "renamed"),
        ("empty_header", "column_6", 1, "renamed"),
        ("duplicate_header", "b_2", 1, "renamed"),
    ]


def test_control_characters_and_excess_length_are_removed_from_headers(table):
    read = table('"a\nb\x01","' + "x" * 300 + '"\n1,2\n')
    assert list(read.rows[0]) == ["a b", "x" * 256]
    assert read.codes == ["unusable_header", "unusable_header"]


def test_a_column_without_name_or_values_is_left_out(table):
    read = table("a,b,\n1,2,\n3,4,\n")
    assert read.rows == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
    assert ("empty_column", "column_left_out") in [(issue.code, issue.action) for issue in read.issues]


def test_an_unnamed_first_column_of_row_names_is_kept(table):
    read = table('"mpg","cyl"\n"Mazda",21,6\n"Fiat",32.4,4\n')
    assert read.rows == [{"column_1": "Mazda", "mpg": 21, "cyl": 6}, {"column_1": "Fiat", "mpg": 32.4, "cyl": 4}]


def test_numbers_in_a_header_are_warned_of(table):
    read = table("0,1,2\n5,3.5,x\n4,3,y\n")
    assert read.codes == ["header_looks_like_data"]
    assert list(read.rows[0]) == ["0", "1", "2"]


def test_years_as_headers_are_not_warned_of(table):
    assert table("country,2019,2020,2021\nNO,1.5,2,3\nSE,4,5,6\n").issues == []


def test_a_single_column_may_hold_commas(table):
    read = table("comment\nhello, world\nfoo, bar and more\nbaz\n")
    assert read.column("comment") == ["hello, world", "foo, bar and more", "baz"]


def test_a_single_column_of_decimal_commas_is_numbers(table):
    assert table("price\n1,5\n2,25\n").column("price") == [1.5, 2.25]


def test_a_tsv_may_hold_commas_everywhere(table):
    assert table("a\tb,c\n1,2\tx,y\n3,4\tz,w\n", "tsv").rows == [{"a": 1.2, "b,c": "x,y"}, {"a": 3.4, "b,c": "z,w"}]


@pytest.mark.parametrize(
    ("content", "slug", "words"),
    [
        (b"", "empty-file", "empty"),
        (b"\xef\xbb\xbf", "empty-file", "empty"),
        (b"  \n\n \r\n", "empty-file", "empty"),
        (b"a,b,c", "no-rows", "no rows"),
        (b"a,b,c\n\n\n", "no-rows", "no rows"),
        (b"a,b\n1\n2\n", "no-rows", "too_few_cells"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not-a-table", "PNG image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "not-a-table", "JPEG"),
        (b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml", "not-a-table", "Excel"),
        (b"<rows><row><a>1</a></row></rows>", "not-a-table", "XML"),
        (b"PK\x03\x04\x14\x00houses.csv", "not-a-table", "ZIP"),
        (b"\x1f\x8b\x08\x00\x00\x00", "not-a-table", "gzip"),
        (b"PAR1\x15\x04\x15", "not-a-table", "Parquet"),
        (b"%PDF-1.7\n%\xe2\xe3", "not-a-table", "PDF"),
        (b"SQLite format 3\x00", "not-a-table", "SQLite"),
        (b"<!DOCTYPE html><html><body>", "not-a-table", "web page"),
        (b'{"a": 1, "b": 2}\n{"a": 3}', "not-a-table", "x-ndjson"),
        (b'[\n{"a": 1, "b": 2}]', "not-a-table", "x-ndjson"),
        (bytes(range(256)) * 40, "not-a-table", "binary"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_advice(table, content, slug, words):
    with pytest.raises(UnreadableFile, match=words) as refused:
        table(content)
    assert refused.value.slug == slug
    assert refused.value.advice


def test_more_than_ten_thousand_columns_are_refused(table):
    wide = ",".join(f"c{i}" for i in range(10_001)) + "\n" + ",".join(["1"] * 10_001)
    with pytest.raises(UnreadableFile, match="10,001 columns") as refused:
        table(wide)
    assert refused.value.slug == "too-many-columns"


def test_a_line_without_end_is_refused(table):
    with pytest.raises(UnreadableFile, match="longer than 8 MiB") as refused:
        table(b"a,b\n1,2\n3," + b"x" * (10 << 20))
    assert refused.value.slug == "row-too-long"


def test_a_quote_open_for_ten_megabytes_costs_one_row(table):
    read = table(b'a,b\n1,y\n3,"x\n' + b"4,%s\n" % (b"y" * 1000) * (10 << 10))
    assert [(issue.line, issue.code) for issue in read.issues] == [(3, "unclosed_quote")]
    assert read.ingested.rows == 1 + (10 << 10)


def test_faults_have_their_lines_beyond_the_first_piece_of_a_large_file(table):
    lines = [f'"a\n{"b" * 90}",1'] * 30_000
    lines[12_345] = "c"
    lines[25_000] = 'd,5" x,2'
    lines[27_000] = "e,wrong"
    read = table("word,number\n" + "\n".join(lines))
    assert [(issue.line, issue.row, issue.code) for issue in read.issues] == [
        (2 + 2 * 12_345, 12_346, "too_few_cells"),
        (2 + 2 * 25_000 - 1, 25_001, "too_many_cells"),
        (2 + 2 * 27_000 - 2, 27_001, "not_a_number"),
    ]
    assert read.ingested.rows == 29_998
