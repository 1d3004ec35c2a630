"""Applies and reverts migrations, one process at a time, so that several may start together.

All steps run in one transaction: a crash leaves the database as it was.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, text

from store.database import open_database

LOCK_TIMEOUT_SECONDS: Final = 60
ADVISORY_LOCK: Final = 0x67726164  # "grad": any number, as long as all processes use the same


class UnknownRevision(Exception):
    """The database is at a revision that this version of Gradus does not know."""

    def __init__(self, step: str) -> None:
        super().__init__(
            f"The database is at step {step!r}, which this version of Gradus does not know. "
            "Run the newer version that made it, or name another database in GRADUS_DATABASE_URL."
        )


def apply_migrations(url: str) -> None:
    """Apply all migrations that the database has not had yet.

    Raises:
        UnknownRevision: it has had steps that are unknown here.
    """
    if get_revision(url) != get_newest_revision():
        _migrate(url, command.upgrade, "head")


def revert_migrations(url: str, step: str = "-1") -> None:
    """Revert migrations down to `step`: its number, `base` for all, or `-1` for the last one. What they hold is lost.

    Raises:
        UnknownRevision: it has had steps that are unknown here.
    """
    _migrate(url, command.downgrade, step)


def get_revision(url: str) -> str | None:
    """The revision of the database; None if it has none."""
    engine = open_database(url)
    try:
        with engine.connect() as connection:
            return _read_revision(connection)
    finally:
        engine.dispose()


def get_newest_revision() -> str | None:
    """The newest revision."""
    return ScriptDirectory.from_config(_config()).get_current_head()


@contextmanager
def lock_database(url: str) -> Generator[Connection]:
    """A transaction under a lock, in which no other process migrates; it waits up to a minute for the lock."""
    engine = open_database(url)
    sqlite = engine.dialect.name == "sqlite"
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
    try:
        with engine.connect().execution_options(sqlite_begin="BEGIN IMMEDIATE") as connection, connection.begin():
            if not sqlite:
                connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'"))
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
            yield connection
            if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
                raise RuntimeError(f"The steps were undone, for they would leave rows without their parents: {broken}")
    finally:
        engine.dispose()


def _migrate(url: str, move: Callable[[Config, str], None], step: str) -> None:
    with lock_database(url) as connection:
        config, revision = _config(connection), _read_revision(connection)
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if revision is not None and revision not in known:
            raise UnknownRevision(revision)
        move(config, step)


def _prepare_sqlite(connection: SqliteConnection, _record: object) -> None:
    """Turn foreign keys off: SQLite recreates tables to change columns, and must not delete their children."""
    connection.execute("PRAGMA foreign_keys=OFF").close()
    connection.execute(f"PRAGMA busy_timeout={LOCK_TIMEOUT_SECONDS * 1000}").close()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _read_revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
