"""The split of a table as its spec says: at random, by groups, by time, or by a column that names the parts.

A frame is split in one piece, in exact proportions. A table larger than memory is split chunk by chunk, after a pass
over its column of times if there is one.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.data.folds import assign_folds
from learning.data.group_split import GroupAssigner, draw_numbers, split_groups
from learning.data.row_hash import find_missing, hash_columns, mix
from learning.data.split import HeldOutCounts, Split, SplitAssigner, split_rows
from learning.data.split_spec import SplitSpec
from learning.encoding.eligibility import SkippedColumn
from learning.errors import TooFewRows, UnusableSplit
from learning.frame import BooleanColumn, Column, DatetimeColumn, Frame, NumericColumn, Table
from learning.spelling import MAX_LISTED_NAMES, list_names
from learning.tasks.labels import read_labels
from learning.tasks.reader import TargetReader

PART_NAMES: Final = {
    **dict.fromkeys(("train", "training", "0"), 0),
    **dict.fromkeys(("validation", "valid", "val", "dev", "1"), 1),
    **dict.fromkeys(("test", "testing", "2"), 2),
}
"""The number of the part that a cell of a predefined split names, in lower case."""

Assigner = Callable[[Frame, NDArray[np.int64]], Split]
"""Splits the next chunk of a table by the stratum of each row (rows,); rows of -1 are left out."""


def list_split_columns(table: Table, split: SplitSpec) -> list[str]:
    """The columns of a table that its split needs."""
    if split.keep_copies_together:
        return list(table)
    return [name for name in (split.group_by, split.order_by, split.column) if name is not None]


def split_frame(frame: Frame, strata: NDArray[np.int64], split: SplitSpec, seed: int) -> Split:
    """Split a frame by the stratum of each row (rows,), in exact proportions; rows of -1 are left out.

    Raises:
        TooFewRows: if a part would be empty that should not be.
        UnusableSplit: if a column cannot say the parts.
    """
    labelled = np.flatnonzero(strata >= 0)
    wanted = HeldOutCounts.of(split.validation, split.test, len(labelled))
    if split.column is not None:
        return read_parts(split.column, frame.column(split.column), strata)
    if split.order_by is not None:
        times = read_order(split.order_by, frame.column(split.order_by))
        return OrderAssigner(split.order_by, [(times, strata)], wanted).assign(frame, strata)
    shares = {"validation": split.validation if split.folds is None else 0.0, "test": split.test}
    groups = None if split.is_random else hash_groups(frame, split, 0)
    if groups is None:
        found = split_rows(strata[labelled], **shares, seed=seed)
    else:
        found = split_groups(groups[labelled], strata[labelled], **shares, seed=seed)
    parts = Split(labelled[found.train], labelled[found.validation], labelled[found.test])
    if split.folds is None:
        return parts
    rows, folds = parts.train, np.full(frame.rows, -1, np.int8)
    folds[rows] = assign_folds(strata[rows], None if groups is None else groups[rows], split.folds, seed)
    return parts.validate_on(split.fold, folds)


def create_assigner(table: Table, reader: TargetReader, split: SplitSpec, seed: int) -> Assigner:
    """What splits the chunks of a table, in their order.

    Raises:
        TooFewRows: if a part would be empty that should not be.
        UnusableSplit: if a column cannot say the parts.
    """
    if (column := split.column) is not None:
        return lambda frame, strata: read_parts(column, frame.column(column), strata)
    if (times := split.order_by) is not None:
        chunks = (
            (read_order(times, frame.column(times)), reader.strata(reader.read_values(frame)))
            for frame in table.chunks([*dict.fromkeys([times, *reader.names])])
        )
        return OrderAssigner(times, chunks, HeldOutCounts.of(split.validation, split.test, reader.labelled_rows)).assign
    if split.is_random:
        return _create_random_assigner(len(reader.labels) or 1, split, seed)
    return _create_group_assigner(split, seed)


def _create_random_assigner(strata_count: int, split: SplitSpec, seed: int) -> Assigner:
    validation, folds = split.validation if split.folds is None else 0.0, split.folds
    random = SplitAssigner(strata_count, validation=validation, test=split.test, seed=seed)
    of_folds = SplitAssigner(strata_count, validation=0.0, test=0.0, seed=seed, purpose="folds")

    def assign(frame: Frame, strata: NDArray[np.int64]) -> Split:
        parts = random.assign(strata)
        if folds is None:
            return parts
        others, found = np.full(frame.rows, -1, np.int64), np.full(frame.rows, -1, np.int8)
        others[parts.train] = strata[parts.train]
        rows, numbers = of_folds.draw_numbers(others)
        found[rows] = numbers * folds
        return parts.validate_on(split.fold, found)

    return assign


def _create_group_assigner(split: SplitSpec, seed: int) -> Assigner:
    validation, folds = split.validation if split.folds is None else 0.0, split.folds
    assigner, first_row = GroupAssigner(validation=validation, test=split.test, seed=seed), 0

    def assign(frame: Frame, strata: NDArray[np.int64]) -> Split:
        nonlocal first_row
        groups = hash_groups(frame, split, first_row)
        first_row += frame.rows
        parts = assigner.assign(groups, strata)
        if folds is None:
            return parts
        found = np.full(frame.rows, -1, np.int8)
        found[parts.train] = draw_numbers(groups[parts.train], seed, "fold groups") * folds
        return parts.validate_on(split.fold, found)

    return assign


def check_sizes(sizes: tuple[int, int, int], split: SplitSpec) -> None:
    """Check that there are training rows, and as many other rows as a share above 0 asks for.

    Raises:
        TooFewRows: if a part has too few.
    """
    held_out = (0, 0) if split.column is not None else (int(split.shares[0] > 0), int(split.test > 0))
    for name, size, least in zip(("training", "validation", "test"), sizes, (2, *held_out), strict=True):
        if size < least:
            column = split.group_by or split.column or split.order_by
            by = "" if column is None else f" by '{column}'"
            rows = "1 row" if size == 1 else f"{size} rows"
            raise TooFewRows(
                f"The split{by} would leave {rows} for {name}, of {sum(sizes):,} with a target.",
                "Add rows of other groups or parts, set other shares, or split at random.",
            )


def describe_split(
    split: SplitSpec,
    weight_column: str | None,
    reader: TargetReader,
    sizes: tuple[int, int, int],
    learned: NDArray[np.bool_],
) -> Iterator[SkippedColumn]:
    """What a person should know: rows left out, and the classes that are not `learned` (classes,), as sentences."""
    reasons = [] if split.column is None else [f"the column '{split.column}' of the split has no value"]
    reasons += [] if weight_column is None else [f"the weight '{weight_column}' is 0"]
    if (left_out := reader.labelled_rows - sum(sizes)) and reasons:
        many = "1 row was" if left_out == 1 else f"{left_out:,} rows were"
        yield SkippedColumn(split.column or weight_column or "", f"{many} left out: {' or '.join(reasons)}.")
    column = split.column or split.order_by or split.group_by
    if column is None and split.folds is None:
        return
    if unknown := [name for name, is_known in zip(reader.labels, learned, strict=True) if not is_known]:
        many = "1 class has" if len(unknown) == 1 else f"{len(unknown)} classes have"
        by = f"fold {split.fold} of {split.folds}" if column is None else f"the split by '{column}'"
        yield SkippedColumn(column or reader.names[0], f"{many} no training row in {by}: {list_names(unknown)}.")


def hash_groups(frame: Frame, split: SplitSpec, first_row: int) -> NDArray[np.uint64]:
    """The group of each row (rows,) of a frame whose first row has this number in the table.

    Equal rows are equal in the column of groups, too. A row without a value in it is alone, or with its copies.
    """
    own = np.arange(first_row, first_row + frame.rows, dtype=np.uint64)
    if split.keep_copies_together:
        own = hash_columns([frame.column(name) for name in sorted(frame)], frame.rows)
    if split.group_by is None:
        return own
    column = frame.column(split.group_by)
    return np.where(find_missing(column), mix(own), hash_columns([column], frame.rows))


def read_order(name: str, column: Column) -> NDArray[np.float64]:
    """The place in time of each row (rows,); NaN where it is missing.

    Raises:
        UnusableSplit: if the column holds neither dates nor numbers.
    """
    if not isinstance(column, NumericColumn | DatetimeColumn):
        raise UnusableSplit(
            f"The column '{name}' of split.order_by holds neither dates nor numbers.",
            "Choose another, or give it the type datetime or numeric when uploading.",
        )
    return column.values


def read_parts(name: str, column: Column, strata: NDArray[np.int64]) -> Split:
    """The split that a column predefines; rows without a value, or whose stratum is -1, are left out.

    Raises:
        UnusableSplit: if a value names no part.
    """
    if isinstance(column, BooleanColumn):
        chosen = PART_NAMES.get(name.lower().removeprefix("is").strip("_ -"), 1)
        codes, parts = column.values, [1 if chosen == 0 else 0, chosen]
    else:
        codes, labels = read_labels(column)
        counts = np.bincount(codes[codes >= 0], minlength=len(labels))
        found = [label for label, count in zip(labels, counts.tolist(), strict=True) if count]
        parts = [PART_NAMES.get(label.strip().lower(), -1) for label in labels]
        if unknown := [label for label in found if PART_NAMES.get(label.strip().lower()) is None]:
            raise UnusableSplit(
                f"The column '{name}' of split.column holds {list_names(found[:MAX_LISTED_NAMES])}, "
                f"and {list_names(unknown[:1])} is no part.",
                "Write train, validation or test, or 0, 1 or 2.",
            )
    part = np.where(strata >= 0, np.array([*parts, -1])[codes], -1)
    return Split(np.flatnonzero(part == 0), np.flatnonzero(part == 1), np.flatnonzero(part == 2))


class OrderAssigner:
    """Splits rows by time: the newest are held out. Of equal times the later row of the table is the newer.

    Args:
        name: The column of times.
        chunks: The time and the stratum of each row, chunk by chunk.
        wanted: How many rows are held out.

    Raises:
        TooFewRows: if fewer rows have a time.
    """

    def __init__(
        self, name: str, chunks: Iterable[tuple[NDArray[np.float64], NDArray[np.int64]]], wanted: HeldOutCounts
    ) -> None:
        self.name, self.first_row, held_out, first_row = name, 0, sum(wanted), 0
        newest, rows = np.empty(0), np.empty(0, np.int64)
        for times, strata in chunks:
            timed = np.flatnonzero((strata >= 0) & ~np.isnan(times))
            newest, rows = np.concatenate((newest, times[timed])), np.concatenate((rows, timed + first_row))
            order = np.lexsort((rows, newest))[max(len(rows) - held_out, 0) :]
            newest, rows = newest[order], rows[order]
            first_row += len(times)
        if len(rows) < held_out:
            raise TooFewRows(
                f"{len(rows):,} rows have a value of '{name}' and of the target, too few to keep "
                f"{wanted.validation:,} for validation and {wanted.test:,} for the test.",
                "Add rows, or set split.validation and split.test lower.",
            )
        self.first_test = self._find_first(newest, rows, wanted.test)
        self.first_held_out = self._find_first(newest, rows, held_out)

    @staticmethod
    def _find_first(newest: NDArray[np.float64], rows: NDArray[np.int64], count: int) -> tuple[float, int]:
        """The time and number of the oldest of the `count` newest rows."""
        return (float(newest[-count]), int(rows[-count])) if count else (np.inf, 2**62)

    def assign(self, frame: Frame, strata: NDArray[np.int64]) -> Split:
        """Split the next chunk by the stratum of each row (rows,); rows of -1 are left out."""
        times = read_order(self.name, frame.column(self.name))
        rows = np.arange(self.first_row, self.first_row + len(times))
        self.first_row += len(times)

        def is_from(first: tuple[float, int]) -> NDArray[np.bool_]:
            return (times > first[0]) | ((times == first[0]) & (rows >= first[1]))

        labelled, test, held_out = strata >= 0, is_from(self.first_test), is_from(self.first_held_out)
        return Split(
            np.flatnonzero(labelled & ~held_out),
            np.flatnonzero(labelled & held_out & ~test),
            np.flatnonzero(labelled & test),
        )
