"""`python -m service doctor`: looks an installation over, and says of each part how it is and what to do about it.

It repairs nothing, and may be used at any time, also while nothing runs or much is broken.
"""

import platform
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from contract.doctor import InstallationCheck, PartCheck
from contract.settings import Settings
from service.hints import Hints
from service.operating.schema import list_missing
from store import retention, sqlite
from store.clock import now
from store.database import begin_read, first_line, make_session_factory, open_database
from store.errors import StorageUnavailable
from store.files import open_file_store
from store.files.files import FileStore
from store.jobs.queue_stats import get_queue_stats

LIBRARIES: Final = ("gradus", "numpy", "polars", "sqlalchemy", "celery")
MIN_POSTGRESQL_VERSION: Final = 140_000
MAX_CLOCK_SKEW_SECONDS: Final = 5.0
MAX_LAPSED_SECONDS: Final = 15.0
MAX_QUEUED_SECONDS: Final = 600.0
MIN_ORPHAN_SECONDS: Final = 2 * 3600.0
"""What workers sweep after one hour should not be there after two."""
WAL_HEADER: Final = slice(18, 20)
"""Where an SQLite file says by two bytes of 2 that its journal is a write-ahead log."""


def check_installation(settings: Settings) -> InstallationCheck:
    """Look at everything that can be reached with these settings."""
    files = open_file_store(settings)
    findings = [
        _report_versions(),
        *_check_storage(settings, files),
        *_check_database(settings, files),
        _check_broker(settings),
    ]
    return InstallationCheck(well=all(finding.state != "wrong" for finding in findings), findings=findings)


def _report_versions() -> PartCheck:
    found = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return PartCheck(part="versions", state="ok", found=f"Python {platform.python_version()}, {found}")


def _check_storage(settings: Settings, files: FileStore) -> Iterator[PartCheck]:
    where = settings.storage_url or str(settings.data_dir / "files")
    if not settings.storage_url and not settings.data_dir.is_dir():
        advice = "Correct GRADUS_DATA_DIR; `gradus up` makes a new folder."
        yield PartCheck(part="storage", state="wrong", found=f"There is no folder {settings.data_dir}.", advice=advice)
        return
    try:
        files.check()
        free = files.free_bytes()
    except (StorageUnavailable, OSError) as error:
        advice = "Let whom Gradus runs as write there, or correct GRADUS_DATA_DIR."
        if settings.storage_url:
            advice = "Check GRADUS_STORAGE_URL, the GRADUS_S3_… settings after it, and the way to the store."
        yield PartCheck(part="storage", state="wrong", found=str(error), advice=advice)
        return
    yield PartCheck(part="storage", state="ok", found=f"{where} can be read and written")
    least = settings.min_free_bytes
    found = f"{free:,} bytes are free, and {least:,} are kept in reserve"
    if free < least:
        advice = "Delete datasets, or give the disk more room: until then uploads and jobs are refused, and jobs wait."
        yield PartCheck(part="disk", state="wrong", found=found, advice=advice)
    elif free < 2 * least:
        yield PartCheck(part="disk", state="warning", found=found, advice="Give the disk more room soon.")
    else:
        yield PartCheck(part="disk", state="ok", found=found)


def _check_database(settings: Settings, files: FileStore) -> Iterator[PartCheck]:
    try:
        url = make_url(settings.database)
        if url.get_backend_name() == "sqlite":
            file = Path(url.database or "")
            if not file.is_file():
                advice = "`gradus up` makes it; if there was one, correct GRADUS_DATA_DIR or GRADUS_DATABASE_URL."
                yield PartCheck(part="database", state="wrong", found=f"There is no {file}.", advice=advice)
                return
            yield _check_journal(file)
        engine = open_database(settings.database)
        try:
            yield from _check_open_database(engine, settings, files)
        finally:
            engine.dispose()
    except (SQLAlchemyError, ValueError, OSError) as error:
        advice = "See that it runs and can be reached, and that GRADUS_DATABASE_URL is right."
        if settings.database.startswith("sqlite"):
            advice = "If it stays so, restore the backup."
        found = f"The database cannot be used: {first_line(error)}"
        yield PartCheck(part="database", state="wrong", found=found, advice=advice)


def _check_journal(file: Path) -> PartCheck:
    """Whether the journal of an SQLite file is one that its version keeps safe between processes."""
    with file.open("rb") as opened:
        writes_ahead = opened.read(WAL_HEADER.stop)[WAL_HEADER] == b"\x02\x02"
    if writes_ahead and sqlite.choose_journal_mode(sqlite.VERSION) != "WAL":
        found = f"The database writes ahead, and SQLite {sqlite.driver.sqlite_version} can corrupt it then."
        advice = "Stop every process that uses the file, among them those with another SQLite, and start Gradus again."
        return PartCheck(part="journal", state="wrong", found=found, advice=advice)
    mode = "write-ahead log" if writes_ahead else "rollback journal"
    return PartCheck(
        part="journal", state="ok", found=f"{mode}, which is safe with SQLite {sqlite.driver.sqlite_version}"
    )


