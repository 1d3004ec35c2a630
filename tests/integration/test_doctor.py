"""`gradus doctor` on sound installations, and on installations with one fault each."""

import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text, update

from contract.doctor import InstallationCheck, PartCheck
from contract.settings import Settings
from service.operating.adoption import adopt_files
from service.operating.doctor import check_installation
from store import datasets, sqlite
from store.database import begin_write
from store.files import INSTALLATION_KEY
from store.jobs import claims, jobs
from store.tables import DatasetRow, JobRow
from tests.databases import KINDS, on_every_kind
from tests.integration.worker.tables_to_learn import sums
from tests.running import Installation

GRADUS = Path(sys.executable).with_name("gradus")


@pytest.fixture
def installation(installation: Installation) -> Installation:
    """A sound installation with a dataset, without a process but the broker."""
    installation.add_dataset(sums())
    return installation


def with_settings(installation: Installation, **settings: Any) -> dict[str, Any]:
    return {
        "data_dir": installation.folder,
        "database_url": installation.database_url,
        "broker_url": installation.broker_url,
        "min_free_bytes": 0,
        **settings,
    }


def findings(installation: Installation, **settings: Any) -> tuple[bool, dict[str, PartCheck]]:
    """Whether it is well, and what was found of each part."""
    found = check_installation(Settings(**with_settings(installation, **settings)))
    return found.well, {finding.part: finding for finding in found.findings}


