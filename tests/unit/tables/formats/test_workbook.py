"""Workbooks: the types of their cells, their sheets, and where the table begins."""

import tracemalloc
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from tables import UnreadableFile, detect_format, text_budget
from tables.formats.merged_cells import find_merged_ranges
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


def test_the_first_visible_sheet_with_a_table_is_read_before_notes_and_hidden_ones(table):
    book = write_xlsx(
        {"Notes": [["Read me"], ["See Data"]], "Lists": [["a", "b"], [1, 2]], "Data": [["c", "d"], [3, 4]]},
        hidden={"Lists"},
    )
    read = table(book, "xlsx")
    assert read.rows == [{"c": 3, "d": 4}]
    assert [(issue.code, issue.value) for issue in read.issues] == [("other_sheets", "Notes, Lists")]


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


def write_merged(rows: Sequence[Sequence[object]], *ranges: str, corner: str = "A1") -> bytes:
    """A workbook of these rows from a corner on, with merged cells, as openpyxl saves it."""
    book = openpyxl.Workbook()
    book.create_sheet("Other").merge_cells("A1:A9")
    sheet = book.worksheets[0]
    sheet.title = "Sales & \u20ac"
    start = sheet[corner]
    for down, row in enumerate(rows):
        for across, value in enumerate(row):
            if value is not None:
                sheet.cell(start.row + down, start.column + across, value)
    for merged in ranges:
        sheet.merge_cells(merged)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def test_merged_cells_have_their_value_in_each_of_their_rows(table):
    first, second = datetime(2024, 1, 31), datetime(2024, 2, 29)
    rows = [
        ["Sales of the year", None, None, None],
        ["region", "month", "count", "share"],
        ["north", first, 1, 0.5],
        [None, None, 2, 1.5],
        [None, second, 3, 2.5],
        [None, None, None, None],
        [None, None, 5, None],
        ["south", second, 6, 3.5],
        ["east", second, 7, None],
    ]
    read = table(write_merged(rows, "A1:D1", "A3:A7", "B3:B4", "B5:B7", "C9:D9"), "xlsx")
    assert read.column("region") == ["north"] * 4 + ["south", "east"]
    assert read.column("month") == ["2024-01-31T00:00:00Z"] * 2 + ["2024-02-29T00:00:00Z"] * 4
    assert read.column("count") == [1, 2, 3, 5, 6, 7]
    assert read.column("share") == [0.5, 1.5, 2.5, None, 3.5, None]
    (issue,) = (issue for issue in read.issues if issue.code == "merged_cells_filled")
    assert (issue.line, issue.value) == (3, "5 cells")
    assert "unmerge" in (issue.suggestion or "")


def test_merged_cells_are_found_in_a_table_that_begins_further_down_and_right(table):
    rows = [["group", "n"], *([f"g{n // 3}" if n % 3 == 0 else None, n] for n in range(12))]
    read = table(write_merged(rows, "C5:C7", "C8:C10", "C11:C13", "C14:C16", corner="C4"), "xlsx")
    assert read.column("group") == [f"g{n // 3}" for n in range(12)]
    assert read.column("n") == list(range(12))


def test_a_header_of_merged_cells_is_no_value(table):
    rows = [["id", "Sales", None], [None, 2019, 2020], *([f"a{n}", n, n * 2] for n in range(9))]
    read = table(write_merged(rows, "A1:A2", "B1:C1"), "xlsx")
    assert list(read.types) == ["id", "Sales 2019", "Sales 2020"]
    assert "merged_cells_filled" not in read.codes


def _understate_size(archive: bytes, name: bytes) -> bytes:
    """The archive, whose directory says that a file has 100 bytes."""
    content = bytearray(archive)
    entry = content.rindex(b"PK\x01\x02", 0, content.rindex(name))
    content[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    return bytes(content)


@pytest.mark.parametrize("is_bomb_of_entities", [False, True])
def test_a_list_of_sheets_that_grows_is_not_read_to_its_end(tmp_path, is_bomb_of_entities):
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE workbook [<!ENTITY e0 "0123456789">{entities}]><workbook>&e9;</workbook>'
    content = bomb.encode() if is_bomb_of_entities else b" " * 60_000_000
    archive = write_zip({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": content})
    source = tmp_path / "book.xlsx"
    source.write_bytes(archive if is_bomb_of_entities else _understate_size(archive, b"xl/workbook.xml"))
    tracemalloc.start()
    try:
        assert find_merged_ranges(source, "One") == []
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40_000_000


def test_text_in_merged_cells_counts_in_each_of_their_rows(table, monkeypatch):
    monkeypatch.setattr(text_budget, "MIN_LIMIT_BYTES", 100_000)
    monkeypatch.setattr(text_budget, "MAX_RATIO", 1)
    rows = [["a", "b"], ["x" * 1000, 0], *([None, number] for number in range(200))]

    assert table(write_merged(rows, "A2:A90"), "xlsx").ingested.rows == 201
    with pytest.raises(UnreadableFile, match="texts of more than 100,000 bytes") as refused:
        table(write_merged(rows, "A2:A202"), "xlsx")
    assert refused.value.slug == "too-large"
