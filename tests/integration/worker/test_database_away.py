"""A lease and the records of epochs, while the database is locked by somebody else for a while, or for too long."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import event, text

from learning.training.trainer import Epoch
from process import logs
from process.shared_flags import ShutdownFlag
from store import database
from store.jobs import claims
from store.jobs.claims import JobClaim
from tests.integration.worker.tables_to_learn import sums
from tests.running import Installation, wait_for
from worker.context import WorkerContext
from worker.disk_space import DiskGuard
from worker.fingerprint import compute_fingerprint
from worker.lease import Lease, LeaseLost
from worker.training import epoch_writer
from worker.training.epoch_writer import EpochWriter
from worker.training.layer_recorder import LayerRecorder
from worker.training.run import Wishes, held

log = logs.get_logger(__name__)

WEIGHTS = np.zeros(3, np.float32)


@pytest.fixture
def installation(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    """Without a broker and without workers."""
    installation = Installation(tmp_path / "data", "redis://127.0.0.1:1/0", database_url)
    yield installation
    installation.close()


@pytest.fixture
def context(installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerContext]:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 0.02)
    monkeypatch.setitem(database.POSTGRESQL_OPTIONS, "lock_timeout", "20ms")
    context = WorkerContext(
        worker="the tests",
        sessions=database.make_session_factory(database.open_database(installation.database_url)),
        files=installation.files,
        scratch=tmp_path / "scratch",
        memory_bytes=2**30,
        lease_seconds=0.6,
        checkpoint_seconds=5.0,
        history_bytes=0,
        keep_jobs_days=0.0,
        keep_datasets_days=0.0,
        disk_guard=DiskGuard(installation.files, 0),
        shutdown=ShutdownFlag(),
        max_cores=1,
    )
    yield context
    context.sessions.kw["bind"].dispose()


@pytest.fixture
def claim(installation: Installation, context: WorkerContext) -> JobClaim:
    installation.submit(installation.add_dataset(sums()), "y", epochs=3000)
    claimed = context.write(lambda s: claims.claim(s, context.worker, context.lease_seconds, compute_fingerprint(1)))
    assert claimed is not None
    return claimed


@contextmanager
def locked(installation: Installation) -> Iterator[Callable[[], None]]:
    """Nobody can read or write the database until the block ends, or what it gives is called from any thread."""
    with installation.engine.connect().execution_options(sqlite_begin="BEGIN EXCLUSIVE") as connection:
        connection.begin()
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE jobs, epochs IN ACCESS EXCLUSIVE MODE"))
        yield connection.rollback


def epoch(number: int) -> Epoch:
    return Epoch(number, 1 / number, 2 / number, {"rmse": 3.0, "r2": float("nan")}, 0.1, 0.5, 10, best=True)


def test_the_first_epoch_is_written_at_once_and_those_after_it_together(
    installation: Installation, context: WorkerContext, claim: JobClaim, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(epoch_writer, "MIN_FLUSH_SECONDS", 1.0)
    recorder = EpochWriter(context, claim, LayerRecorder(claim, 0), log)
    recorder.add(epoch(1), left=99, weights=WEIGHTS)
    recorder.flush_when_due()
    first = installation.job(claim.job_id)
    for number in (2, 3, 4):
        recorder.add(epoch(number), left=100 - number, weights=WEIGHTS)
        recorder.flush_when_due()
    waiting = installation.job(claim.job_id)
    wait_for(lambda: recorder.flush_when_due() or installation.job(claim.job_id).epoch == 4, "the group")

    assert (first.epoch, waiting.epoch) == (1, 1)
    assert [row.epoch for row in installation.epochs(claim.job_id)] == [1, 2, 3, 4]
    assert installation.epochs(claim.job_id)[0].metrics == {"rmse": 3.0, "r2": None}
    assert installation.epochs(claim.job_id)[0].non_finite == {"metrics.r2": "nan"}


class Clock:
    """A clock that goes on by a millisecond whenever an epoch ends, and by as long as a write is said to take."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.mark.parametrize(("write_seconds", "most"), [(0.0, 4), (0.01, 2), (10.0, 1)])
