"""Connections, transactions and errors of SQLite and PostgreSQL."""

import threading
import time
import traceback
from contextlib import suppress

import pytest
from sqlalchemy import Connection, Engine, exc, func, select, text, update

from store import database, sqlite
from store.database import SessionFactory, begin_read, begin_write, first_line, is_disk_full, now, open_database
from store.tables import DatasetRow, JobRow
from tests.unit.store.factories import add_dataset

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 37, 2), "TRUNCATE"),
        ((3, 40, 1), "TRUNCATE"),
        ((3, 44, 5), "TRUNCATE"),
        ((3, 44, 6), "WAL"),
        ((3, 45, 0), "TRUNCATE"),
        ((3, 50, 6), "TRUNCATE"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 2), "TRUNCATE"),
        ((3, 51, 3), "WAL"),
        ((3, 52, 0), "WAL"),
        ((4, 0, 0), "WAL"),
    ],
)
def test_only_versions_without_the_wal_reset_bug_write_ahead(version: tuple[int, int, int], mode: str) -> None:
    assert sqlite.choose_journal_mode(version) == mode


@on_sqlite
def test_every_sqlite_connection_has_full_sync_a_busy_timeout_and_foreign_keys(engine: Engine) -> None:
    with engine.connect() as first, engine.connect() as second:
        for connection in (first, second):
            asked = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
            values = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
            assert values == [sqlite.choose_journal_mode(sqlite.VERSION).lower(), 2, 5000, 1]


def test_a_database_that_only_lives_in_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="must be a file"):
        open_database("sqlite://")


def test_the_clock_counts_unix_seconds_and_their_parts(db: SessionFactory) -> None:
    with begin_read(db) as s:
        moments = [s.scalars(select(now())).one() for _ in range(50)]
    assert moments == sorted(moments)
    assert abs(moments[0] - time.time()) < 60
    assert any(moment % 1 for moment in moments)


def test_every_postgresql_connection_has_timeouts(postgresql_url: str) -> None:
    engine = open_database(postgresql_url)
    with engine.connect() as connection:
        asked = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        assert [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in asked] == ["30s", "5s", "1min"]
    engine.dispose()


def test_a_full_disk_of_postgresql_is_recognized(postgresql_url: str) -> None:
    engine = open_database(postgresql_url)
    with engine.connect() as connection, pytest.raises(exc.OperationalError) as full:
        connection.exec_driver_sql("DO $$ BEGIN RAISE 'no space' USING ERRCODE = 'disk_full'; END $$")
    with engine.connect() as connection, pytest.raises(exc.OperationalError) as other:
        connection.exec_driver_sql("DO $$ BEGIN RAISE 'go away' USING ERRCODE = 'admin_shutdown'; END $$")
    engine.dispose()

    assert is_disk_full(full.value)
    assert not is_disk_full(other.value)


def test_an_idle_connection_that_was_lost_is_reopened(postgresql_url: str) -> None:
    engine, other = open_database(postgresql_url), open_database(postgresql_url)
    with engine.connect() as connection:
        cut = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    with other.connect() as connection:
        assert connection.exec_driver_sql(f"SELECT pg_terminate_backend({cut}, 5000)").scalar()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar() != cut
    engine.dispose()
    other.dispose()


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_any_postgresql_url_means_our_driver(scheme: str) -> None:
    engine = open_database(f"{scheme}://me:p%40ss@db.example:5433/gradus?sslmode=require")
    assert engine.url.render_as_string(hide_password=False) == (
        "postgresql+psycopg://me:p%40ss@db.example:5433/gradus?sslmode=require"
    )


@pytest.mark.parametrize("url", ["postgresql://me:s3cret@db:5x/gradus", "s3cret", "s3cret://db"])
def test_an_invalid_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="not the URL of a database") as refused:
        open_database(url)
    assert "s3c" not in "".join(traceback.format_exception(refused.value)).replace(repr(url), "")


def test_driver_errors_contain_neither_statement_nor_values(db: SessionFactory) -> None:
    with pytest.raises(exc.DBAPIError) as broken, begin_read(db) as s:
        s.execute(text("SELECT 1 FROM nowhere WHERE id = :id"), {"id": "s3cret"})
    assert "nowhere" in first_line(broken.value)
    assert "s3cret" not in first_line(broken.value)
    assert len(first_line(broken.value).splitlines()) == 1


def test_writing_commits_at_the_end(db: SessionFactory) -> None:
    with begin_write(db) as s:
        row = add_dataset(s)
    with begin_read(db) as s:
        kept = s.get_one(DatasetRow, row.id)
    assert (kept.name, kept.created_at) == ("houses.csv", row.created_at)


def test_writing_is_rolled_back_on_an_error(db: SessionFactory) -> None:
    def break_off() -> None:
        with begin_write(db) as s:
            add_dataset(s)
            raise KeyError

    with pytest.raises(KeyError):
        break_off()
    with begin_read(db) as s:
        assert s.scalar(select(func.count()).select_from(DatasetRow)) == 0


@on_sqlite
def test_begin_write_takes_the_write_lock_at_once_and_begin_read_does_not(db: SessionFactory, engine: Engine) -> None:
    other = sqlite.driver.connect(str(engine.url.database), timeout=0, isolation_level=None)
    try:
        with begin_read(db) as s:
            s.scalar(select(func.count()).select_from(DatasetRow))
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
        with begin_write(db), pytest.raises(sqlite.driver.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    finally:
        other.close()


def test_eight_threads_never_find_the_database_locked(db: SessionFactory) -> None:
    with begin_write(db) as s:
        dataset_id = add_dataset(s).id
    rounds, errors = 25, list[Exception]()

    def write() -> None:
        for _ in range(rounds):
            with begin_write(db) as s:
                s.execute(update(DatasetRow).values(revision=DatasetRow.revision + 1))

    def read() -> None:
        for _ in range(rounds * 4):
            with begin_read(db) as s:
                s.get_one(DatasetRow, dataset_id)

    def run_and_record(work: object) -> None:
        try:
            assert callable(work)
            work()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run_and_record, args=[work]) for work in (write, read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with begin_read(db) as s:
        assert s.get_one(DatasetRow, dataset_id).revision == 1 + 4 * rounds


@on_sqlite
def test_a_write_that_times_out_is_unavailable(db: SessionFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 0.05)
    with begin_write(db), pytest.raises(exc.TimeoutError, match="try again"), begin_write(db):
        pass
    with begin_write(db) as s:
        add_dataset(s)


def test_nothing_that_is_not_finite_is_stored_in_a_document(db: SessionFactory) -> None:
    with begin_read(db) as s:
        s.add(JobRow(id="job_1", owner="local", dataset_id="ds_1", spec={"seed": float("nan")}, epochs=1))
        with pytest.raises((exc.StatementError, ValueError), match="not JSON compliant"):
            s.flush()


def test_a_state_that_does_not_exist_is_refused(db: SessionFactory) -> None:
    with pytest.raises(exc.IntegrityError, match="ck_datasets_status"), begin_write(db) as s:
        add_dataset(s, status="lost")


@on_postgresql
def test_a_service_process_takes_few_of_the_connections_of_postgresql(engine: Engine) -> None:
    resolver = open_database(engine.url, autocommit=True)
    held: list[Connection] = []
    try:
        for pool_engine in (engine, resolver):
            pool_engine.pool._timeout = 0.01
            with suppress(exc.TimeoutError):
                while True:
                    held.append(pool_engine.connect())
        assert len(held) == 20
    finally:
        for connection in held:
            connection.close()
        resolver.dispose()
