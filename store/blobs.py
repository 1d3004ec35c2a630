"""Large values of the database, read in pieces: they are in memory once, and other threads wait for a piece at most.

A driver copies a whole value while no other thread of Python can run, which takes a tenth of a second for 200 MB.
"""

import mmap
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, Session

PIECE_BYTES: Final = 2**22
"""The maximum number of bytes that are copied at once; smaller values are read whole."""


def read_blob(
    s: Session, column: InstrumentedAttribute[bytes], is_wanted: ColumnElement[bool]
) -> bytes | memoryview | None:
    """The value of a column of bytes in the one row that is wanted; None if there is none.

    A large one lies in pages of its own, which the system has back as soon as nobody holds it.
    """
    is_sqlite = s.get_bind().dialect.name == "sqlite"
    place = literal_column("rowid" if is_sqlite else "0", Integer)
    found = s.execute(select(func.length(column, type_=Integer), place).where(is_wanted)).first()
    if found is None:
        return None
    size, row = found
    if size <= PIECE_BYTES:
        return s.scalar(select(column).where(is_wanted))
    pages = memoryview(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
    start = 0
    for piece in _read_sqlite(s, column, row) if is_sqlite else _read_by_query(s, column, is_wanted, size):
        pages[start : start + len(piece)] = piece
        start += len(piece)
    return pages.toreadonly() if start == size else None


def _read_sqlite(s: Session, column: InstrumentedAttribute[bytes], row: int) -> Iterator[bytes]:
    """The pieces by SQLite's incremental input, as a query would read the whole value for each of them."""
    connection: Any = s.connection().connection.driver_connection
    open_blob = getattr(connection, "blobopen", None) or connection.open_blob  # the latter is the packaged driver's
    with open_blob(column.class_.__tablename__, column.key, row, readonly=True) as blob:
        while piece := blob.read(PIECE_BYTES):
            yield piece


def _read_by_query(
    s: Session, column: InstrumentedAttribute[bytes], is_wanted: ColumnElement[bool], size: int
) -> Iterator[bytes]:
    """The pieces, until there is no such row any more."""
    for start in range(0, size, PIECE_BYTES):
        piece = s.scalar(select(func.substring(column, start + 1, PIECE_BYTES)).where(is_wanted))
        if piece is None:
            return
        yield piece
