"""Folds of cross-validation: the rows that are not kept for the test, divided into equal parts.

A net validates on one of them and trains on the others; so as many nets as there are folds hold every row out once.
"""

import numpy as np
from numpy.typing import NDArray

from learning.data.group_split import assign_groups
from learning.errors import TooFewRows
from learning.seeding import rng_for


def assign_folds(
    strata: NDArray[np.int64], groups: NDArray[np.uint64] | None, folds: int, seed: int
) -> NDArray[np.int8]:
    """The fold (rows,) of each row, stratified by the stratum (rows,) of each; a group (rows,) is never divided.

    Groups of several rows are assigned first, as `group_split.split_groups` does. Rows that are a group by themselves
    fill the folds up, in turn, in a random order of strata: without larger groups the sizes of folds, and the rows of a
    stratum in them, differ by one at most.

    Raises:
        TooFewRows: if there are fewer groups than folds.
    """
    _, group, sizes = np.unique(
        np.arange(len(strata)) if groups is None else groups, return_inverse=True, return_counts=True
    )
    if len(sizes) < folds:
        kind = "rows with a target" if groups is None else "groups of rows with a target"
        raise TooFewRows(f"{len(sizes)} {kind} are too few for {folds} folds.", "Add rows, or set fewer folds.")
    found = np.full(len(strata), -1, np.int8)
    grouped = np.flatnonzero(sizes[group] > 1)
    if len(grouped):
        shares = [len(strata) / folds] * folds
        found[grouped] = assign_groups(group, strata, grouped, shares, rng_for(seed, "fold groups"))[group[grouped]]
    single = np.flatnonzero(sizes[group] == 1)
    if len(single):
        counts = np.bincount(found[grouped], minlength=folds)
        found[_order_by_stratum(strata, single, rng_for(seed, "folds"))] = _fill_folds(counts, len(single))
    _fill_empty_folds(found, group, sizes, folds)
    return found


def _order_by_stratum(
    strata: NDArray[np.int64], rows: NDArray[np.intp], random: np.random.Generator
) -> NDArray[np.intp]:
    """The rows, with those of each stratum side by side: strata in random order, and each shuffled."""
    shuffled = random.permutation(rows)
    numbers, stratum = np.unique(strata[shuffled], return_inverse=True)
    return shuffled[np.argsort(random.permutation(len(numbers))[stratum], kind="stable")]


def _fill_folds(counts: NDArray[np.intp], rows: int) -> NDArray[np.intp]:
    """The fold (rows,) of so many rows one after another, after which folds of these sizes are as equal as can be.

    The rows of each fold are evenly spaced; folds of equal size take turns.
    """
    ascending = np.sort(counts)
    needed, lowest = rows + np.cumsum(ascending), np.arange(1, len(counts) + 1)
    level = int(np.argmin(needed / lowest))  # the folds up to it are filled up to needed / lowest
    lacking = np.maximum(needed[level] - lowest[level] * counts, 0)
    quotas = lacking // lowest[level]
    quotas[np.argsort(counts, kind="stable")[: rows - int(quotas.sum())]] += 1
    folds = np.repeat(np.arange(len(counts)), quotas)
    turns = np.arange(rows) - np.repeat(np.cumsum(quotas) - quotas, quotas)
    return folds[np.argsort((turns + 0.5) / np.maximum(lacking, 1)[folds], kind="stable")]


def _fill_empty_folds(found: NDArray[np.int8], group: NDArray[np.intp], sizes: NDArray[np.intp], folds: int) -> None:
    """Move the smallest group of the fold with the most groups to each empty fold."""
    firsts = np.unique(group, return_index=True)[1]
    for empty in np.setdiff1d(np.arange(folds), found).tolist():
        fold_of_group = found[firsts]
        own = np.flatnonzero(fold_of_group == np.bincount(fold_of_group, minlength=folds).argmax())
        found[group == own[sizes[own].argmin()]] = empty
