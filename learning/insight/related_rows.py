"""Rows that are related to each other: copies, groups such as the visits of one patient, and rows in order of time.

Where related rows are both learned from and held out, the held-out ones are known already, and a net that remembers
looks as if it had learned. They are looked for among the first rows of a table, before training.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.data.row_hash import hash_columns
from learning.data.split import Split
from learning.encoding.eligibility import is_id_name
from learning.frame import CategoricalColumn, Column, DatetimeColumn, Frame, ImageColumn, NumericColumn, TextColumn
from learning.image_features import FeaturesColumn

MAX_ROWS: Final = 2**14
MAX_COLUMNS: Final = 128
"""Bounds of the cost: the first rows, and the columns that might tell groups."""

MIN_COMBINATIONS: Final = 10
"""Where columns have fewer combinations of values per row than this, rows are equal by chance."""

MIN_GROUPS: Final = 10
MIN_CONSTANT_SHARE: Final = 0.95
MAX_VARIANCE_WITHIN: Final = 1e-6
"""From this share of rows in groups of one class on, or up to this share of variance, the group decides the target."""

MAX_CHANCE_SHARE: Final = 0.5
"""The largest share of rows that may be in groups of one class by chance, as where nearly all rows are of one class."""

MAX_PREDICTED_SHARE: Final = 0.8
"""Where a number's neighbours predict more than this, it explains the target and tells no groups."""

MIN_COMMON_CHANGES: Final = 0.95
MIN_TIMES: Final = 20
MIN_ORDERED_STEPS: Final = 0.99
MIN_AUTOCORRELATION: Final = 0.5

Codes = NDArray[np.int64]
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, kw_only=True)
class RelatedRows:
    """The relations among the first rows of a table that are learned from or held out.

    Attributes:
        rows, held_out: The number of these rows, and of the held-out ones among them.
        copies: Rows equal to an earlier one; 0 where rows are equal by chance.
        held_out_copies: Held-out rows equal to a training row.
        group_columns: The columns that are constant within each group, the best to tell groups by first; or none.
        groups: The number of groups, within each of which the target is the same.
        held_out_known: Held-out rows whose group is among the training rows.
        time_column: The column of dates that orders the rows, if any.
        held_out_earlier: Held-out rows that are earlier than a training row.
    """

    rows: int
    held_out: int
    copies: int = 0
    held_out_copies: int = 0
    group_columns: tuple[str, ...] = ()
    groups: int = 0
    held_out_known: int = 0
    time_column: str | None = None
    held_out_earlier: int = 0


def find_related_rows(
    frame: Frame, target: str, split: Split, *, are_classes: bool
) -> tuple[RelatedRows, NDArray[np.int64]]:
    """The relations among the first rows of a table, and the group or copy of each row of the frame, -1 for none."""
    part = np.full(frame.rows, -1, np.int8)
    for number, rows in enumerate(split.parts):
        part[rows[rows < frame.rows]] = number
    used = np.flatnonzero(part >= 0)
    training, relations = part[used] == 0, np.full(frame.rows, -1, np.int64)
    if len(used) < 2:
        return RelatedRows(rows=len(used), held_out=int((~training).sum())), relations
    codes = {name: _encode(frame.column(name))[used] for name in frame}
    values = _Targets.of(frame.column(target), used, codes[target], are_classes=are_classes)
    copies = _find_copies(codes)
    groups, group_columns = _find_groups_once(frame, codes, target, values, copies)
    for found in (copies, groups):
        if found is not None:
            relations[used] = found
    time, earlier = _find_time(frame, used, values, training)
    return RelatedRows(
        rows=len(used),
        held_out=int((~training).sum()),
        copies=0 if copies is None else len(copies) - len(np.unique(copies)),
        held_out_copies=0 if copies is None else _count_known(copies, training),
        group_columns=group_columns,
        groups=0 if groups is None else len(np.unique(groups)),
        held_out_known=0 if groups is None else _count_known(groups, training),
        time_column=time,
        held_out_earlier=earlier,
    ), relations


