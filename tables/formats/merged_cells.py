"""Merged cells of an Excel workbook (.xlsx), of which the library of workbooks reads the first cell alone.

A merged cell looks as if its value stood in each of its rows, so they get it; columns to the right of its first stay
empty, as in a web page.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple
from xml.etree import ElementTree

import numpy as np
import polars as pl

from tables.issues import Issue, IssueCollector

_CHUNK_BYTES: Final = 1 << 20
_MAX_INDEX_BYTES: Final = 10 << 20
"""The largest list of sheets that is read."""
_MAX_RANGES: Final = 1_000_000
_RELATION_ID: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

_RANGE: Final = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^<>]{0,100}?ref=[\"']([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})[\"']"
)
_MAX_RANGE_BYTES: Final = 200
_FAULTS: Final = (
    LookupError, ValueError, SyntaxError, OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What reading a file raises that is no workbook of this format, or has no such part."""


class MergedRange(NamedTuple):
    """The first column of merged cells, and their first and last row, counted from 0."""

    column: int
    first: int
    last: int


def find_merged_ranges(path: Path, sheet: str) -> list[MergedRange]:
    """Merged cells of more than one row in a sheet; none of a workbook in another format."""
    if not zipfile.is_zipfile(path):
        return []
    try:
        with zipfile.ZipFile(path) as archive:
            name = _find_sheet_file(archive, sheet)
            found = [] if name is None else list(islice(_scan_ranges(archive, name), _MAX_RANGES))
    except _FAULTS:
        return []
    ranges = [MergedRange(_column_number(column), int(first) - 1, int(last) - 1) for column, first, last in found]
    return [merged for merged in ranges if merged.first < merged.last]


def fill_merged_cells(
    frame: pl.DataFrame, ranges: Sequence[MergedRange], corner: tuple[int, int], issues: IssueCollector
) -> pl.DataFrame:
    """The rows of a sheet from a row and column on, with the value of merged cells in each row that is not empty."""
    first, left = corner
    sources: dict[int, np.ndarray] = {}
    ends: dict[int, int] = {}
    lines: list[int] = []
    for merged in sorted(ranges):
        column, top, bottom = merged.column - left, merged.first - first, merged.last - first
        if not (0 <= column < frame.width and ends.get(column, 0) <= top < frame.height):
            continue  # in the header, to the right of the table, or over others as in no sheet that Excel made
        if column not in sources:
            sources[column] = np.arange(frame.height)
        sources[column][top : bottom + 1] = top
        ends[column] = bottom + 1
        lines.append(merged.first + 1)
    if not sources:
        return frame
    is_empty = frame.select(pl.all_horizontal(pl.all().is_null())).to_series().to_numpy()
    filled = frame.with_columns(
        frame.to_series(column).gather(np.where(is_empty, np.arange(frame.height), source))
        for column, source in sources.items()
    )
    cells = sum(frame.null_count().row(0)) - sum(filled.null_count().row(0))
    if cells > 0:
        advice = "Each row of merged cells has their value, as it looks. To have it in the first alone, unmerge them."
        value = f"{cells:,} cells" if cells > 1 else "1 cell"
        issues.add(Issue("merged_cells_filled", "warning", "kept", min(lines), value=value, suggestion=advice))
    return filled


def _find_sheet_file(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The name of the file in a workbook that holds a sheet; None if the workbook is in another format."""
    book, relations = (_read_xml(archive, name) for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"))
    ids = {
        entry.get(_RELATION_ID) for entry in book.iter() if entry.tag.endswith("}sheet") and entry.get("name") == sheet
    }
    for relation in relations:
        target = relation.get("Target")
        if target and relation.get("Id") in ids:
            return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    return None


def _read_xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    """A small file of a workbook; one that is too large is empty."""
    with archive.open(name) as file:  # whose directory may tell a smaller size
        text = file.read(_MAX_INDEX_BYTES + 1)
    if len(text) > _MAX_INDEX_BYTES:
        return ElementTree.Element("none")
    return ElementTree.fromstring(text)  # noqa: S314 - expat limits the expansion of entities


def _scan_ranges(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[bytes, bytes, bytes]]:
    """The column, first and last row of all merged cells in a sheet's file, which is not kept in memory."""
    with archive.open(name) as file:
        rest = b""
        while piece := file.read(_CHUNK_BYTES):
            text = rest + piece
            end = 0
            if b"mergeCell" in text:
                for match in _RANGE.finditer(text):
                    yield match[1], match[2], match[3]
                    end = match.end()
            rest = text[max(end, len(text) - _MAX_RANGE_BYTES) :]


def _column_number(letters: bytes) -> int:
    """A column's number from 0: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
