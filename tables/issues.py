"""The faults of an upload: each says where it is, what stands there and what was done about it.

A person can only mend a file whose faults are named; a file with a million faults must not fill the memory.
"""

from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["error", "warning"]
Action = Literal["row_rejected", "cell_emptied", "column_left_out", "renamed", "kept"]

MAX_ISSUES: Final = 1_000
MAX_VALUE_CHARS: Final = 200


@dataclass(frozen=True)
class Issue:
    """A fault. `line` and `row` count from 1: lines of the file, rows of the data below the header."""

    code: str
    severity: Severity
    action: Action
    line: int | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    suggestion: str | None = None


class IssueCollector:
    """Collects the faults of one upload: counts all, keeps the first thousand by line.

    Attributes:
        counts: How many there are of each severity.
        rejected: How many rows were rejected for one.
    """

    def __init__(self) -> None:
        self._issues: list[Issue] = []
        self.counts: dict[Severity, int] = {"error": 0, "warning": 0}
        self.rejected_rows = 0

    @property
    def is_full(self) -> bool:
        """Whether a fault further down than all before need not be described, only counted."""
        return len(self._issues) >= 2 * MAX_ISSUES

    def add(self, issue: Issue) -> None:
        """Count a fault, and keep it if it is among the first."""
        self.count_issues(issue.severity, rejected=int(issue.action == "row_rejected"))
        self._issues.append(issue)
        if len(self._issues) >= 4 * MAX_ISSUES:
            self._issues = self.first_issues()

    def count_issues(self, severity: Severity, times: int = 1, *, rejected: int = 0) -> None:
        """Count faults without keeping them."""
        self.counts[severity] += times
        self.rejected_rows += rejected

    def first_issues(self) -> list[Issue]:
        """The first thousand faults, by line and row; those of the whole file stand in front."""
        return sorted(self._issues, key=lambda issue: (issue.line or 0, issue.row or 0))[:MAX_ISSUES]


def shorten_value(value: str) -> str:
    """A value as a fault shows it: not too long, and on one line."""
    shown = "".join(letter if letter.isprintable() else " " for letter in value[:MAX_VALUE_CHARS])
    return shown + "…" if len(value) > MAX_VALUE_CHARS else shown
