"""What can be wrong with a whole upload, or with rows to predict, in words for the person who sent them.

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
    """One thing wrong with rows to predict; `row` is counted from 0, `column` is None when it is the row itself."""

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
    """Put a bad cell to the others, unless there are enough of them to see what is wrong."""
    if len(bad) < MAX_BAD_CELLS:
        bad.append(cell)
