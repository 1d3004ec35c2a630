"""Encoder of columns with many values: each value is an id, of which a net learns a vector.

A one-hot input would cost memory in every row, and a weight of each unit of the first layer; a vector is a few numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Annotated, Final, Literal

import numpy as np
from annotated_types import Ge, Le, MaxLen
from numpy.typing import NDArray

from learning.encoding.columns import InputColumn, WarningList, require_type
from learning.encoding.eligibility import MIN_ROWS_PER_OUTPUT, is_id_name, looks_like_id
from learning.encoding.embedding_spec import MAX_DIMENSIONS, EmbeddingSpec
from learning.frame import CategoricalColumn, Column, NumericColumn
from learning.nn.layers.embedding import Embedding
from learning.spelling import list_names

MAX_EMBEDDED_CATEGORIES: Final = 100_000
"""The maximum number of values with a vector of their own; any rarer one counts as unseen."""

MAX_NAMES_LENGTH: Final = 2**22
"""The maximum length of their names together."""

MAX_POOLED_CATEGORIES: Final = 10_000
"""The maximum number of values stored by name that share a vector."""

MAX_LISTED_CATEGORIES: Final = 10_000
"""The maximum number of values that the description of a column lists."""


@dataclass(frozen=True, kw_only=True)
class EmbeddingEncoder:
    """Encodes a column of many values as ids, each of which has a vector in a table that a net learns.

    The ids are those of the `kept` values by frequency, then one that rare values share and one for missing values,
    these two only if there are enough such training rows. The last id stands for values unseen in training, and for
    rare and missing ones that have none: the net gives it the mean of all training rows' vectors.

    Attributes:
        kind: The type of the column: numbers are ids if it is named like one.
        dimensions: The length of a vector, or of those of several nets that became one.
        kept: The values with a vector of their own, the most frequent first.
        pooled: The other values seen in training.
        rare: Whether there is an id for rare values.
        missing: Whether there is an id for missing values.
    """

    type: Literal["embedding"] = "embedding"
    name: str
    kind: Literal["categorical", "numeric"]
    dimensions: Annotated[int, Ge(1), Le(MAX_DIMENSIONS)]
    kept: Annotated[tuple[str, ...], MaxLen(MAX_EMBEDDED_CATEGORIES)]
    pooled: Annotated[tuple[str, ...], MaxLen(MAX_POOLED_CATEGORIES)]
    rare: bool
    missing: bool

    def __post_init__(self) -> None:
        if not self.kept:
            raise ValueError(f"{self.name} has no value with a vector")

    @classmethod
    def fit(cls, name: str, column: Column, spec: EmbeddingSpec) -> "EmbeddingEncoder | None":
        """Fit to the training rows; None if the column is of another kind, or too few of its values repeat."""
        column_as_categories = _find_categories(name, column)
        if column_as_categories is None:
            return None
        codes, categories = column_as_categories.codes, column_as_categories.categories
        counts = np.bincount(codes[codes >= 0], minlength=len(categories))
        distinct, present = int(np.count_nonzero(counts)), int(counts.sum())
        repeated = np.count_nonzero(counts >= MIN_ROWS_PER_OUTPUT)
        if repeated < spec.min_categories or looks_like_id(distinct, present):
            return None
        by_frequency: list[int] = np.argsort(-counts, kind="stable")[:distinct].tolist()
        lengths = accumulate(len(categories[code]) for code in by_frequency[: min(repeated, MAX_EMBEDDED_CATEGORIES)])
        frequent = max(1, sum(length <= MAX_NAMES_LENGTH for length in lengths))
        pooled_rows = present - int(counts[by_frequency[:frequent]].sum())
        return cls(
            name=name,
            kind="numeric" if isinstance(column, NumericColumn) else "categorical",
            dimensions=spec.dimensions,
            kept=tuple([categories[code] for code in by_frequency[:frequent]]),
            pooled=tuple([categories[code] for code in by_frequency[frequent : frequent + MAX_POOLED_CATEGORIES]]),
            rare=pooled_rows >= MIN_ROWS_PER_OUTPUT,
            missing=len(codes) - present >= MIN_ROWS_PER_OUTPUT,
        )

    @property
    def width(self) -> int:
        """The number of numbers that a row gets from the column: none, as it gets an id."""
        return 0

    @property
    def table(self) -> Embedding:
        """The table of vectors that the ids point to."""
        return Embedding(ids=len(self.kept) + self.rare + self.missing + 1, units=self.dimensions)

    @property
    def output_names(self) -> list[str]:
        """The name of each number of a vector."""
        return [f"{self.name} [{number}]" for number in range(1, self.dimensions + 1)]

    @property
    def typical_value(self) -> str | float:
        """The most frequent value."""
        return float(self.kept[0]) if self.kind == "numeric" else self.kept[0]

    def describe_pooling(self) -> str | None:
        """The sentence that says which values share a vector; None if each has one of its own."""
        if not self.pooled:
            return None
        many = f"{len(self.pooled):,} of {len(self.kept) + len(self.pooled):,} values of '{self.name}'"
        return (
            f"{many} are learned as one, so they get the same answers: {list_names(self.pooled)}. The others, in "
            f"{MIN_ROWS_PER_OUTPUT} training rows or more, each have a vector of {self.dimensions} numbers."
        )

    def describe(self) -> InputColumn:
        """The description of the column for callers of predict."""
        known = self.kept + self.pooled
        listed = self.kind == "categorical" and len(known) <= MAX_LISTED_CATEGORIES
        return InputColumn(self.name, self.kind, tuple(sorted(known)) if listed else None, dimensions=self.dimensions)

    def encode(self, column: Column, out: NDArray[np.int32], warnings: WarningList | None = None) -> None:
        """Write the id of each row into `out` (rows,), and add warnings about rows to `warnings`."""
        if self.kind == "numeric":
            categories = number_categories(require_type(column, NumericColumn, self.name))
        else:
            categories = require_type(column, CategoricalColumn, self.name)
        lines = self._find_lines(categories)
        if warnings is not None:
            self._add_warnings(categories, lines, warnings)
        self._ids.take(lines, 0, out)

    def grid(self, _encoded: NDArray[np.floating], points: int) -> tuple[Sequence[str | float], Column]:
        """The most frequent values, to vary the column over; up to twice as many as `points`."""
        values = self.kept[: 2 * points]
        if self.kind == "numeric":
            numbers = [float(value) for value in values]
            return numbers, NumericColumn(np.array(numbers))
        return values, CategoricalColumn(np.arange(len(values), dtype=np.int32), values)

    def _add_warnings(self, column: CategoricalColumn, lines: NDArray[np.intp], warnings: WarningList) -> None:
        """Warn of values unseen in training, of pooled ones, and of missing values that training had not."""
        rare, unseen, missing = range(len(self.kept), len(self.kept) + 3)
        if not (lines >= rare).any():
            return
        for row in warnings.first_rows(np.flatnonzero(lines == unseen)):
            detail = f"'{column.cell(row)}' did not occur in training; it is treated as an average one"
            warnings.add(row, self.name, "unseen_category", detail)
        for row in warnings.first_rows(np.flatnonzero(lines == rare)):
            others = f"it is treated as one with the others, {len(self.pooled):,} in all"
            detail = f"'{column.cell(row)}' is not among the {len(self.kept):,} values that are told apart; {others}"
            warnings.add(row, self.name, "pooled_category", detail)
        if not self.missing:
            rows = np.flatnonzero(lines == missing)
            warnings.add_missing(rows, self.name, "it is treated as an average value")

    @cached_property
    def _ids(self) -> NDArray[np.int32]:
        """The id of each kind of value (kept + 3,): the kept values, then rare, unseen and missing."""
        kept, last = len(self.kept), self.table.ids - 1
        others = [kept if self.rare else last, last, kept + self.rare if self.missing else last]
        return np.array([*range(kept), *others], np.int32)

    @cached_property
    def _lines_by_value(self) -> dict[str, int]:
        """The place in `_ids` of each value seen in training."""
        return {name: min(line, len(self.kept)) for line, name in enumerate(self.kept + self.pooled)}

    def _find_lines(self, column: CategoricalColumn) -> NDArray[np.intp]:
        """The place in `_ids` of each row's value; Python loops over the fewer of rows and categories."""
        lines, names = self._lines_by_value, column.categories
        unseen, missing = len(self.kept) + 1, len(self.kept) + 2
        if len(column.codes) <= len(names):
            codes: list[int] = column.codes.tolist()
            return np.array([lines.get(names[code], unseen) if code >= 0 else missing for code in codes], np.intp)
        table = np.array([*(lines.get(name, unseen) for name in names), missing], np.intp)
        return table[column.codes]  # -1, missing, points to the table's last


def number_categories(column: NumericColumn) -> CategoricalColumn:
    """The numbers of a column as categories, whole ones without a decimal point."""
    values, codes = np.unique(column.values, return_inverse=True)
    codes = codes.astype(np.int32)
    codes[np.isnan(column.values)] = -1
    numbers: list[float] = values.tolist()
    names = [f"{number:.0f}" if number.is_integer() else str(number) for number in numbers]
    return CategoricalColumn(codes, tuple(names))


def _find_categories(name: str, column: Column) -> CategoricalColumn | None:
    """The values of a column that may be ids as categories; numbers are ids if all are whole and it is named so."""
    if isinstance(column, CategoricalColumn):
        return column
    if isinstance(column, NumericColumn) and is_id_name(name):
        present = column.values[~np.isnan(column.values)]
        if (present == np.floor(present)).all() and np.isfinite(present).all():
            return number_categories(column)
    return None
