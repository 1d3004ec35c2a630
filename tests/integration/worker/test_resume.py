"""Interrupted jobs resume from their last checkpoint, and end with the bits of an uninterrupted job.

How far a job comes before it is told to finish depends on the machine; a reproduction then goes as far undisturbed.
"""

import json
import os
import signal
from typing import Any

import pytest
from sqlalchemy import select

from store.database import begin_read, begin_write
from store.jobs import checkpoints, jobs
from store.tables import CheckpointRow, JobRow
from tests.databases import on_postgresql_and_redis
from tests.integration.worker.tables_to_learn import choices, sums
from tests.running import OWNER, Installation, wait_for

pytestmark = on_postgresql_and_redis

OFTEN = {"checkpoint_seconds": 0.02, "lease_seconds": 1.0, "turn_seconds": 1.0, "log_format": "json"}
DROPOUT = [{"type": "dense", "units": 48}, {"type": "dropout", "rate": 0.2}, {"type": "dense", "units": 48}]
PLATEAU = {"type": "plateau", "patience": 2, "factor": 0.9}
ENDLESS = {"epochs": 1_000_000, "batch_size": 16, "early_stopping": None, "layers": DROPOUT, "schedule": PLATEAU}
LONG_EPOCHS = {**ENDLESS, "batch_size": 1, "split": {"validation": 0.0}}
MAX_KILLS = 10


@pytest.fixture(scope="module")
def installation(module_installation: Installation) -> Installation:
    module_installation.start_worker(**OFTEN)
    return module_installation


@pytest.fixture(scope="module")
def table(installation: Installation) -> str:
    return installation.add_dataset(sums(500))


@pytest.fixture(scope="module")
def wide_table(installation: Installation) -> str:
    return installation.add_dataset(sums(5000))


def training_result(installation: Installation, job: JobRow) -> tuple[object, ...]:
    """All that a training came to, but the time that it took."""
    return (
        job.status,
        job.stop_reason,
        job.weights_sha256,
        job.best,
        [
            (e.epoch, e.train_loss, e.validation_loss, e.metrics, e.learning_rate, e.gradient_norm, e.weights_sha256)
            for e in installation.epochs(job.id)
        ],
    )


def finish_and_compare(installation: Installation, job_id: str, more: int = 5) -> JobRow:
    """The job once it has gone on a few epochs and was told to finish, if it is as one that nothing happened to."""
    job = installation.finish(job_id, more)
    undisturbed = installation.reproduce(job_id)
    assert undisturbed.reproduction == {"match": True, "first_difference": None}
    assert training_result(installation, job)[2:] == training_result(installation, undisturbed)[2:]
    assert (undisturbed.attempts, undisturbed.resumes) == (1, [])
    return job


def list_checkpoints(installation: Installation, job_id: str) -> list[checkpoints.Checkpoint]:
    with begin_read(installation.sessions) as s:
        return checkpoints.list_newest_first(s, job_id)


def wait_for_checkpoint(installation: Installation, job_id: str, token: int = 1) -> None:
    """Wait until who claimed the job with this token has kept something of it."""
    mine = select(CheckpointRow.key).where(CheckpointRow.job_id == job_id, CheckpointRow.token == token).limit(1)

    def there() -> str | None:
        with begin_read(installation.sessions) as s:
            return s.scalar(mine)

    wait_for(there, f"a checkpoint of claim {token} of {job_id}")


def kill_the_trainer(installation: Installation, job_id: str) -> None:
    os.kill(int(installation.job(job_id).worker.split(":")[1]), signal.SIGKILL)


def list_events(installation: Installation, job_id: str, event: str) -> list[dict[str, Any]]:
    """The entries of the workers' logs of a job under this event, in order."""
    lines = [line for worker in installation.workers for line in worker.read_log().splitlines() if line.startswith("{")]
    events = [json.loads(line) for line in lines]
    return [entry for entry in events if entry.get("job") == job_id and entry["event"] == event]


def wait_for_event(installation: Installation, job_id: str, event: str, times: int = 1) -> None:
    wait_for(lambda: len(list_events(installation, job_id, event)) >= times, f"{event} of {job_id}, {times} times")


