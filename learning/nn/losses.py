"""Loss functions of logits and targets, each beside its gradient by the logits.

Sigmoid and softmax are fused with the cross-entropy: the gradient of the two together is p - y, and nothing overflows.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.nn.plan import Operation, execute, scalar

LossName = Literal["mse", "mae", "huber", "quantile", "cross_entropy"]
LossChoice = Literal["auto", LossName]

LOSS_DESCRIPTIONS: Final[dict[LossChoice, str]] = {
    "auto": "mse for regression and recommendation, cross_entropy for classification.",
    "mse": "Mean squared error: large errors count most; its best guess is the mean.",
    "mae": "Mean absolute error: all errors count alike, so outliers matter less; its best guess is the median.",
    "huber": "Squared for errors below one standard deviation of the target, absolute beyond: robust against outliers.",
    "quantile": "Pinball loss of several quantiles at once: instead of one number, how far it may be off.",
    "cross_entropy": "Minus the logarithm of the probability given to the right class: sure and wrong costs most.",
}

_BOTH_WAYS: Final = np.array([[1.0, -1.0]])


class Loss(ABC):
    """A loss of logits (rows, outputs) against targets (rows, columns), both of the net's dtype.

    Attributes:
        gradient_scale: Constant factor of the gradient, applied by the caller together with 1 / batch size.
    """

    gradient_scale: float = 1.0

    def targets(self, y: NDArray[np.generic], dtype: DTypeLike) -> NDArray[np.floating]:
        """Convert a dataset's y into targets (rows, columns)."""
        return (y if y.ndim == 2 else y[:, None]).astype(dtype)

    @abstractmethod
    def values(self, logits: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the loss of each row (rows,)."""

    def target_buffer(self, targets: NDArray[np.floating], outputs: int) -> NDArray[np.floating]:
        """Return memory for the targets as `gradient` takes them; by default as they are (rows, columns)."""
        return np.empty_like(targets)

    def encode_targets(self, targets: NDArray[np.floating], encoded: NDArray[np.floating]) -> None:
        """Encode new targets (rows, columns) into that memory; by default as they are."""
        encoded[...] = targets

    @abstractmethod
    def gradient(
        self, logits: NDArray[np.floating], encoded: NDArray[np.floating], out: NDArray[np.floating]
    ) -> list[Operation]:
        """Write d(loss) / d(logits) / gradient_scale of each row into `out` (rows, outputs)."""

    def total(
        self, logits: NDArray[np.floating], targets: NDArray[np.floating], weights: NDArray[np.floating] | None
    ) -> float:
        """Return the sum of the rows' losses, each times its weight (rows, 1) if there are weights."""
        values = self.values(logits, targets)
        return float((values if weights is None else values * weights[:, 0]).sum(dtype=np.float64))


class NumberLoss(Loss):
    """A loss of numbers: the mean over a row's outputs, each of which has its own number in `columns`."""

    def __init__(self, outputs: int = 1) -> None:
        self.gradient_scale = type(self).gradient_scale / outputs


def _average(errors: NDArray[np.floating]) -> NDArray[np.floating]:
    """The mean of each row (rows,) of errors (rows, outputs)."""
    return errors[:, 0] if errors.shape[1] == 1 else errors.mean(axis=1)


class SquaredError(NumberLoss):
    """Squared error, (z - y)^2; its minimum is at the mean."""

    gradient_scale = 2.0

    def values(self, logits: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.floating]:
        """(z - y)^2."""
        return _average(np.square(logits - targets))

    def gradient(
        self, logits: NDArray[np.floating], encoded: NDArray[np.floating], out: NDArray[np.floating]
    ) -> list[Operation]:
        """2 (z - y)."""
        return [partial(np.subtract, logits, encoded, out)]


class AbsoluteError(NumberLoss):
    """Absolute error, |z - y|; its minimum is at the median."""

    def values(self, logits: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.floating]:
        """|z - y|."""
        return _average(np.abs(logits - targets))

    def gradient(
        self, logits: NDArray[np.floating], encoded: NDArray[np.floating], out: NDArray[np.floating]
    ) -> list[Operation]:
        """The sign of z - y."""
        return [partial(np.subtract, logits, encoded, out), partial(np.sign, out, out)]


class Huber(NumberLoss):
    """Huber loss: r^2 / 2 for errors up to 1, one standard deviation of the target, |r| - 1/2 beyond (Huber 1964)."""

    def values(self, logits: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return c (|r| - c / 2), where c = min(|r|, 1)."""
        size = np.abs(logits - targets)
        cut = np.minimum(size, 1)
        return _average(cut * (size - cut / 2))

    def gradient(
        self, logits: NDArray[np.floating], encoded: NDArray[np.floating], out: NDArray[np.floating]
    ) -> list[Operation]:
        """The error, clipped to -1 and 1."""
        one, minus_one = scalar(1, out.dtype), scalar(-1, out.dtype)
        return [
            partial(np.subtract, logits, encoded, out),
            partial(np.minimum, out, one, out=out),
            partial(np.maximum, out, minus_one, out=out),
        ]


class Pinball(Loss):
    """Pinball loss, max(q (y - z), (q - 1) (y - z)); its minimum is at the quantile q (Koenker & Bassett 1978).

    Each number has an output for each of these quantiles, one number after another; the loss is the mean over them.
    """

    def __init__(self, quantiles: Sequence[float], columns: int = 1) -> None:
        self.quantiles, self.columns = np.tile(quantiles, columns), columns
        self.gradient_scale = 0.5 / len(self.quantiles)

    def target_buffer(self, targets: NDArray[np.floating], outputs: int) -> NDArray[np.floating]:
        """Return memory for the target of each output (rows, outputs)."""
        return np.empty((len(targets), outputs), targets.dtype)

    def encode_targets(self, targets: NDArray[np.floating], encoded: NDArray[np.floating]) -> None:
        """Repeat each target for every quantile."""
        encoded[...] = np.repeat(targets, encoded.shape[1] // self.columns, axis=1)

    def values(self, logits: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.floating]:
        """|z - y| / 2 + (1/2 - q) (z - y), which is the same."""
        error = logits - np.repeat(targets, logits.shape[1] // self.columns, axis=1)
        return (np.abs(error) / 2 + (0.5 - self.quantiles).astype(error.dtype) * error).mean(axis=1)

    def gradient(
        self, logits: NDArray[np.floating], encoded: NDArray[np.floating], out: NDArray[np.floating]
    ) -> list[Operation]:
        """Half the sign of z - y, and 1/2 - q."""
        slopes = (1 - 2 * self.quantiles).astype(out.dtype)
        return [
            partial(np.subtract, logits, encoded, out),
            partial(np.sign, out, out),
            partial(np.add, out, slopes, out),
        ]


class BinaryCrossEntropy(Loss):
    """Cross-entropy of two classes, log(1 + exp(-y z)), with targets y of -1 for class 0 and 1 for class 1.

    One logit z stands for the probability p = 1 / (1 + exp(-z)) of class 1.
    """

    gradient_scale = 0.5

    def targets(self, y: NDArray[np.generic], dtype: DTypeLike) -> NDArray[np.floating]:
        """-1 for class 0, 1 for class 1."""
        return 2 * super().targets(y, dtype) - 1

    def values(self, logits: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.floating]:
        """log(1 + exp(-m)) = max(-m, 0) + log(1 + exp(-|m|)) of the margin m = y z, which cannot overflow."""
        margin = (logits * targets)[:, 0]
        return np.maximum(-margin, 0) + np.log1p(np.exp(-np.abs(margin)))

    def gradient(
        self, logits: NDArray[np.floating], encoded: NDArray[np.floating], out: NDArray[np.floating]
    ) -> list[Operation]:
        """The probability p minus 0 or 1; as p = (1 + tanh(z / 2)) / 2, that is (tanh(z / 2) - y) / 2."""
        half = scalar(0.5, out.dtype)
        return [
            partial(np.multiply, logits, half, out),
            partial(np.tanh, out, out),
            partial(np.subtract, out, encoded, out),
        ]


class CategoricalCrossEntropy(Loss):
    """Cross-entropy of many classes, -log softmax(z) of the true one.

    Targets are class numbers in floating point, as for all losses; they are exact up to 2^24.
    """

    def target_buffer(self, targets: NDArray[np.floating], outputs: int) -> NDArray[np.floating]:
        """Return memory for one-hot targets (rows, classes)."""
        return np.zeros((len(targets), outputs), targets.dtype)

    def encode_targets(self, targets: NDArray[np.floating], encoded: NDArray[np.floating]) -> None:
        """One-hot encode the targets."""
        encoded.fill(0)
        encoded[np.arange(len(encoded)), targets[:, 0].astype(np.intp)] = 1

    def values(self, logits: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.floating]:
        """log(sum of exp(z)) - z_true, after each row's largest logit was subtracted so that nothing overflows."""
        shifted = logits - logits.max(axis=1, keepdims=True)
        true = np.take_along_axis(shifted, targets.astype(np.intp), axis=1)
        return np.log(np.exp(shifted).sum(axis=1)) - true[:, 0]

    def gradient(
        self, logits: NDArray[np.floating], encoded: NDArray[np.floating], out: NDArray[np.floating]
    ) -> list[Operation]:
        """The probabilities, minus 1 for the true class."""
        return [*plan_softmax(logits, out), partial(np.subtract, out, encoded, out)]


def plan_softmax(logits: NDArray[np.floating], out: NDArray[np.floating]) -> list[Operation]:
    """Plan the softmax of each row into `out`; its largest logit is subtracted first, so that nothing overflows."""
    row: NDArray[np.floating] = np.empty((len(logits), 1), logits.dtype)
    ones: NDArray[np.floating] = np.ones((logits.shape[1], 1), logits.dtype)
    return [
        partial(np.maximum.reduce, logits, axis=1, out=row, keepdims=True),
        partial(np.subtract, logits, row, out),
        partial(np.exp, out, out),
        partial(out.dot, ones, row),
        partial(np.divide, out, row, out),
    ]


def compute_probabilities(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the probabilities (rows, classes) of logits; one logit stands for two classes."""
    z = logits.astype(np.float64)
    if z.shape[1] == 1:  # exp(-log(1 + exp(z))) and exp(-log(1 + exp(-z)))
        out = np.logaddexp(0.0, z * _BOTH_WAYS)
        return np.exp(np.negative(out, out), out)
    execute(plan_softmax(z, z))
    return z


NUMBER_LOSSES: Final[Mapping[LossName, type[NumberLoss]]] = {"mse": SquaredError, "mae": AbsoluteError, "huber": Huber}


def create_loss(name: LossName, classes: int, columns: int = 1, quantiles: Sequence[float] = (0.5,)) -> Loss:
    """Return the loss of that name, for so many classes, or for so many numbers at once, with classes of 0."""
    if name == "cross_entropy":
        return CategoricalCrossEntropy() if classes > 2 else BinaryCrossEntropy()
    return Pinball(quantiles, columns) if name == "quantile" else NUMBER_LOSSES[name](columns)


def balance_class_weights(y: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    """Return weights (classes,) inverse to the class frequencies in y: all classes weigh the same in sum."""
    counts = np.bincount(y, minlength=classes)
    return len(y) / (classes * np.maximum(counts, 1))
