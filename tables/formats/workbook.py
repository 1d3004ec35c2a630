"""Reader of workbooks (.xlsx, .xlsb, .xls, .ods) by calamine: one sheet, its cells typed as they are there."""

import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl
import polars.selectors as cs

from learning.spelling import cut_name, list_names, suggest_name
from tables.formats.dialect import LayoutHints
from tables.formats.grid import GridReader
from tables.formats.merged_cells import fill_merged_cells, find_merged_ranges
from tables.formats.sample import MAX_ROWS
from tables.issues import Issue, IssueCollector, UnreadableFile, shorten_value

_SAVE_AGAIN: Final = "Save it again as .xlsx or CSV without a password, and upload that."
_TIME_DATES: Final = "189[89]-12-3[01] "
_SAMPLE_ROWS: Final = 2 * MAX_ROWS
_MIXED_TYPES: Final = "unsupported column type combination"
"""What the library says of a column with dates and durations; it reads it as text."""


def open_workbook(
    path: Path, issues: IssueCollector, sheet: str | int | None, hints: LayoutHints, max_table_bytes: int
) -> GridReader:
    """Open a sheet of a workbook, by name or number from 1: unless it is given, the first visible one with a table.

    If none has a table of two rows and columns, it is the first with cells.

    Raises:
        UnreadableFile: empty-file, damaged-file, too-large, unknown-sheet; no-rows and others of `GridReader`.
    """
    import fastexcel  # noqa: PLC0415 - a library of some megabytes, for workbooks only

    _check_size(path, max_table_bytes)
    book: Any = _call(fastexcel.read_excel, str(path))
    names: list[str] = list(book.sheet_names)
    if sheet is None:
        chosen, sample = _find_table(book, len(names))
    else:
        chosen = _choose_sheet(names, sheet)
        sample, _ = _load_sample(book, chosen)
    if len(names) > 1:
        others = [name for index, name in enumerate(names) if index != chosen]
        advice = f"The sheet '{cut_name(names[chosen])}' was read. For another, give sheet, by its name or number."
        value = shorten_value(", ".join(others))
        issues.add(Issue("other_sheets", "warning", "kept", value=value, suggestion=advice))

    def load_rows(first: int) -> pl.DataFrame:
        rows = _load_rows(book, chosen, first)
        if ranges := find_merged_ranges(path, names[chosen]):
            rows = fill_merged_cells(rows, ranges, (first, _find_first_column(book, chosen)), issues)
        return rows

    return GridReader(sample, load_rows, issues, hints, f"The sheet '{cut_name(names[chosen])}'")


def _check_size(path: Path, max_table_bytes: int) -> None:
    """Refuse a workbook that grows too much when decompressed, as its directory says."""
    with path.open("rb") as file:
        if not file.read(1):
            raise UnreadableFile("empty-file", "The file is empty.", "Upload a workbook with a table in it.")
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise _damaged_file(error) from error
    if size > max_table_bytes:
        raise UnreadableFile(
            "too-large",
            f"The workbook has {size:,} bytes, decompressed; at most {max_table_bytes:,} are read.",
            "Upload a part of it, or its sheet as CSV.",
        )


def _find_table(book: Any, sheets: int) -> tuple[int, list[list[str]]]:
    """The first visible sheet with a table of two rows and columns, else the first with cells; and its first rows."""
    found: list[tuple[bool, int, list[list[str]]]] = []
    for index in range(sheets):
        rows, is_visible = _load_sample(book, index)
        counts = [count for row in rows if (count := sum(map(bool, row)))]
        if is_visible and len(counts) > 1 and max(counts) > 1:
            return index, rows
        if counts:
            found.append((not is_visible, index, rows))
    if not found:
        return 0, []
    _, index, rows = min(found)
    return index, rows


def _choose_sheet(names: list[str], sheet: str | int) -> int:
    """The index of a sheet."""
    if isinstance(sheet, int) and str(sheet) not in names:
        if 1 <= sheet <= len(names):
            return sheet - 1
    elif str(sheet) in names:
        return names.index(str(sheet))
    close = suggest_name(str(sheet), names)
    raise UnreadableFile(
        "unknown-sheet",
        f"There is no sheet '{cut_name(str(sheet))}'; the workbook has {len(names):,}.",
        f"Did you mean '{cut_name(close)}'?" if close else f"They are, from 1 on: {list_names(names)}.",
    )


