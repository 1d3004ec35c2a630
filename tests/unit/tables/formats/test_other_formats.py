"""JSON arrays, web pages and ARFF files, and how their formats are detected."""

import json

import pytest

from tables import UnreadableFile, detect_format
from tests.workbooks import write_ods, write_xlsx

ARFF = r"""% made by hand
@RELATION 'two things'
@attribute 'my size' numeric
@attribute class {a, 'b c', 1}
@attribute note string

@data
1,a,'it\'s, "so"'
% a comment
?,'b c',hello
3.5,1,?
"""


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_of_objects_is_read_like_lines_of_them(table, indent):
    rows = [{"a": number, "b": 'x, ]}"\\', "c": number / 4} for number in range(50_000)]
    read = table(json.dumps(rows, indent=indent), "json")
    assert read.rows == rows
    assert read.codes == []


def test_values_of_an_array_have_the_lines_on_which_they_begin(table):
    read = table('[\n{"a": 1},\n 5,\n\n{"a":},\n{"a": NaN},\n{"a":\n [1, {"b": 2}]}\n]\n', "json")
    assert [(issue.code, issue.line) for issue in read.issues if issue.line] == [("not_an_object", 3), ("not_json", 5)]
    assert read.column("a") == ["1", None, '[1,{"b":2}]']


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("", "empty-file"),
        ('{"a": 1}', "not-a-table"),
        ("[]", "no-columns"),
        ("[1, 2]", "no-rows"),
        ('[{"a": 1},', "not-json"),
        ('[{"a": 1', "not-json"),
        ('[{"a": "x', "not-json"),
        ('[{"a": 1}] 2 [', "not-json"),
        ('[{"a": 1}] x', "not-json"),
        ('[{"a": 1}}', "not-json"),
    ],
)
def test_what_is_no_array_of_objects_is_refused_with_advice(table, text, slug):
    with pytest.raises(UnreadableFile) as refused:
        table(text, "json")
    assert refused.value.slug == slug
    assert refused.value.advice


def test_a_table_of_a_web_page_is_read(table):
    rows = "".join(f"<tr><td>{number}</td><td>x<br>y&amp;z</td></tr>\n" for number in range(10))
    read = table(f"<table border=1>\n<tr><th>a</th><th>b</th></tr>\n{rows}</table>", "html")
    assert read.rows[2] == {"a": 2, "b": "x y&z"}
    assert read.codes == []


def test_the_largest_table_is_read_and_what_is_not_shown_is_not(table):
    rows = "".join(f"<tr><td>a{number}<td>{number}<td>{number * 2}&nbsp;" for number in range(9))
    read = table(
        "<html><head><title><table></title><style>td {}</style></head><body><!-- <tr><td> -->"
        "<table><tr><td>menu<script>if (a<b) '<table>'</script><tr><td>more</table>"
        f"<table><tr><th rowspan=2>id<th colspan=2>Sales<tr><th>2019<th>2020{rows}</table></body></html>",
        "html",
    )
    assert read.rows[8] == {"id": "a8", "Sales 2019": 8, "Sales 2020": 16}
    assert ("other_tables", "2 tables") in [(issue.code, issue.value) for issue in read.issues]


def test_a_web_page_names_its_encoding(table):
    page = "<meta charset=windows-1251><table><tr><td>город<td>n<tr><td>Москва<td>1<tr><td>Пермь<td>2</table>"
    assert table(page.encode("cp1251"), "html").column("город") == ["Москва", "Пермь"]


@pytest.mark.parametrize("page", ["<html><body>Sign in</body></html>", "<table></table>", "<table><tr><td>a</table>"])
def test_a_web_page_without_a_table_is_refused(table, page):
    with pytest.raises(UnreadableFile, match="web page") as refused:
        table(page, "html")
    assert "signing in" in refused.value.advice


def test_an_arff_file_says_names_and_types(table):
    read = table(ARFF, "arff")
    assert read.types == {"my size": "numeric", "class": "categorical", "note": "categorical"}
    assert [list(row.values()) for row in read.rows] == [
        [1, "a", 'it\'s, "so"'],
        [None, "b c", "hello"],
        [3.5, "1", None],
    ]


def test_types_that_are_asked_for_count_more_than_those_of_the_file(table):
    assert table(ARFF, "arff", {"my size": "categorical"}).column("my size") == ["1", None, "3.5"]


def test_lines_of_an_arff_file_are_those_of_the_file(table):
    read = table(ARFF + "7,a\n8,a,b\n", "arff")
    assert [(issue.code, issue.line) for issue in read.issues if issue.line] == [("too_few_cells", 12)]


@pytest.mark.parametrize("end", ["", "{0 1, 1 a}\n"])
def test_an_arff_file_of_sparse_rows_or_none_is_refused(table, end):
    with pytest.raises(UnreadableFile) as refused:
        table(ARFF + end if end else ARFF.partition("@data")[0], "arff")
    assert refused.value.advice


@pytest.mark.parametrize(
    ("head", "declared", "name", "found"),
    [
        (b"a,b\n1,2\n", None, "", "csv"),
        (b"a,b\n1,2\n", "xls", "book.xls", "csv"),
        (b"a\tb\n1\t2\n", None, "x.TSV.gz", "tsv"),
        (b"a b\n1 2\n", None, "x.txt", "csv"),
        (b"PAR1abc", "csv", "x.csv", "parquet"),
        (b"a,b\n", "parquet", "", "parquet"),
        (write_xlsx({"One": [["a"], [1]]}), "csv", "x.csv", "xlsx"),
        (write_ods([["a"], [1]]), None, "", "ods"),
        (b"PK\x03\x04" + bytes(30), "csv", "x.csv", "zip"),
        (b"PK\x03\x04" + bytes(30), "xls", "x.xls", "xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None, "", "xls"),
        (b"\xef\xbb\xbf <TABLE border=1>", "xls", "x.xls", "html"),
        ("\ufeff<html>".encode("utf-16-le"), "xls", "x.xls", "html"),
        (b"<b>bold</b>,x\n", None, "", "csv"),
        (b'[{"a": 1}]', "ndjson", "", "json"),
        (b'[\n  {\n "a": 1}]', None, "", "json"),
        (b"[a],[b]\n1,2\n", None, "", "csv"),
        (b'{"a": 1}\n{"a": 2}\n', "json", "x.json", "ndjson"),
        (b'{"a": 1,\n"b": [', None, "x.json", "json"),
        (b'{"a": 1}\n', None, "", "ndjson"),
        (b"% x\n\n@RELATION y\n", "csv", "", "arff"),
        (b"", None, "", "csv"),
    ],
)
def test_a_format_is_found_by_bytes_then_by_what_is_said(head, declared, name, found):
    assert detect_format(head, declared, name) == found


@pytest.mark.parametrize(
    ("data", "form", "options", "unused"),
    [
        (b"a,b\n1,2\n", "csv", {"sheet": 2}, ["sheet=2"]),
        (b"a,b\n1,2\n", "csv", {"header_line": 1, "encoding": "utf-8"}, []),
        (b'{"a":1}\n', "ndjson", {"sheet": "May", "header_line": 1}, ["sheet=May", "header_line=1"]),
        (b'{"a":1}\n', "ndjson", {"encoding": "utf-8"}, []),
    ],
)
def test_an_option_that_the_format_does_not_take_is_told(table, data, form, options, unused):
    read = table(data, form, **options)

    assert [(issue.value, issue.severity) for issue in read.issues if issue.code == "unused_option"] == [
        (value, "warning") for value in unused
    ]
    assert len(read.rows) == 1
