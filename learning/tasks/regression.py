"""Regression: a number is predicted.

A net's outputs are near 0, so it learns by how many standard deviations a number is above the mean.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, Literal

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import DTypeLike, NDArray

from learning.errors import ImpossibleTarget
from learning.frame import Column, Frame, NumericColumn, Table
from learning.nn.losses import LossName
from learning.tasks.classification import check_no_dates
from learning.tasks.evaluation import Evaluation, ScatterPoint, finite_or_none, keep_finite, summarize_residuals
from learning.tasks.label_errors import score_numeric_targets
from learning.tasks.labels import create_constant_error
from learning.tasks.linear_models import fit_ridge
from learning.tasks.metrics import compute_regression_metrics
from learning.tasks.task import BaselineName, Predictions, RowPrediction, Target, TargetReader, Values

MAX_SCATTER_POINTS: Final = 500
_MAX_STANDARDISED = 1e12
_MAX_ABS_TARGET = 1e150


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
    return np.where(np.abs(column.values) <= _MAX_ABS_TARGET, column.values, np.nan)


@dataclass(frozen=True)
class NumberReader(TargetReader):
    """Reads the number of each row, NaN where it is missing."""

    name: str
    labelled_rows: int
    labels: tuple[str, ...] = ()

    @classmethod
    def infer(cls, table: Table, name: str) -> "NumberReader":
        """A reader of a column's numbers.

        Raises:
            ImpossibleTarget: these are no numbers, or all the same.
        """
        labelled_rows, minimum, maximum = 0, np.nan, np.nan
        for frame in table.chunks([name]):
            column = frame.column(name)
            check_no_dates(name, column)
            values = read_numbers(name, column)
            labelled_rows += len(values) - int(np.isnan(values).sum())
            minimum, maximum = np.fmin.reduce(values, initial=minimum), np.fmax.reduce(values, initial=maximum)
        if not minimum < maximum:
            raise create_constant_error(name, None if np.isnan(minimum) else f"{minimum:g}")
        return cls(name, labelled_rows)

    def read_values(self, frame: Frame) -> NDArray[np.float64]:
        """The number of each row of a frame (rows,), NaN where it is missing."""
        return read_numbers(self.name, frame.column(self.name))

    def strata(self, values: Values) -> NDArray[np.int64]:
        """All rows are in one."""
        return np.where(np.isnan(values), -1, 0)

    def find_learned(self, train_values: Values) -> NDArray[np.bool_]:
        """Nothing, as there are no labels."""
        return np.empty(0, np.bool_)

    def fit(self, train_values: Values) -> "RegressionTarget":
        """The target with the mean and deviation of the training rows."""
        return RegressionTarget.fit(train_values.astype(np.float64))


@dataclass(frozen=True)
class NumberPredictions(Predictions):
    """Numbers in the target's units, float64 (rows, 1)."""

    numbers: NDArray[np.float64]
    labels: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The value."""
        return ("value",)

    def describe_row(self, choice: int, numbers: Sequence[Any]) -> dict[str, Any]:
        """`{"value": 12.0}`."""
        return {"value": numbers[0]}

    def list_predicted(self) -> list[float]:
        """The value of each row."""
        return self.numbers[:, 0].tolist()

    def list_rows(self) -> list[dict[str, Any]]:
        """The prediction of each row as JSON."""
        return [{"value": value} for value in self.list_predicted()]


@dataclass(frozen=True, kw_only=True)
class RegressionTarget(Target):
    """A number to predict; the net learns (value - mean) / scale."""

    task: Literal["regression"] = "regression"
    mean: Annotated[float, Ge(-_MAX_ABS_TARGET), Le(_MAX_ABS_TARGET)]
    scale: Annotated[float, Gt(0.0), Le(_MAX_ABS_TARGET)]

    losses: ClassVar[tuple[LossName, ...]] = ("mse", "mae", "huber")
    baselines: ClassVar[tuple[BaselineName, BaselineName]] = ("mean", "linear")
    column_type: ClassVar[Literal["numeric", "categorical"]] = "numeric"
    values_dtype: ClassVar[DTypeLike] = np.float64

    @classmethod
    def fit(cls, values: NDArray[np.float64]) -> "RegressionTarget":
        """Mean and standard deviation of the training rows' values; a constant gets the scale 1."""
        return cls(mean=float(values.mean()), scale=float(values.std()) or 1.0)

    @property
    def outputs(self) -> int:
        """The number of outputs of the net."""
        return 1

    def create_reader(self, name: str, labelled_rows: int) -> NumberReader:
        """A reader of numbers."""
        return NumberReader(name, labelled_rows)

    def check_reader(self, reader: TargetReader) -> None:
        """Nothing: any numbers will do."""

    def shape(self, rows: int) -> tuple[int, ...]:
        """Standardised numbers (rows, 1)."""
        return rows, 1

    def encode(self, values: Values) -> NDArray[np.float64]:
        """Encode values (rows,) in the target's units (rows, 1)."""
        # training rows are at most √rows from 0; a held-out row may be farther, and its square must stay finite
        values = values.astype(np.float64, copy=False)
        standardised = np.clip((values / self.scale) - (self.mean / self.scale), -_MAX_STANDARDISED, _MAX_STANDARDISED)
        return standardised[:, None]

    def check_encoded(self, y: NDArray[np.generic]) -> None:
        """Nothing: any numbers will do."""

    def decode_numbers(self, outputs: NDArray[np.floating]) -> NDArray[np.float64]:
        """Decode a net's outputs, or encoded targets, (rows, 1) into finite values (rows, 1) in the target's units."""
        values = outputs * np.float64(self.scale) + self.mean
        return np.fmax(np.fmin(values, _MAX_ABS_TARGET), -_MAX_ABS_TARGET)  # finite even if the net overflows

    def decode(self, logits: NDArray[np.floating]) -> NumberPredictions:
        """The numbers that logits (rows, 1) stand for."""
        return NumberPredictions(self.decode_numbers(logits))

    def compute_metrics(
        self, logits: NDArray[np.floating], y: NDArray[np.generic], weights: NDArray[np.floating] | None
    ) -> dict[str, float | None]:
        """Root mean squared and mean absolute error in the target's units, and r2."""
        values, expected = logits[:, 0].astype(np.float64), y[:, 0].astype(np.float64)
        wide = None if weights is None else weights.astype(np.float64)
        return compute_regression_metrics(values, expected, self.scale, wide)

    def evaluate(
        self,
        logits: NDArray[np.floating],
        y: NDArray[np.generic],
        losses: NDArray[np.float64],
        weights: NDArray[np.floating] | None,
        shares: NDArray[np.float64] | None,
    ) -> Evaluation:
        """The residuals, and expected and predicted numbers."""
        encoded = y.astype(np.float64)
        expected, predicted = self.decode_numbers(encoded)[:, 0], self.decode_numbers(logits)[:, 0]
        count = min(len(y), MAX_SCATTER_POINTS)
        rows = ((np.arange(count) + 0.5) * (len(y) / count)).astype(np.intp)
        naive = compute_regression_metrics(np.zeros(len(y)), encoded[:, 0], self.scale, weights)
        return Evaluation(
            task=self.task,
            rows=len(y),
            loss=finite_or_none(float(losses.mean())),
            metrics=keep_finite(self.compute_metrics(logits, y, weights)),
            naive=keep_finite(naive),
            residuals=summarize_residuals(expected - predicted),
            scatter=tuple(map(ScatterPoint, expected[rows].tolist(), predicted[rows].tolist())),
        )

    def constant_logits(
        self, y: NDArray[np.generic], weights: NDArray[np.floating] | None = None
    ) -> NDArray[np.float64]:
        """The mean (1,)."""
        numbers = y.astype(np.float64, copy=False)
        return numbers.mean(axis=0) if weights is None else np.asarray(np.average(numbers, 0, weights))

    def fit_linear_model(
        self, x: NDArray[np.float64], y: NDArray[np.generic], weights: NDArray[np.floating] | None
    ) -> NDArray[np.float64]:
        """Linear regression."""
        return fit_ridge(x, y.astype(np.float64), weights)

    def spread(self, y: NDArray[np.generic]) -> NDArray[np.float64]:
        """The encoded numbers as they are."""
        return y.astype(np.float64)

    def explained_share(
        self, predicted: NDArray[np.float64], y: NDArray[np.float64], guess: NDArray[np.float64]
    ) -> float:
        """R²: the share of the squared errors that predictions avoid."""
        error, naive = float(np.square(y - predicted).sum()), float(np.square(y - guess).sum())
        return max(0.0, 1 - error / naive) if naive else 0.0

    def name_outputs(self, name: str) -> list[str]:
        """The target."""
        return [name]

    def describe_expected(self, cell: Any, y: Any) -> Any:
        """The cell as it is."""
        return cell

    def scalar_values(self, logits: NDArray[np.floating], choices: NDArray[np.intp]) -> NDArray[np.float64]:
        """The value (rows,)."""
        return self.decode_numbers(logits)[:, 0]

    def scalar_gradients(self, logits: NDArray[np.floating], choices: NDArray[np.intp]) -> NDArray[np.float64]:
        """The value is mean + scale z."""
        return np.full(logits.shape, self.scale)

    @property
    def scalar_unit(self) -> float:
        """The standard deviation."""
        return self.scale

    def find_doubts(
        self,
        logits: NDArray[np.floating],
        y: NDArray[np.generic],
        losses: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The losses for both: a single number says nothing of how sure the net is."""
        return losses, losses

    def score_beside_neighbours(
        self,
        logits: NDArray[np.floating],
        y: NDArray[np.generic],
        neighbours: NDArray[np.generic],
        *,
        are_trained: bool,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The standard deviation of the neighbours' targets, and the label error score."""
        targets = neighbours[:, :, 0].astype(np.float64)
        predicted, expected = logits[:, 0].astype(np.float64), y[:, 0].astype(np.float64)
        return targets.std(axis=1), score_numeric_targets(predicted, expected, targets, are_trained=are_trained)

    def describe_rows(self, logits: NDArray[np.floating]) -> Iterator[RowPrediction]:
        """The value."""
        return map(RowPrediction, self.decode(logits).list_predicted())
