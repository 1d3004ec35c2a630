"""Muon: momentum made orthogonal, matrix by matrix, so that a step goes equally far in all directions (Jordan 2024).

The gradient of a matrix has few large directions and many small ones; made orthogonal, the rare ones are learned as
fast. A net needs fewer steps for it. What is no matrix, and the first and the last layer, are updated as by AdamW.
"""

import math
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from learning.descriptions import describe
from learning.nn.plan import Operation, scalar
from learning.optim.adam import AdamOptimizer, AdamRule
from learning.optim.matrices import MatrixStretch
from learning.optim.optimizer import Chunk, Decay, MatrixUpdateRule, UpdateRule

COEFFICIENTS: Final = 3.4445, -4.7750, 2.0315
STEPS: Final = 5
"""Of the Newton-Schulz iteration X <- a X + (b A + c A^2) X with A = X X^T, which brings singular values near 1."""
ADAM_SIZE: Final = 0.2
"""The root of the mean square of what AdamW usually changes at a learning rate of 1 (Liu et al. 2025)."""


@dataclass(frozen=True, kw_only=True)
class Muon(AdamOptimizer):
    """Muon: momentum made orthogonal for matrices within the net, AdamW for the rest (Jordan 2024). For deep nets."""

    type: Literal["muon"] = "muon"
    momentum: Decay = field(default=0.95, metadata=describe("Decay of the sum of gradients of matrices."))

    def create_rule(self, dtype: np.dtype[np.floating]) -> UpdateRule:
        """Create its update rule."""
        return MuonRule(self, dtype)


class MuonRule(AdamRule, MatrixUpdateRule):
    """M = momentum M + G; p -= rate 0.2 sqrt(max(rows, columns)) orthogonal(momentum M + G) for each matrix.

    The factor gives its steps the size of AdamW's, so that the learning rate and weight decay fit both.
    """

    def __init__(self, optimizer: Muon, dtype: np.dtype[np.floating]) -> None:
        super().__init__(optimizer, dtype)
        self.decoupled_decay = True
        self.momentum, self.matrix_rate = scalar(optimizer.momentum, dtype), scalar(0, dtype)
        self._memory: dict[tuple[int, int], list[NDArray[np.floating]]] = {}

    def prepare_step(self, learning_rate: float, step: int) -> None:
        """Set the rate of matrices, and those of AdamW."""
        super().prepare_step(learning_rate, step)
        self.matrix_rate[()] = learning_rate

    def plan_matrix(self, chunk: Chunk, matrix: MatrixStretch) -> list[Operation]:
        """Plan one update of a matrix, in place; of several groups each is a matrix of its own."""
        vectors = chunk.p, chunk.g, chunk.state[0]
        whole = [each.reshape(matrix.rows, matrix.columns) for each in vectors]
        groups = zip(*(np.split(each, matrix.groups, axis=1) for each in whole), strict=True)
        return [operation for group in groups for operation in self._plan_group(*group)]

    def _plan_group(self, p: NDArray[np.floating], g: NDArray[np.floating], m: NDArray[np.floating]) -> list[Operation]:
        shape = p.shape
        size, dtype = (min(shape), max(shape)), p.dtype
        if size not in self._memory:
            sizes = size, size, (size[0], size[0]), (size[0], size[0])
            self._memory[size] = [np.empty(each, dtype) for each in sizes]
        x, y, a, b = self._memory[size]
        wide = x if shape == size else x.T
        factors = [scalar(each, dtype) for each in COEFFICIENTS]
        scale = scalar(ADAM_SIZE * math.sqrt(max(shape)), dtype)
        iteration: list[Operation] = [
            partial(x.dot, x.T, a),
            partial(a.dot, a, b),
            partial(np.multiply, a, factors[1], a),
            partial(np.multiply, b, factors[2], b),
            partial(np.add, a, b, b),
            partial(b.dot, x, y),
            partial(np.multiply, x, factors[0], x),
            partial(np.add, x, y, x),
        ]
        return [
            partial(np.multiply, m, self.momentum, m),
            partial(np.add, m, g, m),
            partial(np.multiply, m, self.momentum, wide),
            partial(np.add, wide, g, wide),
            partial(normalize, x),
            *iteration * STEPS,
            partial(np.multiply, x, self.matrix_rate, x),
            partial(np.multiply, x, scale, x),
            partial(np.subtract, p, wide, p),
        ]


def normalize(x: NDArray[np.floating]) -> None:
    """Divide a matrix by its Frobenius norm, in place; zeros stay."""
    flat = x.reshape(-1)
    np.divide(x, max(math.sqrt(flat.dot(flat)), float(np.finfo(x.dtype).tiny)), x)
