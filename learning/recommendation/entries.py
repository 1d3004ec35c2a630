"""Entries: the rows of a table as numbers of users and items with ratings, each pair once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning.encoding.eligibility import SkippedColumn
from learning.errors import ImpossibleTarget, UnusableColumn
from learning.frame import Column, Frame, NumericColumn, Table, concat_frames
from learning.recommendation.catalogue import MAX_ITEMS
from learning.recommendation.history import MAX_USERS, IdType, find_id_type
from learning.tasks.labels import read_labels


@dataclass(frozen=True)
class Entries:
    """The usable rows of a table.

    Attributes:
        frame: All rows, with the columns that were read.
        rows: The numbers of the usable ones (entries,), ascending.
        users, items: The number of each one's user and item (entries,).
        row_users, row_items: The same of all rows (rows,), -1 where missing: also a row without the other says what a
            user or an item is like.
        ratings: Its rating (entries,); 1 of a choice.
        user_names, item_names: The names by number.
        types: The types of the columns of users and items.
        notes: Why rows were left out, as sentences.
    """

    frame: Frame
    rows: NDArray[np.intp]
    users: NDArray[np.int64]
    items: NDArray[np.int64]
    row_users: NDArray[np.int64]
    row_items: NDArray[np.int64]
    ratings: NDArray[np.float64]
    user_names: tuple[str, ...]
    item_names: tuple[str, ...]
    types: tuple[IdType, IdType]
    notes: tuple[SkippedColumn, ...]


def read_entries(table: Table, user: str, item: str, rating: str | None, others: Sequence[str]) -> Entries:
    """Read who chose what; of several rows of the same user and item the last one in the table counts.

    Args:
        table: The table.
        user: The column of users.
        item: The column of items.
        rating: The column of ratings; None: every row is a choice.
        others: More columns to have in the frame.

    Raises:
        UnusableColumn: a column does not exist, or has a single value or too many.
        ImpossibleTarget: the ratings are no numbers, or all the same.
    """
    wanted: list[str] = [user, item, *([] if rating is None else [rating]), *others]
    names = [*dict.fromkeys(wanted)]
    parts = [*table.chunks(names)]
    frame = parts[0] if len(parts) == 1 else concat_frames(parts)
    users, user_names = _number_labels(user, frame.column(user), MAX_USERS)
    items, item_names = _number_labels(item, frame.column(item), MAX_ITEMS)
    ratings = np.ones(frame.rows) if rating is None else _read_ratings(rating, frame.column(rating))
    notes: list[SkippedColumn] = []
    usable = (users >= 0) & (items >= 0) & ~np.isnan(ratings)
    if left_out := frame.rows - int(usable.sum()):
        many, what = "1 row was" if left_out == 1 else f"{left_out:,} rows were", f"'{user}' or '{item}'"
        what = what if rating is None else f"'{user}', '{item}' or '{rating}'"
        notes.append(SkippedColumn(item, f"{many} not learned from: {what} is missing."))
    rows = np.flatnonzero(usable)
    pairs = users[rows] * len(item_names) + items[rows]
    _, last = np.unique(pairs[::-1], return_index=True)
    if copies := len(rows) - len(last):
        many = "1 row was" if copies == 1 else f"{copies:,} rows were"
        notes.append(SkippedColumn(user, f"{many} left out: a later one has the same '{user}' and '{item}'."))
        rows = np.sort(rows[len(rows) - 1 - last])
    found = ratings[rows]
    if rating is not None and not (len(found) and found.min() < found.max()):
        raise ImpossibleTarget(
            f"The ratings '{rating}' are all the same, so that there is nothing to tell apart.",
            "Leave target out: then every row is something that a user chose.",
        )
    types = find_id_type(frame.column(user), len(user_names)), find_id_type(frame.column(item), len(item_names))
    chosen = users[rows], items[rows], users, items
    return Entries(frame, rows, *chosen, found, user_names, item_names, types, tuple(notes))


def _number_labels(name: str, column: Column, most: int) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The number of each row's label (rows,), -1 where it is missing, and the labels that occur, by number."""
    codes, labels = read_labels(column)
    used = np.bincount(codes[codes >= 0], minlength=len(labels)) > 0
    names = [label for label, is_used in zip(labels, used.tolist(), strict=True) if is_used]
    if not 2 <= len(names) <= most:
        raise UnusableColumn(
            f"The column '{name}' has {len(names):,} different values, and there must be from 2 to {most:,}.",
            "Choose the columns that say who and what.",
        )
    numbers = np.full(len(labels) + 1, -1, np.int64)
    numbers[:-1][used] = np.arange(len(names))
    return numbers[codes], tuple(names)


def _read_ratings(name: str, column: Column) -> NDArray[np.float64]:
    if not isinstance(column, NumericColumn):
        raise ImpossibleTarget(
            f"The ratings '{name}' are not numbers.",
            "Give the column the type numeric when uploading, or leave target out if rows are choices.",
        )
    return np.where(np.abs(column.values) <= 1e30, column.values, np.nan)
