"""Encoder of categorical columns: one-hot, with an input for rare categories and one for missing values."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, MaxLen
from numpy.typing import NDArray

from learning.encoding.columns import InputColumn, WarningList, missing_flag_name, require_type
from learning.encoding.eligibility import (
    MAX_COLUMN_OUTPUTS,
    MIN_ROWS_PER_OUTPUT,
    SkippedColumn,
    describe_pooling,
    looks_like_id,
    max_outputs_for,
    skip_constant,
    skip_empty,
    skip_id,
)
from learning.frame import CategoricalColumn, Column

MAX_KNOWN_CATEGORIES = 10_000
"""The maximum number of categories stored by name; any rarer one counts as unseen."""

_UNSEEN, _MISSING = -2, -1  # rows of `_vectors`, counted from its end
_CHUNK_ROWS = 4096


@dataclass(frozen=True, kw_only=True)
class CategoricalEncoder:
    """Encodes a categorical column: one-hot over slots.

    The slots are the `kept` categories by frequency, then one for rare categories and one for missing values, these
    two only if there are enough such training rows. An unseen category is encoded as a rare one. Where training had no
    rare ones, it gets the mean of all training rows' vectors (`shares`): the first layer is linear, so its output for
    the mean is its mean output, while all zeros would be unlike any training row. So does a
    missing value where no training row lacked one.

    Attributes:
        kept: The categories with a slot of their own, the most frequent first.
        pooled: The other categories seen in training.
        shares: For each slot, the share of training rows in it.
        rare: Whether there is a slot for rare categories.
        missing: Whether there is a slot for missing values.
    """

    type: Literal["categorical"] = "categorical"
    name: str
    kept: Annotated[tuple[str, ...], MaxLen(MAX_COLUMN_OUTPUTS)]
    pooled: Annotated[tuple[str, ...], MaxLen(MAX_KNOWN_CATEGORIES)]
    shares: Annotated[tuple[Annotated[float, Ge(0.0)], ...], MaxLen(MAX_COLUMN_OUTPUTS + 2)]
    rare: bool
    missing: bool

    def __post_init__(self) -> None:
        if len(self.shares) != self.width or not self.kept:
            raise ValueError(
                f"{self.name} has {self.width} slots, {len(self.shares)} shares and {len(self.kept)} names"
            )

    @classmethod
    def fit(cls, name: str, column: Column) -> "CategoricalEncoder | SkippedColumn":
        """Fit to the training rows."""
        column = require_type(column, CategoricalColumn, name)
        present = column.codes[column.codes >= 0]
        if not len(present):
            return skip_empty(name)
        counts = np.bincount(present, minlength=len(column.categories))
        by_frequency: list[int] = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)].tolist()
        missing_rows = len(column) - len(present)
        if len(by_frequency) == 1 and not missing_rows:
            return skip_constant(name, value=f"'{column.categories[by_frequency[0]]}'")
        if looks_like_id(len(by_frequency), len(present)):
            return skip_id(name, len(by_frequency), len(present))
        frequent = min(np.count_nonzero(counts >= MIN_ROWS_PER_OUTPUT), max_outputs_for(len(column)))
        slot_counts: list[int] = counts[by_frequency[:frequent]].tolist()
        pooled = len(present) - sum(slot_counts)
        rare, missing = pooled >= MIN_ROWS_PER_OUTPUT, missing_rows >= MIN_ROWS_PER_OUTPUT
        slot_counts += [pooled] * rare + [missing_rows] * missing
        if len(slot_counts) < 2:
            return SkippedColumn(name, f"Column '{name}' is not used: all training rows but one are alike in it.")
        names = [column.categories[i] for i in by_frequency[:MAX_KNOWN_CATEGORIES]]
        total = sum(slot_counts)
        return cls(
            name=name,
            kept=tuple(names[:frequent]),
            pooled=tuple(names[frequent:]),
            shares=tuple([count / total for count in slot_counts]),
            rare=rare,
            missing=missing,
        )

    @property
    def width(self) -> int:
        """The number of inputs of the column."""
        return len(self.kept) + self.rare + self.missing

    @property
    def output_names(self) -> list[str]:
        """The name of each input."""
        kept = [f"{self.name} = {category}" for category in self.kept]
        return kept + [f"{self.name} is rare"] * self.rare + [missing_flag_name(self.name)] * self.missing

    @property
    def typical_value(self) -> str:
        """The most frequent category."""
        return self.kept[0]

    def describe_pooling(self) -> str | None:
        """The sentence that says how many categories are learned as one; None if each has a slot of its own."""
        return describe_pooling(self.name, len(self.kept), len(self.kept) + len(self.pooled)) if self.pooled else None

    def describe(self) -> InputColumn:
        """The description of the column for callers of predict."""
        return InputColumn(self.name, "categorical", tuple(sorted(self.kept + self.pooled)))

    def encode(self, column: Column, out: NDArray[np.float32], warnings: WarningList | None = None) -> None:
        """Encode the column into `out` (rows, width), and add warnings about its rows to `warnings`."""
        column = require_type(column, CategoricalColumn, self.name)
        indices = self._vector_indices(column)
        if warnings is not None:
            self._add_warnings(column, indices, warnings)
        if len(indices) == 1:  # as in most requests to predict
            out[0] = self._vectors[indices[0]]
            return
        for start in range(0, len(indices), _CHUNK_ROWS):
            out[start : start + _CHUNK_ROWS] = self._vectors.take(indices[start : start + _CHUNK_ROWS], axis=0)

    def grid(self, _encoded: NDArray[np.floating], points: int) -> tuple[tuple[str, ...], Column]:
        """The most frequent categories, to vary the column over; up to twice as many as `points`."""
        categories = (self.kept + self.pooled)[: 2 * points]
        return categories, CategoricalColumn(np.arange(len(categories), dtype=np.int32), categories)

    def _add_warnings(
        self, column: CategoricalColumn, lines: NDArray[np.intp] | list[int], warnings: WarningList
    ) -> None:
        """Warn of categories unseen in training, of pooled ones, and of missing values that training had not."""
        if _UNSEEN in lines:
            treatment = "a rare category" if self.rare else "an average one"
            for row in warnings.first_rows(_rows_with(lines, _UNSEEN)):
                category = column.categories[int(column.codes[row])]
                detail = f"'{category}' did not occur in training; it is treated as {treatment}"
                warnings.add(row, self.name, "unseen_category", detail)
        if self.pooled and len(self.kept) in lines:
            others = f"it is treated as one with the others, {len(self.pooled):,} in all"
            for row in warnings.first_rows(_rows_with(lines, len(self.kept))):
                category = column.categories[int(column.codes[row])]
                detail = f"'{category}' is not among the {len(self.kept):,} values that are told apart; {others}"
                warnings.add(row, self.name, "pooled_category", detail)
        if not self.missing and _MISSING in lines:
            warnings.add_missing(_rows_with(lines, _MISSING), self.name, "it is treated as an average category")

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        """The vector of each kind of value (kept + 3, width): the kept categories, then rare, unseen and missing."""
        one_hot = np.eye(self.width, dtype=np.float32)
        mean = np.array(self.shares, dtype=np.float32)
        rare = one_hot[len(self.kept)] if self.rare else mean
        return np.vstack([one_hot[: len(self.kept)], rare, rare, one_hot[-1] if self.missing else mean])

    @cached_property
    def _category_codes(self) -> dict[str, int]:
        """The row of `_vectors` for each category seen in training."""
        return {name: min(i, len(self.kept)) for i, name in enumerate(self.kept + self.pooled)}

    def _vector_indices(self, column: CategoricalColumn) -> NDArray[np.intp] | list[int]:
        """The row of `_vectors` for each row of the column; Python loops over the fewer of rows and categories."""
        codes_by_name, names = self._category_codes, column.categories
        if len(column.codes) <= len(names):
            codes: list[int] = column.codes.tolist()
            return [codes_by_name.get(names[code], _UNSEEN) if code >= 0 else _MISSING for code in codes]
        table = np.array([codes_by_name.get(name, _UNSEEN) for name in names] + [_MISSING], dtype=np.intp)
        return table[column.codes]  # -1, missing, points to the table's last


def _rows_with(lines: NDArray[np.intp] | list[int], line: int) -> NDArray[np.intp]:
    return np.flatnonzero(np.asarray(lines) == line)
