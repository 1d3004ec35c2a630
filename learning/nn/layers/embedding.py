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


MAX_ROUNDS: Final = 16
"""Rows of an id that are added one by one, for all ids together; more are summed at once, for each id alone: as a
product with ones, which is faster than a sum."""

_ROUNDS: Final = np.arange(1, MAX_ROUNDS)


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
    offsets: NDArray[np.int32]
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
                ends[:-1].astype(np.int32),
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
        ids: The ids in the one table, int32 (rows, columns).
        values: Their vectors, and after the backward pass the gradients of these (rows, columns, units).
    """

    ids: NDArray[np.int32]
    values: NDArray[np.floating]

    @classmethod
    def allocate(cls, group: TableGroup, rows: int, dtype: np.dtype[np.floating]) -> "Lookups":
        """Allocate the memory for batches of so many rows."""
        size = rows, len(group.offsets)
        return cls(np.zeros(size, np.int32), np.empty((*size, group.table.units), dtype))

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
        self._ids, self._units = embedding.ids, embedding.units
        self._memory: NDArray[np.floating] = np.empty((0, embedding.units), dtype)
        self.values = self._memory
        self.reserve(0)

    def reserve(self, lookups: int) -> None:
        """Reserve the memory for batches that look up so many vectors."""
        if len(self._memory) <= lookups:
            self._memory = np.empty((lookups + 1, self._units), self._memory.dtype)
            self._repeats, self._ones = np.empty_like(self._memory), np.ones(lookups + 1, self._memory.dtype)
            self._shift = lookups.bit_length()
            self._key_type = np.dtype(np.int32 if self._ids << self._shift < 2**31 else np.int64)
            self._places = np.arange(lookups + 1, dtype=self._key_type)

    def sum_lookups(self, lookups: Lookups, share: int = 0, shares: int = 1) -> None:
        """Add up the gradients of a batch; of several workers each has its share of the ids."""
        ids, gradients = lookups.ids.reshape(-1), lookups.values.reshape(-1, self._units)
        if shares == 1:
            self.sum(ids, gradients)
            return
        places = np.flatnonzero(ids % shares == share)
        self.sum(ids.take(places), gradients, places)

    def sum(
        self, ids: NDArray[np.integer], gradients: NDArray[np.floating], places: NDArray[np.intp] | None = None
    ) -> None:
        """Add up the gradients of vectors, those of the same id together, in the order of the rows.

        Ids are sorted by how often they occur; so the first rows of all of them are copied at once, then the second of
        those that have two are added, and so on. Sums have the same order whatever the size of the table.

        Args:
            ids: The ids (n,).
            gradients: The gradients (n, units).
            places: The row of each id among more gradients (n,).
        """
        order, starts, occurrences = self._sort(ids, places)
        values = self.values = self._memory[: len(starts)]
        gradients.take(order.take(starts), 0, values, "clip")
        # of the ids that occur more often than each number from 0 on
        more: NDArray[np.intp] = len(starts) - np.cumsum(np.bincount(occurrences, minlength=MAX_ROUNDS + 1))
        frequent = int(more[MAX_ROUNDS])
        for value, start, count in zip(values, starts[:frequent].tolist(), occurrences.tolist(), strict=False):
            self._ones[:count].dot(gradients.take(order[start : start + count], 0), value)
        sizes = more[1:MAX_ROUNDS] - frequent
        begins = np.cumsum(sizes) - sizes
        rounds = np.repeat(_ROUNDS, sizes)
        repeated = self._places[: len(rounds)] - np.repeat(begins - frequent, sizes)
        repeats = self._repeats[: len(rounds)]
        gradients.take(order.take(starts.take(repeated) + rounds), 0, repeats, "clip")
        begin = 0
        for size in sizes.tolist():
            if not size:
                break
            values[frequent : frequent + size] += repeats[begin : begin + size]
            begin += size

    def _sort(
        self, ids: NDArray[np.integer], places: NDArray[np.intp] | None
    ) -> tuple[NDArray[np.integer], NDArray[np.intp], NDArray[np.intp]]:
        """Sort by id and place, each pair as one number, which is several times as fast as argsort; set `rows`.

        Returns:
            The places in this order, and for each row, the most frequent first, where its places begin and how many
            there are.
        """
        keys = ids.astype(self._key_type)
        keys <<= self._shift
        keys |= self._places[: len(ids)] if places is None else places.astype(self._key_type)
        keys.sort()
        order = keys & ((1 << self._shift) - 1)
        keys >>= self._shift
        is_first: NDArray[np.bool_] = np.ones(len(ids) + 1, np.bool_)
        np.not_equal(keys[1:], keys[:-1], is_first[1:-1])
        ends = np.flatnonzero(is_first)
        occurrences = ends[1:] - ends[:-1]
        rarity = (len(ids) - occurrences).astype(np.uint16 if len(ids) < 2**16 else np.intp)
        by_occurrence = rarity.argsort(kind="stable")
        starts = ends.take(by_occurrence)
        self.rows = keys.take(starts).astype(np.intp)
        return order, starts, occurrences.take(by_occurrence)

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
