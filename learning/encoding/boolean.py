"""Encoder of boolean columns: true is 1, false is -1, and a missing value is the mean, with a flag."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from learning.encoding.columns import InputColumn, WarningList, missing_flag_name, require_type
from learning.encoding.eligibility import (
    SkippedColumn,
    skip_constant,
    skip_empty,
)
from learning.frame import BooleanColumn, Column


@dataclass(frozen=True, kw_only=True)
class BooleanEncoder:
    """Encodes a boolean column; a missing value is the mean, and flagged if training rows lacked one.

    Attributes:
        mean: The mean of the training rows, with true as 1 and false as -1.
        flag: Whether there is a second input, 1 where the value is missing.
    """

    type: Literal["boolean"] = "boolean"
    name: str
    mean: Annotated[float, Ge(-1.0), Le(1.0)]
    flag: bool

    @classmethod
    def fit(cls, name: str, column: Column) -> "BooleanEncoder | SkippedColumn":
        """Fit to the training rows."""
        column = require_type(column, BooleanColumn, name)
        present = column.values[column.values >= 0]
        if not len(present):
            return skip_empty(name)
        share = float(present.mean(dtype=np.float64))
        flag = len(present) < len(column)
        if share in {0.0, 1.0} and not flag:
            return skip_constant(name, value="true" if share else "false")
        return cls(name=name, mean=2.0 * share - 1.0, flag=flag)

    @property
    def width(self) -> int:
        """The number of inputs of the column."""
        return 1 + self.flag

    @property
    def output_names(self) -> list[str]:
        """The name of each input."""
        return [self.name, missing_flag_name(self.name)][: self.width]

    @property
    def typical_value(self) -> bool:
        """The more frequent of the two values."""
        return self.mean >= 0.0

    def describe(self) -> InputColumn:
        """The description of the column for callers of predict."""
        return InputColumn(self.name, "boolean")

    def encode(self, column: Column, out: NDArray[np.float32], warnings: WarningList | None = None) -> None:
        """Encode the column into `out` (rows, width), and add warnings about its rows to `warnings`."""
        values = require_type(column, BooleanColumn, self.name).values
        out[...] = self._vectors.take(values, axis=0)
        if warnings is not None and not self.flag:
            rows = np.flatnonzero(values < 0)
            warnings.add_missing(rows, self.name, "it is treated as between true and false")

    def grid(self, _encoded: NDArray[np.floating], _points: int) -> tuple[list[bool], Column]:
        """Both values, to vary the column over."""
        return [False, True], BooleanColumn(np.array([0, 1], np.int8))

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        """The encoded false, true and missing value (3, width); the code of a missing value, -1, points to the last."""
        return np.array([[-1.0, 0.0], [1.0, 0.0], [self.mean, 1.0]], dtype=np.float32)[:, : self.width]
