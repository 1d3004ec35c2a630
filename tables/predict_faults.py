"""Faults in rows to predict, which are refused or passed over, and the limit of their number."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from math import prod
from typing import Final, NamedTuple

from learning.encoding.columns import InputColumn
from learning.spelling import NameIndex, cut_name

MAX_BAD_CELLS: Final = 100
MAX_SKIPPED_CELLS: Final = 10_000
"""The maximum number of faults that are listed where rows with one are passed over."""
MAX_JSON_CELLS: Final = 2**22
MAX_CSV_CELLS: Final = 2**25
BYTES_PER_CELL: Final = 8
"""The maximum number of cells of rows to predict; those of CSV take a tenth of the time."""
MAX_FEATURE_PICTURES: Final = 64
"""The maximum number of pictures of which a request gets features, each of which takes some hundredths of a second."""
MAX_LISTED_INPUTS: Final = 10
"""The number of inputs that an error lists."""


class BadCell(NamedTuple):
    """A fault in rows to predict. `row` counts from 0; `column` is None for a fault of the row itself."""

    row: int
    column: str | None
    detail: str
    code: str
    value: object = None
    suggestion: str | None = None
    """The name or value that was probably meant; advice is part of `detail`."""


class TooManyRows(Exception):
    """Rows that are more than a model predicts at once, as a few bytes may stand for a cell of each input.

    Attributes:
        limit: The maximum number of rows.
    """

    def __init__(self, rows: int, inputs: int, max_cells: int, limit: int) -> None:
        self.limit = limit
        super().__init__(
            f"The body has {rows:,} rows, and of a model with {inputs:,} inputs {limit:,} are accepted at once, "
            f"which are {max_cells:,} cells with the predictions; send the rows in several requests."
        )


def count_cells(inputs: Sequence[InputColumn]) -> int:
    """The number of cells of a row, where a picture counts as many as take its memory."""
    return sum(map(_count_values, inputs))


def _count_values(column: InputColumn) -> int:
    if column.feature_net is not None:
        return MAX_JSON_CELLS // (MAX_FEATURE_PICTURES + 1)
    return 1 if column.image_shape is None else prod(column.image_shape) // BYTES_PER_CELL


class RowLimit(NamedTuple):
    """The maximum number of rows of a body, by the number of cells that they and their predictions have.

    Attributes:
        outputs: The number of values that are predicted for a row.
    """

    inputs: int
    outputs: int
    max_cells: int

    @property
    def max_rows(self) -> int:
        """The maximum number of rows, one at the least."""
        return max(1, self.max_cells // (self.inputs + self.outputs))

    def check(self, rows: int) -> None:
        """Raise `TooManyRows` if there are more rows."""
        if rows > self.max_rows:
            raise TooManyRows(rows, self.inputs, self.max_cells, self.max_rows)


class BadRows(Exception):
    """Rows to predict do not fit the model's inputs; `errors` names the cells, the first of them by row."""

    def __init__(self, errors: list[BadCell]) -> None:
        super().__init__("; ".join(f"row {cell.row}, {cell.column!r}: {cell.detail}" for cell in errors[:3]))
        self.errors = errors


class BadCells:
    """The faults in rows to predict: the first in detail, and the numbers of all rows that have one.

    Attributes:
        is_allowed: Whether rows with faults are passed over, instead of all being refused.
    """

    def __init__(self, *, is_allowed: bool = False) -> None:
        self.is_allowed = is_allowed
        self.rows: set[int] = set()
        self._limit = MAX_SKIPPED_CELLS if is_allowed else MAX_BAD_CELLS
        self._cells: list[BadCell] = []

    def __iter__(self) -> Iterator[BadCell]:
        return iter(sorted(self._cells, key=lambda cell: cell.row))

    @property
    def is_full(self) -> bool:
        """Whether no further fault is kept in detail."""
        return len(self._cells) >= self._limit

    def add(self, cell: BadCell) -> None:
        """Add a fault."""
        self.rows.add(cell.row)
        if not self.is_full:
            self._cells.append(cell)

    def refuse(self, *, always: bool = False) -> None:
        """Raise `BadRows` if there are faults that are not allowed."""
        if self.rows and (always or not self.is_allowed):
            raise BadRows(list(self))


class UnknownColumns:
    """A search for names that no input has; made once for all rows, as it compares with every input's name."""

    def __init__(self, inputs: Sequence[InputColumn], ignored: Collection[str]) -> None:
        self._names = [column.name for column in inputs]
        self._allowed = frozenset(self._names).union(ignored)
        self._index = NameIndex(self._names)

    def add(self, row: int, names: Iterable[str], bad: BadCells) -> None:
        """Add an error for each unknown name, until no more are kept: what it likely means, or what there is."""
        for name in names:
            if name in self._allowed:
                continue
            if bad.is_full:
                return
            suggestion = self._index.suggest(name)
            detail = "is not an input of the model"
            if suggestion is None:
                detail = f"{detail}; its inputs are {self._listed_inputs}"
            bad.add(BadCell(row, name, detail, "unknown_column", suggestion=suggestion))

    @cached_property
    def _listed_inputs(self) -> str:
        listed = ", ".join(map(repr, map(cut_name, self._names[:MAX_LISTED_INPUTS])))
        more = len(self._names) - MAX_LISTED_INPUTS
        return f"{listed} and {more} more" if more > 0 else listed
