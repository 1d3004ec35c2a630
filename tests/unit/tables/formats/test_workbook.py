"""Workbooks: the types of their cells, their sheets, and where the table begins."""

from pathlib import Path

import pytest

from tables import UnreadableFile, detect_format
from tables.upload import ingest
from tests.workbooks import write_ods, write_xlsb, write_xlsx, write_zip

ROWS = [[number, number / 3, f"w{number % 3}"] for number in range(1, 20)]


def test_cells_have_the_types_that_they_have_in_the_workbook(table):
    rows = [
        ["when", "size", "old", "code", "took"],
        [(45000, "date"), 0.1 + 0.2, True, "007", (1.5, "duration")],
        [(45001.5, "date"), 1e-12, False, "008", (2.25, "duration")],
        [None, 1e20, None, "#N/A", None],
    ]
    read = table(write_xlsx({"One": rows}), "xlsx")
    assert read.types == {
        "when": "datetime",
        "size": "numeric",
        "old": "boolean",
        "code": "categorical",
        "took": "numeric",
    }
    assert read.column("when") == ["2023-03-15T00:00:00Z", "2023-03-16T12:00:00Z", None]
    assert read.column("size") == [0.1 + 0.2, 1e-12, 1e20]
    assert read.column("old") == [True, False, None]
    assert read.column("code") == ["007", "008", None]
    assert read.column("took") == [1.5 * 86_400, 2.25 * 86_400, None]


def test_numbers_among_words_keep_all_their_digits(table):
    read = table(write_xlsx({"One": [["a", "b"], [1e-12, 1], ["x", 2], ["y", 2], ["z", 2], [0.1 + 0.2, 3]]}), "xlsx")
    assert read.column("a") == ["1e-12", "x", "y", "z", "0.30000000000000004"]


def test_the_header_is_found_below_a_title_and_notes_are_passed_over(table):
    rows = [["Sales of 2024"], [], ["id", "size", "word"], *ROWS, ["Total", 63, None], [], ["Source: us"]]
    read = table(write_xlsx({"One": rows}), "xlsx")
    assert read.rows[0] == {"id": 1, "size": 1 / 3, "word": "w1"}
    assert read.ingested.rows == 19
    assert sorted((issue.code, issue.line) for issue in read.issues) == [
        ("lines_after_table", 25),
        ("lines_before_header", 1),
        ("total_row", 23),
    ]


def test_merged_groups_are_joined_with_the_names_below(table):
    rows = [[None, "Sales", None, "Costs", None], ["id", 2019, 2020, 2019, 2020]]
    read = table(write_xlsx({"One": [*rows, *([f"a{n}", n, n * 2, n % 4, 7] for n in range(9))]}), "xlsx")
    assert list(read.types) == ["id", "Sales 2019", "Sales 2020", "Costs 2019", "Costs 2020"]


def test_the_first_sheet_with_cells_is_read_and_the_others_are_named(table):
    book = write_xlsx({"Cover": [], "Data": [["a"], [1], [2]], "More": [["b"], [3], [4]]})
    read = table(book, "xlsx")
    assert read.rows == [{"a": 1}, {"a": 2}]
    assert [(issue.code, issue.value) for issue in read.issues] == [("other_sheets", "Cover, More")]


@pytest.mark.parametrize("sheet", ["More", 3])
def test_a_sheet_is_chosen_by_its_name_or_number(table, sheet):
    book = write_xlsx({"Cover": [], "Data": [["a"], [1], [2]], "More": [["b"], [3], [4]]})
    assert table(book, "xlsx", sheet=sheet).rows == [{"b": 3}, {"b": 4}]


@pytest.mark.parametrize(("sheet", "advice"), [("Dat", "Did you mean 'Data'"), (4, "Cover, Data"), (0, "Cover, Data")])
def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(table, sheet, advice):
    with pytest.raises(UnreadableFile, match="no sheet") as refused:
        table(write_xlsx({"Cover": [], "Data": [["a"], [1]]}), "xlsx", sheet=sheet)
    assert refused.value.slug == "unknown-sheet"
    assert advice in refused.value.advice


def test_the_header_line_is_a_row_of_the_sheet(table):
    read = table(write_xlsx({"One": [["x", "y"], ["a", "b"], [1, 2], [3, 4]]}), "xlsx", header_line=2)
    assert read.rows == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]


def test_a_spreadsheet_of_open_document_is_read(table):
    assert table(write_ods([["a", "b"], [1, "x"], [2.5, "y"]]), "ods").rows == [
        {"a": 1, "b": "x"},
        {"a": 2.5, "b": "y"},
    ]


def test_a_workbook_that_grows_too_much_is_refused_by_its_directory(tmp_path):
    source = tmp_path / "bomb.xlsx"
    source.write_bytes(write_zip({"[Content_Types].xml": "<Types/>", "xl/worksheets/sheet1.xml": bytes(20_000_000)}))
    with pytest.raises(UnreadableFile, match="at most 10,000,000") as refused:
        ingest(source, "xlsx", tmp_path / "table.parquet", max_table_bytes=10_000_000)
    assert refused.value.slug == "too-large"


@pytest.mark.parametrize(
    ("content", "slug"),
    [
        (b"", "empty-file"),
        (b"PK\x03\x04" + bytes(100), "damaged-file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000), "damaged-file"),
        (write_zip({"[Content_Types].xml": "<Types/>", "word/document.xml": "<x/>"}), "damaged-file"),
        (write_xlsx({"One": [["a", "b"], [1, 2]]})[:700], "damaged-file"),
        (write_xlsx({"One": []}), "no-rows"),
        (write_xlsx({"One": [["a", "b"]]}), "no-rows"),
    ],
)
def test_what_is_no_workbook_with_a_table_is_refused_with_advice(table, content, slug):
    with pytest.raises(UnreadableFile) as refused:
        table(content, "xlsx")
    assert refused.value.slug == slug
    assert refused.value.advice


def test_a_workbook_of_old_excel_is_read_by_its_bytes(table):
    content = (Path(__file__).parent / "workbook.xls").read_bytes()
    assert detect_format(content[:4096], name="book.csv") == "xls"
    read = table(content, "xls")
    assert read.types == {
        "region": "categorical",
        "size": "numeric",
        "day": "datetime",
        "at": "datetime",
        "share": "text",
        "ok": "boolean",
        "code": "categorical",
    }
    assert read.ingested.rows == 12
    assert read.rows[1] == {
        "region": "north",
        "size": 3,
        "day": "2020-01-02T00:00:00Z",
        "at": "1970-01-01T02:30:00Z",
        "share": None,  # a formula whose value the writing program did not store
        "ok": False,
        "code": "002",
    }
    assert read.codes == ["other_sheets", "leading_zeros"]


def test_a_binary_workbook_is_read(table):
    content = write_xlsb([["size", "word"], [1, "x"], [2.5, "süß"], [3, "x"]])
    assert detect_format(content[:4096], name="book.xlsb") == "xlsx"
    read = table(content, "xlsx")
    assert read.rows == [{"size": 1, "word": "x"}, {"size": 2.5, "word": "süß"}, {"size": 3, "word": "x"}]


def test_dates_and_durations_in_one_column_are_read_as_text(table):
    rows = [["when", "n"], [(45000, "date"), 1], [(1.5, "duration"), 2], [(45001, "date"), 3]]
    read = table(write_xlsx({"One": rows}), "xlsx")
    assert read.column("n") == [1, 2, 3]
    assert read.column("when")[0].startswith("2023-03-15")
