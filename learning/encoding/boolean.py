"""Yes or no: 1 and -1, with a missing value between them and marked.

A net takes a yes and a no best as opposites of the same size.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Le
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
from learning.frame import BooleanColumn, Column


@dataclass(frozen=True, kw_only=True)
class BooleanEncoder:
    """How one column of booleans is encoded; missing is the mean, and marked if training rows lacked a value.

    Attributes:
        mean: The mean of the training rows, with yes as 1 and no as -1.
        flag: Whether there is a second number that says whether the value is missing.
    """

    type: Literal["boolean"] = "boolean"
    name: str
    mean: Annotated[float, Ge(-1.0), Le(1.0)]
    flag: bool

    @classmethod
    def fit(cls, name: str, column: Column) -> "BooleanEncoder | SkippedColumn":
        """Learn from the training rows."""
        column = require_type(column, BooleanColumn, name)
        present = column.values[column.values >= 0]
        if not len(present):
            return skip_empty(name)
        share = float(present.mean(dtype=np.float64))
        flag = len(present) < len(column)
        if share in {0.0, 1.0} and not flag:
            return skip_constant(name, "true" if share else "false")
        return cls(name=name, mean=2.0 * share - 1.0, flag=flag)

    @property
    def width(self) -> int:
        """How many inputs the column becomes."""
        return 1 + self.flag

    @property
    def output_names(self) -> list[str]:
        """What each input says."""
        return [self.name, missing_flag_name(self.name)][: self.width]

    @property
    def typical_value(self) -> bool:
        """The more frequent of the two."""
        return self.mean >= 0.0

    def describe(self) -> InputColumn:
        """What a person should know of the column."""
        return InputColumn(self.name, "boolean")

    def encode(self, column: Column, out: NDArray[np.float32]) -> None:
        """Write the rows of the column into `out` (rows, width)."""
        out[...] = self._vectors.take(require_type(column, BooleanColumn, self.name).values, axis=0)

    def find_warnings(self, column: Column, limit: int) -> list[InputWarning]:
        """The rows without a value where training missed none; at most `limit`."""
        if self.flag:
            return []
        rows: list[int] = np.flatnonzero(require_type(column, BooleanColumn, self.name).values < 0)[:limit].tolist()
        detail = "missing, which it never was in training; it is treated as between true and false"
        return [InputWarning(row, self.name, "missing_imputed", detail) for row in rows]

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        """What no, yes and missing become (3, width); a missing value's -1 points to the last."""
        return np.array([[-1.0, 0.0], [1.0, 0.0], [self.mean, 1.0]], dtype=np.float32)[:, : self.width]
