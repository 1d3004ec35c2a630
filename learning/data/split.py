"""The split of rows into training, validation and test rows, before anything is fitted."""

import zlib
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from learning.errors import TooFewRows
from learning.seeding import rng_for

GOLDEN_RATIO: Final = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Split:
    """The row numbers of three parts; `split_rows` and `SplitAssigner` return them ascending."""

    train: NDArray[np.intp]
    validation: NDArray[np.intp]
    test: NDArray[np.intp]
    folds: NDArray[np.int8] | None = None
    """The fold of each row of the table (rows,), from 0; -1: none. None: rows are not divided into folds."""

    @property
    def parts(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """The three parts."""
        return self.train, self.validation, self.test

    @property
    def sizes(self) -> tuple[int, int, int]:
        """The number of rows of each."""
        return len(self.train), len(self.validation), len(self.test)

    @property
    def without_test(self) -> NDArray[np.intp]:
        """The training and validation rows, ascending: those of all folds, whichever is held out."""
        return np.union1d(self.train, self.validation)

    def train_on_all_folds(self) -> "Split":
        """The same, the validation rows being training rows, if these are folds; else the split as it is."""
        return self if self.folds is None else replace(self, train=self.without_test, validation=self.validation[:0])

    def validate_on(self, fold: int, folds: NDArray[np.int8]) -> "Split":
        """The same test rows, and of the others those of a fold for validation; `folds` has each row's (rows,)."""
        return Split(np.flatnonzero((folds >= 0) & (folds != fold)), np.flatnonzero(folds == fold), self.test, folds)


def split_rows(strata: NDArray[np.int64], *, validation: float, test: float, seed: int) -> Split:
    """Split rows at random, stratified by the number of each row's stratum (rows,), usually its class.

    Every stratum has at least one training row, and a share above 0 at least one row.

    Raises:
        TooFewRows: if fewer than two rows, or none of a stratum, would be left for training.
    """
    rows, wanted = len(strata), HeldOutCounts.of(validation, test, len(strata))
    found = draw_rows(strata, np.empty(0, np.int64), wanted, seed)
    if found is None or rows < 2 or rows - sum(wanted) < 2:
        raise create_too_few_rows(rows, wanted)
    return found


class HeldOutCounts(NamedTuple):
    """The numbers of validation and test rows that are wanted."""

    validation: int
    test: int

    @classmethod
    def of(cls, validation: float, test: float, rows: int) -> "HeldOutCounts":
        """Those of these shares of the rows: a share above 0 is at least one row."""
        return cls(_count_rows(validation, rows), _count_rows(test, rows))


def create_too_few_rows(rows: int, wanted: HeldOutCounts) -> TooFewRows:
    """The error that so many rows with a target are too few to hold these out."""
    return TooFewRows(
        f"{rows} rows with a target are too few to keep {wanted.validation} for validation and {wanted.test} "
        "for the test, and to learn from at least two rows and one of each class.",
        "Add rows, or set split.validation and split.test lower.",
    )


def draw_rows(strata: NDArray[np.int64], learned: NDArray[np.int64], wanted: HeldOutCounts, seed: int) -> Split | None:
    """Draw rows at random, stratified; the strata that are not `learned` by others get a training row each.

    None if there are too few.
    """
    random = rng_for(seed, "split")
    shuffled = random.permutation(len(strata))
    # strata in a random order, each shuffled: evenly spaced rows then have each stratum in proportion
    strata_numbers, stratum = np.unique(strata[shuffled], return_inverse=True)
    place = random.permutation(len(strata_numbers))[stratum]
    order = shuffled[np.argsort(place, kind="stable")]
    firsts = np.unique(np.sort(place), return_index=True)[1]
    firsts = firsts[~np.isin(strata[order[firsts]], learned)]
    free = np.delete(order, firsts)
    if len(free) < sum(wanted):
        return None
    chosen, rest = _take_evenly(free, wanted.test)
    test_rows = np.sort(chosen)
    chosen, rest = _take_evenly(rest, wanted.validation)
    return Split(np.sort(np.concatenate((order[firsts], rest))), np.sort(chosen), test_rows)


def _count_rows(share: float, rows: int) -> int:
    return max(1, round(share * rows)) if share > 0.0 else 0


def _take_evenly(rows: NDArray[np.intp], count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """`count` of the rows, evenly spaced, and the others."""
    places = ((np.arange(count) + 0.5) * (len(rows) / max(count, 1))).astype(np.intp)
    return rows[places], np.delete(rows, places)


class SplitAssigner:
    """Splits the rows of a table chunk by chunk, in the proportions of `split_rows`.

    The rows of a chunk are shuffled, and those of each stratum get the next numbers of a low-discrepancy sequence from
    0 to 1, the multiples of the golden ratio (Weyl 1916): numbers under `test` are test rows, others under
    `test + validation` validation rows. So the shares are met to within a few rows per stratum, and the first row of
    each is a training row.
    """

    def __init__(self, strata: int, *, validation: float, test: float, seed: int, purpose: str = "split") -> None:
        self.test, self.held_out, self.seed, self.purpose = test, test + validation, seed, purpose
        self.first = self.held_out + (1 - self.held_out) * rng_for(seed, purpose).random(strata)
        self.stratum_counts = np.zeros(strata, np.int64)
        self.chunks = 0

    def assign(self, strata: NDArray[np.int64]) -> Split:
        """Split the next chunk by the number of each row's stratum (rows,); rows of -1 are left out."""
        labelled, number = self.draw_numbers(strata)
        test, held_out = number < self.test, number < self.held_out
        return Split(np.sort(labelled[~held_out]), np.sort(labelled[held_out & ~test]), np.sort(labelled[test]))

    def draw_numbers(self, strata: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The rows of the next chunk whose stratum is not -1, in some order, and their numbers from 0 to 1."""
        self.chunks += 1
        labelled = np.flatnonzero(strata >= 0)
        rng_for(self.seed, self.purpose, self.chunks).shuffle(labelled)
        labelled = labelled[np.argsort(strata[labelled], kind="stable")]
        stratum = strata[labelled]
        counts = np.bincount(stratum, minlength=len(self.stratum_counts))
        position = np.arange(len(labelled)) + (self.stratum_counts - (np.cumsum(counts) - counts))[stratum]
        self.stratum_counts += counts
        return labelled, (self.first[stratum] + position * GOLDEN_RATIO) % 1.0


class RowParts(NamedTuple):
    """The part and fold of each row of a table."""

    parts: NDArray[np.uint8]
    """1 training, 2 validation, 3 test, 0 left out (rows,)."""
    folds: NDArray[np.int8]
    """Counted from 0; -1: none (rows,)."""


def encode_parts(split: Split, rows: int) -> bytes:
    """The part and fold of each row of a table, compressed: a byte each, the part in its lowest two bits."""
    parts = np.zeros(rows, np.uint8)
    for number, part in enumerate(split.parts, 1):
        parts[part] = number
    if split.folds is not None:
        parts |= (split.folds + 1).astype(np.uint8) << 2
    return zlib.compress(parts.tobytes(), 1)


def decode_parts(data: bytes) -> RowParts:
    """What `encode_parts` was given."""
    found = np.frombuffer(zlib.decompress(data), np.uint8)
    return RowParts(found & np.uint8(3), (found >> np.uint8(2)).astype(np.int8) - np.int8(1))
