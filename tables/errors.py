"""Errors of a whole upload, and of rows to predict, with messages for the person who sent them.

UnreadableFile  nothing can be made of the file; carries a slug for machines, the detail and what to do
BadRows         rows to predict that do not fit the model's inputs; carries every `BadCell`
"""

from typing import Final, NamedTuple

MAX_BAD_CELLS: Final = 100


class UnreadableFile(Exception):
    """Nothing can be made of an upload. `slug` names the kind for machines; `advice` says what to do."""

    def __init__(self, slug: str, detail: str, advice: str = "") -> None:
        super().__init__(f"{detail} {advice}".strip())
        self.slug = slug
        self.detail = detail
        self.advice = advice


class BadCell(NamedTuple):
    """A fault in rows to predict. `row` counts from 0; `column` is None for a fault of the row itself."""

    row: int
    column: str | None
    detail: str
    code: str
    value: object = None
    suggestion: str | None = None


class BadRows(Exception):
    """Rows to predict do not fit the model's inputs; `errors` names the cells, the first hundred of them."""

    def __init__(self, errors: list[BadCell]) -> None:
        super().__init__("; ".join(f"row {cell.row}, {cell.column!r}: {cell.detail}" for cell in errors[:3]))
        self.errors = errors


def add_bad_cell(bad: list[BadCell], cell: BadCell) -> None:
    """Append a bad cell to the list, unless that is full."""
    if len(bad) < MAX_BAD_CELLS:
        bad.append(cell)
