"""The checkpointer: when checkpoints are due, which one an attempt resumes from, and what is deleted at the end."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from contract.specs import JobSpec
from learning.training.trainer import Epoch, Trainer
from process.logs import get_logger
from store import database
from store.jobs import checkpoints
from store.jobs.claims import JobClaim
from tests.running import Installation
from tests.unit.worker.conftest import Clock, claim_again, fill_disk
from worker.context import WorkerContext
from worker.lease import Lease, LeasedJob, LeaseLost
from worker.training.checkpointer import Checkpointer
from worker.training.epoch_writer import EpochWriter
from worker.training.layer_recorder import LayerRecorder
from worker.training.prepare import create_trainer, load_inputs, prepare_data

log = get_logger(__name__)


def make_trainer(context: WorkerContext, claim: JobClaim) -> Trainer:
    spec = JobSpec.model_validate_json(claim.spec_json)
    with Lease(context, LeasedJob(claim), log) as lease:
        dataset, start = load_inputs(context, claim, spec, lease)
        prepared = prepare_data(context, spec, dataset, start, lease, report=lambda _share, _is_kept: None)
    return create_trainer(spec, prepared, start, 1)[1]


class Attempt:
    """A claimed job's trainer, with the writers of its epochs and checkpoints."""

    def __init__(self, context: WorkerContext, claim: JobClaim) -> None:
        self.context, self.claim = context, claim
        self.trainer = make_trainer(context, claim)
        self.epochs = EpochWriter(context.sessions, claim, LayerRecorder(claim, 0), log)
        self.checkpointer = Checkpointer(context, claim, self.epochs, log)
        self.events = self.trainer.run()

    def train_epoch(self) -> None:
        epoch = next(event for event in self.events if isinstance(event, Epoch))
        self.epochs.add(epoch, left=1, weights=self.trainer.net.parameters)

    def list_keys(self) -> list[str]:
        """The checkpoints, the newest first."""
        with database.begin_read(self.context.sessions) as s:
            return [row.key for row in checkpoints.list_newest_first(s, self.claim.job_id)]

    def restore(self) -> int:
        """Go on from a checkpoint; the epoch that is trained next."""
        with Lease(self.context, LeasedJob(self.claim), log) as lease:
            self.checkpointer.restore(self.trainer, lease)
        return self.trainer.position.epoch


@pytest.fixture
def attempt(context: WorkerContext, claim: JobClaim) -> Attempt:
    return Attempt(context, claim)


def hand_over(attempt: Attempt) -> Attempt:
    """The next attempt at the job."""
    with database.begin_write(attempt.context.sessions) as s:
        LeasedJob(attempt.claim).release(s)
    return Attempt(attempt.context, claim_again(attempt.context))


def flip_a_byte(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def cut_the_end_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-3])


def test_a_short_job_writes_no_checkpoint_and_a_longer_one_writes_them_in_intervals(attempt: Attempt, clock: Clock):
    attempt.train_epoch()
    counts = []
    for seconds in (4.9, 0.2, 4.8, 0.3):
        clock.now += seconds
        attempt.checkpointer.save_when_due(attempt.trainer)
        attempt.train_epoch()
        counts.append(len(attempt.list_keys()))

    assert counts == [0, 1, 1, 2]


def test_checkpoints_that_take_long_to_write_come_less_often(
    attempt: Attempt, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    attempt.train_epoch()
    put = attempt.context.files.put

    def put_slowly(*arguments: object) -> object:
        clock.now += 1.0
        return put(*arguments)  # type: ignore[arg-type] - passed on

    monkeypatch.setattr(attempt.context.files, "put", put_slowly)
    clock.now += 5.0
    attempt.checkpointer.save_when_due(attempt.trainer)
    attempt.train_epoch()
    clock.now += 49.0
    attempt.checkpointer.save_when_due(attempt.trainer)
    assert len(attempt.list_keys()) == 1

    clock.now += 2.0
    attempt.checkpointer.save_when_due(attempt.trainer)

    assert len(attempt.list_keys()) == 2


def test_an_attempt_resumes_from_the_newest_checkpoint_and_its_epochs_are_recorded(
    installation: Installation, attempt: Attempt
):
    for _ in range(3):
        attempt.train_epoch()
    attempt.checkpointer.save(attempt.trainer)
    later = hand_over(attempt)

    assert later.restore() == 4
    assert installation.job(attempt.claim.job_id).epoch == 3
    assert np.array_equal(later.trainer.net.parameters, attempt.trainer.net.parameters)


@pytest.mark.parametrize("harm", [flip_a_byte, cut_the_end_off, Path.unlink])
@pytest.mark.parametrize(("harmed", "next_epoch"), [(1, 2), (2, 1)], ids=["the newest", "both"])
def test_a_corrupt_checkpoint_is_detected_and_the_previous_one_used(
    installation: Installation, attempt: Attempt, harm: Callable[[Path], None], harmed: int, next_epoch: int
):
    for _ in range(2):
        attempt.train_epoch()
        attempt.checkpointer.save(attempt.trainer)
    for key in attempt.list_keys()[:harmed]:
        harm(installation.folder / "files" / key)

    assert hand_over(attempt).restore() == next_epoch


def test_only_two_checkpoints_are_kept_and_none_after_the_end(installation: Installation, attempt: Attempt):
    for _ in range(3):
        attempt.train_epoch()
        attempt.checkpointer.save(attempt.trainer)
    folder = f"checkpoints/{attempt.claim.job_id}/"
    assert sorted(installation.files.list_keys(folder)) == sorted(attempt.list_keys())
    assert len(attempt.list_keys()) == 2

    attempt.checkpointer.delete_files()

    assert list(installation.files.list_keys(folder)) == []


def test_a_full_disk_ends_the_lease_before_a_checkpoint_is_tried(attempt: Attempt, clock: Clock):
    attempt.train_epoch()
    full = fill_disk(attempt.context)
    checkpointer = Checkpointer(full, attempt.claim, attempt.epochs, log)
    clock.now += 6.0

    with pytest.raises(LeaseLost, match="disk is full"):
        checkpointer.save_when_due(attempt.trainer)


def test_a_checkpoint_of_a_job_that_was_cancelled_is_refused(installation: Installation, attempt: Attempt):
    attempt.train_epoch()
    installation.cancel(attempt.claim.job_id)

    with pytest.raises(LeaseLost):
        attempt.checkpointer.save(attempt.trainer)

    assert attempt.list_keys() == []
