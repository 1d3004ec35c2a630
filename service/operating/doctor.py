"""`python -m service doctor`: checks each part of an installation, and says what to do about what is wrong.

It repairs nothing and may run at any time, also while nothing else runs or much is broken.
"""

import platform
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session

from contract.doctor import CheckState, InstallationCheck, PartCheck
from contract.settings import Settings
from service.hints import Hints
from store import installation, retention, sqlite
from store.database import begin_read, first_line, make_session_factory, now, open_database
from store.errors import ForeignFiles, StorageUnavailable
from store.files import open_file_store
from store.files.files import FileStore
from store.jobs.queue_stats import get_queue_stats
from store.leases import MAX_LEASE_SECONDS
from store.tables import Row

LIBRARIES: Final = ("gradus", "numpy", "polars", "sqlalchemy", "celery")
MIN_POSTGRESQL_VERSION: Final = 140_000
MAX_CLOCK_SKEW_SECONDS: Final = 5.0
MAX_LAPSED_SECONDS: Final = 15.0
MAX_QUEUED_SECONDS: Final = 600.0
MIN_ORPHAN_SECONDS: Final = 2 * 3600.0
"""Workers that have run for an hour move files that have been orphans for one; after two they should be gone."""
WAL_HEADER: Final = slice(18, 20)
"""The two bytes of an SQLite file that are 2 if its journal is a write-ahead log."""


def check_installation(settings: Settings) -> InstallationCheck:
    """The check of everything that can be reached with these settings."""
    files = open_file_store(settings)
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    findings = [
        _part("versions", "ok", f"Python {platform.python_version()}, {versions}"),
        _check_permissions(settings),
        *_check_storage(settings, files),
        *_check_database(settings, files),
        _check_broker(settings),
    ]
    return InstallationCheck(well=all(finding.state != "wrong" for finding in findings), findings=findings)


def describe_missing_tables(engine: Engine) -> str:
    """The tables and columns of this version that the database lacks, in a sentence; empty if none.

    What it has besides may come from a newer version.
    """
    inspector = inspect(engine)
    names = set(inspector.get_table_names())
    missing = [name for name in Row.metadata.tables if name not in names]
    for name, table in Row.metadata.tables.items():
        if name in names:
            columns = {column["name"] for column in inspector.get_columns(name)}
            missing += [f"{name}.{column.name}" for column in table.columns if column.name not in columns]
    return f"The database lacks {', '.join(missing[:3])}{' and more' if missing[3:] else ''}" if missing else ""


def find_readable_data(settings: Settings) -> list[Path]:
    """The data directory and SQLite's file, where their modes allow other users of this machine to read in them."""
    paths = [settings.data_dir]
    with suppress(ArgumentError):
        url = make_url(settings.database)
        file = Path(url.database or "")
        if url.get_backend_name() == "sqlite" and settings.data_dir not in file.parents:
            paths.append(file)
    return [path for path in paths if path.exists() and path.stat().st_mode & 0o077]


def _part(part: str, state: CheckState, found: str, advice: str = "") -> PartCheck:
    return PartCheck(part=part, state=state, found=found, advice=advice)


def _check_permissions(settings: Settings) -> PartCheck:
    if readable := find_readable_data(settings):
        names = " and ".join(map(str, readable))
        advice = f"`chmod go= {' '.join(map(str, readable))}`, unless they are meant to have access."
        return _part("permissions", "warning", f"other users of this machine have access to {names}", advice)
    return _part("permissions", "ok", "other users of this machine cannot read the data")


