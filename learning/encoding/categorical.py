"""Categories: one input for each frequent category, one for all rare ones together, one for a missing value.

Words have no size; a net may only be told which of them it is.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, MaxLen
from numpy.typing import NDArray

from learning.encoding.columns import (
    InputColumn,
    InputWarning,
    SkippedColumn,
    missing_flag_name,
    require_type,
    skip_constant,
    skip_empty,
)
from learning.encoding.limits import MAX_COLUMN_OUTPUTS, MIN_ROWS_PER_OUTPUT, max_outputs_for
from learning.frame import CategoricalColumn, Column

MAX_KNOWN_CATEGORIES = 10_000
"""How many categories a model remembers by name; one seen less often than all these counts as unseen."""

ID_SHARE = 0.9
_UNSEEN, _MISSING = -2, -1  # lines of `_vectors`, counted from its end
_CHUNK_ROWS = 4096


@dataclass(frozen=True, kw_only=True)
class CategoricalEncoder:
    """How one column of categories is encoded: one-hot over slots.

    The slots are the `kept` categories by frequency, then one for rare categories and one for missing values, these
    two only if enough training rows are like that. What has no slot of its own needs a vector that the net can make
    sense of untrained. An unseen category is treated as a rare one: it is the one thing known of it. Where training had
    no rare ones, it gets the mean of all training rows' vectors (`shares`). The first layer is linear, so that its
    answer to the mean is its mean answer; all zeros, in contrast, lie where no training row was. The same goes for a
    missing value that training never missed.

    Attributes:
        kept: The categories with a slot of their own, the most frequent first.
        pooled: Those seen in training that have none.
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
        """Learn from the training rows."""
        column = require_type(column, CategoricalColumn, name)
        present = column.codes[column.codes >= 0]
        if not len(present):
            return skip_empty(name)
        counts = np.bincount(present, minlength=len(column.categories))
        order: list[int] = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)].tolist()
        absent = len(column) - len(present)
        if len(order) == 1 and not absent:
            return skip_constant(name, f"'{column.categories[order[0]]}'")
        if len(order) >= ID_SHARE * len(present) and len(order) > 1:
            return SkippedColumn(
                name,
                f"Column '{name}' is not used: it looks like an id, with {len(order)} different values in "
                f"{len(present)} training rows.",
            )
        frequent = min(np.count_nonzero(counts >= MIN_ROWS_PER_OUTPUT), max_outputs_for(len(column)))
        in_slots: list[int] = counts[order[:frequent]].tolist()
        pooled = len(present) - sum(in_slots)
        rare, missing = pooled >= MIN_ROWS_PER_OUTPUT, absent >= MIN_ROWS_PER_OUTPUT
        in_slots += [pooled] * rare + [absent] * missing
        if len(in_slots) < 2:
            return SkippedColumn(name, f"Column '{name}' is not used: all training rows but one are alike in it.")
        names = [column.categories[i] for i in order[:MAX_KNOWN_CATEGORIES]]
        total = sum(in_slots)
        return cls(
            name=name,
            kept=tuple(names[:frequent]),
            pooled=tuple(names[frequent:]),
            shares=tuple([count / total for count in in_slots]),
            rare=rare,
            missing=missing,
        )

    @property
    def width(self) -> int:
        """How many inputs the column becomes."""
        return len(self.kept) + self.rare + self.missing

    @property
    def output_names(self) -> list[str]:
        """What each input says."""
        kept = [f"{self.name} = {category}" for category in self.kept]
        return kept + [f"{self.name} is rare"] * self.rare + [missing_flag_name(self.name)] * self.missing

    @property
    def typical_value(self) -> str:
        """The most frequent category."""
        return self.kept[0]

    def describe(self) -> InputColumn:
        """What a person should know of the column."""
        return InputColumn(self.name, "categorical", tuple(sorted(self.kept + self.pooled)))

    def encode(self, column: Column, out: NDArray[np.float32]) -> None:
        """Write the rows of the column into `out` (rows, width)."""
        lines = self._vector_indices(require_type(column, CategoricalColumn, self.name))
        if len(lines) == 1:  # as in most requests to predict
            out[0] = self._vectors[lines[0]]
            return
        for start in range(0, len(lines), _CHUNK_ROWS):
            out[start : start + _CHUNK_ROWS] = self._vectors.take(lines[start : start + _CHUNK_ROWS], axis=0)

    def find_warnings(self, column: Column, limit: int) -> list[InputWarning]:
        """The rows with a category that training never saw, or with none where training missed none; up to `limit`."""
        column = require_type(column, CategoricalColumn, self.name)
        lines = self._vector_indices(column)
        found: list[InputWarning] = []
        if _UNSEEN in lines:
            treated = "a rare category" if self.rare else "an average one"
            for row in _rows_with(lines, _UNSEEN, limit):
                given = column.categories[int(column.codes[row])]
                detail = f"'{given}' did not occur in training; it is treated as {treated}"
                found.append(InputWarning(row, self.name, "unseen_category", detail))
        if not self.missing and _MISSING in lines:
            detail = "missing, which it hardly ever was in training; it is treated as an average category"
            found += [
                InputWarning(row, self.name, "missing_imputed", detail) for row in _rows_with(lines, _MISSING, limit)
            ]
        return found

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        """What each kind of value becomes (kept + 3, width): the kept, then rare, unseen and missing."""
        own = np.eye(self.width, dtype=np.float32)
        mean = np.array(self.shares, dtype=np.float32)
        rare = own[len(self.kept)] if self.rare else mean
        return np.vstack([own[: len(self.kept)], rare, rare, own[-1] if self.missing else mean])

    @cached_property
    def _category_codes(self) -> dict[str, int]:
        """The line of `_vectors` for each category seen."""
        return {name: min(i, len(self.kept)) for i, name in enumerate(self.kept + self.pooled)}

    def _vector_indices(self, column: CategoricalColumn) -> NDArray[np.intp] | list[int]:
        """The line of `_vectors` for each row; Python looks at the rows or at the categories, whichever are fewer."""
        line, names = self._category_codes, column.categories
        if len(column.codes) <= len(names):
            codes: list[int] = column.codes.tolist()
            return [line.get(names[code], _UNSEEN) if code >= 0 else _MISSING for code in codes]
        table = np.array([line.get(name, _UNSEEN) for name in names] + [_MISSING], dtype=np.intp)
        return table[column.codes]  # -1, missing, points to the table's last


def _rows_with(lines: NDArray[np.intp] | list[int], line: int, limit: int) -> list[int]:
    return np.flatnonzero(np.asarray(lines) == line)[:limit].tolist()
