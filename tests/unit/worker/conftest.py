"""A trainer's context on SQLite with a claimed job, and a clock that only tests advance."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contract.settings import Settings
from process.shared_flags import ShutdownFlag
from store import database
from store.jobs import claims
from store.jobs.claims import JobClaim
from tests.integration.worker.tables_to_learn import sums
from tests.running import Installation
from worker import lease
from worker.context import WorkerContext
from worker.training import checkpointer, epoch_writer

LEASE_SECONDS = 30.0


class Clock:
    """Stands in for the module `time`."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (lease, epoch_writer, checkpointer):
        monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(lease, "POLL_SECONDS", 0.005)
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 0.01)
    return clock


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    """Without a broker and without workers."""
    installation = Installation(tmp_path / "data", "redis://127.0.0.1:1/0", sqlite_url)
    yield installation
    installation.close()


@pytest.fixture
def context(installation: Installation, clock: Clock, tmp_path: Path) -> Iterator[WorkerContext]:
    engine = database.open_database(installation.database_url)
    yield WorkerContext(
        settings=Settings(data_dir=tmp_path, lease_seconds=LEASE_SECONDS, history_bytes=0, min_free_bytes=0),
        worker="the tests",
        sessions=database.make_session_factory(engine),
        files=installation.files,
        shutdown=ShutdownFlag(),
    )
    engine.dispose()


@pytest.fixture
def claim(installation: Installation, context: WorkerContext) -> JobClaim:
    installation.submit(installation.add_dataset(sums()), "y", epochs=3000, early_stopping=None)
    return claim_again(context)


def fill_disk(context: WorkerContext) -> WorkerContext:
    """The context with too little space on the disk for any work."""
    return replace(context, settings=context.settings.model_copy(update={"min_free_bytes": 2**62}))


def claim_again(context: WorkerContext) -> JobClaim:
    """The next claim of the only job."""
    with database.begin_write(context.sessions) as s:
        claim = claims.claim(s, context.worker, LEASE_SECONDS)
    assert claim is not None
    return claim
