"""Embeddings: a vector of learned numbers for each id of a column (Bengio et al. 2003; Guo & Berkhahn 2016).

A row reads one vector of the table and changes no other, so gradients and updates are of the rows that a batch touched:
a step costs the same however many ids there are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Annotated, Final

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from learning.nn.layers.layer import Parameter
from learning.nn.plan import Operation

INIT_DEVIATION: Final = 0.05
"""The standard deviation of the first vectors: ids that were never seen in training say little."""


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


@dataclass(frozen=True)
class TableGroup:
    """The tables of columns side by side whose vectors have the same length, as one table.

    So what they have in common is one call of NumPy for all of them.

    Attributes:
        columns: Which columns of ids these are.
        offsets: What is added to the ids of each, so that they are those of the one table (columns,).
        table: The one table.
        stretch: Where it lies in the net's flat vector of parameters.
        part: Where the vectors lie among the joined values of a row.
    """

    columns: slice
    offsets: NDArray[np.intp]
    table: Embedding
    stretch: slice
    part: slice

    def view(self, parameters: NDArray[np.floating]) -> NDArray[np.floating]:
        """View the table (ids, units) in the net's flat vector, or in one like it."""
        return parameters[self.stretch].reshape(self.table.parameter.shape)


def group_tables(embeddings: Sequence[Embedding], numbers: int, start: int) -> list[TableGroup]:
    """Group tables that lie in the flat vector from `start` on, and among the joined values behind the numbers."""
    groups: list[TableGroup] = []
    column, place = 0, numbers
    for units, each in groupby(embeddings, lambda embedding: embedding.units):
        ends = np.cumsum([0, *(embedding.ids for embedding in each)])
        columns, ids = len(ends) - 1, int(ends[-1])
        groups.append(
            TableGroup(
                slice(column, column + columns),
                ends[:-1].astype(np.intp),
                Embedding(ids=ids, units=units),
                slice(start, start + ids * units),
                slice(place, place + columns * units),
            )
        )
        column, place, start = column + columns, place + columns * units, start + ids * units
    return groups


@dataclass(frozen=True)
class Lookups:
    """What the rows of a batch look up in a group of tables.

    Attributes:
        ids: The ids in the one table (rows, columns).
        values: Their vectors, and after the backward pass the gradients of these (rows, columns, units).
    """

    ids: NDArray[np.intp]
    values: NDArray[np.floating]

    @classmethod
    def allocate(cls, group: TableGroup, rows: int, dtype: np.dtype[np.floating]) -> "Lookups":
        """Allocate the memory for batches of so many rows."""
        size = rows, len(group.offsets)
        return cls(np.zeros(size, np.intp), np.empty((*size, group.table.units), dtype))

    @property
    def flat_values(self) -> NDArray[np.floating]:
        """The values of each row in a line (rows, columns * units)."""
        return self.values.reshape(len(self.values), math.prod(self.values.shape[1:]))

    def cut(self, rows: slice) -> "Lookups":
        """Those of some rows, in the same memory."""
        return Lookups(self.ids[rows], self.values[rows])


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
        self._repeats, self._places = self._memory, self.rows

    def reserve(self, lookups: int) -> None:
        """Reserve the memory for batches that look up so many vectors."""
        if len(self._memory) < lookups:
            self._memory = np.empty((lookups, self._memory.shape[1]), self._memory.dtype)
            self._repeats, self._places = np.empty_like(self._memory), np.arange(lookups)

    def sum_lookups(self, lookups: Lookups, share: int = 0, shares: int = 1) -> None:
        """Add up the gradients of a batch; of several workers each has its share of the ids."""
        ids, gradients = lookups.ids.reshape(-1), lookups.values.reshape(-1, self._memory.shape[1])
        if shares == 1:
            self.sum(ids, gradients)
            return
        places = np.flatnonzero(ids % shares == share)
        self.sum(ids.take(places), gradients, places)

    def sum(
        self, ids: NDArray[np.intp], gradients: NDArray[np.floating], places: NDArray[np.intp] | None = None
    ) -> None:
        """Add up the gradients of vectors, those of the same id together.

        Ids are ordered by how often they occur: those that occur once are copied, and of all that occur twice, or three
        times, the gradients lie together and are added at once. Each sum has the order of the rows.

        Args:
            ids: The ids (n,).
            gradients: The gradients (n, units).
            places: The row of each id among more gradients (n,).
        """
        self.rows, self.values = ids, self._memory[: len(ids)]
        if not len(ids):
            return
        shift = len(gradients).bit_length()
        keys = ids << shift
        keys |= self._places[: len(ids)] if places is None else places
        keys.sort()  # by id and place; several times as fast as argsort
        order = keys & ((1 << shift) - 1)
        keys >>= shift
        is_first: NDArray[np.bool_] = np.ones(len(ids) + 1, np.bool_)
        np.not_equal(keys[1:], keys[:-1], is_first[1:-1])
        ends = np.flatnonzero(is_first)
        occurrences = ends[1:] - ends[:-1]
        by_occurrence = occurrences.astype(np.uint16 if len(ids) < 2**16 else np.intp).argsort(kind="stable")
        starts, occurrences = ends.take(by_occurrence), occurrences.take(by_occurrence)
        self.rows = keys.take(starts)
        values = self.values = self._memory[: len(starts)]
        counts: list[int] = np.bincount(occurrences).tolist()  # of the ids that occur so often
        done, begin = counts[1], 0
        gradients.take(order.take(starts[:done]), 0, values[:done], "clip")
        if done == len(starts):
            return
        occurrences = occurrences[done:]
        ends = np.cumsum(occurrences)
        within = np.repeat(starts[done:] - ends + occurrences, occurrences)
        within += self._places[: len(within)]
        repeats = self._repeats[: len(within)]
        gradients.take(order.take(within), 0, repeats, "clip")
        for times, count in enumerate(counts[2:], 2):
            if count:
                end = begin + count * times
                repeats[begin:end].reshape(count, times, -1).sum(1, out=values[done : done + count])
                done, begin = done + count, end

    def add_square(self, square: NDArray[np.floating]) -> None:
        """Add the squared norm to an array without dimensions."""
        flat = self.values.reshape(-1)
        square += flat.dot(flat)


