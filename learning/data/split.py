"""Which rows the net learns from, and which are kept back to see whether it understood.

Rows that were learned from say nothing about new ones; so some are set aside before anything is fitted.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.errors import TooFewRows
from learning.seeding import rng_for

GOLDEN_RATIO: Final = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Split:
    """Three sets of row numbers; together they are all rows. `split` and `Divider` give them ascending."""

    train: NDArray[np.intp]
    validation: NDArray[np.intp]
    test: NDArray[np.intp]

    @property
    def parts(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """All three."""
        return self.train, self.validation, self.test

    @property
    def sizes(self) -> tuple[int, int, int]:
        """How many rows are in each."""
        return len(self.train), len(self.validation), len(self.test)


def split_rows(strata: NDArray[np.int64], *, validation: float, test: float, seed: int) -> Split:
    """Divide rows at random, with each stratum (class) in each part in proportion.

    Every stratum keeps at least one row to learn from; a stratum of one row is learned from only. A share above 0 gets
    at least one row.

    Args:
        strata: For each row the number of its stratum (rows,); all the same for a plain random split.
        validation: The share of rows for validation, 0 to 1.
        test: The share of rows for the test.
        seed: The same seed gives the same split.

    Raises:
        TooFewRows: if fewer than two rows, or none of a stratum, would be left to learn from.
    """
    rows = len(strata)
    wanted = {"validation": _count_rows(validation, rows), "test": _count_rows(test, rows)}
    chance = rng_for(seed, "split")
    shuffled = chance.permutation(rows)
    # strata in a random order, one after another, each shuffled: evenly spaced places then hold each in proportion
    names, stratum = np.unique(strata[shuffled], return_inverse=True)
    place = chance.permutation(len(names))[stratum]
    order = shuffled[np.argsort(place, kind="stable")]
    firsts = np.unique(np.sort(place), return_index=True)[1]
    free = np.delete(order, firsts)
    if rows < 2 or len(free) < sum(wanted.values()) or rows - sum(wanted.values()) < 2:
        raise TooFewRows(
            f"{rows} rows with a target are too few to keep {wanted['validation']} for validation and {wanted['test']} "
            "for the test, and to learn from at least two rows and one of each class.",
            "Add rows, or set split.validation and split.test lower.",
        )
    chosen, free = _take_evenly(free, wanted["test"])
    test_rows = np.sort(chosen)
    chosen, free = _take_evenly(free, wanted["validation"])
    return Split(np.sort(np.concatenate((order[firsts], free))), np.sort(chosen), test_rows)


def _count_rows(share: float, rows: int) -> int:
    return max(1, round(share * rows)) if share > 0.0 else 0


def _take_evenly(rows: NDArray[np.intp], count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """`count` of the rows, evenly spaced, and the others."""
    places = ((np.arange(count) + 0.5) * (len(rows) / max(count, 1))).astype(np.intp)
    return rows[places], np.delete(rows, places)


class SplitAssigner:
    """Divides the rows of a table that comes piece by piece, in such proportions as `split` does.

    The rows of a piece are shuffled, and each stratum's get the next numbers of a sequence that fills 0 to 1 evenly
    wherever it is cut off, the multiples of the golden ratio (Weyl 1916): rows under `test` are for the test, others
    under `test + validation` for validation. So the shares are met to within a few rows of each stratum, and the first
    row of each is learned from.

    Args:
        strata: How many strata there are.
        validation: The share of rows for validation.
        test: The share of rows for the test.
        seed: The same seed gives the same division.
    """

    def __init__(self, strata: int, *, validation: float, test: float, seed: int) -> None:
        self.test, self.kept_back, self.seed = test, test + validation, seed
        free = rng_for(seed, "split").random(strata)
        self.first = self.kept_back + (1 - self.kept_back) * free
        self.stratum_counts = np.zeros(strata, np.int64)
        self.chunks = 0

    def assign(self, strata: NDArray[np.int64]) -> Split:
        """Divide the next piece, given for each of its rows the number of its stratum, -1 for one to be left out."""
        self.chunks += 1
        known = np.flatnonzero(strata >= 0)
        rng_for(self.seed, "split", self.chunks).shuffle(known)
        known = known[np.argsort(strata[known], kind="stable")]
        stratum = strata[known]
        counts = np.bincount(stratum, minlength=len(self.stratum_counts))
        place = np.arange(len(known)) + (self.stratum_counts - (np.cumsum(counts) - counts))[stratum]
        self.stratum_counts += counts
        number = (self.first[stratum] + place * GOLDEN_RATIO) % 1.0
        test, kept_back = number < self.test, number < self.kept_back
        return Split(np.sort(known[~kept_back]), np.sort(known[kept_back & ~test]), np.sort(known[test]))
