"""Pages of lists: newest first, as many rows as were asked for and as fit into a bound of stored JSON."""

from collections.abc import Sequence
from itertools import accumulate, takewhile
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, Text, cast, func
from sqlalchemy.orm import InstrumentedAttribute, Session

T = TypeVar("T")

MAX_PAGE_CHARS: Final = 2**23
"""The most JSON that the rows of a page have, so that its response takes less than a second; one row may have more."""


def list_newest_first(
    s: Session,
    query: Select[T],
    id_column: InstrumentedAttribute[str],
    *,
    limit: int,
    after: str | None,
    large_columns: Sequence[InstrumentedAttribute[Any]] = (),
) -> tuple[list[T], bool]:
    """Up to `limit` rows older than the one whose id is `after`, and whether there are more; ids sort by age.

    There are fewer rows if their `large_columns`, which have JSON, would be larger than `MAX_PAGE_CHARS`.
    """
    if after is not None:
        query = query.where(id_column < after)
    newest = query.order_by(id_column.desc()).limit(limit + 1)
    if not large_columns:
        return split_page(list(s.scalars(newest)), limit)
    sizes = s.execute(newest.with_only_columns(id_column, _count_chars(large_columns))).all()
    if not sizes:
        return [], False
    fitting = _count_fitting([size for _, size in sizes[:limit]])
    rows = s.scalars(query.where(id_column.in_([row_id for row_id, _ in sizes[:fitting]])).order_by(id_column.desc()))
    return list(rows), len(sizes) > fitting


def split_page(rows: list[T], limit: int) -> tuple[list[T], bool]:
    """The page out of up to `limit + 1` rows, and whether there are more."""
    return rows[:limit], len(rows) > limit


def _count_chars(columns: Sequence[InstrumentedAttribute[Any]]) -> ColumnElement[int]:
    first, *others = [func.coalesce(func.length(cast(column, Text)), 0) for column in columns]
    return sum(others, start=first)


def _count_fitting(sizes: Sequence[int]) -> int:
    """The number of the first rows that fit on a page, at least one."""
    return max(1, sum(1 for _ in takewhile(lambda total: total <= MAX_PAGE_CHARS, accumulate(sizes))))
