"""Jobs that are cut off go on from their last checkpoint, and end with the bits of a job that was never disturbed.

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
from tests.integration.worker.tables_to_learn import sums
from tests.running import OWNER, Installation, wait_for

OFTEN = {"checkpoint_seconds": 0.02, "lease_seconds": 1.0, "log_format": "json"}
DROPOUT = [{"type": "dense", "units": 48}, {"type": "dropout", "rate": 0.2}, {"type": "dense", "units": 48}]
PLATEAU = {"type": "plateau", "patience": 2, "factor": 0.9}
ENDLESS = {"epochs": 1_000_000, "batch_size": 16, "early_stopping": None, "layers": DROPOUT, "schedule": PLATEAU}
LONG_EPOCHS = {**ENDLESS, "batch_size": 1, "split": {"validation": 0.0}}
MOST_KILLS = 10


@pytest.fixture(scope="module")
def crew(place: Installation) -> Installation:
    place.start_worker(**OFTEN)
    return place


@pytest.fixture(scope="module")
def table(crew: Installation) -> str:
    return crew.add_dataset(sums(500))


@pytest.fixture(scope="module")
def wide_table(crew: Installation) -> str:
    return crew.add_dataset(sums(5000))


def training_result(crew: Installation, job: JobRow) -> tuple[object, ...]:
    """All that a training came to, but the time that it took."""
    return (
        job.status,
        job.stop_reason,
        job.weights_sha256,
        job.best,
        [
            (e.epoch, e.train_loss, e.validation_loss, e.metrics, e.learning_rate, e.gradient_norm, e.weights_sha256)
            for e in crew.epochs(job.id)
        ],
    )


def finish_and_compare(crew: Installation, job_id: str, more: int = 5) -> JobRow:
    """The job once it has gone on a few epochs and was told to finish, if it is as one that nothing happened to."""
    job = crew.finish(job_id, more)
    undisturbed = crew.reproduce(job_id)
    assert undisturbed.reproduction == {"match": True, "first_difference": None}
    assert training_result(crew, job)[2:] == training_result(crew, undisturbed)[2:]
    assert (undisturbed.attempts, undisturbed.resumes) == (1, [])
    return job


def list_checkpoints(crew: Installation, job_id: str) -> list[checkpoints.Checkpoint]:
    with begin_read(crew.sessions) as s:
        return checkpoints.list_newest_first(s, job_id)


def wait_for_checkpoint(crew: Installation, job_id: str, token: int = 1) -> None:
    """Wait until who claimed the job with this token has kept something of it."""
    mine = select(CheckpointRow.key).where(CheckpointRow.job_id == job_id, CheckpointRow.token == token).limit(1)

    def there() -> str | None:
        with begin_read(crew.sessions) as s:
            return s.scalar(mine)

    wait_for(there, f"a checkpoint of claim {token} of {job_id}")


def kill_the_trainer(crew: Installation, job_id: str) -> None:
    os.kill(int(crew.job(job_id).worker.split(":")[1]), signal.SIGKILL)


def list_events(crew: Installation, job_id: str, event: str) -> list[dict[str, Any]]:
    """What the workers' logs tell of a job under this event, in order."""
    lines = [line for worker in crew.workers for line in worker.read_log().splitlines() if line.startswith("{")]
    told = [json.loads(line) for line in lines]
    return [entry for entry in told if entry.get("job") == job_id and entry["event"] == event]


def wait_for_event(crew: Installation, job_id: str, event: str, times: int = 1) -> None:
    wait_for(lambda: len(list_events(crew, job_id, event)) >= times, f"{event} of {job_id}, {times} times")


def request(crew: Installation, action: str, job_id: str) -> JobRow:
    with begin_write(crew.sessions) as s:
        return getattr(jobs, action)(s, OWNER, job_id)


def no_file_is_left(crew: Installation, job_id: str) -> bool:
    return not list_checkpoints(crew, job_id) and not list(crew.files.list_keys(f"checkpoints/{job_id}/"))


def test_a_job_whose_trainers_are_killed_goes_on_from_where_it_was(crew: Installation, table: str):
    job_id = crew.submit(table, "y", **ENDLESS)
    for token in (1, 2):
        wait_for_checkpoint(crew, job_id, token=token)
        kill_the_trainer(crew, job_id)
    wait_for_checkpoint(crew, job_id, token=3)
    job = finish_and_compare(crew, job_id)

    assert (job.attempts, job.reproducible, job.strikes) == (3, True, 0)
    assert [resume["reason"] for resume in job.resumes] == ["worker_lost", "worker_lost"]
    resumed = [entry["epoch"] for entry in list_events(crew, job_id, "resumed")]
    assert 0 < resumed[0] < resumed[1]
    assert all(kept <= resume["epoch"] for kept, resume in zip(resumed, job.resumes, strict=True))
    assert no_file_is_left(crew, job_id)


