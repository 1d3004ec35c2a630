"""Pagination, newest first: ids sort by age, so the last id of a page is the cursor of the next."""

from typing import TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

T = TypeVar("T")


def list_newest_first(
    s: Session, query: Select[T], id_column: InstrumentedAttribute[str], limit: int, after: str | None
) -> tuple[list[T], bool]:
    """Up to `limit` rows older than the one whose id is `after`, and whether there are more."""
    if after is not None:
        query = query.where(id_column < after)
    return split_page(list(s.scalars(query.order_by(id_column.desc()).limit(limit + 1))), limit)


def split_page(rows: list[T], limit: int) -> tuple[list[T], bool]:
    """The page out of up to `limit + 1` rows, and whether there are more."""
    return rows[:limit], len(rows) > limit
