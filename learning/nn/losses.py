"""Losses: how wrong the net is, as one number per row, and how its last outputs should change to be less wrong.

A net ends in plain sums, the logits. Where they stand for probabilities, the function that makes probabilities of them
is fused with the loss: the derivative of the two together is simply p - y, and nothing overflows on the way.
"""

from abc import ABC, abstractmethod
from functools import partial
from typing import Final, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.errors import LearningError
from learning.nn.plan import Operation, execute, scalar

LossName = Literal["mse", "mae", "huber", "cross_entropy"]
LossChoice = Literal["auto", LossName]

LOSS_DESCRIPTIONS: Final[dict[LossChoice, str]] = {
    "auto": "mse for regression, cross_entropy for classification.",
    "mse": "Mean squared error: large errors count most; its best guess is the mean.",
    "mae": "Mean absolute error: all errors count alike, so outliers matter less; its best guess is the median.",
    "huber": "Squared for errors below one standard deviation of the target, absolute beyond: robust against outliers.",
    "cross_entropy": "Minus the logarithm of the probability given to the right class: sure and wrong costs most.",
}

_BOTH_WAYS: Final = np.array([[1.0, -1.0]])


class Loss(ABC):
    """A loss of logits (rows, outputs) against targets (rows, 1), both in the net's kind of number.

    Attributes:
        gradient_scale: Constant factor of the gradient, applied by the caller together with 1 / batch size.
    """

    gradient_scale: float = 1.0

    def targets(self, y: NDArray[np.generic], dtype: DTypeLike) -> NDArray[np.floating]:
        """Bring a dataset's answers into the form that the loss compares with, (rows, 1)."""
        return y.reshape(-1, 1).astype(dtype)

    @abstractmethod
    def values(self, logits: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the loss of each row (rows,)."""

    def target_buffer(self, targets: NDArray[np.floating], outputs: int) -> NDArray[np.floating]:  # noqa: ARG002
        """Return memory for what `gradient` compares logits (rows, outputs) with: often the targets themselves."""
        return targets

    def encode_targets(self, targets: NDArray[np.floating], answers: NDArray[np.floating]) -> None:  # noqa: B027
        """Bring new targets (rows, 1) into that memory."""

    @abstractmethod
    def gradient(
        self, logits: NDArray[np.floating], answers: NDArray[np.floating], out: NDArray[np.floating]
    ) -> list[Operation]:
        """Write d(loss) / d(logits) / gradient_scale of each row into `out` (rows, outputs)."""

    def total(
        self, logits: NDArray[np.floating], targets: NDArray[np.floating], weights: NDArray[np.floating] | None
    ) -> float:
        """Return the sum of the rows' losses, each times its weight (rows, 1) if there are weights."""
        values = self.values(logits, targets)
        return float((values if weights is None else values * weights[:, 0]).sum(dtype=np.float64))


class SquaredError(Loss):
    """The square of the error, (z - y)^2: large errors count most. Its best guess is the mean."""

    gradient_scale = 2.0

    def values(self, logits: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.floating]:
        """(z - y)^2."""
        return np.square(logits - targets)[:, 0]

    def gradient(
        self, logits: NDArray[np.floating], answers: NDArray[np.floating], out: NDArray[np.floating]
    ) -> list[Operation]:
        """2 (z - y)."""
        return [partial(np.subtract, logits, answers, out)]


class AbsoluteError(Loss):
    """The size of the error, |z - y|: all errors count alike. Its best guess is the median."""

    def values(self, logits: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.floating]:
        """|z - y|."""
        return np.abs(logits - targets)[:, 0]

    def gradient(
        self, logits: NDArray[np.floating], answers: NDArray[np.floating], out: NDArray[np.floating]
    ) -> list[Operation]:
        """The sign of z - y."""
        return [partial(np.subtract, logits, answers, out), partial(np.sign, out, out)]


class Huber(Loss):
    """Half the square of an error r up to 1, |r| - 1/2 beyond: smooth, yet deaf to outliers (Huber 1964).

    Targets are standardised, so 1 is one standard deviation of the target.
    """

    def values(self, logits: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.floating]:
        """With the error's size cut at 1, c = min(|r|, 1), both cases are c (|r| - c / 2)."""
        size = np.abs(logits - targets)[:, 0]
        cut = np.minimum(size, 1)
        return cut * (size - cut / 2)

    def gradient(
        self, logits: NDArray[np.floating], answers: NDArray[np.floating], out: NDArray[np.floating]
    ) -> list[Operation]:
        """The error, cut to the range from -1 to 1."""
        one, minus_one = scalar(1, out.dtype), scalar(-1, out.dtype)
        return [
            partial(np.subtract, logits, answers, out),
            partial(np.minimum, out, one, out=out),
            partial(np.maximum, out, minus_one, out=out),
        ]


class BinaryCrossEntropy(Loss):
    """Cross-entropy of two classes: minus the logarithm of the probability given to the right one.

    One logit z stands for the probability p = 1 / (1 + exp(-z)) of class 1. Targets are -1 for class 0 and 1 for
    class 1: the loss is then log(1 + exp(-y z)) for both.
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
        self, logits: NDArray[np.floating], answers: NDArray[np.floating], out: NDArray[np.floating]
    ) -> list[Operation]:
        """The probability p minus 0 or 1; as p = (1 + tanh(z / 2)) / 2, that is (tanh(z / 2) - y) / 2."""
        half = scalar(0.5, out.dtype)
        return [
            partial(np.multiply, logits, half, out),
            partial(np.tanh, out, out),
            partial(np.subtract, out, answers, out),
        ]


class CategoricalCrossEntropy(Loss):
    """Cross-entropy of many classes: minus the logarithm of the probability given to the right one.

    The probabilities are exp(z) over the sum of the row's exp(z). Targets are the classes' numbers, as floating numbers
    so that all losses take the same form; they are exact up to 2^24.
    """

    def target_buffer(self, targets: NDArray[np.floating], outputs: int) -> NDArray[np.floating]:
        """Return memory for a one for the right class, and zeros for the others (rows, classes)."""
        return np.zeros((len(targets), outputs), targets.dtype)

    def encode_targets(self, targets: NDArray[np.floating], answers: NDArray[np.floating]) -> None:
        """Set each row's one."""
        answers.fill(0)
        answers[np.arange(len(answers)), targets[:, 0].astype(np.intp)] = 1

    def values(self, logits: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.floating]:
        """log(sum of exp(z)) - z_right, with the row's largest logit taken off first so that nothing overflows."""
        shifted = logits - logits.max(axis=1, keepdims=True)
        right = np.take_along_axis(shifted, targets.astype(np.intp), axis=1)
        return np.log(np.exp(shifted).sum(axis=1)) - right[:, 0]

    def gradient(
        self, logits: NDArray[np.floating], answers: NDArray[np.floating], out: NDArray[np.floating]
    ) -> list[Operation]:
        """The probabilities, minus 1 for the right class."""
        return [*plan_softmax(logits, out), partial(np.subtract, out, answers, out)]


def plan_softmax(logits: NDArray[np.floating], out: NDArray[np.floating]) -> list[Operation]:
    """Write the probabilities of the classes, exp(z) over the row's sum of them, into `out`.

    Each row's largest logit is taken off first, so that nothing overflows.
    """
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
    """Return the classes' probabilities (rows, classes) that logits stand for; one logit stands for two classes."""
    z = logits.astype(np.float64)
    if z.shape[1] == 1:  # exp(-log(1 + exp(z))) and exp(-log(1 + exp(-z)))
        out = np.logaddexp(0.0, z * _BOTH_WAYS)
        return np.exp(np.negative(out, out), out)
    execute(plan_softmax(z, z))
    return z


def create_loss(name: LossChoice, classes: int) -> Loss:
    """Return the loss for a target with so many classes, 0 for a number; "auto" is mse or cross_entropy.

    Raises:
        LearningError: if the loss does not fit the target.
    """
    match name, classes:
        case "auto" | "mse", 0:
            return SquaredError()
        case "mae", 0:
            return AbsoluteError()
        case "huber", 0:
            return Huber()
        case "auto" | "cross_entropy", 1 | 2:
            return BinaryCrossEntropy()
        case "auto" | "cross_entropy", _ if classes:
            return CategoricalCrossEntropy()
        case _:
            kind, fitting = ("classes", "cross_entropy") if classes else ("numbers", "mse, mae or huber")
            raise LearningError(f"The loss {name!r} does not fit a target of {kind}.", f"Use {fitting}, or 'auto'.")


def balance_class_weights(y: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    """Return weights (classes,) inverse to how often each class occurs in y, so that all count alike in sum."""
    counts = np.bincount(y, minlength=classes)
    return len(y) / (classes * np.maximum(counts, 1))
