"""Stochastic gradient descent, plain, with momentum, or with Nesterov momentum."""

from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np

from learning.descriptions import describe
from learning.nn.plan import Operation, scalar
from learning.optim.optimizer import LEARNING_RATE, Chunk, Decay, LearningRate, UpdateRule


@dataclass(frozen=True, kw_only=True)
class Sgd:
    """Stochastic gradient descent: a plain step against the gradient. Simple to follow, slower to converge."""

    type: Literal["sgd"] = "sgd"
    learning_rate: LearningRate = field(default=0.01, metadata=LEARNING_RATE)
    momentum: Decay = field(
        default=0.0, metadata=describe("Momentum: the share of the last step that is added to this one; 0.9 is usual.")
    )
    nesterov: bool = field(
        default=False,
        metadata=describe("Nesterov momentum: look ahead to where momentum leads (Sutskever et al. 2013)."),
    )

    @property
    def state_slots(self) -> int:
        """The velocity v, if there is momentum."""
        return int(self.momentum > 0)

    def create_rule(self, dtype: np.dtype[np.floating]) -> UpdateRule:
        """Create its update rule."""
        return SgdRule(self, dtype)


class SgdRule(UpdateRule):
    """v = momentum v - rate g; p += v. With Nesterov p += momentum v - rate g, looking ahead to where v leads."""

    def __init__(self, optimizer: Sgd, dtype: np.dtype[np.floating]) -> None:
        super().__init__(dtype)
        self.nesterov, self.momentum = optimizer.nesterov, scalar(optimizer.momentum, dtype)

    def plan_update(self, chunk: Chunk) -> list[Operation]:
        """Plan one update of a chunk's parameters, in place."""
        p, g, s = chunk.p, chunk.g, chunk.scratch
        step: list[Operation] = [partial(np.multiply, g, self.rate, s)]
        if not len(chunk.state):
            return [*step, partial(np.subtract, p, s, p)]
        (v,) = chunk.state
        step += [partial(np.multiply, v, self.momentum, v), partial(np.subtract, v, s, v)]
        if not self.nesterov:
            return [*step, partial(np.add, p, v, p)]
        return [
            *step,
            partial(np.subtract, p, s, p),
            partial(np.multiply, v, self.momentum, s),
            partial(np.add, p, s, p),
        ]