def test_a_job_goes_on_in_the_middle_of_an_epoch(crew: Installation, wide_table: str):
    job_id = crew.submit(wide_table, "y", **LONG_EPOCHS)
    for kills in range(1, MOST_KILLS + 1):
        wait_for_checkpoint(crew, job_id, token=kills)
        kill_the_trainer(crew, job_id)
        wait_for_event(crew, job_id, "resumed", times=kills)
        if list_events(crew, job_id, "resumed")[-1]["rows"] > 0:  # and not between two epochs, as may happen
            break
    finish_and_compare(crew, job_id, more=1)

    assert list_events(crew, job_id, "resumed")[-1]["rows"] > 0


def test_a_corrupt_checkpoint_is_noticed_and_the_one_before_taken(crew: Installation, table: str):
    job_id = crew.submit(table, "y", **ENDLESS)
    wait_for(lambda: len(list_checkpoints(crew, job_id)) == 2, "two checkpoints")
    request(crew, "pause", job_id)
    wait_for_event(crew, job_id, "stopped")
    newest, before = list_checkpoints(crew, job_id)
    file = crew.folder / "files" / newest.key
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    request(crew, "resume", job_id)
    wait_for_event(crew, job_id, "claimed", times=2)
    finish_and_compare(crew, job_id)

    assert [entry["key"] for entry in list_events(crew, job_id, "checkpoint cannot be used")] == [newest.key]
    assert [entry["epoch"] for entry in list_events(crew, job_id, "resumed")] == [before.epoch]


def test_a_paused_job_waits_and_goes_on_to_the_same_bits(crew: Installation, table: str):
    job_id = crew.submit(table, "y", **ENDLESS)
    for pauses in (1, 2):
        crew.wait_for_epoch(job_id, crew.job(job_id).epoch + 10)
        assert request(crew, "pause", job_id).status == "paused"
        wait_for_event(crew, job_id, "stopped", times=pauses)
        recorded = crew.job(job_id).epoch
        after = crew.wait_for_end(crew.submit(table, "y", epochs=1))
        assert after.status == "succeeded", "the worker is free for others"
        assert (crew.job(job_id).status, crew.job(job_id).epoch) == ("paused", recorded)
        assert list_checkpoints(crew, job_id)[0].epoch == recorded, "what was trained by then is kept"
        assert request(crew, "resume", job_id).status == "queued"
    job = finish_and_compare(crew, job_id)

    assert (job.attempts, [resume["reason"] for resume in job.resumes]) == (1, ["paused", "paused"])


def test_a_pause_is_heard_in_the_middle_of_a_long_epoch(crew: Installation, wide_table: str):
    job_id = crew.submit(wide_table, "y", **LONG_EPOCHS)
    wait_for_checkpoint(crew, job_id)
    request(crew, "pause", job_id)
    wait_for_event(crew, job_id, "stopped")
    request(crew, "resume", job_id)
    job = finish_and_compare(crew, job_id, more=1)

    assert (job.attempts, [resume["reason"] for resume in job.resumes]) == (1, ["paused"])


def test_a_job_that_is_told_to_finish_ends_with_the_best_that_it_has(crew: Installation, table: str):
    job_id = crew.submit(table, "y", **ENDLESS)
    crew.wait_for_epoch(job_id, 3)
    request(crew, "finish", job_id)
    job = crew.wait_for_end(job_id)

    assert (job.status, job.stop_reason, job.error) == ("succeeded", "finished_by_user", None)
    epochs = crew.epochs(job_id)
    best = min(epochs, key=lambda epoch: epoch.validation_loss)
    assert job.best == {"epoch": best.epoch, "validation_loss": best.validation_loss, "metrics": best.metrics}
    assert job.weights_sha256 == best.weights_sha256
    assert len(epochs) == job.epoch < 1_000_000


def test_a_paused_job_can_be_finished(crew: Installation, table: str):
    job_id = crew.submit(table, "y", **ENDLESS)
    crew.wait_for_epoch(job_id, 3)
    request(crew, "pause", job_id)
    wait_for_event(crew, job_id, "stopped")
    recorded = crew.job(job_id).epoch
    assert request(crew, "finish", job_id).status == "queued"
    job = crew.wait_for_end(job_id)

    assert (job.status, job.stop_reason) == ("succeeded", "finished_by_user")
    assert job.epoch in {recorded, recorded + 1}


def test_a_worker_that_leaves_keeps_what_it_has_and_burns_no_attempt(crew: Installation, table: str):
    job_id = crew.submit(table, "y", **ENDLESS)
    crew.wait_for_epoch(job_id, 20)
    leaver = crew.workers[-1]
    leaver.send(signal.SIGINT)
    assert leaver.wait() == 0
    recorded = crew.job(job_id)
    (newest, *_) = list_checkpoints(crew, job_id)
    crew.start_worker(**OFTEN)
    job = finish_and_compare(crew, job_id)

    assert (recorded.status, recorded.attempts) == ("queued", 0)
    assert newest.epoch == recorded.epoch >= 20
    assert (job.attempts, [resume["reason"] for resume in job.resumes]) == (1, ["handed_back"])
    assert list_events(crew, job_id, "resumed")[-1]["epoch"] == newest.epoch
