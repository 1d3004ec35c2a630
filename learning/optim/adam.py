"""Adam and AdamW: momentum and a step size of its own for each parameter, with bias correction."""

from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np

from learning.descriptions import describe
from learning.nn.plan import Operation, scalar
from learning.optim.optimizer import EPSILON, LEARNING_RATE, Chunk, Decay, Epsilon, LearningRate, UpdateRule


@dataclass(frozen=True, kw_only=True)
class AdamOptimizer:
    """The hyperparameters of Adam and AdamW."""

    type: str
    learning_rate: LearningRate = field(default=0.001, metadata=LEARNING_RATE)
    beta1: Decay = field(default=0.9, metadata=describe("Decay of the running mean of gradients (first moment)."))
    beta2: Decay = field(
        default=0.999, metadata=describe("Decay of the running mean of squared gradients (second moment).")
    )
    epsilon: Epsilon = field(default=1e-8, metadata=EPSILON)

    @property
    def state_slots(self) -> int:
        """The two moments."""
        return 2

    def create_rule(self, dtype: np.dtype[np.floating]) -> UpdateRule:
        """Create its update rule."""
        return AdamRule(self, dtype)


@dataclass(frozen=True, kw_only=True)
class Adam(AdamOptimizer):
    """Adam: momentum, and a step size of its own for each weight (Kingma & Ba 2015). The usual choice."""

    type: Literal["adam"] = "adam"


@dataclass(frozen=True, kw_only=True)
class AdamW(AdamOptimizer):
    """AdamW: Adam with weight decay apart from the gradient (Loshchilov & Hutter 2019). Good against overfitting."""

    type: Literal["adamw"] = "adamw"


class AdamRule(UpdateRule):
    """m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; p -= rate m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon).

    Kept are M = m / (1 - b1) and V = v / (1 - b2), which saves passes over the weights: M = b1 M + g, V = b2 V + g^2.
    With c = sqrt((1 - b2^t) / (1 - b2)) the step is then rate c (1 - b1) / (1 - b1^t) M / (sqrt(V) + c epsilon).
    """

    def __init__(self, optimizer: AdamOptimizer, dtype: np.dtype[np.floating]) -> None:
        super().__init__(dtype, decoupled_decay=isinstance(optimizer, AdamW))
        self.optimizer = optimizer
        self.betas = np.array([[optimizer.beta1], [optimizer.beta2]], dtype)
        self.epsilon = scalar(0, dtype)

    def prepare_step(self, learning_rate: float, step: int) -> None:
        """Correct the learning rate and epsilon for the bias of M and V after this many steps."""
        b1, b2 = self.optimizer.beta1, self.optimizer.beta2
        c = ((1 - b2**step) / (1 - b2)) ** 0.5
        self.rate[()] = learning_rate * c * (1 - b1) / (1 - b1**step)
        self.epsilon[()] = self.optimizer.epsilon * c

    def plan_update(self, chunk: Chunk) -> list[Operation]:
        """Plan one update of a chunk's parameters, in place; M and V decay in one call."""
        p, g, s, (m, v) = chunk.p, chunk.g, chunk.scratch, chunk.state
        return [
            partial(np.multiply, chunk.state, self.betas, chunk.state),
            partial(np.add, m, g, m),
            partial(np.square, g, s),
            partial(np.add, v, s, v),
            partial(np.sqrt, v, s),
            partial(np.add, s, self.epsilon, s),
            partial(np.divide, m, s, s),
            partial(np.multiply, s, self.rate, s),
            partial(np.subtract, p, s, p),
        ]