def request(installation: Installation, action: str, job_id: str) -> JobRow:
    with begin_write(installation.sessions) as s:
        return getattr(jobs, action)(s, OWNER, job_id)


def no_file_is_left(installation: Installation, job_id: str) -> bool:
    return not list_checkpoints(installation, job_id) and not list(
        installation.files.list_keys(f"checkpoints/{job_id}/")
    )


def test_a_job_whose_trainers_are_killed_resumes_from_its_checkpoint(installation: Installation, table: str):
    job_id = installation.submit(table, "y", **ENDLESS)
    for token in (1, 2):
        wait_for_checkpoint(installation, job_id, token=token)
        kill_the_trainer(installation, job_id)
    wait_for_checkpoint(installation, job_id, token=3)
    job = finish_and_compare(installation, job_id)

    assert (job.attempts, job.reproducible, job.strikes) == (3, True, 0)
    assert [resume["reason"] for resume in job.resumes] == ["worker_lost", "worker_lost"]
    resumed = [entry["epoch"] for entry in list_events(installation, job_id, "resumed")]
    assert 0 < resumed[0] < resumed[1]
    assert all(kept <= resume["epoch"] for kept, resume in zip(resumed, job.resumes, strict=True))
    assert no_file_is_left(installation, job_id)


def test_recommended_choices_resume_with_their_selection_metric(installation: Installation):
    asked = {"task": "recommendation", "user": "reader", "item": "book", "split": {"validation": 0.2}}
    job_id = installation.submit(installation.add_dataset(choices()), "book", **{**ENDLESS, **asked})
    wait_for_checkpoint(installation, job_id)
    installation.wait_for_epoch(job_id, 20)
    kill_the_trainer(installation, job_id)
    wait_for_event(installation, job_id, "resumed")
    job = finish_and_compare(installation, job_id)

    rankings = [epoch.metrics["ndcg_at_10"] for epoch in installation.epochs(job_id)]
    assert (job.attempts, job.best["selected_by"]) == (2, "ndcg_at_10")
    assert job.best["epoch"] == rankings.index(max(rankings)) + 1
    assert job.best["metrics"]["ndcg_at_10"] == max(rankings)


def test_a_job_resumes_in_the_middle_of_an_epoch(installation: Installation, wide_table: str):
    job_id = installation.submit(wide_table, "y", **LONG_EPOCHS)
    for kills in range(1, MAX_KILLS + 1):
        wait_for_checkpoint(installation, job_id, token=kills)
        kill_the_trainer(installation, job_id)
        wait_for_event(installation, job_id, "resumed", times=kills)
        if list_events(installation, job_id, "resumed")[-1]["rows"] > 0:  # and not between two epochs, as may happen
            break
    finish_and_compare(installation, job_id, more=1)

    assert list_events(installation, job_id, "resumed")[-1]["rows"] > 0


def test_a_corrupt_checkpoint_is_detected_and_the_previous_one_used(installation: Installation, table: str):
    job_id = installation.submit(table, "y", **ENDLESS)
    wait_for(lambda: len(list_checkpoints(installation, job_id)) == 2, "two checkpoints")
    request(installation, "pause", job_id)
    wait_for_event(installation, job_id, "stopped")
    newest, before = list_checkpoints(installation, job_id)
    file = installation.folder / "files" / newest.key
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    request(installation, "resume", job_id)
    wait_for_event(installation, job_id, "claimed", times=2)
    finish_and_compare(installation, job_id)

    assert [entry["key"] for entry in list_events(installation, job_id, "checkpoint cannot be used")] == [newest.key]
    assert [entry["epoch"] for entry in list_events(installation, job_id, "resumed")] == [before.epoch]


def test_a_paused_job_resumes_to_the_same_bits(installation: Installation, table: str):
    job_id = installation.submit(table, "y", **ENDLESS)
    for pauses in (1, 2):
        installation.wait_for_epoch(job_id, installation.job(job_id).epoch + 10)
        assert request(installation, "pause", job_id).status == "paused"
        wait_for_event(installation, job_id, "stopped", times=pauses)
        recorded = installation.job(job_id).epoch
        after = installation.wait_for_end(installation.submit(table, "y", epochs=1))
        assert after.status == "succeeded", "the worker is free for others"
        assert (installation.job(job_id).status, installation.job(job_id).epoch) == ("paused", recorded)
        assert list_checkpoints(installation, job_id)[0].epoch == recorded, "what was trained by then is kept"
        assert request(installation, "resume", job_id).status == "queued"
    job = finish_and_compare(installation, job_id)

    assert (job.attempts, [resume["reason"] for resume in job.resumes]) == (1, ["paused", "paused"])


