"""Retention: what a worker deletes by itself, as its settings say."""

import os
import time
from typing import Any

from sqlalchemy import update

from contract.settings import Settings
from process.shared_flags import ShutdownFlag
from store import predictions
from store.database import begin_read, begin_write, now
from store.files import INSTALLATION_KEY
from store.installation import adopt_files
from store.tables import DatasetRow, JobRow, ModelRow, PredictionRow
from tests.databases import on_every_kind
from tests.integration.worker.tables_to_learn import sums
from tests.running import OWNER, Installation, wait_for
from worker.cleanup import delete_expired
from worker.context import WorkerContext

pytestmark = on_every_kind


def is_there(installation: Installation, job_id: str, dataset_id: str) -> tuple[bool, bool]:
    with begin_read(installation.sessions) as s:
        return s.get(JobRow, job_id) is not None, s.get(DatasetRow, dataset_id) is not None


def ended_job(installation: Installation) -> tuple[str, str]:
    """A job that was cancelled, and the dataset that only it has learned from, whose files look old."""
    dataset_id = installation.add_dataset(sums())
    job_id = installation.submit(dataset_id, "y")
    installation.cancel(job_id)
    for key in installation.files.list_keys(f"datasets/{dataset_id}/"):
        os.utime(installation.folder / "files" / key, (0, 0))
    return job_id, dataset_id


def clean_up(installation: Installation, uptime: float) -> None:
    """Run the cleanup as a trainer does whose worker has run for so many seconds."""
    settings = Settings(data_dir=installation.folder, database_url=installation.database_url)
    started_at = time.monotonic() - uptime
    shared: dict[str, Any] = {"sessions": installation.sessions, "files": installation.files}
    delete_expired(
        WorkerContext(settings=settings, worker="w", shutdown=ShutdownFlag(), started_at=started_at, **shared)
    )


def test_by_default_nothing_but_orphans_goes_and_those_after_an_hour_to_the_trash(installation: Installation):
    job_id, dataset_id = ended_job(installation)
    stray = "checkpoints/job_lost/1_1_0"
    installation.files.put([b"data"], stray, 10)
    os.utime(installation.folder / "files" / stray, (0, 0))
    clean_up(installation, uptime=3500)
    assert installation.files.exists(stray)
    clean_up(installation, uptime=3600)

    assert is_there(installation, job_id, dataset_id) == (True, True)
    assert not installation.files.exists(stray)
    assert [key.split("/", 2)[2] for key in installation.files.list_keys("trash/")] == [stray]
    assert installation.files.exists(f"datasets/{dataset_id}/original")


def test_nothing_is_deleted_while_the_files_belong_to_another_database(installation: Installation):
    job_id, dataset_id = ended_job(installation)
    old = ["trash/20200101/datasets/ds_lost/original", f"datasets/{dataset_id}/original"]
    for key, content in zip([old[0], INSTALLATION_KEY], [b"data", b"ins_other"], strict=True):
        installation.files.put([content], key, 10)
    before = list(installation.files.list_keys())
    clean_up(installation, uptime=7200)

    assert set(old) < set(before)
    assert list(installation.files.list_keys()) == before
    adopt_files(installation.sessions, installation.files)
    clean_up(installation, uptime=0)
    assert set(before) - set(installation.files.list_keys()) == {old[0]}
    assert is_there(installation, job_id, dataset_id) == (True, True)


def test_jobs_and_datasets_past_their_retention_are_deleted_with_their_files(installation: Installation):
    job_id, dataset_id = ended_job(installation)
    awaited = installation.add_dataset(sums())
    waiting = installation.submit(awaited, "y", epochs=1)
    worker = installation.start_worker(keep_jobs_days=1e-7, keep_datasets_days=1e-7, min_free_bytes=2**62)
    wait_for(lambda: "cleaned up" in worker.read_log(), "the sweep")

    assert is_there(installation, job_id, dataset_id) == (False, False)
    assert not [key for key in installation.files.list_keys() if dataset_id in key], "deleted, also from the trash"
    assert is_there(installation, waiting, awaited) == (True, True), "it waits for room on the disk"
    assert installation.job(waiting).status == "queued"


def test_recorded_predictions_go_after_their_days(installation: Installation):
    job_id = installation.submit(installation.add_dataset(sums()), "y")
    with begin_write(installation.sessions) as s:
        model = ModelRow(
            id="mdl_1",
            owner=OWNER,
            name="m",
            version=1,
            job_id=job_id,
            dataset_id="ds_1",
            dataset_sha256="",
            task="regression",
            target="y",
            classes=None,
            inputs=[],
            parameters=1,
            weights_sha256="",
            metrics={},
            targets=None,
        )
        s.add(model)
        s.flush()
        predictions.add(s, "mdl_1", [b""] * 1500, [b"\0" * 8] * 1500, max_rows=5000)
        s.execute(update(PredictionRow).values(created_at=now() - 91 * 86400))
        kept = predictions.add(s, "mdl_1", [b""], [b"\0" * 8], max_rows=5000)
    clean_up(installation, uptime=0)
    with begin_read(installation.sessions) as s:
        assert [row.id for row in predictions.list_newest(s, "mdl_1", 10)] == kept
