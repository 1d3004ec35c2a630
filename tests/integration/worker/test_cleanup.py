"""Retention: what a worker deletes by itself, as its settings say."""

import os

from store.errors import NotFound
from tests.integration.worker.tables_to_learn import sums
from tests.running import Installation, wait_for


def is_there(installation: Installation, job_id: str, dataset_id: str) -> tuple[bool, bool]:
    found: list[bool] = []
    for look, thing in ((installation.job, job_id), (installation.dataset_row, dataset_id)):
        try:
            found.append(bool(look(thing)))
        except NotFound:
            found.append(False)
    return found[0], found[1]


def ended_job(installation: Installation) -> tuple[str, str]:
    """A job that was cancelled, and the dataset that only it has learned from, whose files look old."""
    dataset_id = installation.add_dataset(sums())
    job_id = installation.submit(dataset_id, "y")
    installation.cancel(job_id)
    for key in installation.files.list_keys(f"datasets/{dataset_id}/"):
        os.utime(installation.folder / "files" / key, (0, 0))
    return job_id, dataset_id


def test_by_default_nothing_is_deleted(installation: Installation):
    job_id, dataset_id = ended_job(installation)
    stray = "checkpoints/job_lost/1_1_0"
    installation.files.put([b"data"], stray, 10)
    os.utime(installation.folder / "files" / stray, (0, 0))
    worker = installation.start_worker()
    wait_for(lambda: "cleaned up" in worker.read_log(), "the sweep")

    assert is_there(installation, job_id, dataset_id) == (True, True)
    assert not installation.files.exists(stray)
    assert [key.split("/", 2)[2] for key in installation.files.list_keys("trash/")] == [stray]
    assert installation.files.exists(f"datasets/{dataset_id}/original")


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
