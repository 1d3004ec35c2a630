"""Which rows the net learns from, and which are kept back to see whether it understood.

Rows that were learned from say nothing about new ones; so some are set aside before anything is fitted.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning.errors import TooFewRows
from learning.randomness import generator


@dataclass(frozen=True)
class Split:
    """Three sets of row numbers, each ascending; together they are all rows."""

    train: NDArray[np.intp]
    validation: NDArray[np.intp]
    test: NDArray[np.intp]


def split(strata: NDArray[np.int64], *, validation: float, test: float, seed: int) -> Split:
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
    wanted = {"validation": _count(validation, rows), "test": _count(test, rows)}
    chance = generator(seed, "split")
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
    chosen, free = _evenly(free, wanted["test"])
    test_rows = np.sort(chosen)
    chosen, free = _evenly(free, wanted["validation"])
    return Split(np.sort(np.concatenate((order[firsts], free))), np.sort(chosen), test_rows)


def _count(share: float, rows: int) -> int:
    return max(1, round(share * rows)) if share > 0.0 else 0


def _evenly(rows: NDArray[np.intp], count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """`count` of the rows, evenly spaced, and the others."""
    places = ((np.arange(count) + 0.5) * (len(rows) / max(count, 1))).astype(np.intp)
    return rows[places], np.delete(rows, places)
