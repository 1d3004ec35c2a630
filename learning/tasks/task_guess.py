"""The guess of a task from a target: few whole numbers that all repeat are classes, other numbers are not.

Digits, 0 and 1, or codes of species are names that happen to be written as numbers; how near 3 is to 4 says nothing.
The validation of a job guesses from the dataset's profile and training from the column, by the same rule.
"""

from collections.abc import Iterable
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

TaskName = Literal["regression", "classification", "recommendation", "language"]

MAX_GUESSED_CLASSES: Final = 20
"""More different whole numbers than this are a number to predict, unless the task says otherwise."""

MAX_COUNTED_VALUES: Final = 50
"""Up to so many different whole numbers might be classes, so a person is told how they are read."""

MIN_ROWS_PER_CLASS: Final = 4
"""The fewest rows per value on average of classes; of two values it is enough that both repeat."""


def guess_numeric_task(rows: int, distinct: int | None, rarest: int | None) -> TaskName:
    """The task of a numeric target with so many rows and different values, from `count_rarest`."""
    if distinct is None or rarest is None or not 2 <= distinct <= MAX_GUESSED_CLASSES:
        return "regression"
    are_many = distinct == 2 or rows >= MIN_ROWS_PER_CLASS * distinct
    return "classification" if rarest >= 2 and are_many else "regression"


def count_rarest(ordered: NDArray[np.float64], distinct: int) -> int | None:
    """The number of rows of the rarest of few whole numbers; None where they are many, or not all whole.

    `ordered` (rows,) are the values in ascending order, none of them missing, of which so many are different.
    """
    if not 0 < distinct <= MAX_COUNTED_VALUES:
        return None
    firsts = np.concatenate(([0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1))
    if (ordered[firsts] % 1 != 0).any():
        return None
    return int(np.diff(np.append(firsts, len(ordered))).min())


def guess_task_of(parts: Iterable[NDArray[np.float64]]) -> TaskName:
    """The task of a numeric target, from its values in parts (rows,); NaN is missing."""
    values = np.empty(0)
    counts = np.empty(0, np.intp)
    for part in parts:
        distinct, found = np.unique(part[~np.isnan(part)], return_counts=True)
        if len(distinct) > MAX_GUESSED_CLASSES or (distinct % 1 != 0).any():
            return "regression"
        values, places = np.unique(np.concatenate((values, distinct)), return_inverse=True)
        counts = np.bincount(places, np.concatenate((counts, found)), len(values)).astype(np.intp)
    return guess_numeric_task(int(counts.sum()), len(values), int(counts.min()) if len(counts) else None)