def _encode(column: Column) -> Codes:
    """A number for each distinct value (rows,); missing cells are one value."""
    if isinstance(column, CategoricalColumn):
        return column.codes.astype(np.int64)
    if isinstance(column, TextColumn):
        numbers: dict[object, int] = {}
        return np.array([numbers.setdefault(text, len(numbers)) for text in column.values], np.int64)
    values = hash_columns([column], len(column)) if isinstance(column, ImageColumn | FeaturesColumn) else column.values
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True)
class _Targets:
    """The targets of the used rows (rows,): class numbers, or numbers of mean 0."""

    values: NDArray[np.float64]
    are_classes: bool

    @classmethod
    def of(cls, column: Column, used: NDArray[np.intp], codes: Codes, *, are_classes: bool) -> "_Targets":
        """The targets of a column, whose codes are those of the used rows."""
        if are_classes or not isinstance(column, NumericColumn):
            return cls(np.unique(codes, return_inverse=True)[1].astype(np.float64), True)
        values = column.values[used]
        scale = np.abs(values).max() or 1.0
        return cls(values / scale - (values / scale).mean(), False)

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """The share of each class (classes,)."""
        return np.bincount(self.values.astype(np.intp)) / len(self.values)

    def are_decided_by(self, groups: Codes) -> bool:
        """Whether rows of a group have the same target, and not by chance."""
        count = int(np.count_nonzero(np.bincount(groups + 1)))  # groups are numbered from -1 on
        if count < MIN_GROUPS or 2 * count > len(groups):
            return False
        numbers, order, firsts, sizes = _sort_groups(groups)
        if not self.are_classes:
            sums, total = np.bincount(numbers, self.values), float((self.values**2).sum())
            return total - float((sums**2 / sizes).sum()) <= MAX_VARIANCE_WITHIN * total
        ordered = self.values[order]
        same = np.minimum.reduceat(ordered, firsts) == np.maximum.reduceat(ordered, firsts)
        several = sizes > 1
        lengths, counts = np.unique(sizes[several], return_counts=True)
        rows = lengths * counts
        chance = float(sum((self.shares**length).sum() * count for length, count in zip(lengths, rows, strict=True)))
        constant = int(sizes[several & same].sum())
        return constant >= MIN_CONSTANT_SHARE * rows.sum() and chance <= MAX_CHANCE_SHARE * rows.sum()

    def are_predicted_by_neighbours(self, groups: Codes) -> bool:
        """Whether the targets of the next numbers predict a number's, so that it is no mere name of a group."""
        numbers, order, firsts, sizes = _sort_groups(groups)
        if self.are_classes:
            labels = self.values[order][firsts]
            error, naive = int((labels[1:] != labels[:-1]).sum()), int((labels != self.shares.argmax()).sum())
        else:
            means = np.bincount(numbers, self.values) / sizes
            predicted = (means[:-2] + means[2:]) / 2
            error, naive = float(((means[1:-1] - predicted) ** 2).sum()), float(((means - means.mean()) ** 2).sum())
        return naive == 0 or 1 - error / naive > MAX_PREDICTED_SHARE

    def measure_autocorrelation(self, order: NDArray[np.intp]) -> float:
        """The correlation of the targets in an order with those of the rows before; of classes, their equality."""
        ordered = self.values[order]
        if self.are_classes:
            by_chance = float((self.shares**2).sum())
            same = float((ordered[1:] == ordered[:-1]).mean())
            return (same - by_chance) / (1 - by_chance) if by_chance < 1 else 0.0
        variance = float((ordered**2).sum())
        return float((ordered[1:] * ordered[:-1]).sum()) / variance if variance else 0.0


def _sort_groups(groups: Codes) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """The group number of each row, the rows by group, the place of each group's first among them, and its size."""
    numbers = np.unique(groups, return_inverse=True)[1]
    sizes = np.bincount(numbers)
    return numbers, np.argsort(numbers, kind="stable"), np.cumsum(sizes) - sizes, sizes


def _find_copies(codes: Mapping[str, Codes]) -> Codes | None:
    """The number of each row's content, if rows are equal that would not be so by chance."""
    mixed: NDArray[np.uint64] | None = None
    for column in codes.values():
        mixed = column.astype(np.uint64) if mixed is None else mixed * _FACTOR + column.astype(np.uint64)
    if mixed is None:
        return None
    distinct, contents = np.unique(mixed, return_inverse=True)
    if len(distinct) == len(mixed):
        return None
    combinations = sum(math.log(len(np.unique(column))) for column in islice(codes.values(), MAX_COLUMNS))
    return None if combinations < math.log(MIN_COMBINATIONS * len(mixed)) else contents.astype(np.int64)


