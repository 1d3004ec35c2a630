"""The epoch writer: the first epoch at once, then batches, buffered while the database is locked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from learning.nn.net import NeuralNet
from learning.training.trainer import Epoch, Trainer
from process.logs import get_logger
from store.jobs.claims import JobClaim
from tests.running import Installation
from tests.unit.learning.recommendation.books import CHOICES, prepare_books
from tests.unit.worker.conftest import Clock
from worker.context import WorkerContext
from worker.lease import LeaseLost
from worker.training.epoch_writer import EpochWriter
from worker.training.layer_recorder import LayerRecorder

WEIGHTS = np.zeros(3, np.float32)


def make_writer(context: WorkerContext, claim: JobClaim) -> EpochWriter:
    return EpochWriter(context.sessions, claim, LayerRecorder(claim, 0), get_logger(__name__))


def add(writer: EpochWriter, number: int) -> None:
    metrics = {"rmse": 3.0, "r2": float("nan")}
    epoch = Epoch(number, 1 / number, 2 / number, metrics, 0.1, 0.5, 10, best=True)
    writer.add(epoch, left=3000 - number, weights=WEIGHTS)
    writer.flush_when_due()


@contextmanager
def lock_database(installation: Installation) -> Iterator[None]:
    """Nobody can write the database until the block ends."""
    with installation.engine.connect().execution_options(sqlite_begin="BEGIN EXCLUSIVE") as connection:
        connection.begin()
        yield


def test_the_first_epoch_is_written_at_once_and_those_after_it_together(
    installation: Installation, context: WorkerContext, claim: JobClaim, clock: Clock
):
    writer = make_writer(context, claim)
    written = []
    for number in (1, 2, 3, 4):
        add(writer, number)
        written.append(installation.job(claim.job_id).epoch)
    clock.now += 2.0
    add(writer, 5)

    assert written == [1, 1, 1, 1]
    assert [row.epoch for row in installation.epochs(claim.job_id)] == [1, 2, 3, 4, 5]


def test_values_that_are_not_finite_are_null_and_listed(
    installation: Installation, context: WorkerContext, claim: JobClaim
):
    add(make_writer(context, claim), 1)

    (epoch,) = installation.epochs(claim.job_id)
    assert epoch.metrics == {"rmse": 3.0, "r2": None}
    assert epoch.non_finite == {"metrics.r2": "nan"}


@pytest.mark.parametrize(("write_seconds", "commits_a_second"), [(0.0, 4), (0.01, 2), (10.0, 1)])
def test_epochs_of_a_millisecond_cost_a_few_transactions_a_second(
    installation: Installation,
    context: WorkerContext,
    claim: JobClaim,
    clock: Clock,
    write_seconds: float,
    commits_a_second: int,
):
    writer, commits = make_writer(context, claim), []

    @event.listens_for(context.sessions.kw["bind"], "commit")
    def count(_: object) -> None:
        commits.append(clock.now)
        clock.now += write_seconds

    for number in range(1, 3001):
        clock.now += 0.001
        add(writer, number)

    assert 1 < len(commits) <= 1 + 3 * commits_a_second
    assert installation.job(claim.job_id).epoch == len(installation.epochs(claim.job_id)) > 1000


def test_epochs_of_an_attempt_before_are_not_written_again(
    installation: Installation, context: WorkerContext, claim: JobClaim
):
    add(make_writer(context, claim), 1)
    writer = make_writer(context, replace(claim, epoch=1))
    assert not writer.has_caught_up

    for number in (1, 2):
        add(writer, number)

    assert writer.has_caught_up
    assert [row.epoch for row in installation.epochs(claim.job_id)] == [1, 2]


def test_the_best_epoch_of_a_restored_training_is_named_with_its_selection_metric(
    installation: Installation, context: WorkerContext, claim: JobClaim
):
    prepared = prepare_books(rated=False, validation=0.2)
    net = NeuralNet(prepared.train.width, CHOICES.layers, prepared.train.outputs, seed=0)
    trainer = Trainer(net, prepared.train, prepared.validation, CHOICES)
    trained = [each for each in islice(trainer.run(), 3) if isinstance(each, Epoch)]
    for number in (1, 2, 3):
        add(make_writer(context, replace(claim, epoch=number - 1)), number)
    writer = make_writer(context, replace(claim, epoch=3))
    writer.start(trainer)
    writer.add(replace(trained[-1], epoch=4, best=False), left=1, weights=WEIGHTS)
    writer.flush_when_due()

    rankings = [epoch.metrics["ndcg_at_10"] or 0.0 for epoch in trained]
    best = {"epoch": rankings.index(max(rankings)) + 1, "metrics": {"ndcg_at_10": max(rankings)}}
    assert installation.job(claim.job_id).best == {**best, "selected_by": "ndcg_at_10"}


def test_epochs_are_buffered_while_the_database_is_locked(
    installation: Installation, context: WorkerContext, claim: JobClaim, clock: Clock
):
    writer = make_writer(context, claim)
    with lock_database(installation):
        for number in (1, 2, 3):
            clock.now += 2.0
            add(writer, number)
    assert installation.job(claim.job_id).epoch == 0

    clock.now += 2.0
    add(writer, 4)

    assert [row.epoch for row in installation.epochs(claim.job_id)] == [1, 2, 3, 4]


def test_epochs_of_a_job_that_was_cancelled_are_refused(
    installation: Installation, context: WorkerContext, claim: JobClaim
):
    writer = make_writer(context, claim)
    installation.cancel(claim.job_id)

    with pytest.raises(LeaseLost):
        add(writer, 1)

    assert installation.epochs(claim.job_id) == []


def test_epochs_that_the_database_refuses_end_the_training(
    installation: Installation, context: WorkerContext, claim: JobClaim, clock: Clock
):
    with installation.engine.begin() as connection:
        connection.execute(text("ALTER TABLE epochs RENAME TO elsewhere"))
    writer = make_writer(context, claim)

    def add_epochs() -> None:
        for number in range(1, 100):
            clock.now += 2.0
            add(writer, number)

    with pytest.raises(OperationalError, match="no such table"):
        add_epochs()
    assert clock.now > 1008.0
