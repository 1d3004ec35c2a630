"""Pages of lists, newest first: ids sort by age, so the last id of a page is where the next one goes on."""

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
    """A page out of rows that were asked for with one more than fits: the page, and whether there is more."""
    return rows[:limit], len(rows) > limit
