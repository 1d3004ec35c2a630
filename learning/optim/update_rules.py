"""Gradient descent: the walk of a net's weights downhill, one step against the gradient for each batch.

Every optimizer walks a plain vector and keeps what it remembers of the way in vectors beside it. Weight decay, a pull
of each weight towards zero in proportion to its size, keeps a net from leaning on a few large weights. Biases are not
decayed: they only shift what a neuron says, and a pull on them would bend its mean. SGD, RMSProp and Adam add decay
times the weight to its gradient (L2 regularisation); AdamW takes rate times decay times the weight off the weight.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from learning.nn.plan import Operation, execute, scalar
from learning.optim.optimizers import Adam, AdamW, Optimizer, RmsProp, Sgd

CHUNK_SIZE = 65_536
"""How many weights are moved at a time: so many that calls weigh little, and no more than a processor's cache holds."""


@dataclass(frozen=True)
class Chunk:
    """A stretch of a net's weights: parameters p, gradients g, what the walk remembers of each m, scratch s."""

    p: NDArray[np.floating]
    g: NDArray[np.floating]
    m: NDArray[np.floating]
    s: NDArray[np.floating]


class UpdateRule(ABC):
    """How one optimizer moves weights, with the numbers of the next step in arrays without dimensions."""

    @abstractmethod
    def prepare(self, learning_rate: float, steps: int) -> None:
        """Set the numbers of step `steps`, counted from 1."""

    @abstractmethod
    def move(self, tile: Chunk) -> list[Operation]:
        """Plan how the weights of a tile are moved once, in place."""


class SgdRule(UpdateRule):
    """v = momentum v - rate g; p += v. With Nesterov p += momentum v - rate g, looking ahead to where v leads."""

    def __init__(self, optimizer: Sgd, dtype: np.dtype[np.floating]) -> None:
        self.nesterov = optimizer.nesterov
        self.momentum, self.rate = scalar(optimizer.momentum, dtype), scalar(0, dtype)

    def prepare(self, learning_rate: float, steps: int) -> None:  # noqa: ARG002 - all steps are alike
        """Set the learning rate."""
        self.rate[()] = learning_rate

    def move(self, tile: Chunk) -> list[Operation]:
        """Plan how the weights of a tile are moved once, in place."""
        p, g, s = tile.p, tile.g, tile.s
        fall: list[Operation] = [partial(np.multiply, g, self.rate, s)]
        if not len(tile.m):
            return [*fall, partial(np.subtract, p, s, p)]
        (v,) = tile.m
        fall += [partial(np.multiply, v, self.momentum, v), partial(np.subtract, v, s, v)]
        if not self.nesterov:
            return [*fall, partial(np.add, p, v, p)]
        return [
            *fall,
            partial(np.subtract, p, s, p),
            partial(np.multiply, v, self.momentum, s),
            partial(np.add, p, s, p),
        ]


class RmsPropRule(UpdateRule):
    """v = decay v + (1 - decay) g^2; p -= rate g / (sqrt(v) + epsilon)."""

    def __init__(self, optimizer: RmsProp, dtype: np.dtype[np.floating]) -> None:
        self.keep, self.take = scalar(optimizer.decay, dtype), scalar(1 - optimizer.decay, dtype)
        self.epsilon, self.rate = scalar(optimizer.epsilon, dtype), scalar(0, dtype)

    def prepare(self, learning_rate: float, steps: int) -> None:  # noqa: ARG002 - all steps are alike
        """Set the learning rate."""
        self.rate[()] = learning_rate

    def move(self, tile: Chunk) -> list[Operation]:
        """Plan how the weights of a tile are moved once, in place."""
        p, g, s, (v,) = tile.p, tile.g, tile.s, tile.m
        return [
            partial(np.multiply, v, self.keep, v),
            partial(np.square, g, s),
            partial(np.multiply, s, self.take, s),
            partial(np.add, v, s, v),
            partial(np.sqrt, v, s),
            partial(np.add, s, self.epsilon, s),
            partial(np.divide, g, s, s),
            partial(np.multiply, s, self.rate, s),
            partial(np.subtract, p, s, p),
        ]