def _count_known(numbers: Codes, training: NDArray[np.bool_]) -> int:
    return int(np.isin(numbers[~training], numbers[training]).sum())


def _find_groups_once(
    frame: Frame, codes: Mapping[str, Codes], target: str, values: "_Targets", copies: Codes | None
) -> tuple[Codes | None, tuple[str, ...]]:
    """As `_find_groups`, with one of equal rows only: copies have the same target anyway."""
    if copies is None:
        return _find_groups(frame, codes, target, values)
    firsts = np.sort(np.unique(copies, return_index=True)[1])
    once = {name: column[firsts] for name, column in codes.items()}
    groups, columns = _find_groups(frame, once, target, _Targets(values.values[firsts], values.are_classes))
    if groups is None:
        return None, ()
    by_content = np.empty(len(firsts), np.int64)
    by_content[copies[firsts]] = groups
    return by_content[copies], columns


def _find_groups(
    frame: Frame, codes: Mapping[str, Codes], target: str, values: "_Targets"
) -> tuple[Codes | None, tuple[str, ...]]:
    """The group of each row and the columns that are constant within groups; words and ids tell groups best."""
    names = [name for name in islice(codes, MAX_COLUMNS) if name != target]
    found: list[tuple[int, int, str]] = []
    for name in names:
        column = frame.column(name)
        if not values.are_decided_by(codes[name]):
            continue
        is_number = isinstance(column, NumericColumn | DatetimeColumn)
        if is_number and not is_id_name(name) and values.are_predicted_by_neighbours(codes[name]):
            continue
        found.append((int(is_number and not is_id_name(name)), -len(np.unique(codes[name])), name))
    if found:
        best = min(found)[2]
        together = [name for name in names if name != best and _is_constant_within(codes[name], codes[best])]
        return codes[best], (best, *together)
    return _find_blocks(codes, names, values)


def _find_blocks(
    codes: Mapping[str, Codes], names: list[str], values: "_Targets"
) -> tuple[Codes | None, tuple[str, ...]]:
    """Groups of successive rows within which two columns or more stay the same together."""
    changes = {name: codes[name][1:] != codes[name][:-1] for name in names}
    slow = {name: change for name, change in changes.items() if 0.0 < change.mean() <= 0.5}
    for first in sorted(slow, key=lambda name: -int(slow[name].sum())):
        count = int(slow[first].sum())
        together = [
            name
            for name, change in slow.items()
            if 2 * change.sum() >= count and (change & slow[first]).sum() >= MIN_COMMON_CHANGES * change.sum()
        ]
        if len(together) < 2:
            continue
        starts = np.logical_or.reduce([slow[name] for name in together])
        blocks = np.concatenate(([0], np.cumsum(starts))).astype(np.int64)
        if values.are_decided_by(blocks):
            return blocks, tuple(together)
    return None, ()


def _is_constant_within(column: Codes, groups: Codes) -> bool:
    pairs = np.unique(np.stack([groups, column]), axis=1)
    return pairs.shape[1] == len(np.unique(groups)) and len(np.unique(column)) > 1


def _find_time(
    frame: Frame, used: NDArray[np.intp], values: "_Targets", training: NDArray[np.bool_]
) -> tuple[str | None, int]:
    """The column of dates that orders the rows, and how many held-out rows are earlier than a training row."""
    for name, times in _list_times(frame, used):
        present = ~np.isnan(times)
        order = np.flatnonzero(present)[np.argsort(times[present], kind="stable")]
        if len(np.unique(times[present])) < MIN_TIMES or not training[present].any():
            continue
        steps = np.diff(times[present])
        is_ordered = max((steps >= 0).mean(), (steps <= 0).mean()) >= MIN_ORDERED_STEPS
        if is_ordered or values.measure_autocorrelation(order) >= MIN_AUTOCORRELATION:
            latest = times[present & training].max()
            return name, int((times[present & ~training] < latest).sum())
    return None, 0


def _list_times(frame: Frame, used: NDArray[np.intp]) -> Iterator[tuple[str, NDArray[np.float64]]]:
    for name in islice(frame, MAX_COLUMNS):
        column = frame.column(name)
        if isinstance(column, DatetimeColumn):
            yield name, column.values[used]
