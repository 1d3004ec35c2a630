"""Numbers as targets: how they are read from their columns, and predictions of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from learning.errors import ImpossibleTarget
from learning.frame import Column, Frame, NumericColumn, Table
from learning.tasks.labels import check_no_dates, create_constant_error
from learning.tasks.predictions import Predictions
from learning.tasks.reader import TargetReader, Values
from learning.tasks.task_guess import TaskName

MAX_ABS_TARGET: Final = 1e150
Mean = Annotated[float, Ge(-MAX_ABS_TARGET), Le(MAX_ABS_TARGET)]
Scale = Annotated[float, Gt(0.0), Le(MAX_ABS_TARGET)]


def read_numbers(name: str, column: Column) -> NDArray[np.float64]:
    """The values of a numeric target (rows,), NaN where missing or beyond 1e150, whose square is still finite.

    Raises:
        ImpossibleTarget: the column holds no numbers.
    """
    if not isinstance(column, NumericColumn):
        raise ImpossibleTarget(
            f"The target '{name}' does not hold numbers, so regression cannot learn it.",
            "Set task to classification, or give the column the type numeric when uploading.",
        )
    return np.where(np.abs(column.values) <= MAX_ABS_TARGET, column.values, np.nan)


@dataclass(frozen=True)
class NumberReader(TargetReader):
    """Reads the numbers of each row (rows, columns), NaN where one is missing; a row must have all of them."""

    names: tuple[str, ...]
    labelled_rows: int
    labels: tuple[str, ...] = ()
    task: TaskName = "regression"

    @classmethod
    def infer(cls, table: Table, names: tuple[str, ...]) -> "NumberReader":
        """A reader of the numbers of these columns.

        Raises:
            ImpossibleTarget: a column holds no numbers, or all are the same.
        """
        labelled_rows, low, high = 0, np.full(len(names), np.nan), np.full(len(names), np.nan)
        for frame in table.chunks(list(names)):
            for name in names:
                check_no_dates(name, frame.column(name))
            values = cls(names, 0).read_values(frame)
            labelled_rows += int((~np.isnan(values).any(axis=1)).sum())
            low = np.fmin(low, np.fmin.reduce(values, axis=0, initial=np.nan))
            high = np.fmax(high, np.fmax.reduce(values, axis=0, initial=np.nan))
        for name, least, most in zip(names, low.tolist(), high.tolist(), strict=True):
            if not least < most:
                raise create_constant_error(name, None if np.isnan(least) else f"{least:g}")
        return cls(names, labelled_rows)

    def read_values(self, frame: Frame) -> NDArray[np.float64]:
        """The numbers of each row of a frame (rows, columns)."""
        return np.stack([read_numbers(name, frame.column(name)) for name in self.names], axis=1)

    def strata(self, values: Values) -> NDArray[np.int64]:
        """All rows with all numbers are in one."""
        return np.where(np.isnan(values).any(axis=1), -1, 0)

    def find_learned(self, train_values: Values) -> NDArray[np.bool_]:
        """Nothing, as there are no labels."""
        return np.empty(0, np.bool_)


@dataclass(frozen=True)
class NumberPredictions(Predictions):
    """Numbers in the targets' units, float64 (rows, n): the value of each target, then the quantiles of each.

    Attributes:
        names: The names of several targets; empty for one.
        quantiles: The quantiles, ascending; of a row they never cross.
    """

    names: tuple[str, ...] = ()
    quantiles: tuple[float, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """A column for each value and each quantile, such as `value` and `quantile_0.05`, or `value_y`."""
        endings = [f"_{name}" for name in self.names] or [""]
        values = [f"value{ending}" for ending in endings]
        return (*values, *(f"quantile{ending}_{quantile!r}" for ending in endings for quantile in self.quantiles))

    @property
    def bound_columns(self) -> tuple[str, ...]:
        """`low` and `high`, of several targets `low_y` and `high_y` of each."""
        endings = [f"_{name}" for name in self.names] or [""]
        return tuple([f"{side}{ending}" for ending in endings for side in ("low", "high")])

    def describe_bounds(self, bounds: Sequence[Any]) -> dict[str, Any]:
        """`{"interval": {"low": 9.5, "high": 14.0}}`, of several targets that of each by its name."""
        pairs = [{"low": low, "high": high} for low, high in zip(bounds[::2], bounds[1::2], strict=True)]
        return {"interval": dict(zip(self.names, pairs, strict=True)) if self.names else pairs[0]}

    def describe_row(self, choice: int, numbers: Sequence[Any]) -> dict[str, Any]:
        """`{"value": 12.0}` or `{"values": {"y": 12.0, …}}`, and with quantiles `"quantiles": {"0.05": 9.5, …}`."""
        count = len(self.names) or 1
        row: dict[str, Any] = {"values": dict(zip(self.names, numbers, strict=False))} if self.names else {}
        if not self.names:
            row["value"] = numbers[0]
        if self.quantiles:
            parts = iter(numbers[count:])
            quantiles = [{repr(quantile): next(parts) for quantile in self.quantiles} for _ in range(count)]
            row["quantiles"] = dict(zip(self.names, quantiles, strict=True)) if self.names else quantiles[0]
        return row

    def list_predicted(self, column: int = 0) -> list[float]:
        """The value of each row, of one target."""
        return self.numbers[:, column].tolist()

    def list_rows(self) -> list[dict[str, Any]]:
        """The prediction of each row as JSON."""
        if self.numbers.shape[1] == 1:
            return [{"value": value} for value in self.list_predicted()]
        return [self.describe_row(0, numbers) for numbers in self.numbers.tolist()]