def doctor(installation: Installation, *options: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    """The command, as people type it."""
    chosen = {f"GRADUS_{name.upper()}": str(value) for name, value in with_settings(installation, **settings).items()}
    return subprocess.run(
        [GRADUS, "doctor", *options], env=os.environ | chosen, capture_output=True, text=True, check=False
    )


def unwell(found: dict[str, PartCheck]) -> dict[str, str]:
    return {part: finding.state for part, finding in found.items() if finding.state != "ok"}


def states(printed: str) -> set[tuple[str, str]]:
    """The parts and their states, out of the table for people."""
    rows = [line.split() for line in printed.splitlines() if not line.startswith(" ")]
    return {(row[0], row[1]) for row in rows if len(row) > 2}


@on_every_kind
def test_a_sound_installation_passes_all_checks(installation: Installation):
    well, found = findings(installation)

    assert (well, unwell(found)) == (True, {})
    parts = {
        "versions",
        "permissions",
        "storage",
        "disk",
        "database",
        "tables",
        "clock",
        "leases",
        "queue",
        "files",
        "broker",
    }
    assert parts <= found.keys()
    assert ("journal" in found) == ("integrity" in found) == ("sqlite" in installation.database_url)


@pytest.mark.parametrize("kind", KINDS[1:], indirect=True)
def test_findings_and_remedies_are_printed_as_a_table_and_as_json(installation: Installation):
    well, full = doctor(installation), doctor(installation, "--json", min_free_bytes=2**62)
    found = InstallationCheck.model_validate_json(full.stdout)

    assert (well.returncode, full.returncode) == (0, 1)
    assert states(well.stdout) >= {("versions", "ok"), ("disk", "ok"), ("broker", "ok")}
    assert [(one.part, one.state) for one in found.findings if one.state != "ok"] == [("disk", "wrong")]
    assert "Delete datasets" in next(one.advice for one in found.findings if one.part == "disk")


@on_every_kind
def test_jobs_without_a_live_lease_are_reported(installation: Installation):
    lost, waiting = (installation.submit(installation.add_dataset(sums()), "y") for _ in range(2))
    with begin_write(installation.sessions) as s:
        assert claims.claim(s, "a worker that is gone", 30.0)
        s.execute(update(JobRow).where(JobRow.id == lost).values(leased_until=JobRow.leased_until - 100.0))
    lapsed = unwell(findings(installation)[1])
    with begin_write(installation.sessions) as s:
        jobs.cancel(s, "local", lost)
        s.execute(update(JobRow).where(JobRow.id == waiting).values(created_at=JobRow.created_at - 3600.0))
    well, found = findings(installation)

    assert lapsed == {"leases": "wrong"}
    assert (well, unwell(found)) == (False, {"queue": "wrong"})
    assert "start one" in found["queue"].advice


@pytest.mark.parametrize("row", [JobRow, DatasetRow])
def test_leases_from_the_future_are_reported(installation: Installation, row: type[JobRow | DatasetRow]):
    installation.submit(installation.add_dataset(sums()), "y")
    installation.add_unread_dataset(sums())
    with begin_write(installation.sessions) as s:
        assert (claims.claim if row is JobRow else datasets.claim)(s, "a worker that is gone", 30.0)
        s.execute(update(row).where(row.leased_until.is_not(None)).values(leased_until=row.leased_until + 3600.0))
    well, found = findings(installation)

    assert (well, unwell(found)) == (False, {"leases": "wrong"})
    assert "ends in 3,6" in found["leases"].found
    assert "none is longer than 60 s" in found["leases"].found


def test_orphaned_files_and_missing_files_are_reported(installation: Installation):
    stray = installation.folder / "files" / "datasets" / "ds_stray" / "original"
    stray.parent.mkdir()
    stray.write_text("a,b\n")
    young = unwell(findings(installation)[1])
    os.utime(stray, (0, 0))
    stray_found = findings(installation)
    installation.files.delete(f"datasets/{installation.add_dataset(sums())}/table.parquet")
    well, found = findings(installation)

    assert young == {}
    assert (stray_found[0], unwell(stray_found[1])) == (True, {"files": "warning"})
    assert (well, unwell(found)) == (False, {"files": "wrong"})
    assert "table.parquet" in found["files"].found


def test_data_that_other_users_can_read_is_reported(installation: Installation):
    installation.folder.chmod(0o755)
    well, found = findings(installation)

    assert (well, unwell(found)) == (True, {"permissions": "warning"})
    assert f"`chmod go= {installation.folder}`" in found["permissions"].advice


def test_files_of_another_database_are_reported_until_they_are_adopted(installation: Installation):
    installation.files.put([b"ins_other"], INSTALLATION_KEY, 100)
    well, found = findings(installation)
    settings = Settings(**with_settings(installation))

    assert (well, unwell(found)) == (False, {"files": "wrong"})
    assert "do not belong to this database" in found["files"].found
    assert "gradus adopt" in found["files"].advice
    assert "belong to this database from now on.\n" in adopt_files(settings)
    assert unwell(findings(installation)[1]) == {}


@on_every_kind
def test_a_database_with_missing_migrations_is_reported(installation: Installation):
    with installation.engine.begin() as connection:
        connection.execute(text("ALTER TABLE checkpoints RENAME TO others"))
    well, found = findings(installation)
    with installation.engine.begin() as connection:
        connection.execute(text("ALTER TABLE others RENAME TO checkpoints"))

    assert (well, unwell(found)) == (False, {"tables": "wrong"})
    assert "checkpoints" in found["tables"].found
    assert "migrations upgrade" in found["tables"].advice


@on_every_kind
def test_an_unreachable_database_is_reported(installation: Installation):
    nowhere = "postgresql://gradus:secret@127.0.0.1:1/gradus"
    well, found = findings(installation, database_url=nowhere)
    missing = findings(installation, database_url=f"sqlite:///{installation.folder / 'elsewhere.sqlite'}")

    assert (well, unwell(found)) == (False, {"database": "wrong"})
    assert "secret" not in found["database"].found
    assert (missing[0], unwell(missing[1])) == (False, {"database": "wrong"})
    assert not (installation.folder / "elsewhere.sqlite").exists(), "looking makes nothing"


def test_an_unreachable_broker_is_a_warning(installation: Installation):
    well, found = findings(installation, broker_url="redis://127.0.0.1:1/0")

    assert (well, unwell(found)) == (True, {"broker": "warning"})


def test_a_corrupt_sqlite_file_is_reported(installation: Installation):
    file = installation.folder / "gradus.sqlite"
    pages = bytearray(file.read_bytes())
    pages[2 * 4096 : 8 * 4096] = b"\xff" * (6 * 4096)
    file.write_bytes(pages)
    damaged = findings(installation)
    file.write_bytes(b"this is no database" * 1000)
    well, found = findings(installation)

    assert (damaged[0], well) == (False, False)
    assert "wrong" in unwell(damaged[1]).values()
    assert found["database"].state == "wrong"
    assert "backup" in found["database"].advice


def test_a_journal_mode_that_this_sqlite_can_corrupt_is_reported(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
):
    installation.engine.dispose()
    with closing(sqlite.driver.connect(installation.folder / "gradus.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")

    monkeypatch.setattr(sqlite, "VERSION", (3, 51, 2))
    assert unwell(findings(installation)[1]) == {"journal": "wrong"}
    monkeypatch.setattr(sqlite, "VERSION", (3, 51, 3))
    assert unwell(findings(installation)[1]) == {}


@on_every_kind
def test_clock_skew_is_reported(installation: Installation, monkeypatch: pytest.MonkeyPatch):
    now = time.time
    monkeypatch.setattr("service.operating.doctor.time", SimpleNamespace(time=lambda: now() - 60))
    well, found = findings(installation)

    assert (well, unwell(found)) == (True, {"clock": "warning"})
    assert "ahead of this machine's" in found["clock"].found


def test_a_data_folder_that_is_a_file_is_reported(installation: Installation):
    taken = installation.folder / "taken"
    taken.write_text("no folder")
    well, found = findings(installation, data_dir=taken)

    assert (well, found["storage"].state) == (False, "wrong")
    assert "GRADUS_DATA_DIR" in found["storage"].advice


def test_datasets_that_failed_need_no_files(installation: Installation):
    dataset_id = installation.add_unread_dataset("a\n")
    with begin_write(installation.sessions) as s:
        s.execute(update(DatasetRow).where(DatasetRow.id == dataset_id).values(status="failed"))
    installation.files.delete(f"datasets/{dataset_id}/original")

    assert unwell(findings(installation)[1]) == {}
