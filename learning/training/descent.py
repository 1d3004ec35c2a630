"""Gradient descent: the walk of a net's weights downhill, one step against the gradient for each batch.

Every optimizer walks a plain vector and keeps what it remembers of the way in vectors beside it. Weight decay, a pull
of each weight towards zero in proportion to its size, keeps a net from leaning on a few large weights. Biases are not
decayed: they only shift what a neuron says, and a pull on them would bend its mean. SGD, RMSProp and Adam add decay
times the weight to its gradient (L2 regularisation); AdamW takes rate times decay times the weight off the weight.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning.training.optimizers import Adam, AdamW, Optimizer, RmsProp, Sgd

TILE = 32_768
"""How many weights are moved at a time, so that all that a step needs of them stays in the processor's cache."""


@dataclass(frozen=True)
class Tile:
    """A stretch of a net's weights: p its parameters, g their gradients, s scratch, decay a factor for each or None."""

    p: NDArray[np.floating]
    g: NDArray[np.floating]
    s: NDArray[np.floating]
    decay: NDArray[np.floating] | None

    def scalar(self, value: float) -> NDArray[np.floating]:
        """Return a number as an array without dimensions: what NumPy multiplies by with the least delay."""
        return np.array(value, self.p.dtype)

    def add_decay(self) -> None:
        """Add decay p to g, the gradient of decay p^2 / 2."""
        if self.decay is not None:
            np.multiply(self.p, self.decay, self.s)
            np.add(self.g, self.s, self.g)

    def take_decay_off(self, learning_rate: float) -> None:
        """Take rate decay p off p."""
        if self.decay is not None:
            np.multiply(self.p, self.decay, self.s)
            np.multiply(self.s, learning_rate, self.s)
            np.subtract(self.p, self.s, self.p)


class Walk(ABC):
    """How one optimizer moves one tile.

    Attributes:
        memory: What it remembers of the way, vectors as long as the tile.
        steps: How many steps it took, where that matters to it.
    """

    memory: tuple[NDArray[np.floating], ...]
    steps: int = 0

    @abstractmethod
    def step(self, learning_rate: float) -> None:
        """Move the weights once, in place."""


class SgdWalk(Walk):
    """v = momentum v - rate g; p += v. With Nesterov p += momentum v - rate g, looking ahead to where v leads."""

    def __init__(self, optimizer: Sgd, tile: Tile) -> None:
        self.momentum, self.nesterov, self.tile = optimizer.momentum, optimizer.nesterov, tile
        self.velocity = np.zeros_like(tile.p)
        self.memory = (self.velocity,) if optimizer.momentum else ()

    def step(self, learning_rate: float) -> None:
        """Move the weights once, in place."""
        p, s, v = self.tile.p, self.tile.s, self.velocity
        self.tile.add_decay()
        np.multiply(self.tile.g, learning_rate, s)
        if not self.momentum:
            np.subtract(p, s, p)
            return
        np.multiply(v, self.momentum, v)
        np.subtract(v, s, v)
        if self.nesterov:
            np.subtract(p, s, p)
            np.multiply(v, self.momentum, s)
            np.add(p, s, p)
        else:
            np.add(p, v, p)


class RmsPropWalk(Walk):
    """v = decay v + (1 - decay) g^2; p -= rate g / (sqrt(v) + epsilon)."""

    def __init__(self, optimizer: RmsProp, tile: Tile) -> None:
        self.tile = tile
        self.keep, self.take = tile.scalar(optimizer.decay), tile.scalar(1 - optimizer.decay)
        self.epsilon, self.rate = tile.scalar(optimizer.epsilon), tile.scalar(0)
        self.square = np.zeros_like(tile.p)
        self.memory = (self.square,)

    def step(self, learning_rate: float) -> None:
        """Move the weights once, in place."""
        p, g, s, v = self.tile.p, self.tile.g, self.tile.s, self.square
        self.rate[...] = learning_rate
        self.tile.add_decay()
        np.multiply(v, self.keep, v)
        np.multiply(g, g, s)
        np.multiply(s, self.take, s)
        np.add(v, s, v)
        np.sqrt(v, s)
        np.add(s, self.epsilon, s)
        np.divide(g, s, s)
        np.multiply(s, self.rate, s)
        np.subtract(p, s, p)


