"""The split of groups of rows: all rows of a group are in one part, and parts are as large as they should be."""

from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from learning.data.row_hash import mix
from learning.data.split import HeldOutCounts, Split, draw_rows
from learning.seeding import rng_for

TRAIN, VALIDATION, TEST = range(3)


def split_groups(
    groups: NDArray[np.uint64], strata: NDArray[np.int64], *, validation: float, test: float, seed: int
) -> Split:
    """Split rows by the group (rows,) of each, stratified by the stratum (rows,) of each as far as groups allow.

    Groups of several rows are assigned one after another, the largest first and equal ones in random order. Each
    goes to a part with the probability that its strata still lack rows there, and to none that would get further from
    its size; with groups of one stratum and size this is selection sampling (Knuth, TAOCP 3.4.2, algorithm S), which
    meets every share exactly. Rows that are a group by themselves are drawn last, as by `split_rows`, so without
    larger groups the split is the same. A part is empty only if there are too few groups.
    """
    wanted = HeldOutCounts.of(validation, test, len(strata))
    _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    part = np.full(len(strata), -1, np.int64)
    grouped = np.flatnonzero(sizes[group] > 1)
    if len(grouped):
        totals, random = (len(strata) - sum(wanted), *wanted), rng_for(seed, "split groups")
        part[grouped] = assign_groups(group, strata, grouped, totals, random)[group[grouped]]
    single = np.flatnonzero(sizes[group] == 1)
    counts = np.bincount(part[grouped], minlength=3)
    learned = np.unique(strata[part == TRAIN])
    spare = len(single) - len(np.setdiff1d(strata[single], learned))
    left_test = min(max(wanted.test - int(counts[TEST]), 0), max(spare, 0))
    left = HeldOutCounts(min(max(wanted.validation - int(counts[VALIDATION]), 0), max(spare - left_test, 0)), left_test)
    drawn = draw_rows(strata[single], learned, left, seed)
    if drawn is None:
        drawn = Split(np.arange(len(single)), np.empty(0, np.intp), np.empty(0, np.intp))
    for number, rows in enumerate(drawn.parts):
        part[single[rows]] = number
    _fill_empty_parts(part, group, strata, wanted)
    return Split(np.flatnonzero(part == TRAIN), np.flatnonzero(part == VALIDATION), np.flatnonzero(part == TEST))


def assign_groups(
    group: NDArray[np.intp],
    strata: NDArray[np.int64],
    grouped: NDArray[np.intp],
    part_sizes: Sequence[float],
    random: np.random.Generator,
) -> NDArray[np.int64]:
    """The part (groups,) of each group of several rows, whose rows are `grouped`, for parts of these sizes."""
    sizes, rows = np.bincount(group), len(strata)
    numbers, stratum = np.unique(strata, return_inverse=True)
    pairs, counts = np.unique(group[grouped] * len(numbers) + stratum[grouped], return_counts=True)
    contents: dict[int, list[tuple[int, int]]] = {}
    for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True):
        contents.setdefault(pair // len(numbers), []).append((pair % len(numbers), count))
    many = random.permutation(np.flatnonzero(sizes > 1))
    order = many[np.argsort(-sizes[many], kind="stable")].tolist()
    totals = [float(size) for size in part_sizes]
    frequencies = (np.bincount(stratum) / rows).tolist()
    lacking = [[total * frequency for frequency in frequencies] for total in totals]
    assigned = np.full(len(sizes), -1, np.int64)
    for number, draw in zip(order, random.random(len(order)).tolist(), strict=True):
        inside = contents[number]
        size = sum(count for _, count in inside)
        weights = [
            sum(count * max(own[kind], 0.0) for kind, count in inside) if total >= size / 2 else 0.0
            for own, total in zip(lacking, totals, strict=True)
        ]
        place = draw * sum(weights)
        if place > 0.0:
            chosen = min(bisect([*accumulate(weights)], place), len(totals) - 1)
        else:
            chosen = max(range(len(totals)), key=totals.__getitem__)
        assigned[number] = chosen
        totals[chosen] -= size
        for kind, count in inside:
            lacking[chosen][kind] -= count
    return assigned


def _fill_empty_parts(
    part: NDArray[np.int64], group: NDArray[np.intp], strata: NDArray[np.int64], wanted: HeldOutCounts
) -> None:
    """Move the smallest groups that suffice for every stratum to be learned, and for no part to be empty."""
    sizes = np.bincount(group)
    for stratum in np.setdiff1d(strata, strata[part == TRAIN]).tolist():
        if stratum not in strata[part == TRAIN]:
            own = np.unique(group[strata == stratum])
            part[group == own[sizes[own].argmin()]] = TRAIN
    for needed, count in ((VALIDATION, wanted.validation), (TEST, wanted.test)):
        if count and not (part == needed).any():
            learned = np.bincount(strata[part == TRAIN], minlength=int(strata.max()) + 1)
            candidates = np.unique(group[part == TRAIN])
            for number in candidates[np.argsort(sizes[candidates], kind="stable")].tolist():
                inside = np.bincount(strata[group == number], minlength=len(learned))
                if not ((inside > 0) & (inside == learned)).any():
                    part[group == number] = needed
                    break


class GroupAssigner:
    """Splits rows chunk by chunk by a hash of their group and the seed: shares are met as many groups allow."""

    def __init__(self, *, validation: float, test: float, seed: int) -> None:
        self.test, self.held_out, self.seed = test, test + validation, seed

    def assign(self, groups: NDArray[np.uint64], strata: NDArray[np.int64]) -> Split:
        """Split the next chunk by the group of each row (rows,); rows whose stratum is -1 are left out."""
        number = draw_numbers(groups, self.seed, "split groups")
        labelled, test, held_out = strata >= 0, number < self.test, number < self.held_out
        return Split(
            np.flatnonzero(labelled & ~held_out),
            np.flatnonzero(labelled & held_out & ~test),
            np.flatnonzero(labelled & test),
        )


def draw_numbers(groups: NDArray[np.uint64], seed: int, purpose: str) -> NDArray[np.float64]:
    """A number (rows,) from 0 to 1 for the group (rows,) of each row: a hash of it, the seed and the purpose."""
    return mix(groups ^ np.uint64(rng_for(seed, purpose).integers(2**64, dtype=np.uint64))) / 2.0**64
