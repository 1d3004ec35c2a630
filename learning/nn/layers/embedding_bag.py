"""Embedding bags: a text as the weighted sum of the vectors of its terms (Joulin et al. 2017, fastText).

It is what a dense layer makes of a matrix of rows and terms, most of which is zero, at the cost of the terms that a row
has; so the vocabulary may be large.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise
from typing import Annotated, Any, Final

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from learning.nn.layers.layer import Parameter
from learning.nn.plan import Operation

INIT_DEVIATION: Final = 0.005
"""The standard deviation of the first vectors: next to nothing, as random vectors of many terms are noise that a net of
few rows does not unlearn."""

TERM: Final = np.dtype([("id", "<i4"), ("weight", "<f4")])
"""A term of a row and its weight; one of weight 0 stands for no term."""

MAX_SUMMED_VALUES: Final = 2**20
"""The most values that are summed at once where there is no plan for a batch."""

Zeros = Callable[[tuple[int, ...], Any], NDArray[Any]]
"""Allocates zeros of a shape and dtype."""


@dataclass(frozen=True, kw_only=True)
class EmbeddingBag:
    """A table of vectors, one for each term from 0 to `ids` - 1, of which a row has several, each with a weight.

    Attributes:
        ids: The number of terms.
        units: The length of each vector, and of their sum.
        slots: The most terms of a row.
    """

    ids: Annotated[int, Ge(1)]
    units: Annotated[int, Ge(1), Le(16_384)]
    slots: Annotated[int, Ge(1)]

    @property
    def parameter(self) -> Parameter:
        """The table (ids, units)."""
        return Parameter("vectors", (self.ids, self.units), self._draw, decays=True)

    def _draw(self, random: np.random.Generator) -> NDArray[np.floating]:
        return random.normal(0.0, INIT_DEVIATION, (self.ids, self.units))


@dataclass(frozen=True)
class BagTable:
    """The table of a bag at its place in a net.

    Attributes:
        slots: Which of a row's terms are those of the bag.
        first: What is the id of the first: those of each bag follow those of the bag before.
        table: The table.
        stretch: Where it lies in the net's flat vector of parameters.
        part: Where the sum lies among the joined values of a row.
    """

    slots: slice
    first: int
    table: EmbeddingBag
    stretch: slice
    part: slice

    def view(self, parameters: NDArray[np.floating]) -> NDArray[np.floating]:
        """View the table (ids, units) in the net's flat vector, or in one like it."""
        return parameters[self.stretch].reshape(self.table.parameter.shape)

    def allocate(self, rows: int, dtype: np.dtype[np.floating], zeros: Zeros = np.zeros) -> "BagLookups":
        """Allocate the memory for batches of so many rows."""
        return BagLookups(
            zeros((rows * self.table.slots,), TERM).reshape(rows, self.table.slots),
            zeros((rows * self.table.units,), dtype).reshape(rows, self.table.units),
            self.first,
        )


def place_bags(bags: Sequence[EmbeddingBag], numbers: int, start: int) -> list[BagTable]:
    """Place bags that lie in the flat vector from `start` on, and among the joined values behind so many."""
    slots, ids, parts, stretches = (
        [slice(*bounds) for bounds in pairwise(accumulate(sizes, initial=first))]
        for first, sizes in (
            (0, [bag.slots for bag in bags]),
            (0, [bag.ids for bag in bags]),
            (numbers, [bag.units for bag in bags]),
            (start, [bag.parameter.size for bag in bags]),
        )
    )
    return [
        BagTable(own, first.start, bag, stretch, part)
        for own, first, bag, stretch, part in zip(slots, ids, bags, stretches, parts, strict=True)
    ]


@dataclass(frozen=True)
class BagLookups:
    """What the rows of a batch look up in a bag's table.

    Attributes:
        terms: Their terms, of dtype TERM (rows, slots).
        values: The sums, and after the backward pass the gradients of these (rows, units).
        first: What is the id of the first term in the table.
    """

    terms: NDArray[Any]
    values: NDArray[np.floating]
    first: int

    @property
    def count(self) -> int:
        """The most vectors that a batch looks up."""
        return self.terms.size

    @property
    def flat_values(self) -> NDArray[np.floating]:
        """The values of each row in a line (rows, units)."""
        return self.values

    def cut(self, rows: slice) -> "BagLookups":
        """Those of some rows, in the same memory."""
        return BagLookups(self.terms[rows], self.values[rows], self.first)

    def plan_take(
        self, group: BagTable, table: NDArray[np.floating], ids: NDArray[np.integer] | None, terms: NDArray[Any] | None
    ) -> list[Operation]:
        """Plan the sums of the vectors of terms (rows, slots of all bags); a bag has no ids."""
        del ids
        if terms is None:
            raise ValueError("the batch has no terms")
        own = terms[:, group.slots].view(np.int64)  # 8 bytes a term, which are copied at once
        return [partial(np.copyto, self.terms.view(np.int64), own), partial(self._sum, table)]

    def list_gradients(self) -> tuple[NDArray[np.int32], NDArray[np.floating]]:
        """List the terms of all rows, and the gradient of each one's vector: that of the sum times its weight."""
        ids, weights, rows = list_terms(self.terms)
        gradients = self.values.take(rows, 0)
        gradients *= weights[:, None]
        return ids - np.int32(self.first), gradients

    def _sum(self, table: NDArray[np.floating]) -> None:
        write_sums(table, self.terms, self.values, self.first)


def list_terms(terms: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.intp]]:
    """List the terms of rows (rows, slots) one after the other: their ids, their weights, and their rows."""
    flat = terms.reshape(-1)
    places = np.flatnonzero(flat["weight"])
    found = flat[places]
    return found["id"], found["weight"], places // terms.shape[1]


def write_sums(table: NDArray[np.floating], terms: NDArray[Any], out: NDArray[np.floating], first: int) -> None:
    """Write the weighted sum of the vectors of each row's terms (rows, slots) into `out` (rows, units).

    The table's first term has the id `first`.
    """
    ids, weights, rows = list_terms(terms)
    out.fill(0)
    if not len(ids):
        return
    vectors = table.take(ids - np.int32(first), 0, mode="clip")
    vectors *= weights[:, None]
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    out[rows[starts]] = np.add.reduceat(vectors, starts, axis=0)


def sum_terms(table: NDArray[np.floating], terms: NDArray[Any], out: NDArray[np.floating], first: int) -> None:
    """Write the same for many rows, in memory for few."""
    step = max(1, MAX_SUMMED_VALUES // (terms.shape[1] * table.shape[1]))
    for start in range(0, len(terms), step):
        part = slice(start, start + step)
        write_sums(table, terms[part], out[part], first)