def _check_storage(settings: Settings, files: FileStore) -> Iterator[PartCheck]:
    if not settings.storage_url and not settings.data_dir.is_dir():
        advice = "Correct GRADUS_DATA_DIR; `gradus up` creates a new folder."
        yield _part("storage", "wrong", f"There is no folder {settings.data_dir}.", advice)
        return
    try:
        files.check()
        free = files.free_bytes()
    except (StorageUnavailable, OSError) as error:
        advice = "Give the user that runs Gradus write permission there, or correct GRADUS_DATA_DIR."
        if settings.storage_url:
            advice = "Check GRADUS_STORAGE_URL, the GRADUS_S3_… settings, and the network connection to the store."
        yield _part("storage", "wrong", str(error), advice)
        return
    yield _part("storage", "ok", f"{settings.storage_url or settings.data_dir / 'files'} is readable and writable")
    reserve = settings.min_free_bytes
    found = f"{free:,} bytes are free; the reserve is {reserve:,}"
    if free < reserve:
        advice = "Delete datasets, or enlarge the disk: until then uploads and jobs are refused, and queued jobs wait."
        yield _part("disk", "wrong", found, advice)
    elif free < 2 * reserve:
        yield _part("disk", "warning", found, "Enlarge the disk soon.")
    else:
        yield _part("disk", "ok", found)


def _check_database(settings: Settings, files: FileStore) -> Iterator[PartCheck]:
    try:
        url = make_url(settings.database)
        if url.get_backend_name() == "sqlite":
            file = Path(url.database or "")
            if not file.is_file():
                advice = "`gradus up` creates it; if there was one, correct GRADUS_DATA_DIR or GRADUS_DATABASE_URL."
                yield _part("database", "wrong", f"There is no file {file}.", advice)
                return
            yield _check_journal(file)
        engine = open_database(settings.database)
        try:
            yield from _check_open_database(engine, settings, files)
        finally:
            engine.dispose()
    except (SQLAlchemyError, ValueError, OSError) as error:
        advice = "Check that it runs and can be reached, and that GRADUS_DATABASE_URL is right."
        if settings.database.startswith("sqlite"):
            advice = "If this persists, restore the backup."
        yield _part("database", "wrong", f"The database cannot be used: {first_line(error)}", advice)


def _check_journal(file: Path) -> PartCheck:
    """Whether this version of SQLite keeps the file's journal mode safe between processes."""
    with file.open("rb") as stream:
        is_wal = stream.read(WAL_HEADER.stop)[WAL_HEADER] == b"\x02\x02"
    library = f"SQLite {sqlite.driver.sqlite_version}"
    if is_wal and sqlite.choose_journal_mode(sqlite.VERSION) != "WAL":
        advice = "Stop every process that uses the file, also those with another SQLite, and start Gradus again."
        return _part("journal", "wrong", f"write-ahead log, in which {library} can corrupt the database", advice)
    mode = "write-ahead log" if is_wal else "rollback journal"
    return _part("journal", "ok", f"{mode}, which is safe with {library}")


def _check_open_database(engine: Engine, settings: Settings, files: FileStore) -> Iterator[PartCheck]:
    with begin_read(make_session_factory(engine)) as s:
        yield _check_server(s)
        if engine.dialect.name == "sqlite":
            yield _check_integrity(s)
        if missing := describe_missing_tables(engine):
            advice = "Run `python -m migrations upgrade`; `gradus up`, `serve` and `work` do so automatically."
            yield _part("tables", "wrong", f"{missing}.", advice)
            return
        yield _part("tables", "ok", "the schema is up to date")
        yield _check_clock(s)
        yield from _check_queue(s, settings)
        yield from _check_files(s, files)


def _check_server(s: Session) -> PartCheck:
    if s.get_bind().dialect.name == "sqlite":
        return _part("database", "ok", f"SQLite {sqlite.driver.sqlite_version} is reachable")
    found = f"PostgreSQL {s.scalar(text('SHOW server_version'))} is reachable"
    if int(s.scalar(text("SHOW server_version_num")) or 0) < MIN_POSTGRESQL_VERSION:
        return _part("database", "wrong", found, "Upgrade it to version 14 or newer.")
    return _part("database", "ok", found)


