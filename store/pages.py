"""Pages of lists: newest first or in another order, as many rows as were asked for and as fit into a bound of JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from store.errors import NotFound

T = TypeVar("T")

MAX_PAGE_CHARS: Final = 2**23
"""The most JSON that the rows of a page have, so that its response takes less than a second; one row may have more."""


@dataclass(frozen=True)
class Order:
    """An order of a list: by a column, rows without a value last, and the newest first among equals."""

    key: InstrumentedAttribute[Any]
    is_descending: bool = False


NEWEST_FIRST: Final = None
"""The order of ids, which sort by age."""


def make_orders(created: InstrumentedAttribute[str], **keys: InstrumentedAttribute[Any]) -> dict[str, Order | None]:
    """The orders by age, for which `created` is the column of ids, and by columns, each ascending and as `-name`."""
    orders: dict[str, Order | None] = {"-created": NEWEST_FIRST, "created": Order(created)}
    for name, key in keys.items():
        orders |= {name: Order(key), f"-{name}": Order(key, is_descending=True)}
    return orders


def list_newest_first(
    s: Session,
    query: Select[T],
    id_column: InstrumentedAttribute[str],
    *,
    limit: int,
    after: str | None,
    large_columns: Sequence[InstrumentedAttribute[Any]] = (),
) -> tuple[list[T], bool]:
    """Up to `limit` rows older than the one whose id is `after`, and whether there are more.

    There are fewer rows if their `large_columns`, which have JSON, would be larger than `MAX_PAGE_CHARS`.
    """
    if after is not None:
        query = query.where(id_column < after)
    return _read_page(s, query.order_by(id_column.desc()), id_column, limit, large_columns)


def list_in_order(
    s: Session,
    query: Select[T],
    id_column: InstrumentedAttribute[str],
    order: Order | None,
    *,
    owner: str,
    limit: int,
    after: str | None,
    large_columns: Sequence[InstrumentedAttribute[Any]] = (),
) -> tuple[list[T], bool]:
    """Up to `limit` rows that follow the one of the owner whose id is `after`, and whether there are more.

    There are fewer rows if their `large_columns`, which have JSON, would be larger than `MAX_PAGE_CHARS`.

    Raises:
        NotFound: the owner has no row `after` any more, whose place in the order would have to be known.
    """
    if order is None:
        return list_newest_first(s, query, id_column, limit=limit, after=after, large_columns=large_columns)
    if after is not None:
        query = query.where(_follows(s, id_column, order, owner, after))
    key = order.key.desc() if order.is_descending else order.key.asc()
    return _read_page(s, query.order_by(key.nulls_last(), id_column.desc()), id_column, limit, large_columns)


def _read_page(
    s: Session,
    ordered: Select[T],
    id_column: InstrumentedAttribute[str],
    limit: int,
    large_columns: Sequence[InstrumentedAttribute[Any]],
) -> tuple[list[T], bool]:
    if not large_columns:
        return split_page(list(s.scalars(ordered.limit(limit + 1))), limit)
    found = list(s.scalars(ordered.with_only_columns(id_column).limit(limit + 1)))
    page = found[:limit]
    if not page:
        return [], False
    sizes = dict(s.execute(select(id_column, _count_chars(large_columns)).where(id_column.in_(page))).all())
    page = page[: _count_fitting([sizes.get(row_id, 0) for row_id in page])]  # one may be deleted meanwhile
    return list(s.scalars(ordered.where(id_column.in_(page)))), len(found) > len(page)


def _follows(
    s: Session, id_column: InstrumentedAttribute[str], order: Order, owner: str, after: str
) -> ColumnElement[bool]:
    """The condition that a row follows the one of the owner whose id is `after`."""
    mine = id_column.class_.owner == owner
    row = s.execute(select(order.key).where(id_column == after, mine)).one_or_none()
    if row is None:
        raise NotFound("item of the list", after)
    is_older = id_column < after
    if row[0] is None:
        return and_(order.key.is_(None), is_older)
    is_later = order.key < row[0] if order.is_descending else order.key > row[0]
    return or_(is_later, and_(order.key == row[0], is_older), order.key.is_(None))


def split_page(rows: list[T], limit: int) -> tuple[list[T], bool]:
    """The page out of up to `limit + 1` rows, and whether there are more."""
    return rows[:limit], len(rows) > limit


def _count_chars(columns: Sequence[InstrumentedAttribute[Any]]) -> ColumnElement[int]:
    first, *others = [func.coalesce(func.length(cast(column, Text)), 0) for column in columns]
    return sum(others, start=first)


def _count_fitting(sizes: Sequence[int]) -> int:
    """The number of the first rows that fit on a page, at least one."""
    return max(1, sum(1 for _ in takewhile(lambda total: total <= MAX_PAGE_CHARS, accumulate(sizes))))
