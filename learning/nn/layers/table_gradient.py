"""The gradient of an embedding's table, in the rows that a batch touched alone: it is zero in all others."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.nn.layers.embedding import AnyLookups, Embedding
from learning.nn.layers.embedding_bag import EmbeddingBag

MAX_ROUNDS: Final = 16
"""Rows of an id that are added one by one, for all ids together; more are summed at once, for each id alone: as a
product with ones, which is faster than a sum."""

_ROUNDS: Final = np.arange(1, MAX_ROUNDS)


class TableGradient:
    """The gradient of a table in the rows that a batch touched; it is zero in all others.

    Attributes:
        rows: The touched rows (k,), each once.
        values: The gradient of their vectors (k, units).
    """

    def __init__(self, embedding: Embedding | EmbeddingBag, dtype: np.dtype[np.floating]) -> None:
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

    def sum_lookups(self, lookups: AnyLookups, share: int = 0, shares: int = 1) -> None:
        """Add up the gradients of a batch; of several workers each has its share of the ids."""
        ids, gradients = lookups.list_gradients()
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