class AdamWalk(Walk):
    """m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; p -= rate m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon).

    Kept are M = m / (1 - b1) and V = v / (1 - b2), which saves passes over the weights: M = b1 M + g, V = b2 V + g^2.
    With c = sqrt((1 - b2^t) / (1 - b2)) the step is then rate c (1 - b1) / (1 - b1^t) M / (sqrt(V) + c epsilon).
    """

    def __init__(self, optimizer: Adam | AdamW, tile: Tile) -> None:
        self.optimizer, self.tile = optimizer, tile
        self.beta1, self.beta2 = tile.scalar(optimizer.beta1), tile.scalar(optimizer.beta2)
        self.epsilon, self.rate = tile.scalar(0), tile.scalar(0)
        self.mean, self.square = np.zeros_like(tile.p), np.zeros_like(tile.p)
        self.memory = (self.mean, self.square)

    def step(self, learning_rate: float) -> None:
        """Move the weights once, in place."""
        p, g, s, m, v = self.tile.p, self.tile.g, self.tile.s, self.mean, self.square
        b1, b2 = self.optimizer.beta1, self.optimizer.beta2
        self.steps += 1
        c = ((1 - b2**self.steps) / (1 - b2)) ** 0.5
        self.rate[...] = learning_rate * c * (1 - b1) / (1 - b1**self.steps)
        self.epsilon[...] = self.optimizer.epsilon * c
        if isinstance(self.optimizer, AdamW):
            self.tile.take_decay_off(learning_rate)
        else:
            self.tile.add_decay()
        np.multiply(m, self.beta1, m)
        np.add(m, g, m)
        np.multiply(v, self.beta2, v)
        np.multiply(g, g, s)
        np.add(v, s, v)
        np.sqrt(v, s)
        np.add(s, self.epsilon, s)
        np.divide(m, s, s)
        np.multiply(s, self.rate, s)
        np.subtract(p, s, p)


class Descent:
    """The walk of all weights of a net, tile by tile.

    Args:
        optimizer: How to walk.
        parameters: The weights (n,), changed by every step.
        gradients: Their gradients (n,), read by every step, and changed where decay is added to them.
        decay: How strongly each weight is pulled towards zero (n,), or None for not at all.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        parameters: NDArray[np.floating],
        gradients: NDArray[np.floating],
        decay: NDArray[np.floating] | None = None,
    ) -> None:
        scratch = np.empty_like(parameters[:TILE])
        self.walks: list[Walk] = []
        for start in range(0, len(parameters), TILE):
            part = slice(start, start + TILE)
            p = parameters[part]
            tile = Tile(p, gradients[part], scratch[: len(p)], None if decay is None else decay[part])
            self.walks.append(_walk(optimizer, tile))

    def step(self, learning_rate: float) -> None:
        """Move all weights once, in place."""
        for walk in self.walks:
            walk.step(learning_rate)

    @property
    def memory(self) -> list[NDArray[np.floating]]:
        """All that the walks remember of the way; to go on from elsewhere, write into it."""
        return [vector for walk in self.walks for vector in walk.memory]

    @property
    def steps(self) -> int:
        """How many steps were taken, where that matters to the optimizer."""
        return self.walks[0].steps

    @steps.setter
    def steps(self, steps: int) -> None:
        for walk in self.walks:
            walk.steps = steps


def _walk(optimizer: Optimizer, tile: Tile) -> Walk:
    match optimizer:
        case Sgd():
            return SgdWalk(optimizer, tile)
        case RmsProp():
            return RmsPropWalk(optimizer, tile)
        case Adam() | AdamW():
            return AdamWalk(optimizer, tile)
