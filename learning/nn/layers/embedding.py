"""Embeddings: a vector of learned numbers for each id of a column (Bengio et al. 2003; Guo & Berkhahn 2016).

A row reads one vector of the table and changes no other, so gradients and updates are of the rows that a batch touched:
a step costs the same however many ids there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from learning.nn.layers.layer import Parameter
from learning.nn.plan import Operation

INIT_DEVIATION: Final = 0.05
"""The standard deviation of the first vectors: ids that were never seen in training say little."""

MAX_ROUNDS: Final = 16
"""Rows of an id that are added one by one, for all ids together; more are summed at once, for each id alone: as a
product with ones, which is faster than a sum."""


@dataclass(frozen=True, kw_only=True)
class Embedding:
    """A table of vectors, one for each id from 0 to `ids` - 1.

    The last id stands for what training rows do not have: unless one of them has it, its vector is the mean of theirs.

    Attributes:
        ids: The number of ids.
        units: The length of each vector.
    """

    ids: Annotated[int, Ge(1)]
    units: Annotated[int, Ge(1), Le(1024)]

    @property
    def parameter(self) -> Parameter:
        """The table (ids, units)."""
        return Parameter("vectors", (self.ids, self.units), self._draw, decays=True)

    def _draw(self, random: np.random.Generator) -> NDArray[np.floating]:
        return random.normal(0.0, INIT_DEVIATION, (self.ids, self.units))


class TableGradient:
    """The gradient of a table in the rows that a batch touched; it is zero in all others.

    Attributes:
        rows: The touched rows (k,), each once.
        values: The gradient of their vectors (k, units).
    """

    def __init__(self, embedding: Embedding, dtype: np.dtype[np.floating]) -> None:
        self.rows: NDArray[np.intp] = np.empty(0, np.intp)
        self._memory: NDArray[np.floating] = np.empty((0, embedding.units), dtype)
        self.values = self._memory
        self._in_order, self._ones = self._memory, self._memory[:, 0]

    def reserve(self, rows: int) -> None:
        """Reserve the memory for batches of so many rows."""
        if len(self._memory) < rows:
            self._memory = np.empty((rows, self._memory.shape[1]), self._memory.dtype)
            self._in_order, self._ones = np.empty_like(self._memory), np.ones(rows, self._memory.dtype)

    def sum(self, ids: NDArray[np.intp], gradients: NDArray[np.floating]) -> None:
        """Add up the gradients (n, units) of the vectors that n rows read, those of the same id (n,) together.

        The ids are sorted by how often they occur; so the first rows of all of them are copied at once, then the second
        of those that have two are added, and so on. Sums have the same order whatever the size of the table.
        """
        order = ids.argsort(kind="stable")
        in_order, in_order_gradients = ids.take(order), self._in_order[: len(ids)]
        gradients.take(order, 0, in_order_gradients, "clip")
        starts = np.flatnonzero(np.concatenate((_FIRST, in_order[1:] != in_order[:-1])))
        occurrences = np.diff(starts, append=len(ids))
        by_occurrence = (-occurrences).argsort(kind="stable")
        starts, occurrences = starts.take(by_occurrence), occurrences.take(by_occurrence)
        self.rows = in_order.take(starts)
        values = self.values = self._memory[: len(starts)]
        in_order_gradients.take(starts, 0, values, "clip")
        more_than = np.searchsorted(-occurrences, _ROUNDS).tolist()  # the number of ids that occur more often than each
        frequent = more_than[-1]
        for value, start, count in zip(
            values, starts[:frequent].tolist(), occurrences[:frequent].tolist(), strict=False
        ):
            self._ones[:count].dot(in_order_gradients[start : start + count], value)
        for repeat in range(1, MAX_ROUNDS):
            end = more_than[repeat]
            if end <= frequent:
                break
            values[frequent:end] += in_order_gradients.take(starts[frequent:end] + repeat, 0)

    def add_square(self, square: NDArray[np.floating]) -> None:
        """Add the squared norm to an array without dimensions."""
        flat = self.values.reshape(-1)
        square += flat.dot(flat)


_FIRST: Final = np.ones(1, np.bool_)
_ROUNDS: Final = -np.arange(MAX_ROUNDS + 1)


ALL_ROWS: Final = slice(None)


class EmbeddingPlan:
    """The forward and backward pass of all tables of a net, for batches of `rows` rows.

    Args:
        tables: The tables (ids, units).
        gradients: What their gradients are summed into.
        slices: Where the vectors lie among the joined values.
        rows: Rows per batch.
    """

    def __init__(
        self,
        tables: Sequence[NDArray[np.floating]],
        gradients: Sequence[TableGradient],
        slices: Sequence[slice],
        rows: int,
    ) -> None:
        self.tables, self.gradients, self.slices = tables, gradients, slices
        self.vectors = [np.empty((rows, table.shape[1]), table.dtype) for table in tables]
        for gradient in gradients:
            gradient.reserve(rows)

    def take(self, ids: NDArray[np.intp]) -> list[Operation]:
        """Plan how the vectors of ids (columns, rows) are taken from the tables."""
        taken = zip(ids, self.tables, self.vectors, strict=True)
        return [partial(table.take, column, 0, vectors, "clip") for column, table, vectors in taken]

    def join(self, joined: NDArray[np.floating], rows: slice = ALL_ROWS) -> list[Operation]:
        """Plan how those of these rows are written behind the numbers in `joined` (rows, width)."""
        parts = zip(self.vectors, self.slices, strict=True)
        return [partial(np.copyto, joined[:, part], vectors[rows]) for vectors, part in parts]

    def collect(self, by_inputs: NDArray[np.floating], rows: slice = ALL_ROWS) -> list[Operation]:
        """Plan how the gradient by the joined values (width, rows) becomes that of the vectors of these rows."""
        parts = zip(self.vectors, self.slices, strict=True)
        return [partial(np.copyto, vectors[rows], by_inputs[part].T) for vectors, part in parts]

    def sum(self, ids: NDArray[np.intp]) -> list[Operation]:
        """Plan how the gradients of all vectors become those of the tables."""
        summed = zip(ids, self.gradients, self.vectors, strict=True)
        return [partial(gradient.sum, column, vectors) for column, gradient, vectors in summed]