def test_epochs_of_a_millisecond_cost_a_few_transactions_a_second(
    installation: Installation,
    context: WorkerContext,
    claim: JobClaim,
    monkeypatch: pytest.MonkeyPatch,
    write_seconds: float,
    most: int,
):
    clock, commits = Clock(), []
    monkeypatch.setattr(epoch_writer, "time", clock)
    recorder = EpochWriter(context, claim, LayerRecorder(claim, 0), log)

    @event.listens_for(context.sessions.kw["bind"], "commit")
    def count(_: object) -> None:
        commits.append(clock.now)
        clock.now += write_seconds

    for number in range(1, 3001):
        clock.now += 0.001
        recorder.add(epoch(number), left=3000 - number, weights=WEIGHTS)
        recorder.flush_when_due()

    assert 1 < len(commits) <= 1 + 3 * most
    assert installation.job(claim.job_id).epoch == len(installation.epochs(claim.job_id)) > 1000


def test_epochs_of_an_attempt_before_are_not_written_again(
    installation: Installation, context: WorkerContext, claim: JobClaim
):
    first = EpochWriter(context, claim, LayerRecorder(claim, 0), log)
    first.add(epoch(1), left=99, weights=WEIGHTS)
    first.flush_when_due()
    again = EpochWriter(context, replace(claim, epoch=1), LayerRecorder(claim, 0), log)
    again.add(epoch(1), left=99, weights=WEIGHTS)
    again.flush_when_due()
    again.add(epoch(2), left=98, weights=WEIGHTS)
    again.flush_when_due()

    assert [row.epoch for row in installation.epochs(claim.job_id)] == [1, 2]


def test_epochs_wait_while_the_database_is_away(installation: Installation, context: WorkerContext, claim: JobClaim):
    recorder = EpochWriter(context, claim, LayerRecorder(claim, 0), log)
    with locked(installation):
        for number in (1, 2, 3):
            recorder.add(epoch(number), left=100 - number, weights=WEIGHTS)
            recorder.flush_when_due()
    assert installation.job(claim.job_id).epoch == 0
    wait_for(lambda: recorder.flush_when_due() or installation.job(claim.job_id).epoch == 3, "the epochs")

    assert [row.epoch for row in installation.epochs(claim.job_id)] == [1, 2, 3]


def test_a_write_waits_for_the_database_while_the_lease_lasts(
    installation: Installation, context: WorkerContext, claim: JobClaim
):
    patient = replace(context, lease_seconds=30.0)
    with Lease(patient, held(claim, 30.0, Wishes()), log) as lease, locked(installation) as unlock:
        threading.Timer(0.2, unlock).start()
        assert lease.write(lambda s: claims.renew_lease(s, claim.job_id, claim.token, 30.0))


def test_a_lease_is_over_when_the_database_stays_away_longer(
    installation: Installation, context: WorkerContext, claim: JobClaim
):
    with Lease(context, held(claim, 0.6, Wishes()), log) as lease:
        with locked(installation), pytest.raises(LeaseLost, match="longer than the lease"):
            lease.write(lambda s: claims.renew_lease(s, claim.job_id, claim.token, 0.6))
        assert "longer than the lease" in why_over(lease)


def test_a_lease_is_renewed_until_the_job_is_cancelled(
    installation: Installation, context: WorkerContext, claim: JobClaim
):
    with Lease(context, held(claim, 0.6, Wishes()), log) as lease:
        first = installation.job(claim.job_id).leased_until
        wait_for(lambda: installation.job(claim.job_id).leased_until > first + 0.6, "the renewals")
        assert why_over(lease) == ""
        installation.cancel(claim.job_id)
        wait_for(lambda: why_over(lease), "the end of the lease")
        assert why_over(lease) == "cancelled"


def test_a_block_that_must_stop_hands_back_what_it_held(
    installation: Installation, context: WorkerContext, claim: JobClaim
):
    with Lease(context, held(claim, 0.6, Wishes()), log) as lease:
        context.shutdown.set()
        lease.check()

    job = installation.job(claim.job_id)
    assert (job.status, job.attempts) == ("queued", 0)


def why_over(lease: Lease) -> str:
    """Why the lease is over; empty while it is not."""
    try:
        lease.check()
    except LeaseLost as error:
        return str(error)
    return ""
