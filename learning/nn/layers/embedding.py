"""Embeddings: a vector of learned numbers for each id of a column (Bengio et al. 2003; Guo & Berkhahn 2016).

A row reads one vector of the table and changes no other, so gradients and updates are of the rows that a batch touched:
a step costs the same however many ids there are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Annotated, Any, Final

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from learning.nn.layers.embedding_bag import BagLookups, BagTable, Zeros
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
    units: Annotated[int, Ge(1), Le(16_384)]

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

    def allocate(self, rows: int, dtype: np.dtype[np.floating], zeros: Zeros = np.zeros) -> "Lookups":
        """Allocate the memory for batches of so many rows."""
        columns, units = len(self.offsets), self.table.units
        return Lookups(
            zeros((rows * columns,), np.int32).reshape(rows, columns),
            zeros((rows * columns * units,), dtype).reshape(rows, columns, units),
        )


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

    @property
    def count(self) -> int:
        """How many vectors a batch looks up."""
        return self.ids.size

    @property
    def flat_values(self) -> NDArray[np.floating]:
        """The values of each row in a line (rows, columns * units)."""
        return self.values.reshape(len(self.values), math.prod(self.values.shape[1:]))

    def cut(self, rows: slice) -> "Lookups":
        """Those of some rows, in the same memory."""
        return Lookups(self.ids[rows], self.values[rows])

    def plan_take(
        self,
        group: TableGroup,
        table: NDArray[np.floating],
        ids: NDArray[np.integer] | None,
        terms: NDArray[Any] | None,
    ) -> list[Operation]:
        """Plan how the vectors of ids (rows, columns of all groups) are taken; there are no terms of them."""
        del terms
        if ids is None:
            raise ValueError("the batch has no ids")
        return [
            partial(np.add, ids[:, group.columns], group.offsets, self.ids),
            partial(table.take, self.ids, 0, self.values, "clip"),
        ]

    def list_gradients(self) -> tuple[NDArray[np.int32], NDArray[np.floating]]:
        """List the ids of all rows, and the gradient of each one's vector."""
        return self.ids.reshape(-1), self.values.reshape(self.ids.size, self.values.shape[-1])


AnyGroup = TableGroup | BagTable
AnyLookups = Lookups | BagLookups
