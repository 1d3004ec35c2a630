"""Database engines, the two kinds of transaction, for reading and for writing, and the database's clock.

What differs between SQLite and PostgreSQL stands here.
"""

import json
import shutil
import sqlite3
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from sqlalchemy import (
    URL,
    Connection,
    CursorResult,
    Delete,
    Double,
    Engine,
    Update,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    OperationalError,
    TimeoutError,  # noqa: A004 - callers know it among SQLAlchemy's errors
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from store import sqlite

SessionFactory = sessionmaker[Session]
T = TypeVar("T")

BUSY_TIMEOUT_SECONDS: Final = 5.0
DRIVERS: Final = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
"""SQLAlchemy driver names by URL scheme."""
TRANSIENT_SQLSTATES: Final = ("08", "40", "53", "55", "57")
"""Classes of lost connections, deadlocks, exhausted resources, locks, and interventions of an operator."""
POSTGRESQL_DISK_FULL: Final = "53100"
"""SQLSTATE of a full disk."""
SQLITE_DISK_FULL: Final = "database or disk is full"
"""SQLite's message for a full disk; not every driver gives its code."""
SQLITE_IO_ERROR: Final = "disk I/O error"
MIN_FREE_BYTES: Final = 2**16
"""With less free disk an I/O error of SQLite means a full disk."""
WAL_CHECKPOINT_PAGES: Final = 4000
"""Pages in the write-ahead log before a checkpoint, 16 MB: checkpoints are rare enough not to delay a job's writes."""
POOL: Final[dict[str, Any]] = {"pool_size": 8, "max_overflow": 8}
"""A process's connections to PostgreSQL, which takes 100 of all processes unless it is set otherwise."""
AUTOCOMMIT_POOL: Final[dict[str, Any]] = {
    "isolation_level": "AUTOCOMMIT",
    "pool_reset_on_return": None,
    "pool_size": 4,
    "max_overflow": 0,
    "pool_timeout": BUSY_TIMEOUT_SECONDS,
}
POSTGRESQL_OPTIONS: Final = {
    "statement_timeout": "30s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
}


class now(FunctionElement[float]):  # noqa: N801 - reads as the SQL function that it is
    """The present moment by the database's clock, in Unix seconds, to the millisecond or better.

    Leases are compared by this clock only, so that a clock jump of a worker does not end another's lease.
    """

    type: TypeEngine[float] = Double[float]()
    inherit_cache = True


@compiles(now, "sqlite")
def _sqlite(element: now, compiler: SQLCompiler, **_: Any) -> str:  # noqa: ARG001 - SQLAlchemy's signature
    return "round((julianday('now') - 2440587.5) * 86400.0, 3)"


@compiles(now, "postgresql")
def _postgresql(element: now, compiler: SQLCompiler, **_: Any) -> str:  # noqa: ARG001 - SQLAlchemy's signature
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


def open_database(url: str | URL, *, autocommit: bool = False) -> Engine:
    """Open the database at a URL; connections are made when first needed.

    A process that forks must open its own afterwards: connections do not survive a fork.

    Args:
        url: of an SQLite file or of PostgreSQL.
        autocommit: for single queries without a transaction, on a few connections of their own.

    Raises:
        ValueError: it is no URL of an SQLite file or of PostgreSQL.
    """
    address = _parse_url(url)
    if address.get_backend_name() == "sqlite":
        return _open_sqlite(address, autocommit=autocommit)
    engine = create_engine(
        address,
        json_serializer=_dump_json,
        pool_pre_ping=True,
        **(AUTOCOMMIT_POOL if autocommit else POOL),
        connect_args={
            "connect_timeout": 5,
            "tcp_user_timeout": 10_000,
            "options": " ".join(f"-c {name}={value}" for name, value in POSTGRESQL_OPTIONS.items()),
        },
    )
    event.listen(engine, "handle_error", _translate_lost_connection)
    return engine


def make_session_factory(engine: Engine) -> SessionFactory:
    """A session factory; rows stay readable after their transaction has ended."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def begin_read(sessions: SessionFactory) -> Generator[Session]:
    """A read-only transaction."""
    with sessions() as session:
        yield session


@contextmanager
def begin_write(sessions: SessionFactory) -> Generator[Session]:
    """A writing transaction; commits at the end, rolls back on an error.

    On SQLite it takes the one write lock first, so that what it reads stays true until it commits.

    Raises:
        TimeoutError: SQLAlchemy's; other threads held the lock all the time.
    """
    with sessions() as session, session.get_bind().get_execution_options().get("write_lock", nullcontext()):
        session.connection(execution_options={"sqlite_begin": "BEGIN IMMEDIATE"})
        yield session
        session.commit()


class WriteLock:
    """A lock under which the threads of a process write to SQLite one after the other.

    SQLite retries a locked database after a sleep, and under load some threads starve; so only one thread of each
    process competes for the database.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=BUSY_TIMEOUT_SECONDS):
            raise TimeoutError(f"Other threads wrote to the database for {BUSY_TIMEOUT_SECONDS:g} s; try again.")

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def execute_and_count(s: Session, statement: Update | Delete, values: Mapping[str, Any] | None = None) -> int:
    """Execute a statement and count the rows that it changed; objects loaded before keep their old values."""
    result = s.execute(statement, values, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount


def build_upsert(s: Session, row: type[DeclarativeBase]) -> sqlite_dialect.Insert | postgresql.Insert:
    """An INSERT with ON CONFLICT, in the dialect of the session's database."""
    return (postgresql if s.get_bind().dialect.name == "postgresql" else sqlite_dialect).insert(row)


def free_database_bytes(url: str) -> int | None:
    """Free bytes on the disk of an SQLite file; None for a server, whose disk is its operator's."""
    parsed = make_url(url)
    if DRIVERS.get(parsed.drivername) != "sqlite" or not parsed.database:
        return None
    return shutil.disk_usage(Path(parsed.database).parent).free


def is_disk_full(error: Exception) -> bool:
    """Whether an error means that the database's disk is full."""
    if not isinstance(error, DBAPIError):
        return False
    driver = error.orig
    return str(driver) == SQLITE_DISK_FULL or getattr(driver, "sqlstate", None) == POSTGRESQL_DISK_FULL


def is_transient(error: Exception) -> bool:
    """Whether an error is of a lost connection, a lock or the like, so that a retry may succeed."""
    if not isinstance(error, DBAPIError) or error.connection_invalidated or error.statement is None:
        return True  # no connection could be had, or a commit failed
    sqlstate = getattr(error.orig, "sqlstate", None)
    return "locked" in str(error.orig) if sqlstate is None else sqlstate.startswith(TRANSIENT_SQLSTATES)


def first_line(error: Exception) -> str:
    """The driver's message in one line, without the statement and values that SQLAlchemy adds."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return " ".join(str(error.orig).split())
    return str(error).partition("\n")[0]


def _parse_url(url: str | URL) -> URL:
    """The URL, with our driver for PostgreSQL; errors do not quote it, since it may hold a password."""
    try:
        address = make_url(url)
    except (ValueError, ArgumentError):
        address = None
    if address is None or address.drivername not in DRIVERS:
        raise ValueError(
            "This is not the URL of a database: it must be like sqlite:////folder/file or "
            "postgresql://user:password@host:5432/database, with /, @, : and # in a password as %2F, %40, %3A and %23."
        )
    return address.set(drivername=DRIVERS[address.drivername])


def _open_sqlite(url: URL, *, autocommit: bool) -> Engine:
    file = url.database
    if not file or file == ":memory:":
        raise ValueError("The database must be a file, such as sqlite:////var/lib/gradus/gradus.sqlite.")
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        module=sqlite.driver,
        json_serializer=_dump_json,
        # a connection is a file handle: as many as there are threads
        **(AUTOCOMMIT_POOL if autocommit else {"pool_size": 8, "max_overflow": -1}),
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS},
        execution_options={"write_lock": WriteLock()},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "handle_error", partial(_translate_disk_full, Path(file).parent))
    if not autocommit:
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _translate_disk_full(folder: Path, context: ExceptionContext) -> Exception | None:
    """A full disk as such: without space for the index of its log SQLite reports a plain I/O error."""
    if str(context.original_exception) != SQLITE_IO_ERROR or shutil.disk_usage(folder).free >= MIN_FREE_BYTES:
        return None
    full = sqlite.driver.OperationalError(SQLITE_DISK_FULL)
    return OperationalError(context.statement, cast("Any", context.parameters), full)


def _translate_lost_connection(context: ExceptionContext) -> Exception | None:
    """A lost connection as an OperationalError, whatever the driver calls it."""
    if not context.is_disconnect or isinstance(context.sqlalchemy_exception, OperationalError):
        return None
    original = cast("Any", context.original_exception)
    return OperationalError(context.statement, cast("Any", context.parameters), original, connection_invalidated=True)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver begins no transactions of its own; `_begin_sqlite` does
    connection.execute(f"PRAGMA journal_mode={sqlite.choose_journal_mode(sqlite.VERSION)}").close()
    connection.execute("PRAGMA synchronous=FULL").close()
    connection.execute(f"PRAGMA wal_autocheckpoint={WAL_CHECKPOINT_PAGES}").close()
    connection.execute("PRAGMA foreign_keys=ON").close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))


_dump_json = partial(json.dumps, allow_nan=False, separators=(",", ":"))
