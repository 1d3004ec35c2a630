"""Token embedding: a vector of learned numbers for each token of a text, to which that of its position is added.

A transformer's layers see no order: without the vectors of positions (Gehring et al. 2017), or biases of attention,
they would see a bag of tokens. To runs of tokens too, such as the last two or three, vectors can be given, so that the
net need not find out first what stands before; there are too many runs for a vector each, so that they share some by a
hash (as in fastText, Bojanowski et al. 2017).
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
from learning.serialization import OPTIONAL

VECTOR_DEVIATION: Final = 0.1
POSITION_DEVIATION: Final = 0.02
"""The standard deviations of the first vectors."""
MAX_RUN: Final = 4
HASH_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
"""Spreads keys over all numbers (Knuth's multiplicative hashing)."""


@dataclass(frozen=True, kw_only=True)
class TokenEmbedding(LayerSpec):
    """Token embedding: gives each token of a text, and each position, a vector of learned numbers."""

    type: Literal["embedding"] = "embedding"
    units: Annotated[int, Ge(1), Le(4096)] = field(
        metadata=describe("Length of the vectors. Longer ones can tell tokens and contexts apart more finely.")
    )
    positions: bool = field(
        default=True,
        metadata=OPTIONAL | describe("Whether each position has a vector too; attention with `alibi` needs none."),
    )
    run: Annotated[int, Ge(1), Le(MAX_RUN)] = field(
        default=1,
        metadata=OPTIONAL
        | describe("The most tokens in a row that have a vector together: with 3 pairs and triples have some too."),
    )
    buckets: Annotated[int, Ge(16), Le(2**20)] = field(
        default=8192,
        metadata=OPTIONAL | describe("The most vectors for runs of each length; of more runs some share one."),
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
        draw, places = partial(self._draw, VECTOR_DEVIATION, vocabulary), partial(self._draw, POSITION_DEVIATION)
        found = [Parameter("vectors", (vocabulary, self.units), draw, decays=True)]
        if self.positions:
            found.append(Parameter("positions", (positions, self.units), partial(places, positions), decays=False))
        for length in range(2, self.run + 1):
            shape = min(vocabulary**length, self.buckets), self.units
            found.append(Parameter(f"runs_of_{length}", shape, lambda _: 0.0, decays=True))
        return tuple(found)

    def _draw(self, deviation: float, count: int, random: np.random.Generator) -> NDArray[np.floating]:
        return random.normal(0.0, deviation, (count, self.units))

    def count_products(self, input_shape: Shape) -> int:
        """Return the values of a row, each a sum of two numbers."""
        return self.units * input_shape[1]

    def plan(
        self, parameters: NDArray[np.floating], gradients: NDArray[np.floating] | None, input_shape: Shape, rows: int
    ) -> "TokenEmbeddingPlan":
        """Plan the layer for batches of `rows` rows."""
        tables = EmbeddingTables(self, parameters, input_shape)
        own = None if gradients is None else EmbeddingTables(self, gradients, input_shape)
        return TokenEmbeddingPlan(tables, own, input_shape, rows)

    def plan_next(
        self, parameters: NDArray[np.floating], input_shape: Shape, position: SequencePosition
    ) -> "NextEmbeddingPlan":
        """Plan the layer for one position of a sequence after the other."""
        return NextEmbeddingPlan(EmbeddingTables(self, parameters, input_shape), position)


class EmbeddingTables:
    """The tables of a token embedding, views of its stretch of a flat vector.

    Attributes:
        vectors: The vector of each token (vocabulary, units).
        positions: That of each position (positions, units); None: they have none.
        runs: Those of runs of two tokens, of three, … (buckets, units).
    """

    def __init__(self, layer: TokenEmbedding, vector: NDArray[np.floating], input_shape: Shape) -> None:
        views, start = dict[str, NDArray[np.floating]](), 0
        for parameter in layer.parameters(input_shape):
            views[parameter.name] = vector[start : start + parameter.size].reshape(parameter.shape)
            start += parameter.size
        self.vectors, self.positions = views.pop("vectors"), views.pop("positions", None)
        self.runs, self.vocabulary = [*views.values()], input_shape[0]

    def find_runs(self, tokens: NDArray[np.integer]) -> list[NDArray[np.intp]]:
        """Return which vector of each table of `runs` belongs to each token of rows (rows, n) and those before it.

        Before the first of a row the first token of the vocabulary is taken for all.
        """
        keys, found = tokens.astype(np.uint64), list[NDArray[np.intp]]()
        for before, table in enumerate(self.runs, start=1):
            keys[:, before:] += tokens[:, :-before].astype(np.uint64) * np.uint64(self.vocabulary**before)
            hashed = keys if self.vocabulary ** (before + 1) <= len(table) else keys * HASH_FACTOR >> np.uint64(32)
            found.append((hashed % np.uint64(len(table))).astype(np.intp))
        return found

    def look_up(self, tokens: NDArray[np.integer], out: NDArray[np.floating]) -> list[NDArray[np.intp]]:
        """Write the sum of all vectors of each token of rows (rows, n) into `out` (rows, n, units); return its runs."""
        np.take(self.vectors, tokens, 0, out, "clip")
        if self.positions is not None:
            np.add(out, self.positions[: out.shape[1]], out)
        runs = self.find_runs(tokens)
        for table, own in zip(self.runs, runs, strict=True):
            np.add(out, table[own], out)
        return runs


class TokenEmbeddingPlan(LayerPlan):
    """The forward and backward pass of a token embedding.

    Attributes:
        tokens: Memory for the tokens int32 (rows x positions,); it stands in place of memory for inputs, which would
            be ones among zeros.
    """

    def __init__(
        self,
        tables: EmbeddingTables,
        gradients: EmbeddingTables | None,
        input_shape: Shape,
        rows: int,
    ) -> None:
        super().__init__(input_shape, rows, tables.vectors.dtype)
        self.tables, self.gradients = tables, gradients
        units = tables.vectors.shape[1]
        self.size = rows, input_shape[1], units
        self.tokens: NDArray[np.int32] = np.zeros(rows * input_shape[1], np.int32)
        self.gathered: NDArray[np.floating] = np.empty((len(self.tokens), units), self.dtype)
        self.runs: list[NDArray[np.intp]] = []

    @cached_property
    def inputs(self) -> NDArray[np.floating]:
        """Nothing: its inputs are tokens."""
        return np.empty((0, 0), self.dtype)

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Y = the vector of each token, plus those of its position and of the runs that it ends."""
        return [self._look_up, partial(np.copyto, y, self.gathered.T)]

    def _look_up(self) -> None:
        self.runs = self.tables.look_up(self.tokens.reshape(self.size[:2]), self.gathered.reshape(self.size))

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
        operations: list[Operation] = [
            partial(np.copyto, self.gathered, dy.T),
            partial(self._add_up, self.gradients),
        ]
        if self.gradients.positions is not None:
            places = self.gathered.reshape(self.size)
            operations.append(partial(np.add.reduce, places, axis=0, out=self.gradients.positions))
        return operations, dy

    def _add_up(self, gradients: EmbeddingTables) -> None:
        """Add up the gradients of each vector, those of equal tokens and runs side by side."""
        runs = [own.reshape(-1) for own in self.runs]
        for gradient, numbers in zip((gradients.vectors, *gradients.runs), (self.tokens, *runs), strict=True):
            order = np.argsort(numbers, kind="stable")
            ordered = numbers[order]
            starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
            gradient.fill(0)
            gradient[ordered[starts]] = np.add.reduceat(self.gathered[order], starts, axis=0)


class NextEmbeddingPlan(NextLayerPlan):
    """The forward pass of a token embedding at one position after the other.

    Attributes:
        tokens: The tokens so far, the last that at the next position; at least as many as a run has.
    """

    def __init__(self, tables: EmbeddingTables, position: SequencePosition) -> None:
        super().__init__((0,), 1, tables.vectors.dtype)
        self.tables, self.position, self.tokens = tables, position, [0]

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Y = the vector of the token, plus those of its position and of the runs that it ends."""
        return [partial(self._add, y[:, 0])]

    def _add(self, y: NDArray[np.floating]) -> None:
        tables = self.tables
        np.copyto(y, tables.vectors[self.tokens[-1]])
        if tables.positions is not None:
            np.add(y, tables.positions[self.position.number], y)
        if tables.runs:
            last = np.array(self.tokens[-len(tables.runs) - 1 :])[None]
            for table, own in zip(tables.runs, tables.find_runs(last), strict=True):
                np.add(y, table[own[0, -1]], y)
