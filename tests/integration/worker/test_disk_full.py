"""A worker on a real disk that is full for a while: jobs wait for space, and end with the bits of undisturbed ones."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.http.errors import to_problem_error
from store.database import begin_write, is_disk_full
from store.errors import DiskFull
from store.files.files import FolderFileStore
from store.tables import IdempotencyRow, JobRow
from tables import ingest
from tests.databases import on_every_kind
from tests.integration.worker.tables_to_learn import sums
from tests.running import Broker, Installation, wait_for
from tests.servers import _skip_or_fail

ENDLESS = {"epochs": 1_000_000, "early_stopping": None}
ROOM = 2**20
OFTEN, NEVER = 0.05, 3600.0


class Disk:
    """A small disk, which can be filled to the last byte."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        with self._ballast.open("ab", buffering=0) as file:
            for block in (b"\0" * 2**16, b"\0" * 512):
                while True:
                    try:
                        file.write(block)
                    except OSError:
                        break

    def empty(self) -> None:
        self._ballast.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    folder = tmp_path_factory.mktemp("disk")
    become = [] if os.geteuid() == 0 else ["sudo", "-n"]
    options = f"size=64m,uid={os.geteuid()},mode=700"
    try:
        mount = [*become, "mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        _skip_or_fail("a small disk cannot be mounted: that takes root, or sudo without a password")
    yield Disk(folder)
    subprocess.run([*become, "umount", "--lazy", str(folder)], check=True)


def place_on(disk: Disk, folder: Path, broker_url: str, database_url: str) -> Installation:
    """An installation whose files, and database if that is SQLite, are on the disk; its logs are not."""
    database_url = database_url or f"sqlite:///{disk.folder / folder.name / 'gradus.sqlite'}"
    (disk.folder / folder.name).mkdir()
    installation = Installation(folder, broker_url, database_url)
    installation.files = FolderFileStore(disk.folder / folder.name / "files")
    return installation


def result(installation: Installation, job: JobRow) -> tuple[object, ...]:
    curve = [(epoch.epoch, epoch.train_loss, epoch.weights_sha256) for epoch in installation.epochs(job.id)]
    return job.status, job.weights_sha256, job.best, curve


def is_left(installation: Installation, job_id: str) -> bool:
    """Whether the worker has stopped for want of room, as far as a full disk lets the database tell."""
    job = installation.job(job_id)
    stopped = "the disk is full" in installation.workers[-1].read_log()
    return stopped and (job.status == "queued" or "sqlite" in installation.database_url)


def go_through(installation: Installation, disk: Disk, checkpoint_seconds: float) -> None:
    """Train a job, the disk full in its midst, and again undisturbed, and compare."""
    dataset_id = installation.add_dataset(sums())
    worker = installation.start_worker(
        data_dir=disk.folder / installation.folder.name,
        min_free_bytes=ROOM,
        checkpoint_seconds=checkpoint_seconds,
        lease_seconds=1.0,
    )
    job_id = installation.submit(dataset_id, "y", **ENDLESS)
    installation.wait_for_epoch(job_id, 20)
    disk.fill()
    wait_for(lambda: is_left(installation, job_id), "the end of the work")
    before = installation.job(job_id).token
    time.sleep(2.0)  # two leases, and eight looks for work
    waiting = installation.job(job_id)
    disk.empty()
    job = installation.finish(job_id)
    undisturbed = installation.reproduce(job_id)

    assert (waiting.token, before) == (1, 1), "nobody tries again and again"
    assert result(installation, job) == result(installation, undisturbed)
    assert undisturbed.attempts == 1
    assert (job.attempts, job.strikes, job.token) == (1, 0, 2)
    assert [resume["reason"] for resume in job.resumes] == ["handed_back"]
    assert worker.is_running


@on_every_kind
def test_a_full_disk_at_a_checkpoint_delays_the_job_and_changes_no_bit(
    disk: Disk, joint_broker_url: str, joint_database: str, tmp_path: Path
):
    installation = place_on(disk, tmp_path, joint_broker_url, joint_database)
    try:
        go_through(installation, disk, OFTEN)
    finally:
        disk.empty()
        installation.close()


def test_a_full_disk_at_an_epoch_delays_the_job_and_changes_no_bit(disk: Disk, broker: Broker, tmp_path: Path):
    installation = place_on(disk, tmp_path, broker.unused_url(), "")
    try:
        go_through(installation, disk, NEVER)
    finally:
        disk.empty()
        installation.close()


def test_an_ingest_on_a_full_disk_fails_and_leaves_no_files(disk: Disk, tmp_path: Path):
    source = tmp_path / "table.csv"
    source.write_text(sums(10_000))
    files = FolderFileStore(disk.folder)
    files.put([b"here"], "datasets/ds_1/original", 4)
    disk.fill()
    try:
        with pytest.raises(DiskFull), files.create("datasets/ds_1/table.parquet") as into:
            ingest(source, "csv", into)
        assert list(files.list_keys("datasets/ds_1/")) == ["datasets/ds_1/original"]
    finally:
        disk.empty()


def test_a_full_disk_is_distinguished_from_an_unreachable_database(disk: Disk, broker: Broker, tmp_path: Path):
    installation = place_on(disk, tmp_path, broker.unused_url(), "")
    disk.fill()
    try:
        with pytest.raises(Exception, match="full") as caught, begin_write(installation.sessions) as s:
            s.add(IdempotencyRow(owner="o", key="k", route="r", body_sha256="0" * 2**20))
        assert is_disk_full(caught.value)
        assert to_problem_error(caught.value, "req_1").kind.slug == "disk-full"
    finally:
        disk.empty()
        installation.close()
