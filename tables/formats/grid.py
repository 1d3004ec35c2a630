"""Reader of tables that come as a grid of cells, out of a workbook or a web page, where every row is equally wide."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import polars as pl

from tables.chunks import LINE, ROW, column_key
from tables.formats.dialect import LayoutHints
from tables.formats.headers import MAX_COLUMNS, unique_names
from tables.formats.last_rows import leave_out_last_rows
from tables.formats.layout import find_layout
from tables.formats.layout_issues import report_layout
from tables.formats.repeated_header import leave_out_headers
from tables.formats.sample import SampleRow
from tables.issues import Issue, IssueCollector, UnreadableFile, shorten_value

LoadRows = Callable[[int], pl.DataFrame]
"""A function that loads the rows of a grid from one on, counted from 0: a column for each of the grid's."""

_CELLS_PER_CHUNK: Final = 1 << 21
_NO_ROWS: Final = "Put the names of the columns in one row, and at least one row of values below it."


class GridReader:
    """A grid: its header is found in a sample, and its rows are loaded below it."""

    def __init__(
        self, sample: list[list[str]], load_rows: LoadRows, issues: IssueCollector, hints: LayoutHints, what: str
    ) -> None:
        """Find the header in the first rows of a grid; `what` names it in messages.

        Raises:
            UnreadableFile: no-rows, too-many-columns, no-header-line.
        """
        width = max((len(row) for row in sample), default=0)
        if width > MAX_COLUMNS:
            raise UnreadableFile(
                "too-many-columns",
                f"{what} has {width:,} columns; at most {MAX_COLUMNS:,} can be read.",
                "Leave out columns, or make rows of them.",
            )
        rows = [SampleRow(cells, line, line + 1) for line, cells in enumerate(sample, 1) if any(map(str.strip, cells))]
        if not rows:
            raise UnreadableFile("no-rows", f"{what} is empty.", _NO_ROWS)
        self._layout = layout = find_layout(rows, hints.header_line, hints.names)
        report_layout(rows, layout, issues)
        self.header_line = layout.header_line
        self.names = unique_names(layout.names, issues, layout.header_line)
        self.unnamed_columns = {column_key(index) for index, cell in enumerate(layout.names) if not cell.strip()}
        self._load_rows = load_rows
        self._issues = issues

    def chunks(self) -> Iterator[pl.DataFrame]:
        """The rows: a column for each name, and the columns LINE and ROW; empty rows are left out."""
        before = self._layout.lines_before_data
        frame = self._load_rows(before)
        keys = [column_key(index) for index in range(len(self.names))]
        frame = pl.DataFrame(
            [column.alias(key) for key, column in zip(keys, frame.iter_columns(), strict=False)]
        ).with_columns(pl.int_range(before + 1, before + 1 + pl.len(), dtype=pl.Int64).alias(LINE))
        columns = set(frame.columns)
        present = [key for key in keys if key in columns]
        if not present:
            return
        is_empty = frame.select(pl.all_horizontal(pl.col(present).is_null())).to_series()
        if is_empty.any():
            frame = frame.filter(~is_empty)
        frame = frame.with_columns(pl.int_range(1, 1 + pl.len(), dtype=pl.Int64).alias(ROW))
        if self._layout.header:
            frame = leave_out_headers(frame, self._layout.names, self._issues)
        frame = leave_out_last_rows(frame, len(self.names), self._issues, may_be_words=True)
        step = max(1, _CELLS_PER_CHUNK // len(present))
        for start in range(0, frame.height, step):
            yield frame.slice(start, step)

    def report_types(self, types: Mapping[str, str]) -> None:
        """Report what the types of columns, by key, show about the table: that it has one of text only."""
        if len(self.names) == 1 and not set(types.values()) & {"numeric", "datetime", "boolean"}:
            advice = "If there are more columns, give header_line, the line with their names, or another sheet."
            value = shorten_value(self.names[0])
            self._issues.add(Issue("one_column", "warning", "kept", self.header_line, value=value, suggestion=advice))
