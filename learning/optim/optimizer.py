"""The base of all optimizers: the update rule over chunks of a flat parameter vector, its state, and weight decay.

Weight decay pulls each weight towards zero in proportion to its size, against overfitting. Biases are not decayed: they
only shift a neuron's sum. SGD, RMSprop and Adam add decay times the weight to its gradient (L2 regularisation); AdamW
takes learning rate times decay times the weight off the weight.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final, Protocol

import numpy as np
from annotated_types import Ge, Gt, Le, Lt
from numpy.typing import NDArray

from learning.descriptions import describe
from learning.nn.plan import Operation, execute, scalar
from learning.optim.matrices import MatrixStretch, iterate_stretches

CHUNK_SIZE: Final = 65_536
"""Parameters per chunk: enough that calls cost little, and few enough to stay in a processor's cache."""

LearningRate = Annotated[float, Gt(0.0), Le(100.0)]
Decay = Annotated[float, Ge(0.0), Lt(1.0)]
Epsilon = Annotated[float, Gt(0.0)]

LEARNING_RATE: Final = describe(
    "Learning rate: the size of each step. Too small: slow. Too large: overshoots and never settles."
)
EPSILON: Final = describe("Small number added to the divisor, so that nothing is divided by zero.")


@dataclass(frozen=True)
class Chunk:
    """A stretch of the flat vectors: parameters p, gradients g, optimizer state (slots, length), scratch memory."""

    p: NDArray[np.floating]
    g: NDArray[np.floating]
    state: NDArray[np.floating]
    scratch: NDArray[np.floating]


class UpdateRule(ABC):
    """The update of parameters by one optimizer; what changes from step to step lies in arrays without dimensions.

    Attributes:
        rate: The learning rate of the step.
        decoupled_decay: Whether weight decay is applied to the weights themselves, apart from their gradients.
    """

    def __init__(self, dtype: np.dtype[np.floating], *, decoupled_decay: bool = False) -> None:
        self.rate, self.decoupled_decay = scalar(0, dtype), decoupled_decay

    def prepare_step(self, learning_rate: float, step: int) -> None:  # noqa: ARG002 - most rules treat all steps alike
        """Set the numbers of a step, counted from 1."""
        self.rate[()] = learning_rate

    @abstractmethod
    def plan_update(self, chunk: Chunk) -> list[Operation]:
        """Plan one update of a chunk's parameters, in place."""


class MatrixUpdateRule(UpdateRule):
    """An update rule that updates matrices apart from other parameters."""

    @abstractmethod
    def plan_matrix(self, chunk: Chunk, matrix: MatrixStretch) -> list[Operation]:
        """Plan one update of the parameters of a matrix, in place."""


class OptimizerSpec(Protocol):
    """The members of an optimizer's dataclass besides its hyperparameters."""

    @property
    def state_slots(self) -> int:
        """The number of values of state that it keeps for each parameter."""
        ...

    def create_rule(self, dtype: np.dtype[np.floating]) -> UpdateRule:
        """Create its update rule."""
        ...


class ParameterUpdater:
    """Updates all parameters of a net, chunk by chunk.

    Args:
        optimizer: Whose update rule to apply.
        parameters: The parameters (n,), updated in place by every step.
        gradients: Their gradients (n,); weight decay is added to them in place.
        decay: The weight decay of each parameter (n,), or None for none.
        state: The optimizer's state (slots, n); zeros by default.
        matrices: The matrices among the parameters, for a rule that takes them.
    """

    def __init__(
        self,
        optimizer: OptimizerSpec,
        parameters: NDArray[np.floating],
        gradients: NDArray[np.floating],
        decay: NDArray[np.floating] | None = None,
        state: NDArray[np.floating] | None = None,
        *,
        matrices: Sequence[MatrixStretch] = (),
    ) -> None:
        self.rule = optimizer.create_rule(parameters.dtype)
        if state is None:
            state = np.zeros((optimizer.state_slots, len(parameters)), parameters.dtype)
        self.steps = 0
        self.learning_rate = scalar(0, parameters.dtype)
        self.operations: list[Operation] = []
        scratch = np.empty_like(parameters[:CHUNK_SIZE])
        matrix_rule = self.rule if isinstance(self.rule, MatrixUpdateRule) else None
        for stretch, matrix in iterate_stretches(len(parameters), matrices if matrix_rule else ()):
            for start in range(stretch.start, stretch.stop, CHUNK_SIZE):
                part = slice(start, min(start + CHUNK_SIZE, stretch.stop))
                p = parameters[part]
                chunk = Chunk(p, gradients[part], state[:, part], scratch[: len(p)])
                if decay is not None:
                    decoupled = self.rule.decoupled_decay
                    self.operations += plan_decay(chunk, decay[part], self.learning_rate, decoupled=decoupled)
                if matrix is None:
                    self.operations += self.rule.plan_update(chunk)
            if matrix_rule and matrix:
                whole = Chunk(parameters[stretch], gradients[stretch], state[:, stretch], scratch)
                self.operations += matrix_rule.plan_matrix(whole, matrix)

    def step(self, learning_rate: float) -> None:
        """Update all parameters once, in place."""
        self.steps += 1
        self.learning_rate[()] = learning_rate
        self.rule.prepare_step(learning_rate, self.steps)
        execute(self.operations)


def plan_decay(
    chunk: Chunk, decay: NDArray[np.floating], learning_rate: NDArray[np.floating], *, decoupled: bool
) -> list[Operation]:
    """Plan weight decay: add decay p to g, the gradient of decay p^2 / 2; decoupled: take rate decay p off p."""
    p, g, s = chunk.p, chunk.g, chunk.scratch
    pull: list[Operation] = [partial(np.multiply, p, decay, s)]
    if decoupled:
        return [*pull, partial(np.multiply, s, learning_rate, s), partial(np.subtract, p, s, p)]
    return [*pull, partial(np.add, g, s, g)]