def _check_integrity(s: Session) -> PartCheck:
    result = s.scalars(text("PRAGMA quick_check(1)")).first()
    if result != "ok":
        advice = "Stop everything and restore the backup; check the disk."
        return _part("integrity", "wrong", f"The database is damaged: {result}", advice)
    return _part("integrity", "ok", "the database is not damaged")


def _check_clock(s: Session) -> PartCheck:
    before = time.time()
    database_time = s.scalars(select(now())).one()
    skew = database_time - (before + time.time()) / 2
    found = f"the database's is {abs(skew):.1f} s {'ahead of' if skew > 0 else 'behind'} this machine's"
    if abs(skew) > MAX_CLOCK_SKEW_SECONDS:
        advice = "Set both by NTP. Leases are safe, as the database alone times them; logs and ages are misleading."
        return _part("clock", "warning", found, advice)
    return _part("clock", "ok", found)


def _check_queue(s: Session, settings: Settings) -> Iterator[PartCheck]:
    """Running jobs whose lease has expired, and queued jobs that no worker claims."""
    stats = get_queue_stats(s)
    queued, running = stats.jobs["queued"], stats.jobs["running"]
    lapsed, oldest = stats.oldest_expired_lease_seconds, stats.oldest_queued_seconds
    if stats.longest_lease_seconds > MAX_LEASE_SECONDS:
        found = (
            f"a lease ends in {stats.longest_lease_seconds:,.0f} s, and none is longer than {MAX_LEASE_SECONDS:.0f} s: "
            "the database's clock was ahead when it was written"
        )
        advice = "A worker claims its job or dataset within seconds: start one, `gradus work`. Set clocks by NTP."
        yield _part("leases", "wrong", found, advice)
    elif lapsed > MAX_LAPSED_SECONDS + settings.reconcile_seconds:
        found = f"the lease of a running job expired {lapsed:,.0f} s ago, and no worker has claimed it"
        yield _part("leases", "wrong", found, "Start a worker: `gradus work`.")
    else:
        yield _part("leases", "ok", f"{running} running jobs, none with an expired lease")
    found = f"{queued} queued jobs, the oldest for {oldest:,.0f} s"
    if oldest <= MAX_QUEUED_SECONDS:
        yield _part("queue", "ok", found)
    elif running:
        yield _part("queue", "warning", found, "All workers are busy: add some if this is too long.")
    else:
        advice = "No worker claims them: start one, or check in its log that it uses this database and has disk space."
        yield _part("queue", "wrong", found, advice)


def _check_files(s: Session, files: FileStore) -> Iterator[PartCheck]:
    """Files without a row, and rows without their file."""
    try:
        installation.require_same_installation(s, files)
        orphaned, missing = retention.list_unreferenced(s, files, MIN_ORPHAN_SECONDS), retention.list_missing(s, files)
    except ForeignFiles as error:
        yield _part("files", "wrong", error.finding, error.advice)
        return
    except (StorageUnavailable, OSError):
        return  # reported as the storage
    if missing:
        advice = "Restore them from the backup, or delete these datasets: jobs that read them will fail."
        yield _part("files", "wrong", f"{len(missing)} files of datasets are missing, such as {missing[0]}", advice)
    elif orphaned:
        advice = "A worker that has run for an hour moves them to `trash/`; else see its log for `could not clean up`."
        yield _part("files", "warning", f"{len(orphaned)} old files have no row, such as {orphaned[0]}", advice)
    else:
        yield _part("files", "ok", "every dataset has its files, and every file has its row")


def _check_broker(settings: Settings) -> PartCheck:
    if Hints(settings.broker).broker_answers():
        return _part("broker", "ok", "reachable")
    found = f"not reachable: jobs start up to {settings.reconcile_seconds:g} s later"
    return _part("broker", "warning", found, "Start it, or correct GRADUS_BROKER_URL; `gradus up` includes one.")
