"""A lease and epochs while PostgreSQL's tables are locked for a while, or for too long.

What a lease and an epoch writer do at which moment the unit tests prove, on SQLite and with a clock of their own.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from contract.settings import Settings
from learning.training.trainer import Epoch
from process.logs import get_logger
from process.shared_flags import ShutdownFlag
from store import database
from store.jobs import claims
from store.jobs.claims import JobClaim
from tests.integration.worker.tables_to_learn import sums
from tests.running import Installation, wait_for
from worker.context import WorkerContext
from worker.lease import Lease, LeasedJob, LeaseLost
from worker.training.epoch_writer import EpochWriter
from worker.training.layer_recorder import LayerRecorder

log = get_logger(__name__)


@pytest.fixture
def installation(tmp_path: Path, postgresql_url: str) -> Iterator[Installation]:
    """Without a broker and without workers."""
    installation = Installation(tmp_path / "data", "redis://127.0.0.1:1/0", postgresql_url)
    yield installation
    installation.close()


@pytest.fixture
def context(installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerContext]:
    monkeypatch.setitem(database.POSTGRESQL_OPTIONS, "lock_timeout", "20ms")
    engine = database.open_database(installation.database_url)
    yield WorkerContext(
        settings=Settings(data_dir=tmp_path, lease_seconds=0.6, history_bytes=0, min_free_bytes=0),
        worker="the tests",
        sessions=database.make_session_factory(engine),
        files=installation.files,
        shutdown=ShutdownFlag(),
    )
    engine.dispose()


@pytest.fixture
def claim(installation: Installation, context: WorkerContext) -> JobClaim:
    installation.submit(installation.add_dataset(sums()), "y", epochs=3000)
    with database.begin_write(context.sessions) as s:
        claim = claims.claim(s, context.worker, context.settings.lease_seconds)
    assert claim is not None
    return claim


@contextmanager
def lock_jobs(installation: Installation) -> Iterator[Callable[[], None]]:
    """Nobody can read or write the jobs until the block ends, or what it gives is called from any thread."""
    with installation.engine.connect() as connection:
        connection.begin()
        connection.execute(text("LOCK TABLE jobs, epochs IN ACCESS EXCLUSIVE MODE"))
        yield connection.rollback


def renew(context: WorkerContext, claim: JobClaim, lease: Lease) -> bool:
    while True:
        with lease.guard(), database.begin_write(context.sessions) as s:
            return claims.renew_lease(s, claim.job_id, claim.token, 30.0)


def test_a_guarded_write_waits_for_the_database_while_the_lease_lasts(
    installation: Installation, context: WorkerContext, claim: JobClaim
):
    patient = replace(context, settings=Settings(data_dir=context.settings.data_dir, lease_seconds=30.0))
    with Lease(patient, LeasedJob(claim), log) as lease, lock_jobs(installation) as unlock:
        threading.Timer(0.2, unlock).start()

        assert renew(context, claim, lease)


def test_a_lease_is_lost_when_the_database_is_unreachable_for_longer_than_it(
    installation: Installation, context: WorkerContext, claim: JobClaim
):
    with (
        Lease(context, LeasedJob(claim), log) as lease,
        lock_jobs(installation),
        pytest.raises(LeaseLost, match="longer than the lease"),
    ):
        renew(context, claim, lease)


def test_epochs_are_buffered_while_the_database_is_unreachable(
    installation: Installation, context: WorkerContext, claim: JobClaim
):
    writer = EpochWriter(context.sessions, claim, LayerRecorder(claim, 0), log)
    with lock_jobs(installation):
        for number in (1, 2, 3):
            epoch = Epoch(number, 1 / number, 2 / number, {"rmse": 3.0}, 0.1, 0.5, 10, best=True)
            writer.add(epoch, left=100 - number, weights=np.zeros(3, np.float32))
            writer.flush_when_due()
    assert installation.job(claim.job_id).epoch == 0

    wait_for(lambda: writer.flush_when_due() or installation.job(claim.job_id).epoch == 3, "the epochs")

    assert [row.epoch for row in installation.epochs(claim.job_id)] == [1, 2, 3]
