"""Rows that lack cells at their end: many were written by a spreadsheet, a few are faults."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from tables.formats.sample import is_comment, is_number
from tables.issues import Issue, IssueCollector

_MIN_SHORT_ROWS: Final = 3
_MIN_SHORT_SHARE: Final = 0.02
_MIN_SHORT_ALIKE: Final = 10
_MIN_FULL_SHARE: Final = 0.1


@dataclass
class ShortRows:
    """Rows without their last cells, as spreadsheets write them where these are empty.

    Attributes:
        fill: Whether they are filled with empty cells; else they are rejected.
        counts: How many rows have a number of cells that is too small, by this number.
        rows: The number of all rows.
        unclosed_quotes: The number of rows with a quote that is not closed.
    """

    fill: bool = False
    counts: Counter[int] = field(default_factory=Counter[int])
    rows: int = 0
    unclosed_quotes: int = 0

    def add(self, cells: list[str], width: int) -> bool:
        """Count a row with too few cells; False if it is a note or a fragment, and no row of the table."""
        if is_comment(cells) or (len(cells) == 1 and width > 2 and not is_number(cells[0])):
            return False
        self.counts[len(cells)] += 1
        return True

    @property
    def are_many(self) -> bool:
        """Whether so many rows are short that their last cells were left out for being empty."""
        short = self.counts.total()
        if short < _MIN_SHORT_ROWS or self.rows - short < _MIN_FULL_SHARE * self.rows:
            return False
        most = max(self.counts.values())
        return short >= _MIN_SHORT_SHARE * self.rows or (most >= _MIN_SHORT_ALIKE and not self.unclosed_quotes)

    def report(self, issues: IssueCollector) -> None:
        """Report how many rows were filled."""
        if self.fill and self.counts:
            short = self.counts.total()
            value = f"{short:,} of {self.rows:,} rows"
            advice = f"{short:,} of {self.rows:,} rows lack cells at their end, which were read as empty."
            issues.add(Issue("short_rows", "warning", "kept", value=value, suggestion=advice))
