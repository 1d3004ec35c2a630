"""Migrations up and down, their agreement with the ORM classes, and concurrent upgrades."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON, create_engine, inspect, text

from contract.ids import new_id
from migrations import upgrade
from store import datasets
from store.database import begin_write, make_session_factory, open_database
from store.jobs import claims, jobs
from store.labels import change_labels
from store.tables import DatasetRow, JobRow, ModelRow, Row
from tests.unit.store.factories import NO_PROGRESS, add_model, epochs

on_sqlite = pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes databases without tables, and says their URLs."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres").create
    numbers = count(1)
    return lambda: f"sqlite:///{tmp_path / 'new folder' / f'gradus-{next(numbers)}.sqlite'}"


@pytest.fixture
def url(empty_database: Callable[[], str]) -> str:
    return empty_database()


def tables(url: str) -> dict[str, Any]:
    """All that the database knows of its tables, as SQLAlchemy finds it there."""
    engine = create_engine(url)
    try:
        found = inspect(engine)
        return {
            table: {
                "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(table)],
                "key": found.get_pk_constraint(table),
                "checks": sorted((c["name"], c["sqltext"]) for c in found.get_check_constraints(table)),
                "unique": found.get_unique_constraints(table),
                "foreign": found.get_foreign_keys(table),
                "indexes": sorted((i["name"], i["column_names"], i["unique"]) for i in found.get_indexes(table)),
                "options": found.get_table_options(table),
            }
            for table in found.get_table_names()
        }
    finally:
        engine.dispose()


def run(url: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "migrations", *arguments]
    environment = {**os.environ, "GRADUS_DATABASE_URL": url}
    return subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )


def test_migrations_upgrade_downgrade_and_upgrade_again(url: str) -> None:
    upgrade.apply_migrations(url)
    first = tables(url)
    assert set(Row.metadata.tables) < set(first)
    upgrade.revert_migrations(url, "base")
    assert set(tables(url)) == {"alembic_version"}
    upgrade.apply_migrations(url)
    assert tables(url) == first


def differs_as_json(
    _: MigrationContext, column: Any, _orm: Any, found: str | None, wanted: Any, *_rendered: Any
) -> bool | None:
    """Whether two defaults of JSON differ, which PostgreSQL cannot compare; none for those of other types."""
    if not isinstance(column.type, JSON):
        return None
    return (found or "").split("'")[1:2] != ([] if wanted is None else [wanted.arg])


def test_migrations_produce_the_schema_of_the_orm_classes(url: str, empty_database: Callable[[], str]) -> None:
    upgrade.apply_migrations(url)
    engine = open_database(url)
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": differs_as_json}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Row.metadata) == []
    engine.dispose()
    fresh = empty_database()
    made = open_database(fresh)
    Row.metadata.create_all(made)
    made.dispose()
    stepped = tables(url)
    del stepped["alembic_version"]
    assert stepped == tables(fresh)


def test_upgrading_again_changes_nothing(url: str) -> None:
    upgrade.apply_migrations(url)
    engine = open_database(url)
    with begin_write(make_session_factory(engine)) as s:
        given = {"name": "a.csv", "format": "csv", "bytes": 1, "sha256": "ab", "types": {}}
        dataset = datasets.add(s, id=new_id("ds"), owner="local", **given)
        spec = '{"epochs": 3, "tags": {}}'
        jobs.add(s, id=new_id("job"), owner="local", dataset_id=dataset.id, spec_json=spec)
    upgrade.apply_migrations(url)
    with begin_write(make_session_factory(engine)) as s:
        assert claims.count_claimable(s) == 1
    engine.dispose()


def test_jobs_that_there_are_keep_their_states_when_ensembles_come_and_go(url: str) -> None:
    upgrade.apply_migrations(url)
    engine = open_database(url)
    dataset: dict[str, Any] = {
        "id": new_id("ds"),
        "name": "a.csv",
        "format": "csv",
        "bytes": 1,
        "sha256": "ab",
        "types": {},
    }
    spec = {"epochs": 3, "tags": {}, "time_limit_seconds": None, "split": {"folds": None}}
    ids = [new_id("job") for _ in range(3)]
    with begin_write(make_session_factory(engine)) as s:
        given: dict[str, Any] = {"owner": "local", "dataset_id": datasets.add(s, owner="local", **dataset).id}
        for job_id, nets in zip(ids, (1, 1, 5), strict=True):
            jobs.add(s, id=job_id, spec_json=json.dumps({**spec, "nets": nets}), **given)
        held = claims.claim(s, "worker", 30)
        assert held is not None
        assert claims.add_epochs(s, ids[0], held.token, epochs(1), NO_PROGRESS)
    engine.dispose()
    upgrade.revert_migrations(url, "0020")
    upgrade.apply_migrations(url)
    engine = open_database(url)
    with begin_write(make_session_factory(engine)) as s:
        assert [job.id for job in jobs.list_page(s, "local", 9)[0]] == ids[1::-1]
        assert claims.renew_lease(s, ids[0], held.token, 30)
        assert jobs.get(s, "local", ids[0]).epoch == 1
        later = new_id("job")
        jobs.add(s, id=later, spec_json=json.dumps({**spec, "nets": 2}), **given)
        jobs.cancel(s, "local", later)
        jobs.delete(s, "local", later)
        assert claims.count_claimable(s) == 1
    engine.dispose()


def test_jobs_from_before_presets_were_fast(url: str) -> None:
    upgrade.apply_migrations(url)
    engine = open_database(url)
    given: dict[str, Any] = {"name": "a.csv", "format": "csv", "bytes": 1, "sha256": "ab", "types": {}}
    spec = {"epochs": 3, "tags": {"a": "'ü' \\ \"b\""}, "optimizer": {"epsilon": 1e-08}}
    sent = [spec, {**spec, "preset": "balanced"}]
    ids = [new_id("job") for _ in sent]
    with begin_write(make_session_factory(engine)) as s:
        dataset = datasets.add(s, id=new_id("ds"), owner="local", **given)
        for job_id, each in zip(ids, sent, strict=True):
            jobs.add(s, id=job_id, owner="local", dataset_id=dataset.id, spec_json=json.dumps(each))
    upgrade.revert_migrations(url, "0022")
    upgrade.apply_migrations(url)
    with begin_write(make_session_factory(engine)) as s:
        stored = [jobs.get(s, "local", job_id).spec for job_id in ids]
    assert stored == [{**spec, "preset": "fast"}, sent[1]]
    engine.dispose()


def test_concurrent_upgrades_wait_for_each_other(url: str) -> None:
    started = [run(url, "upgrade") for _ in range(2)]
    ended = [(*process.communicate(timeout=60), process.returncode) for process in started]
    assert ended == [(f"{upgrade.get_newest_revision()}\n", "", 0)] * 2
    assert set(Row.metadata.tables) < set(tables(url))


def test_a_failed_migration_is_rolled_back(url: str) -> None:
    engine = open_database(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE models (in_the_way TEXT)"))
    engine.dispose()
    before = tables(url)
    with pytest.raises(Exception, match=r'models"? already exists'):
        upgrade.apply_migrations(url)
    assert tables(url) == before
    assert upgrade.get_revision(url) is None


def test_a_database_of_a_newer_version_is_refused_unchanged(url: str) -> None:
    upgrade.apply_migrations(url)
    engine = open_database(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    before = tables(url)
    for change in (upgrade.apply_migrations, upgrade.revert_migrations):
        with pytest.raises(upgrade.UnknownRevision, match="'9999'"):
            change(url)
    assert tables(url) == before
    result = run(url, "upgrade")
    out, err = result.communicate(timeout=60)
    assert (result.returncode, out) == (1, "")
    assert "GRADUS_DATABASE_URL" in err
    assert "Traceback" not in err


def test_an_unreachable_database_is_an_error_of_one_line_without_the_password() -> None:
    result = run("postgresql://me:s3cret@127.0.0.1:1/gradus", "upgrade")
    out, err = result.communicate(timeout=60)
    assert (result.returncode, out, len(err.splitlines())) == (1, "", 1)
    assert "refused" in err
    assert "GRADUS_DATABASE_URL" in err
    assert "s3cret" not in err


def test_the_command_upgrades_downgrades_and_prints_the_revision(url: str) -> None:
    revisions = list[str]()
    for arguments in (["current"], ["upgrade"], ["downgrade", "base"]):
        process = run(url, *arguments)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        revisions.append(out.strip())
    assert revisions == ["base", upgrade.get_newest_revision(), "base"]


@on_sqlite
def test_migrations_that_would_orphan_rows_are_rolled_back(url: str) -> None:
    upgrade.apply_migrations(url)

    def orphan() -> None:
        with upgrade.lock_database(url) as connection:
            connection.execute(text("INSERT INTO model_weights VALUES ('mdl_gone', x'00')"))

    with pytest.raises(RuntimeError, match="without their parents"):
        orphan()
    engine = open_database(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM model_weights")).scalar() == 0
    engine.dispose()


def test_a_damaged_sqlite_file_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "gradus.sqlite"
    file.write_bytes(b"this is no database" * 1000)
    process = run(f"sqlite:///{file}", "upgrade")
    _, said = process.communicate(timeout=60)

    assert process.returncode == 1
    assert said.count("\n") == 1
    assert "restore the backup" in said


def test_what_was_there_before_labels_is_found_and_ordered(url: str) -> None:
    upgrade.apply_migrations(url)
    engine = open_database(url)
    with begin_write(make_session_factory(engine)) as s:
        given: dict[str, Any] = {"name": "Häuser.csv", "format": "csv", "bytes": 1, "sha256": "ab", "types": {}}
        dataset = datasets.add(s, id=new_id("ds"), owner="local", **given)
        model = add_model(s)
        spec = {"epochs": 3, "tags": {"run": "A"}, "task": "classification", "model_name": "Ann", "target": "Art"}
        job = jobs.add(s, id=new_id("job"), owner="local", dataset_id=dataset.id, spec_json=json.dumps(spec))
        job.best = {"epoch": 1, "metrics": {"accuracy": 0.75}}
        ids = job.id, dataset.id, model
    upgrade.revert_migrations(url, "0027")
    upgrade.apply_migrations(url)
    with begin_write(make_session_factory(engine)) as s:
        for kind, row_id in zip((JobRow, DatasetRow, ModelRow), ids, strict=True):
            row = s.get_one(kind, row_id)
            assert row.words == change_labels(row, {})["words"]
        found, _ = jobs.list_page(s, "local", 9, text="art häuser", tag="run=a", task="classification")
        assert [(row.name, row.main_error) for row in found] == [("Ann", 0.25)]
    engine.dispose()
