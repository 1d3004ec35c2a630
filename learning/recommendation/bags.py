"""Bags: the items of each user with a value for each, in compressed sparse rows; and matrices of them.

A matrix of users and items is nearly empty, so that only the rows of a batch are ever made dense.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Bags:
    """Bags of items.

    Attributes:
        starts: Where each bag begins among all entries, int64 (bags + 1,).
        items: The item of each entry, int32 (entries,), each at most once in a bag.
        values: Its value, float32 (entries,).
    """

    starts: NDArray[np.int64]
    items: NDArray[np.int32]
    values: NDArray[np.float32]

    @classmethod
    def group(
        cls, bags: NDArray[np.integer], items: NDArray[np.integer], values: NDArray[np.floating], count: int
    ) -> "Bags":
        """Group entries by the number of their bag (entries,), one of `count`; in a bag they keep their order."""
        order = np.argsort(bags, kind="stable")
        starts = np.zeros(count + 1, np.int64)
        np.cumsum(np.bincount(bags, minlength=count), out=starts[1:])
        return cls(starts, items[order].astype(np.int32), values[order].astype(np.float32))

    @classmethod
    def concat(cls, parts: "list[Bags]") -> "Bags":
        """The bags of all parts, one part after another."""
        ends = np.cumsum([0, *(len(part.items) for part in parts)])
        starts = [part.starts[:-1] + end for part, end in zip(parts, ends, strict=False)]
        return cls(
            np.append(np.concatenate(starts), ends[-1]).astype(np.int64),
            np.concatenate([part.items for part in parts]),
            np.concatenate([part.values for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """The number of entries of each bag (bags,)."""
        return np.diff(self.starts)

    def bag(self, number: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The items and values of one bag."""
        part = slice(int(self.starts[number]), int(self.starts[number + 1]))
        return self.items[part], self.values[part]

    def find_entries(self, bags: NDArray[np.integer]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """All entries of these bags: for each its place among `bags`, and its number."""
        starts = self.starts[:-1][bags]
        sizes = self.starts[1:][bags] - starts
        places = np.repeat(np.arange(len(bags)), sizes)
        within = np.arange(len(places)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return places, within + np.repeat(starts, sizes)

    def take(self, bags: NDArray[np.integer]) -> "Bags":
        """These bags, in their order."""
        places, entries = self.find_entries(bags)
        return Bags.group(places, self.items[entries], self.values[entries], len(bags))

    def scale(self, factors: NDArray[np.floating]) -> "Bags":
        """The same with the values of each bag times its factor (bags,)."""
        return Bags(self.starts, self.items, self.values * np.repeat(factors, self.sizes).astype(np.float32))

    def write_dense(self, bags: NDArray[np.integer], out: NDArray[np.floating]) -> None:
        """Write these bags as dense rows (len(bags), items), 0 where there is no entry."""
        places, entries = self.find_entries(bags)
        out.fill(0)
        out[places, self.items[entries]] = self.values[entries]


class BagMatrix:
    """Bags as a float32 matrix (bags, width), of which only the rows that are taken are made dense.

    It stands where a dataset has its array of inputs.
    """

    ndim = 2
    dtype = np.dtype(np.float32)

    def __init__(self, bags: Bags, width: int) -> None:
        self.bags, self.shape = bags, (len(bags), width)

    def __len__(self) -> int:
        return len(self.bags)

    def __getitem__(self, rows: slice | NDArray[np.integer]) -> NDArray[np.float32]:
        """These rows, dense."""
        numbers = np.arange(len(self))[rows]
        return self.gather(numbers, np.empty((len(numbers), self.shape[1]), np.float32))

    def gather(self, indices: NDArray[np.integer], out: NDArray[np.float32]) -> NDArray[np.float32]:
        """Write these rows into `out` (n, width), dense, and return it."""
        self.bags.write_dense(indices, out)
        return out