def _check_open_database(engine: Engine, settings: Settings, files: FileStore) -> Iterator[PartCheck]:
    with begin_read(make_session_factory(engine)) as s:
        yield _check_server(s)
        if engine.dialect.name == "sqlite":
            yield _check_integrity(s)
        lacking = list_missing(engine)
        if lacking:
            found = f"The database lacks {', '.join(lacking[:3])}{' and more' if lacking[3:] else ''}."
            advice = "Run `python -m migrations upgrade`; `gradus up`, `serve` and `work` do so by themselves."
            yield PartCheck(part="tables", state="wrong", found=found, advice=advice)
            return
        yield PartCheck(part="tables", state="ok", found="all that this version needs are there")
        yield _check_clock(s)
        yield from _check_queue(s, settings)
        yield from _check_files(s, files)


def _check_server(s: Session) -> PartCheck:
    if s.get_bind().dialect.name == "sqlite":
        return PartCheck(part="database", state="ok", found=f"SQLite {sqlite.driver.sqlite_version} answers")
    number = int(s.scalar(text("SHOW server_version_num")) or 0)
    found = f"PostgreSQL {s.scalar(text('SHOW server_version'))} answers"
    if number < MIN_POSTGRESQL_VERSION:
        return PartCheck(part="database", state="wrong", found=found, advice="Upgrade it to version 14 or newer.")
    return PartCheck(part="database", state="ok", found=found)


def _check_integrity(s: Session) -> PartCheck:
    said = s.scalars(text("PRAGMA quick_check(1)")).first()
    if said != "ok":
        advice = "Stop everything and restore the backup; look at the disk."
        return PartCheck(part="integrity", state="wrong", found=f"The database is damaged: {said}", advice=advice)
    return PartCheck(part="integrity", state="ok", found="the database is whole")


def _check_clock(s: Session) -> PartCheck:
    before = time.time()
    theirs = s.scalars(select(now())).one()
    apart = theirs - (before + time.time()) / 2
    found = f"the database's is {abs(apart):.1f} s {'ahead of' if apart > 0 else 'behind'} this machine's"
    if abs(apart) > MAX_CLOCK_SKEW_SECONDS:
        advice = "Let both be set by NTP. Leases are safe, being timed by the database alone; logs and ages mislead."
        return PartCheck(part="clock", state="warning", found=found, advice=advice)
    return PartCheck(part="clock", state="ok", found=found)


def _check_queue(s: Session, settings: Settings) -> Iterator[PartCheck]:
    """Jobs whose worker is lost, or that nobody begins."""
    work = get_queue_stats(s)
    queued, running = work.jobs["queued"], work.jobs["running"]
    lapsed, oldest = work.oldest_expired_lease_seconds, work.oldest_queued_seconds
    if lapsed > MAX_LAPSED_SECONDS + settings.reconcile_seconds:
        found = f"a running job has had no worker for {lapsed:,.0f} s, and none takes it over"
        yield PartCheck(part="leases", state="wrong", found=found, advice="Start a worker: `gradus work`.")
    else:
        yield PartCheck(part="leases", state="ok", found=f"{running} running jobs, none without a worker for long")
    found = f"{queued} jobs wait, the oldest for {oldest:,.0f} s"
    if oldest <= MAX_QUEUED_SECONDS:
        yield PartCheck(part="queue", state="ok", found=found)
    elif running:
        yield PartCheck(
            part="queue", state="warning", found=found, advice="Workers are busy: add some if that is long."
        )
    else:
        advice = (
            "No worker takes them: start one, or see in its log that it uses this database and has room on its disk."
        )
        yield PartCheck(part="queue", state="wrong", found=found, advice=advice)


def _check_files(s: Session, files: FileStore) -> Iterator[PartCheck]:
    """Files that no row names, and rows whose file is gone."""
    try:
        lost, gone = retention.list_unreferenced(s, files, MIN_ORPHAN_SECONDS), retention.list_missing(s, files)
    except (StorageUnavailable, OSError):
        return  # told of as the storage
    if gone:
        found = f"{len(gone)} files of datasets are gone, such as {gone[0]}"
        advice = "Restore them from the backup, or delete these datasets: jobs that read them will fail."
        yield PartCheck(part="files", state="wrong", found=found, advice=advice)
    elif lost:
        found = f"{len(lost)} old files belong to nothing, such as {lost[0]}"
        advice = "A worker sweeps them within ten minutes; if they stay, see its log for `could not clean up`."
        yield PartCheck(part="files", state="warning", found=found, advice=advice)
    else:
        yield PartCheck(part="files", state="ok", found="every dataset has its files, and every file its row")


def _check_broker(settings: Settings) -> PartCheck:
    if Hints(settings.broker).broker_answers():
        return PartCheck(part="broker", state="ok", found="it answers")
    advice = "Start it, or correct GRADUS_BROKER_URL; `gradus up` brings one along."
    found = f"it does not answer: work begins up to {settings.reconcile_seconds:g} s later"
    return PartCheck(part="broker", state="warning", found=found, advice=advice)