ALL_ROWS: Final = slice(None)


class EmbeddingPlan:
    """The forward and backward pass of all tables of a net, for batches of `rows` rows.

    Args:
        groups: The tables, in groups.
        gradients: What their gradients are summed into.
        parameters: The net's parameters.
        rows: Rows per batch.
        lookups: Memory for what a batch looks up in each group, whose gradients the caller adds up; None: its own.
    """

    def __init__(
        self,
        groups: Sequence[TableGroup],
        gradients: Sequence[TableGradient],
        parameters: NDArray[np.floating],
        rows: int,
        lookups: Sequence[Lookups] | None = None,
    ) -> None:
        self.gradients = gradients if lookups is None else ()
        self.lookups = lookups or [Lookups.allocate(group, rows, parameters.dtype) for group in groups]
        self.groups, self.tables = groups, [group.view(parameters) for group in groups]
        for gradient, each in zip(self.gradients, self.lookups, strict=False):
            gradient.reserve(each.ids.size)

    def take(self, ids: NDArray[np.integer]) -> list[Operation]:
        """Plan how the vectors of ids (rows, columns) are taken from the tables."""
        operations: list[Operation] = []
        for group, table, each in zip(self.groups, self.tables, self.lookups, strict=True):
            operations.append(partial(np.add, ids[:, group.columns], group.offsets, each.ids))
            operations.append(partial(table.take, each.ids, 0, each.values, "clip"))
        return operations

    def join(self, joined: NDArray[np.floating], rows: slice = ALL_ROWS) -> list[Operation]:
        """Plan how those of these rows are written behind the numbers in `joined` (rows, width)."""
        parts = zip(self.groups, self.lookups, strict=True)
        return [partial(np.copyto, joined[:, group.part], each.flat_values[rows]) for group, each in parts]

    def collect(self, by_inputs: NDArray[np.floating], rows: slice = ALL_ROWS) -> list[Operation]:
        """Plan how the gradient by the joined values (width, rows) becomes that of the vectors of these rows."""
        parts = zip(self.groups, self.lookups, strict=True)
        return [partial(np.copyto, each.flat_values[rows], by_inputs[group.part].T) for group, each in parts]

    def sum(self) -> list[Operation]:
        """Plan how the gradients of all vectors become those of the tables, unless the caller adds them up."""
        return [
            partial(gradient.sum_lookups, each) for gradient, each in zip(self.gradients, self.lookups, strict=False)
        ]
