"""Token embedding: a vector of learned numbers for each token of a text, to which that of its position is added.

A transformer's layers see no order: without the vectors of positions (Gehring et al. 2017) they would see a bag of
tokens.
"""

from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Annotated, Final, Literal

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from learning.descriptions import describe
from learning.errors import LayerMisfit
from learning.nn.layers.layer import LayerPlan, LayerSpec, NextLayerPlan, Parameter, SequencePosition, Shape
from learning.nn.plan import Operation

VECTOR_DEVIATION: Final = 0.1
POSITION_DEVIATION: Final = 0.02
"""The standard deviations of the first vectors."""


@dataclass(frozen=True, kw_only=True)
class TokenEmbedding(LayerSpec):
    """Token embedding: gives each token of a text, and each position, a vector of learned numbers."""

    type: Literal["embedding"] = "embedding"
    units: Annotated[int, Ge(1), Le(4096)] = field(
        metadata=describe("Length of the vectors. Longer ones can tell tokens and contexts apart more finely.")
    )

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (units, positions) for tokens, whose shape is (size of the vocabulary, positions).

        Raises:
            LayerMisfit: if the inputs are no tokens.
        """
        if len(input_shape) != 2:
            raise LayerMisfit(
                "gives the tokens of a text vectors, and gets no text",
                "use it where a net learns to write; columns of a table get vectors by the setting embedding",
            )
        return self.units, input_shape[1]

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """Return a vector for each token of the vocabulary, and for each position."""
        vocabulary, positions = input_shape
        return (
            Parameter("vectors", (vocabulary, self.units), partial(self._draw, VECTOR_DEVIATION, vocabulary), True),
            Parameter("positions", (positions, self.units), partial(self._draw, POSITION_DEVIATION, positions), False),
        )

    def _draw(self, deviation: float, count: int, random: np.random.Generator) -> NDArray[np.floating]:
        return random.normal(0.0, deviation, (count, self.units))

    def count_products(self, input_shape: Shape) -> int:
        """Return the values of a row, each a sum of two numbers."""
        return self.units * input_shape[1]

    def plan(
        self, parameters: NDArray[np.floating], gradients: NDArray[np.floating] | None, input_shape: Shape, rows: int
    ) -> "TokenEmbeddingPlan":
        """Plan the layer for batches of `rows` rows."""
        tables = self.view_tables(parameters, input_shape)
        return TokenEmbeddingPlan(
            tables, None if gradients is None else self.view_tables(gradients, input_shape), input_shape, rows
        )

    def plan_next(
        self, parameters: NDArray[np.floating], input_shape: Shape, position: SequencePosition
    ) -> "NextEmbeddingPlan":
        """Plan the layer for one position of a sequence after the other."""
        return NextEmbeddingPlan(self.view_tables(parameters, input_shape), position)

    def view_tables(
        self, vector: NDArray[np.floating], input_shape: Shape
    ) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """View its stretch of a flat vector as the vectors of tokens and those of positions (…, units)."""
        size = input_shape[0] * self.units
        return vector[:size].reshape(-1, self.units), vector[size:].reshape(-1, self.units)


class TokenEmbeddingPlan(LayerPlan):
    """The forward and backward pass of a token embedding.

    Attributes:
        tokens: Memory for the tokens int32 (rows x positions,); it stands in place of memory for inputs, which would
            be ones among zeros.
    """

    def __init__(
        self,
        tables: tuple[NDArray[np.floating], NDArray[np.floating]],
        gradients: tuple[NDArray[np.floating], NDArray[np.floating]] | None,
        input_shape: Shape,
        rows: int,
    ) -> None:
        super().__init__(input_shape, rows, tables[0].dtype)
        (self.vectors, self.positions), self.gradients = tables, gradients
        self.units, self.size = self.vectors.shape[1], (rows, *self.positions.shape)
        self.tokens: NDArray[np.int32] = np.zeros(rows * input_shape[1], np.int32)
        self.gathered: NDArray[np.floating] = np.empty((len(self.tokens), self.units), self.dtype)

    @cached_property
    def inputs(self) -> NDArray[np.floating]:
        """Nothing: its inputs are tokens."""
        return np.empty((0, 0), self.dtype)

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Y = the vector of each token, plus that of its position."""
        places = self.gathered.reshape(self.size)
        return [
            partial(np.take, self.vectors, self.tokens, 0, self.gathered, "clip"),
            partial(np.add, places, self.positions, places),
            partial(np.copyto, y, self.gathered.T),
        ]

    def backward(
        self,
        x: NDArray[np.floating],
        y: NDArray[np.floating],
        dy: NDArray[np.floating],
        *,
        input_gradient: bool,
    ) -> tuple[list[Operation], NDArray[np.floating]]:
        """The gradient of a vector is the sum of those wherever it stands."""
        if self.gradients is None:
            return [], dy
        places = self.gathered.reshape(self.size)
        return [
            partial(np.copyto, self.gathered, dy.T),
            partial(np.add.reduce, places, axis=0, out=self.gradients[1]),
            partial(self._add_up, self.gradients[0]),
        ], dy

    def _add_up(self, gradient: NDArray[np.floating]) -> None:
        """Add up the gradients of each token of the batch, those of equal ones side by side."""
        order = np.argsort(self.tokens, kind="stable")
        ordered = self.tokens[order]
        starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        gradient.fill(0)
        gradient[ordered[starts]] = np.add.reduceat(self.gathered[order], starts, axis=0)


class NextEmbeddingPlan(NextLayerPlan):
    """The forward pass of a token embedding at one position after the other.

    Attributes:
        token: The token at the next position.
    """

    def __init__(self, tables: tuple[NDArray[np.floating], NDArray[np.floating]], position: SequencePosition) -> None:
        super().__init__((0,), 1, tables[0].dtype)
        (self.vectors, self.positions), self.position = tables, position
        self.token = 0

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Y = the vector of the token, plus that of its position."""
        return [partial(self._add, y[:, 0])]

    def _add(self, y: NDArray[np.floating]) -> None:
        np.add(self.vectors[self.token], self.positions[self.position.number], y)
