"""Jobs whose worker or broker is killed, stopped or shut down.

A job that must still be at work when something is done to it is an endless one, which is told to finish afterwards.
"""

import os
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from store.database import begin_write
from store.tables import EpochRow, JobRow
from tests.databases import on_every_kind
from tests.integration.worker.tables_to_learn import sums
from tests.pictures import has_package, zip_of
from tests.running import Installation, Worker, wait_for

pytestmark = on_every_kind

ENDLESS = {"epochs": 1_000_000, "early_stopping": None}


@pytest.fixture(scope="module")
def installation(module_installation: Installation) -> Installation:
    return module_installation


def ensure_workers(installation: Installation, workers: int) -> None:
    """Start as many workers as tests before have left too few."""
    begun = [
        installation.begin_worker() for _ in range(workers - sum(worker.is_running for worker in installation.workers))
    ]
    for worker in begun:
        worker.wait_for_log("trainer ready")


def find_holder(installation: Installation, job_id: str) -> tuple[Worker, int]:
    """The worker that has the job, and the process id of the trainer that works on it."""
    trainer = int(installation.job(job_id).worker.split(":")[1])
    return next(
        worker for worker in installation.workers if worker.is_running and trainer in worker.trainers()
    ), trainer


def read_curve(epochs: list[EpochRow]) -> list[tuple[object, ...]]:
    """All that was recorded of a training, but the time that it took."""
    return [(e.epoch, e.train_loss, e.validation_loss, e.metrics, e.learning_rate, e.gradient_norm) for e in epochs]