class AdamRule(UpdateRule):
    """m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; p -= rate m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon).

    Kept are M = m / (1 - b1) and V = v / (1 - b2), which saves passes over the weights: M = b1 M + g, V = b2 V + g^2.
    With c = sqrt((1 - b2^t) / (1 - b2)) the step is then rate c (1 - b1) / (1 - b1^t) M / (sqrt(V) + c epsilon).
    """

    def __init__(self, optimizer: Adam | AdamW, dtype: np.dtype[np.floating]) -> None:
        self.optimizer = optimizer
        self.betas = np.array([[optimizer.beta1], [optimizer.beta2]], dtype)
        self.epsilon, self.rate = scalar(0, dtype), scalar(0, dtype)

    def prepare(self, learning_rate: float, steps: int) -> None:
        """Correct the learning rate and epsilon for how much M and V have seen so far."""
        b1, b2 = self.optimizer.beta1, self.optimizer.beta2
        c = ((1 - b2**steps) / (1 - b2)) ** 0.5
        self.rate[()] = learning_rate * c * (1 - b1) / (1 - b1**steps)
        self.epsilon[()] = self.optimizer.epsilon * c

    def move(self, tile: Chunk) -> list[Operation]:
        """Plan how the weights of a tile are moved once, in place; M and V fade in one call."""
        p, g, s, (m, v) = tile.p, tile.g, tile.s, tile.m
        return [
            partial(np.multiply, tile.m, self.betas, tile.m),
            partial(np.add, m, g, m),
            partial(np.square, g, s),
            partial(np.add, v, s, v),
            partial(np.sqrt, v, s),
            partial(np.add, s, self.epsilon, s),
            partial(np.divide, m, s, s),
            partial(np.multiply, s, self.rate, s),
            partial(np.subtract, p, s, p),
        ]


def count_state_slots(optimizer: Optimizer) -> int:
    """Return how many numbers an optimizer remembers of each weight."""
    match optimizer:
        case Sgd():
            return int(optimizer.momentum > 0)
        case RmsProp():
            return 1
        case Adam() | AdamW():
            return 2


class ParameterUpdater:
    """The walk of all weights of a net, tile by tile.

    Args:
        optimizer: How to walk.
        parameters: The weights (n,), changed by every step.
        gradients: Their gradients (n,), read by every step, and changed where decay is added to them.
        decay: How strongly each weight is pulled towards zero (n,), or None for not at all.

        memory: All that the walk remembers of the way, in vectors beside the weights (vectors, n), at first zeros.

    Attributes:
        steps: How many steps it has gone.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        parameters: NDArray[np.floating],
        gradients: NDArray[np.floating],
        decay: NDArray[np.floating] | None = None,
        state: NDArray[np.floating] | None = None,
    ) -> None:
        self.walk = _walk(optimizer, parameters.dtype)
        if state is None:
            state = np.zeros((count_state_slots(optimizer), len(parameters)), parameters.dtype)
        self.steps = 0
        self.apart = isinstance(optimizer, AdamW)
        self.learning_rate = scalar(0, parameters.dtype)
        self.operations: list[Operation] = []
        scratch = np.empty_like(parameters[:CHUNK_SIZE])
        for start in range(0, len(parameters), CHUNK_SIZE):
            part = slice(start, start + CHUNK_SIZE)
            p = parameters[part]
            tile = Chunk(p, gradients[part], state[:, part], scratch[: len(p)])
            if decay is not None:
                self.operations += self._decay(tile, decay[part])
            self.operations += self.walk.move(tile)

    def step(self, learning_rate: float) -> None:
        """Move all weights once, in place."""
        self.steps += 1
        self.learning_rate[()] = learning_rate
        self.walk.prepare(learning_rate, self.steps)
        execute(self.operations)

    def _decay(self, tile: Chunk, decay: NDArray[np.floating]) -> list[Operation]:
        """Plan decay: take rate decay p off p; or add decay p to g, the gradient of decay p^2 / 2."""
        p, g, s = tile.p, tile.g, tile.s
        pull: list[Operation] = [partial(np.multiply, p, decay, s)]
        if self.apart:
            return [*pull, partial(np.multiply, s, self.learning_rate, s), partial(np.subtract, p, s, p)]
        return [*pull, partial(np.add, g, s, g)]


def _walk(optimizer: Optimizer, dtype: np.dtype[np.floating]) -> UpdateRule:
    match optimizer:
        case Sgd():
            return SgdRule(optimizer, dtype)
        case RmsProp():
            return RmsPropRule(optimizer, dtype)
        case Adam() | AdamW():
            return AdamRule(optimizer, dtype)