def _load_sample(book: Any, index: int) -> tuple[list[list[str]], bool]:
    """The first rows as text, empty where a cell is, none if all are; and whether the sheet is visible."""
    sheet = _call(lambda: book.load_sheet(index, header_row=None, n_rows=_SAMPLE_ROWS, dtypes="string"))
    rows = [["" if cell is None else str(cell) for cell in row] for row in _call(sheet.to_polars).iter_rows()]
    return rows if any(any(row) for row in rows) else [], sheet.visible == "visible"


def _load_rows(book: Any, index: int, first: int) -> pl.DataFrame:
    """The rows from one on, each column of the type of its cells, as text where they are mixed."""
    try:
        frame = _load_sheet(book, index, first, schema_sample_rows=None)
    except UnreadableFile as error:
        if _MIXED_TYPES not in error.detail:
            raise
        frame = _load_sheet(book, index, first, dtypes="string")
    mixed = [place for place, kind in enumerate(frame.dtypes) if kind == pl.String]
    if any(frame.to_series(place).str.contains(r"^-?\d").any() for place in mixed):
        numbers = _load_sheet(book, index, first, dtypes="float")
        frame = frame.with_columns(_restore_digits(frame.to_series(place), numbers.to_series(place)) for place in mixed)
    return frame.with_columns(
        cs.by_dtype(pl.Null).cast(pl.String),
        cs.date().cast(pl.Datetime("us", "UTC")),
        cs.duration().map_elements(_write_duration, return_dtype=pl.String),
        *(_read_moments(frame.to_series(place)) for place, kind in enumerate(frame.dtypes) if kind == pl.Datetime),
        cs.string().str.replace(f"^{_TIME_DATES}", "").str.replace(r"^(\d{4}-\d\d-\d\d) 00:00:00$", "$1"),
    )


def _read_moments(column: pl.Series) -> pl.Series:
    """Moments in UTC; times of day, which are moments of the day zero, as text."""
    if column.null_count() < len(column) and bool((column.dt.year() < _MIN_YEAR).all()):
        return column.dt.strftime("%H:%M:%S")
    return column.dt.cast_time_unit("us").dt.replace_time_zone("UTC")


_MIN_YEAR: Final = 1900


def _restore_digits(text: pl.Series, numbers: pl.Series) -> pl.Series:
    """The text of cells, with all digits of numbers, of which a text of the library has nine decimals."""
    read = text.cast(pl.Float64, strict=False)
    differs = (read != numbers) & ((read - numbers).abs() < 1e-9)
    exact = numbers.cast(pl.String)
    return text.zip_with(~differs.fill_null(value=False), exact)


def _write_duration(duration: timedelta) -> str:
    """A duration as hours, minutes and seconds, as a workbook shows it."""
    seconds = round(duration.total_seconds())
    sign, seconds = "-" if seconds < 0 else "", abs(seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _find_first_column(book: Any, index: int) -> int:
    """The number of the first column that has cells in a sheet, from 0."""
    columns: list[Any] = _call(lambda: book.load_sheet(index, header_row=None, n_rows=1).available_columns())
    return columns[0].absolute_index if columns else 0


def _load_sheet(book: Any, index: int, first: int, **options: Any) -> pl.DataFrame:
    return _call(lambda: book.load_sheet(index, header_row=None, skip_rows=first, **options).to_polars())


def _call(function: Any, *arguments: Any) -> Any:
    """The result of the library, whose panics are no `Exception`.

    Raises:
        UnreadableFile: damaged-file.
    """
    try:
        return function(*arguments)
    except (MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        raise _damaged_file(error) from error


def _damaged_file(error: BaseException) -> UnreadableFile:
    reason = shorten_value(str(error).split("\n")[0])
    return UnreadableFile("damaged-file", f"The workbook cannot be read: {reason}.", _SAVE_AGAIN)
