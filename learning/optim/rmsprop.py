"""RMSprop: gradient descent with a step size of its own for each parameter."""

from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np

from learning.descriptions import describe
from learning.nn.plan import Operation, scalar
from learning.optim.optimizer import EPSILON, LEARNING_RATE, Chunk, Decay, Epsilon, LearningRate, UpdateRule


@dataclass(frozen=True, kw_only=True)
class RmsProp:
    """RMSprop: divides each step by the root of a running mean of squared gradients (Tieleman & Hinton 2012)."""

    type: Literal["rmsprop"] = "rmsprop"
    learning_rate: LearningRate = field(default=0.001, metadata=LEARNING_RATE)
    decay: Decay = field(default=0.9, metadata=describe("Decay of the running mean of squared gradients."))
    epsilon: Epsilon = field(default=1e-8, metadata=EPSILON)

    @property
    def state_slots(self) -> int:
        """The running mean v of squared gradients."""
        return 1

    def create_rule(self, dtype: np.dtype[np.floating]) -> UpdateRule:
        """Create its update rule."""
        return RmsPropRule(self, dtype)


class RmsPropRule(UpdateRule):
    """v = decay v + (1 - decay) g^2; p -= rate g / (sqrt(v) + epsilon)."""

    def __init__(self, optimizer: RmsProp, dtype: np.dtype[np.floating]) -> None:
        super().__init__(dtype)
        self.decay, self.one_minus_decay = scalar(optimizer.decay, dtype), scalar(1 - optimizer.decay, dtype)
        self.epsilon = scalar(optimizer.epsilon, dtype)

    def plan_update(self, chunk: Chunk) -> list[Operation]:
        """Plan one update of a chunk's parameters, in place."""
        p, g, s, (v,) = chunk.p, chunk.g, chunk.scratch, chunk.state
        return [
            partial(np.multiply, v, self.decay, v),
            partial(np.square, g, s),
            partial(np.multiply, s, self.one_minus_decay, s),
            partial(np.add, v, s, v),
            partial(np.sqrt, v, s),
            partial(np.add, s, self.epsilon, s),
            partial(np.divide, g, s, s),
            partial(np.multiply, s, self.rate, s),
            partial(np.subtract, p, s, p),
        ]
