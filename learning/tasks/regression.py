"""Regression: numbers are predicted, each by its mean, by its median, or by several quantiles at once.

A net's outputs are near 0, so it learns by how many standard deviations a number is above the mean. It has an output
for each number to predict, and with quantiles one for each of them: those of the first number come first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any, ClassVar, Final, Literal

import numpy as np
from annotated_types import MaxLen
from numpy.typing import DTypeLike, NDArray

from learning.errors import LearningError
from learning.nn.losses import Loss, LossChoice, LossName, create_loss
from learning.tasks.evaluation import (
    Evaluation,
    Residuals,
    ScatterPoint,
    TargetEvaluation,
    finite_or_none,
    keep_finite,
    summarize_residuals,
)
from learning.tasks.influence import Influence, average_influences, compute_regression_influences
from learning.tasks.label_errors import score_numeric_targets
from learning.tasks.linear_models import fit_ridge
from learning.tasks.metrics import average_metrics, compute_quantile_metrics, compute_regression_metrics, find_quantiles
from learning.tasks.numbers import MAX_ABS_TARGET, Mean, NumberPredictions, NumberReader, Scale
from learning.tasks.predictions import RowPrediction
from learning.tasks.reader import TargetReader, Values
from learning.tasks.task import MAX_TARGETS, BaselineName, Target

DEFAULT_QUANTILES: Final = (0.05, 0.5, 0.95)
MAX_SCATTER_POINTS: Final = 500
_MAX_STANDARDISED = 1e12


@dataclass(frozen=True, kw_only=True)
class RegressionTarget(Target):
    """Numbers to predict; of each the net learns (value - mean) / scale.

    Attributes:
        mean, scale: Of the training rows; of several numbers those of each.

    Raises:
        ValueError: the numbers of names, means and scales differ, or quantiles are not ascending.
    """

    task: Literal["regression"] = "regression"
    mean: Mean | Annotated[tuple[Mean, ...], MaxLen(MAX_TARGETS)]
    scale: Scale | Annotated[tuple[Scale, ...], MaxLen(MAX_TARGETS)]

    losses: ClassVar[tuple[LossName, ...]] = ("mse", "mae", "huber", "quantile")
    baselines: ClassVar[tuple[BaselineName, BaselineName]] = ("mean", "linear")
    column_type: ClassVar[Literal["numeric", "categorical"]] = "numeric"
    values_dtype: ClassVar[DTypeLike] = np.float64

    def __post_init__(self) -> None:
        shape = (len(self.names),) if self.names else ()
        if not np.shape(self.mean) == np.shape(self.scale) == shape or len(set(self.names)) < len(self.names):
            raise ValueError("there must be a name, a mean and a scale of each number")
        if list(self.quantiles) != sorted(set(self.quantiles)):
            raise ValueError("quantiles must be ascending")

    @classmethod
    def create(cls, reader: TargetReader, train_values: Values, quantiles: tuple[float, ...]) -> "RegressionTarget":
        """The target with the means and deviations of the training rows."""
        return cls.fit(train_values.astype(np.float64), reader.names, quantiles)

    @classmethod
    def fit(
        cls, values: NDArray[np.float64], names: tuple[str, ...] = (), quantiles: tuple[float, ...] = ()
    ) -> "RegressionTarget":
        """Means and standard deviations of the training rows' values (rows, columns); a constant gets the scale 1."""
        columns = (values if values.ndim == 2 else values[:, None]).T
        means = tuple([float(column.mean()) for column in columns])
        scales = tuple([float(column.std()) or 1.0 for column in columns])
        if len(columns) == 1:
            return cls(mean=means[0], scale=scales[0], quantiles=quantiles)
        return cls(mean=means, scale=scales, names=names, quantiles=quantiles)

    @cached_property
    def means(self) -> NDArray[np.float64]:
        """The mean of each column (columns,)."""
        return np.atleast_1d(np.array(self.mean, np.float64))

    @cached_property
    def scales(self) -> NDArray[np.float64]:
        """The scale of each column (columns,)."""
        return np.atleast_1d(np.array(self.scale, np.float64))

    @property
    def outputs(self) -> int:
        """The number of outputs of the net."""
        return self.columns * (len(self.quantiles) or 1)

    @property
    def fitting_losses(self) -> tuple[LossName, ...]:
        """The quantile loss if there are quantiles, else all others."""
        return ("quantile",) if self.quantiles else tuple([name for name in self.losses if name != "quantile"])

    def create_loss(self, name: LossChoice) -> Loss:
        """The loss of that name, as in the protocol."""
        if self.quantiles and name in {"auto", "quantile"}:
            return create_loss("quantile", 0, self.columns, self.quantiles)
        return super().create_loss(name)

    def create_reader(self, names: tuple[str, ...], labelled_rows: int) -> NumberReader:
        """A reader of numbers."""
        return NumberReader(names, labelled_rows)

    def check_reader(self, reader: TargetReader) -> None:
        """Check that there are as many numbers.

        Raises:
            LearningError: there are not.
        """
        if len(reader.names) != self.columns:
            raise LearningError(
                f"The model to start from predicts {self.columns} numbers, and there are {len(reader.names)} targets.",
                "Name as many targets, or train from the beginning.",
            )

    def shape(self, rows: int) -> tuple[int, ...]:
        """Standardised numbers (rows, columns)."""
        return rows, self.columns

    def encode(self, values: Values) -> NDArray[np.float64]:
        """Encode values in the targets' units (rows, columns)."""
        # training rows are at most √rows from 0; a held-out row may be farther, and its square must stay finite
        values = (values if values.ndim == 2 else values[:, None]).astype(np.float64, copy=False)
        standardised = (values / self.scales) - (self.means / self.scales)
        return np.clip(standardised, -_MAX_STANDARDISED, _MAX_STANDARDISED)

    def check_encoded(self, y: NDArray[np.generic]) -> None:
        """Nothing: any numbers will do."""

    def decode_numbers(self, outputs: NDArray[np.floating]) -> NDArray[np.float64]:
        """Decode encoded targets (rows, columns) into finite values in the targets' units."""
        values = outputs * self.scales + self.means
        return np.fmax(np.fmin(values, MAX_ABS_TARGET), -MAX_ABS_TARGET)  # finite even if the net overflows

    @cached_property
    def middle(self) -> int:
        """The number of the quantile that stands for all: the nearest to the median, of two as near the lower."""
        distances = [abs(quantile - 0.5) for quantile in self.quantiles or (0.5,)]
        return distances.index(min(distances))

    def _order(self, logits: NDArray[np.floating]) -> NDArray[np.floating]:
        """The quantiles of each number (rows, columns, quantiles or 1), in ascending order.

        A net may predict quantiles that cross; put in order, they are nearer to the true ones (Chernozhukov,
        Fernández-Val & Galichon 2010).
        """
        parts = logits.reshape(len(logits), self.columns, len(self.quantiles) or 1)
        return np.sort(parts, axis=2) if self.quantiles else parts

    def decode(self, logits: NDArray[np.floating]) -> NumberPredictions:
        """The numbers that logits (rows, outputs) stand for."""
        if not self.quantiles:
            return NumberPredictions(self.decode_numbers(logits), names=self.names)
        parts = self._order(logits)
        decoded = [self.decode_numbers(parts[:, :, place]) for place in range(parts.shape[2])]
        numbers = np.hstack([decoded[self.middle], np.stack(decoded, axis=2).reshape(logits.shape)])
        return NumberPredictions(numbers, names=self.names, quantiles=self.quantiles)

    def score_nonconformity(self, logits: NDArray[np.floating], y: NDArray[np.generic]) -> NDArray[np.float64]:
        """How far each number is outside of the outermost quantiles, below 0 inside (Romano, Patterson & Candès 2019).

        Without quantiles it is the distance from the prediction; in standard deviations (rows, columns).
        """
        parts, expected = self._order(logits).astype(np.float64), y.astype(np.float64)
        return np.maximum(parts[:, :, 0] - expected, expected - parts[:, :, -1])

    def find_bounds(self, logits: NDArray[np.floating], thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
        """The lower and upper bound of each number, side by side; between them is the prediction."""
        parts = self._order(logits).astype(np.float64)
        middle = parts[:, :, self.middle]
        low = np.minimum(parts[:, :, 0] - thresholds, middle)
        high = np.maximum(parts[:, :, -1] + thresholds, middle)
        bounds = np.stack([self.decode_numbers(low), self.decode_numbers(high)], axis=2)
        return bounds.reshape(len(logits), 2 * self.columns)

    def compute_metrics(
        self, logits: NDArray[np.floating], y: NDArray[np.generic], weights: NDArray[np.floating] | None
    ) -> dict[str, float | None]:
        """Root mean squared and mean absolute error in the target's units, and r2; with quantiles pinball and coverage.

        Of several numbers it is the mean of each metric, and then the metrics of each, with its name behind.
        """
        parts, expected = self._order(logits).astype(np.float64), y.astype(np.float64)
        wide = None if weights is None else weights.astype(np.float64)
        found: list[dict[str, float | None]] = []
        for column, scale in enumerate(self.scales.tolist()):
            values, own = parts[:, column], expected[:, column]
            metrics = compute_regression_metrics(values[:, self.middle], own, scale, wide)
            found.append(metrics | compute_quantile_metrics(values, own, self.quantiles, scale, wide))
        return average_metrics(found, self.names) if self.names else found[0]

    def compute_influences(
        self, logits: NDArray[np.floating], y: NDArray[np.generic], weights: NDArray[np.floating] | None
    ) -> dict[str, Influence]:
        """Of all of these."""
        parts, expected = self._order(logits).astype(np.float64), y.astype(np.float64)
        wide = None if weights is None else weights.astype(np.float64)
        found = [
            compute_regression_influences(
                parts[:, column], expected[:, column], scale, self.quantiles, middle=self.middle, weights=wide
            )
            for column, scale in enumerate(self.scales.tolist())
        ]
        return average_influences(found, self.names) if self.names else found[0]

    def score_rows(
        self, logits: NDArray[np.floating], y: NDArray[np.generic]
    ) -> tuple[Literal["accuracy", "rmse"], NDArray[np.float64]]:
        """The square of each row's error in the target's units; of several targets the mean, in standard deviations."""
        squares = np.square(self.find_errors(logits, y))
        return "rmse", squares[:, 0] * self.scales[0] ** 2 if self.columns == 1 else squares.mean(axis=1)

    def evaluate(
        self,
        logits: NDArray[np.floating],
        y: NDArray[np.generic],
        losses: NDArray[np.float64],
        weights: NDArray[np.floating] | None,
        naive: NDArray[np.float64] | None,
    ) -> Evaluation:
        """The residuals, and expected and predicted numbers, of each target."""
        constant = np.zeros(self.outputs) if naive is None or not len(naive) else naive
        expected, predicted = self.decode_numbers(y.astype(np.float64)), self.decode(logits).numbers
        count = min(len(y), MAX_SCATTER_POINTS)
        rows = ((np.arange(count) + 0.5) * (len(y) / count)).astype(np.intp)

        def compare(column: int) -> tuple[Residuals, tuple[ScatterPoint, ...]]:
            own, said = expected[:, column], predicted[:, column]
            return summarize_residuals(own - said), tuple(map(ScatterPoint, own[rows].tolist(), said[rows].tolist()))

        found = Evaluation(
            task=self.task,
            rows=len(y),
            loss=finite_or_none(float(losses.mean())),
            metrics=keep_finite(self.compute_metrics(logits, y, weights)),
            naive=keep_finite(self.compute_metrics(np.broadcast_to(constant, logits.shape), y, weights)),
        )
        if self.names:
            targets = [TargetEvaluation(name, *compare(column)) for column, name in enumerate(self.names)]
            return replace(found, targets=tuple(targets))
        residuals, scatter = compare(0)
        return replace(found, residuals=residuals, scatter=scatter)

    def describe_naive(self, y: NDArray[np.generic]) -> NDArray[np.float64]:
        """The quantiles (outputs,); none for the mean, which is 0."""
        return self.constant_logits(y) if self.quantiles else np.empty(0)

    def constant_logits(
        self, y: NDArray[np.generic], weights: NDArray[np.floating] | None = None
    ) -> NDArray[np.float64]:
        """The mean of each number (columns,), or its quantiles (outputs,)."""
        numbers = y.astype(np.float64, copy=False)
        if self.quantiles:
            return np.hstack([find_quantiles(column, self.quantiles, weights) for column in numbers.T])
        return numbers.mean(axis=0) if weights is None else np.asarray(np.average(numbers, 0, weights))

    def fit_linear_model(
        self, x: NDArray[np.float64], y: NDArray[np.generic], weights: NDArray[np.floating] | None
    ) -> NDArray[np.float64]:
        """Linear regression; for quantiles, with those of the residuals added, as if all rows scattered alike."""
        numbers = y.astype(np.float64)
        fitted = fit_ridge(x, numbers, weights)
        if not self.quantiles:
            return fitted
        offsets = self.constant_logits(numbers - x @ fitted, weights)
        fitted = np.repeat(fitted, len(self.quantiles), axis=1)
        fitted[-1] += offsets
        return fitted

    def spread(self, y: NDArray[np.generic]) -> NDArray[np.float64]:
        """The encoded numbers as they are."""
        return y.astype(np.float64)

    def explained_share(
        self, predicted: NDArray[np.float64], y: NDArray[np.float64], guess: NDArray[np.float64]
    ) -> float:
        """R²: the share of the squared errors that predictions avoid."""
        error, naive = float(np.square(y - predicted).sum()), float(np.square(y - guess).sum())
        return max(0.0, 1 - error / naive) if naive else 0.0

    def name_outputs(self, names: Sequence[str]) -> list[str]:
        """The targets, or the quantiles of each."""
        if not self.quantiles:
            return list(names)
        return [f"{name} {quantile!r}" for name in names for quantile in self.quantiles]

    def describe_expected(self, cell: Any, y: Any) -> Any:
        """The cell as it is."""
        return cell

    def scalar_values(self, logits: NDArray[np.floating], choices: NDArray[np.intp]) -> NDArray[np.float64]:
        """The value of a column (rows,)."""
        return np.take_along_axis(self.decode(logits).numbers, choices[:, None], axis=1)[:, 0]

    def scalar_gradients(self, logits: NDArray[np.floating], choices: NDArray[np.intp]) -> NDArray[np.float64]:
        """The value is mean + scale z, where z is the output in the middle."""
        rows, parts = np.arange(len(logits)), logits.reshape(len(logits), self.columns, len(self.quantiles) or 1)
        middle = np.argsort(parts[rows, choices], axis=1, kind="stable")[:, self.middle]
        gradients = np.zeros(parts.shape)
        gradients[rows, choices, middle] = self.scales[choices]
        return gradients.reshape(logits.shape)

    def scalar_units(self, choices: NDArray[np.intp]) -> NDArray[np.float64]:
        """The standard deviation of the column."""
        return self.scales[choices]

    def find_doubts(
        self, logits: NDArray[np.floating], y: NDArray[np.generic], losses: NDArray[np.float64]
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
        """The mean standard deviation of the neighbours' targets, and the label error scores."""
        targets, expected = neighbours.astype(np.float64), y.astype(np.float64)
        predicted = self._order(logits)[:, :, self.middle].astype(np.float64)
        suspicions = [
            score_numeric_targets(
                predicted[:, column], expected[:, column], targets[:, :, column], are_trained=are_trained
            )
            for column in range(self.columns)
        ]
        return targets.std(axis=1).mean(axis=1), np.stack(suspicions, axis=1)

    def find_errors(self, logits: NDArray[np.floating], y: NDArray[np.generic]) -> NDArray[np.float64]:
        """The distance of each number from its prediction, in standard deviations."""
        predicted = self._order(logits)[:, :, self.middle].astype(np.float64)
        return np.abs(predicted - y.astype(np.float64))

    def describe_rows(self, logits: NDArray[np.floating], columns: NDArray[np.intp]) -> Iterator[RowPrediction]:
        """The value of a column."""
        return map(RowPrediction, self.scalar_values(logits, columns).tolist())
