"""Issues of an upload: what is wrong, where, with which value, and what was done about it; or that it is unreadable.

All are counted, but only the first thousand are kept: a file of a million issues must not fill the memory.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["error", "warning"]
Action = Literal["row_rejected", "cell_emptied", "column_left_out", "file_left_out", "renamed", "kept"]

MAX_ISSUES: Final = 1_000
MAX_VALUE_CHARS: Final = 200
MAX_NOTES: Final = 20
"""The most lines below a table that are taken for notes."""

_NOTE: Final = re.compile(r"\W*(?:[*#(\[†]|[^\W\d][^:]{0,40}:(?:\s|$)|[^\W\d]+[^,;|\t]*\s+\S+[^,;|\t]*$)")


class UnreadableFile(Exception):
    """Nothing can be made of an upload. `slug` names the kind for machines; `advice` says what to do."""

    def __init__(self, slug: str, detail: str, advice: str = "") -> None:
        super().__init__(f"{detail} {advice}".strip())
        self.slug = slug
        self.detail = detail
        self.advice = advice


@dataclass(frozen=True)
class Issue:
    """A problem in an uploaded file. `line` (of the file) and `row` (of the data below the header) count from 1."""

    code: str
    severity: Severity
    action: Action
    line: int | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    suggestion: str | None = None


class IssueCollector:
    """The issues of one upload: all are counted, the first thousand by line are kept."""

    def __init__(self) -> None:
        self._issues: list[Issue] = []
        self.counts: dict[Severity, int] = {"error": 0, "warning": 0}
        self.rejected_rows = 0

    @property
    def is_full(self) -> bool:
        """Whether an issue below all others needs only be counted."""
        return len(self._issues) >= 2 * MAX_ISSUES

    def has(self, code: str) -> bool:
        """Whether there is an issue with this code among those that are kept."""
        return any(issue.code == code for issue in self._issues)

    def add(self, issue: Issue) -> None:
        """Count an issue, and keep it if it is among the first."""
        self.count_issues(issue.severity, rejected=int(issue.action == "row_rejected"))
        self._issues.append(issue)
        if len(self._issues) >= 4 * MAX_ISSUES:
            self._issues = self.first_issues()

    def count_issues(self, severity: Severity, times: int = 1, *, rejected: int = 0) -> None:
        """Count issues without keeping them."""
        self.counts[severity] += times
        self.rejected_rows += rejected

    def join_last_rows(self, line: int | None) -> None:
        """Make one warning of the rejected lines below the last row of a table, on this line, that read like notes."""
        notes = [
            issue
            for issue in self._issues
            if issue.code == "too_few_cells" and (issue.line or 0) > (line or 0) and is_note(issue.value or "")
        ]
        if not notes or len(notes) > MAX_NOTES or line is None:
            return
        self._issues = [issue for issue in self._issues if issue not in notes]
        self.counts["error"] -= len(notes)
        self.rejected_rows -= len(notes)
        value = shorten_value(" | ".join(note.value or "" for note in notes))
        advice = f"What is below line {line} was passed over, as it reads like notes and not like rows."
        first = min(note.line or 0 for note in notes)
        self.add(Issue("lines_after_table", "warning", "kept", first, value=value, suggestion=advice))

    def first_issues(self) -> list[Issue]:
        """The first thousand issues, by line and row; those of the whole file come first."""
        return sorted(self._issues, key=lambda issue: (issue.line or 0, issue.row or 0))[:MAX_ISSUES]


def is_note(text: str) -> bool:
    """Whether a line below a table reads like a note: a mark, a word with a colon, or words without delimiters."""
    return _NOTE.match(text[:MAX_VALUE_CHARS]) is not None


def shorten_value(value: str) -> str:
    """A value as an issue shows it: on one line, and cut to `MAX_VALUE_CHARS`."""
    shown = "".join(letter if letter.isprintable() else " " for letter in value[:MAX_VALUE_CHARS])
    return shown + "…" if len(value) > MAX_VALUE_CHARS else shown
