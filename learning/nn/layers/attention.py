"""Attention (Vaswani et al. 2017): every position of a sequence gathers what it needs from itself and those before it.

Of each position's features three vectors are made: a query, a key and a value. A position's output is the mean of the
values at the positions that it sees, weighted by the softmax of how well their keys fit its query; each head does this
with a part of the features of its own, and a last product mixes what the heads found.

With linear biases (Press, Smith & Lewis 2022) what is further away fits less, for each head by a slope of its own: it
needs no vectors of positions, and learns faster.
"""

import math
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from learning.descriptions import describe
from learning.errors import LayerMisfit
from learning.nn.initializers import draw_weights
from learning.nn.layers.layer import LayerPlan, LayerSpec, NextLayerPlan, Parameter, SequencePosition, Shape
from learning.nn.plan import Operation, scalar
from learning.serialization import OPTIONAL


@dataclass(frozen=True, kw_only=True)
class Attention(LayerSpec):
    """Attention: every position of a text looks at itself and those before it, and takes from them what fits."""

    type: Literal["attention"] = "attention"
    heads: Annotated[int, Ge(1), Le(64)] = field(
        default=4,
        metadata=describe("Attention heads: each looks for something else, with a part of the features of its own."),
    )
    alibi: bool = field(
        default=False,
        metadata=OPTIONAL
        | describe(
            "Whether what is further away counts less, for each head differently (linear biases); then an embedding "
            "needs no vectors of positions."
        ),
    )

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape, (features, positions).

        Raises:
            LayerMisfit: if the inputs are no sequence, or the heads cannot share its features.
        """
        if len(input_shape) != 2:
            raise LayerMisfit(
                "looks from each position of a text at those before it, and gets no text",
                "use it where a net learns to write, or remove it",
            )
        if input_shape[0] % self.heads:
            raise LayerMisfit(
                f"shares {input_shape[0]:,} features among {self.heads} heads, which is no whole number for each",
                "let the features be a multiple of the heads",
            )
        return input_shape

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """Return the products that make queries, keys and values, and the one that mixes what the heads found."""
        features = input_shape[0]

        def draw(random: np.random.Generator) -> NDArray[np.floating]:
            return np.hstack([draw_weights("auto", "linear", (features, features), random) for _ in range(3)])

        return (
            Parameter("queries_keys_values", (features, 3 * features), draw, decays=True),
            Parameter("queries_keys_values_bias", (3 * features,), lambda _: 0.0, decays=False),
            Parameter(
                "weights",
                (features, features),
                partial(draw_weights, "auto", "linear", (features, features)),
                decays=True,
            ),
            Parameter("bias", (features,), lambda _: 0.0, decays=False),
        )

    def count_products(self, input_shape: Shape) -> int:
        """Return the multiplications of a row: all weights at every position, and those of queries, keys and values."""
        features, positions = input_shape
        return super().count_products(input_shape) * positions + 2 * features * positions * positions

    def view_matrices(
        self, vector: NDArray[np.floating], features: int
    ) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """View its stretch of a flat vector as two matrices (features + 1, …), each with its biases in the last row."""
        size = (features + 1) * 3 * features
        return vector[:size].reshape(features + 1, -1), vector[size:].reshape(features + 1, -1)

    def plan(
        self, parameters: NDArray[np.floating], gradients: NDArray[np.floating] | None, input_shape: Shape, rows: int
    ) -> LayerPlan:
        """Plan the layer for batches of `rows` rows."""
        return AttentionPlan(self, parameters, gradients, input_shape, rows)

    def plan_next(
        self, parameters: NDArray[np.floating], input_shape: Shape, position: SequencePosition
    ) -> "NextAttentionPlan":
        """Plan the layer for one position of a sequence after the other."""
        return NextAttentionPlan(self, parameters, input_shape, position)


class AttentionPlan(LayerPlan):
    """The forward and backward pass of attention, in which no position sees those after it.

    Queries, keys and values come out of one product for all rows. What follows is a product for each head and row, of
    views (heads, rows, features, positions) into that memory. Attention is kept with the positions that are looked at
    before those that look, as sums over the first are faster.

    Attributes:
        attention: How much each position looks at each (heads, rows, looked at, looking), after the forward pass.
    """

    def __init__(
        self,
        layer: Attention,
        parameters: NDArray[np.floating],
        gradients: NDArray[np.floating] | None,
        input_shape: Shape,
        rows: int,
    ) -> None:
        super().__init__(input_shape, rows, parameters.dtype)
        (features, positions), heads = input_shape, layer.heads
        self.features, self.positions, self.heads = features, positions, heads
        self.size, dtype = (heads, features // heads, rows, positions), self.dtype
        self.made, self.mixed = layer.view_matrices(parameters, features)
        self.gradients = None if gradients is None else layer.view_matrices(gradients, features)
        self.scale = scalar(1 / math.sqrt(features // heads), dtype)
        columns = rows * positions
        self.vectors: NDArray[np.floating] = np.empty((3 * features, columns), dtype)
        self.found: NDArray[np.floating] = np.ones((features + 1, columns), dtype)
        self.attention: NDArray[np.floating] = np.empty((heads, rows, positions, positions), dtype)
        self.row: NDArray[np.floating] = np.empty((heads, rows, 1, positions), dtype)
        away = np.arange(positions)[:, None] - np.arange(positions)
        biases = find_slopes(layer)[:, None, None, None] * away if layer.alibi else 0.0
        self.mask = np.where(away > 0, -np.inf, biases).astype(dtype)

    @cached_property
    def inputs(self) -> NDArray[np.floating]:
        """Memory for its inputs, the upper rows of `inputs_with_ones`."""
        return self.inputs_with_ones[:-1]

    @cached_property
    def inputs_with_ones(self) -> NDArray[np.floating]:
        """Memory for its inputs, and ones below (features + 1, rows x positions)."""
        return np.ones((self.features + 1, self.input_size[1]), self.dtype)

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Y = W^T (V softmax(K^T Q / sqrt(d))), for each head and row; masked where a position is ahead."""
        queries, keys, values = self.view_vectors()
        attention, row = self.attention, self.row
        own_queries = self.vectors[: self.features]
        copied = [] if x is self.inputs else [partial(np.copyto, self.inputs, x)]
        return [
            *copied,
            partial(self.made.T.dot, self.inputs_with_ones, self.vectors),
            partial(np.multiply, own_queries, self.scale, own_queries),
            partial(np.matmul, _transpose(keys), queries, attention),
            partial(np.add, attention, self.mask, attention),
            partial(np.maximum.reduce, attention, axis=2, out=row, keepdims=True),
            partial(np.subtract, attention, row, attention),
            partial(np.exp, attention, attention),
            partial(np.add.reduce, attention, axis=2, out=row, keepdims=True),
            partial(np.divide, attention, row, attention),
            partial(np.matmul, values, attention, self._view(self.found[:-1])),
            partial(self.mixed.T.dot, self.found, y),
        ]

    def backward(
        self,
        x: NDArray[np.floating],
        y: NDArray[np.floating],
        dy: NDArray[np.floating],
        *,
        input_gradient: bool,
    ) -> tuple[list[Operation], NDArray[np.floating]]:
        """The gradients of both products, and between them those of a softmax p of s: ds = p (dp - sum of p dp).

        The sum over the positions that are looked at is that over features of the output times its gradient, which are
        fewer (Dao et al. 2022, arXiv:2205.14135).
        """
        by_found: NDArray[np.floating] = np.empty((self.features, self.input_size[1]), self.dtype)
        by_vectors: NDArray[np.floating] = np.empty_like(self.vectors)
        by_attention: NDArray[np.floating] = np.empty_like(self.attention)
        scratch: NDArray[np.floating] = np.empty_like(by_found)
        (queries, keys, values), by_each = self.view_vectors(), self._split(by_vectors)
        by_queries, by_out = by_vectors[: self.features], self._view(by_found)
        sums = self.row.reshape(self.heads, -1)
        operations: list[Operation] = [
            partial(self.mixed[:-1].dot, dy, by_found),
            partial(np.matmul, _transpose(values), by_out, by_attention),
            partial(np.matmul, by_out, _transpose(self.attention), by_each[2]),
            partial(np.multiply, by_found, self.found[:-1], scratch),
            partial(np.add.reduce, scratch.reshape(self.heads, -1, self.input_size[1]), axis=1, out=sums),
            partial(np.subtract, by_attention, self.row, by_attention),
            partial(np.multiply, by_attention, self.attention, by_attention),
            partial(np.matmul, keys, by_attention, by_each[0]),
            partial(np.multiply, by_queries, self.scale, by_queries),
            partial(np.matmul, queries, _transpose(by_attention), by_each[1]),
        ]
        if self.gradients is not None:
            by_made, by_mixed = self.gradients
            operations += [
                partial(self.found.dot, dy.T, by_mixed),
                partial(self.inputs_with_ones.dot, by_vectors.T, by_made),
            ]
        if not input_gradient:
            return operations, dy
        dx: NDArray[np.floating] = np.empty(self.input_size, self.dtype)
        return [*operations, partial(self.made[:-1].dot, by_vectors, dx)], dx

    def view_vectors(self) -> tuple[NDArray[np.floating], ...]:
        """View queries, keys and values (heads, rows, features of a head, positions), after the forward pass."""
        return self._split(self.vectors)

    def _split(self, vectors: NDArray[np.floating]) -> tuple[NDArray[np.floating], ...]:
        """View queries, keys and values (heads, rows, features, positions) in the memory of all three."""
        return tuple([self._view(each) for each in vectors.reshape(3, self.features, -1)])

    def _view(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """View values (features, rows x positions) by heads and rows (heads, rows, features of a head, positions)."""
        return values.reshape(self.size).transpose(0, 2, 1, 3)


class NextAttentionPlan(NextLayerPlan):
    """The forward pass of attention at one position after the other: keys and values of those before are kept.

    Attributes:
        keys, values: Those of all positions so far (heads, positions, features of a head).
    """

    def __init__(
        self, layer: Attention, parameters: NDArray[np.floating], input_shape: Shape, position: SequencePosition
    ) -> None:
        (features, positions), heads, dtype = input_shape, layer.heads, parameters.dtype
        super().__init__((features,), 1, dtype)
        self.position, size = position, (heads, positions, features // heads)
        self.keys: NDArray[np.floating] = np.zeros(size, dtype)
        self.values: NDArray[np.floating] = np.zeros(size, dtype)
        self.made, self.mixed = layer.view_matrices(parameters, features)
        self.scale = scalar(1 / math.sqrt(features // heads), dtype)
        self.inputs_with_ones: NDArray[np.floating] = np.ones((features + 1, 1), dtype)
        self.vectors: NDArray[np.floating] = np.empty((3 * features, 1), dtype)
        self.found: NDArray[np.floating] = np.ones((features + 1, 1), dtype)
        self.queries, self.new_keys, self.new_values = self.vectors.reshape(3, heads, 1, -1)
        self.out = self.found[:-1].reshape(heads, 1, -1)
        self.row: NDArray[np.floating] = np.empty((heads, 1, 1), dtype)
        away = np.arange(1 - positions, 1)
        self.biases = (find_slopes(layer)[:, None, None] * away).astype(dtype) if layer.alibi else None

    @cached_property
    def inputs(self) -> NDArray[np.floating]:
        """Memory for its inputs, the upper rows of `inputs_with_ones`."""
        return self.inputs_with_ones[:-1]

    def remember(self, plan: AttentionPlan, count: int) -> None:
        """Keep the keys and values of the first `count` positions that a plan for one sequence has read."""
        _, keys, values = plan.view_vectors()
        self.keys[:, :count] = keys[:, 0, :, :count].transpose(0, 2, 1)
        self.values[:, :count] = values[:, 0, :, :count].transpose(0, 2, 1)

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """As `AttentionPlan.forward`, at the next position."""
        copied = [] if x is self.inputs else [partial(np.copyto, self.inputs, x)]
        return [
            *copied,
            partial(self.made.T.dot, self.inputs_with_ones, self.vectors),
            partial(np.multiply, self.queries, self.scale, self.queries),
            self._attend,
            partial(self.mixed.T.dot, self.found, y),
        ]

    def _attend(self) -> None:
        number, row = self.position.number, self.row
        self.keys[:, number] = self.new_keys[:, 0]
        self.values[:, number] = self.new_values[:, 0]
        attention = np.matmul(self.queries, self.keys[:, : number + 1].transpose(0, 2, 1))
        if self.biases is not None:
            np.add(attention, self.biases[..., -number - 1 :], attention)
        np.maximum.reduce(attention, axis=2, out=row, keepdims=True)
        np.subtract(attention, row, attention)
        np.exp(attention, attention)
        np.add.reduce(attention, axis=2, out=row, keepdims=True)
        np.divide(attention, row, attention)
        np.matmul(attention, self.values[:, : number + 1], self.out)


def _transpose(matrices: NDArray[np.floating]) -> NDArray[np.floating]:
    return matrices.transpose(0, 1, 3, 2)


def find_slopes(layer: Attention) -> NDArray[np.float64]:
    """Return by how much each head's fit falls with each position further away (heads,): powers of 2^(-8 / heads)."""
    return 2.0 ** (-8 * np.arange(1, layer.heads + 1) / layer.heads)