def has_ended(pid: int) -> bool:
    """Whether a process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def stop_processes(installation: Installation, job_id: str, *pids: int) -> None:
    """Stop processes at a moment at which they hold no lock in the database, for which all others would wait."""
    while True:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            with begin_write(installation.sessions) as s:
                s.execute(select(JobRow.id).where(JobRow.id == job_id).with_for_update(nowait=True))
        except OperationalError:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
            time.sleep(0.05)
        else:
            return


def test_writes_of_a_worker_resumed_after_its_lease_are_refused(installation: Installation):
    ensure_workers(installation, 2)
    job_id = installation.submit(installation.add_dataset(sums()), "y", **ENDLESS)
    installation.wait_for_epoch(job_id, 5)
    worker, trainer = find_holder(installation, job_id)
    before = len(worker.read_log())
    stop_processes(installation, job_id, trainer, worker.pid)
    wait_for(lambda: installation.job(job_id).token == 2, "the take-over")
    os.kill(trainer, signal.SIGCONT)
    worker.send(signal.SIGCONT)
    wait_for(lambda: "another worker has claimed it" in worker.read_log()[before:], "the refusal")
    job = installation.finish(job_id)

    assert (job.status, job.attempts, job.token) == ("succeeded", 2, 2)
    assert [epoch.epoch for epoch in installation.epochs(job_id)] == list(range(1, job.epoch + 1))


def test_a_killed_trainer_costs_an_attempt_and_no_epoch(installation: Installation):
    ensure_workers(installation, 1)
    job_id = installation.submit(installation.add_dataset(sums()), "y", **ENDLESS)
    installation.wait_for_epoch(job_id, 5)
    worker, trainer = find_holder(installation, job_id)
    os.kill(trainer, signal.SIGKILL)
    wait_for(lambda: installation.job(job_id).token == 2, "the next claim")
    job = installation.finish(job_id)

    assert (job.status, job.attempts) == ("succeeded", 2)
    assert [epoch.epoch for epoch in installation.epochs(job_id)] == list(range(1, job.epoch + 1))
    wait_for(lambda: len(worker.trainers()) == 1 and trainer not in worker.trainers(), "another trainer")


@pytest.mark.skipif(not has_package(), reason="the extra `images` is not installed")
def test_a_worker_killed_while_it_makes_features_leaves_nothing_broken(installation: Installation):
    """And those that another one makes are what a worker by itself makes."""
    ensure_workers(installation, 1)
    drawings = sorted(Path(__file__).parents[3].glob("examples/drawings/*/*.png"))
    archive = zip_of({f"{path.parent.name}/{path.name}": path.read_bytes() for path in drawings})
    dataset = installation.add_dataset(archive)
    spec = {"epochs": 2, "layers": [], "image": {"features": "pretrained", "size": 256}}
    job_id = installation.submit(dataset, "label", **spec)
    wait_for(lambda: installation.job(job_id).prepared is not None, "the first features")
    worker, trainer = find_holder(installation, job_id)
    worker.kill()
    wait_for(lambda: has_ended(trainer), "the end of a trainer without its main process")
    folder = installation.folder / "files" / "datasets" / dataset / "features"
    assert [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".part")] == []

    ensure_workers(installation, 1)
    job = installation.wait_for_end(job_id)

    assert (job.status, job.attempts) == ("succeeded", 2)
    (kept,) = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".part")]
    assert installation.dataset_row(dataset).feature_bytes == kept.stat().st_size == len(drawings) * 1280 * 4
    alone = installation.submit(again := installation.add_dataset(archive), "label", **spec)
    assert installation.wait_for_end(alone).weights_sha256 == job.weights_sha256
    assert next((folder.parents[1] / again / "features").rglob("0")).read_bytes() == kept.read_bytes()


def test_a_trainer_that_gets_sigterm_releases_its_job(installation: Installation):
    ensure_workers(installation, 1)
    job_id = installation.submit(installation.add_dataset(sums()), "y", **ENDLESS)
    installation.wait_for_epoch(job_id, 5)
    worker, trainer = find_holder(installation, job_id)
    os.kill(trainer, signal.SIGTERM)
    wait_for(lambda: installation.job(job_id).token == 2, "the next claim")

    job = installation.job(job_id)
    assert (job.status, job.attempts) == ("running", 1)
    assert [resume["reason"] for resume in job.resumes] == ["handed_back"]
    assert worker.is_running


def test_a_worker_that_gets_sigterm_releases_its_jobs(installation: Installation):
    ensure_workers(installation, 2)
    job_id = installation.submit(installation.add_dataset(sums()), "y", **ENDLESS)
    installation.wait_for_epoch(job_id, 5)
    worker, trainer = find_holder(installation, job_id)
    worker.send(signal.SIGTERM)

    assert worker.wait() == 0
    assert has_ended(trainer)
    assert "handed back" in worker.read_log()
    wait_for(lambda: installation.job(job_id).token == 2, "the other worker's claim")
    job = installation.job(job_id)
    assert (job.status, job.attempts, job.strikes) == ("running", 1, 0)
    assert [resume["reason"] for resume in job.resumes] == ["handed_back"]


def test_a_job_of_a_killed_worker_ends_with_the_bits_of_an_uninterrupted_run(installation: Installation):
    ensure_workers(installation, 1)
    disturbed = installation.submit(installation.add_dataset(sums()), "y", **ENDLESS)
    installation.wait_for_epoch(disturbed, 20)
    worker, trainer = find_holder(installation, disturbed)
    worker.kill()
    wait_for(lambda: has_ended(trainer), "the end of a trainer without its main process")
    recorded = read_curve(installation.epochs(disturbed))
    ensure_workers(installation, 1)
    wait_for(lambda: installation.job(disturbed).token == 2, "the next claim")
    job = installation.finish(disturbed)
    undisturbed = installation.reproduce(disturbed)

    assert (job.status, job.attempts, job.token) == ("succeeded", 2, 2)
    assert [(resume["epoch"], resume["reason"]) for resume in job.resumes] == [(len(recorded), "worker_lost")]
    assert undisturbed.attempts == 1
    assert read_curve(installation.epochs(disturbed))[: len(recorded)] == recorded
    assert read_curve(installation.epochs(disturbed)) == read_curve(installation.epochs(undisturbed.id))
    assert len(installation.epochs(disturbed)) == job.epoch
    assert undisturbed.reproduction == {"match": True, "first_difference": None}
    assert job.weights_sha256 == undisturbed.weights_sha256
    assert job.best == undisturbed.best
    assert job.reproducible
