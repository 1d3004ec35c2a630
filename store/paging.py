"""Pages of lists, newest first: ids sort by age, so the last id of a page is where the next one goes on."""

from typing import TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

T = TypeVar("T")


def newest_first(
    s: Session, query: Select[T], id_: InstrumentedAttribute[str], limit: int, after: str | None
) -> tuple[list[T], bool]:
    """Up to `limit` rows older than the one whose id is `after`, and whether there are more."""
    if after is not None:
        query = query.where(id_ < after)
    return cut(list(s.scalars(query.order_by(id_.desc()).limit(limit + 1))), limit)


def cut(rows: list[T], limit: int) -> tuple[list[T], bool]:
    """A page out of rows that were asked for with one more than fits: the page, and whether there is more."""
    return rows[:limit], len(rows) > limit