def test_a_pause_takes_effect_in_the_middle_of_a_long_epoch(installation: Installation, wide_table: str):
    job_id = installation.submit(wide_table, "y", **LONG_EPOCHS)
    wait_for_checkpoint(installation, job_id)
    request(installation, "pause", job_id)
    wait_for_event(installation, job_id, "stopped")
    request(installation, "resume", job_id)
    job = finish_and_compare(installation, job_id, more=1)

    assert (job.attempts, [resume["reason"] for resume in job.resumes]) == (1, ["paused"])


def test_a_long_job_makes_room_for_another_owner_and_keeps_its_bits(installation: Installation, table: str):
    theirs = installation.add_dataset(sums(), owner="bob")
    job_id = installation.submit(table, "y", **ENDLESS)
    own = installation.submit(table, "y", epochs=1)
    for turns in (1, 2):
        wait_for_event(installation, job_id, "claimed", times=turns)
        other = installation.wait_for_end(installation.submit(theirs, "y", owner="bob", epochs=1))
        assert (other.status, other.attempts) == ("succeeded", 1)
        assert len(list_events(installation, job_id, "handed back")) == turns
    assert installation.job(own).status == "queued", "no job makes room for one of the same owner"
    installation.cancel(own)
    job = finish_and_compare(installation, job_id)

    assert (job.attempts, job.strikes, job.reproducible) == (1, 0, True)
    assert [resume["reason"] for resume in job.resumes] == ["handed_back", "handed_back"]
    resumed = [entry["epoch"] for entry in list_events(installation, job_id, "resumed")]
    assert 0 < resumed[0] < resumed[1]
    assert resumed == [resume["epoch"] for resume in job.resumes], "a checkpoint is written before it is released"


def test_a_finish_request_ends_a_job_with_its_best_epoch(installation: Installation, table: str):
    job_id = installation.submit(table, "y", **ENDLESS)
    installation.wait_for_epoch(job_id, 3)
    request(installation, "finish", job_id)
    job = installation.wait_for_end(job_id)

    assert (job.status, job.stop_reason, job.error) == ("succeeded", "finished_by_user", None)
    epochs = installation.epochs(job_id)
    best = min(epochs, key=lambda epoch: epoch.validation_loss)
    assert job.best == {"epoch": best.epoch, "validation_loss": best.validation_loss, "metrics": best.metrics}
    assert job.weights_sha256 == best.weights_sha256
    assert len(epochs) == job.epoch < 1_000_000


def test_a_paused_job_can_be_finished(installation: Installation, table: str):
    job_id = installation.submit(table, "y", **ENDLESS)
    installation.wait_for_epoch(job_id, 3)
    request(installation, "pause", job_id)
    wait_for_event(installation, job_id, "stopped")
    recorded = installation.job(job_id).epoch
    assert request(installation, "finish", job_id).status == "queued"
    job = installation.wait_for_end(job_id)

    assert (job.status, job.stop_reason) == ("succeeded", "finished_by_user")
    assert job.epoch in {recorded, recorded + 1}


def test_a_worker_that_shuts_down_writes_a_checkpoint_and_costs_no_attempt(installation: Installation, table: str):
    job_id = installation.submit(table, "y", **ENDLESS)
    installation.wait_for_epoch(job_id, 20)
    leaver = installation.workers[-1]
    leaver.send(signal.SIGINT)
    assert leaver.wait() == 0
    recorded = installation.job(job_id)
    (newest, *_) = list_checkpoints(installation, job_id)
    installation.start_worker(**OFTEN)
    job = finish_and_compare(installation, job_id)

    assert (recorded.status, recorded.attempts) == ("queued", 0)
    assert newest.epoch == recorded.epoch >= 20
    assert (job.attempts, [resume["reason"] for resume in job.resumes]) == (1, ["handed_back"])
    assert list_events(installation, job_id, "resumed")[-1]["epoch"] == newest.epoch
