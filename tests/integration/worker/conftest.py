"""Installations that the tests of a module share, of each kind in turn."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from contract.states import TERMINAL
from store.database import begin_read
from store.tables import JobRow
from tests.databases import KINDS
from tests.integration.worker.test_larger_than_memory import SMALL_MEMORY
from tests.running import Broker, Installation


@pytest.fixture(scope="module")
def module_installation(
    joint_database: str, joint_broker_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """An installation without workers."""
    installation = Installation(tmp_path_factory.mktemp("module_installation"), joint_broker_url, joint_database)
    yield installation
    installation.close()


@pytest.fixture(scope="package")
def steady_installations() -> Iterator[dict[str, Installation]]:
    """The installations that `steady` has made, by kind."""
    made: dict[str, Installation] = {}
    yield made
    for installation in made.values():
        installation.close()


@pytest.fixture(scope="module")
def steady(
    request: pytest.FixtureRequest,
    steady_installations: dict[str, Installation],
    kind: str,
    joint_broker: Broker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Installation:
    """An installation with one worker, for tests that do it no harm; all modules share one of each kind."""
    if kind not in steady_installations:
        url = "" if kind == KINDS[0] else request.getfixturevalue("postgres").copy()
        installation = Installation(tmp_path_factory.mktemp("steady"), joint_broker.unused_url(), url)
        steady_installations[kind] = installation
        installation.start_worker(lease_seconds=5.0)
    return steady_installations[kind]


@pytest.fixture(autouse=True)
def nothing_is_left_running(request: pytest.FixtureRequest) -> Iterator[None]:
    """Cancels what a test left endless, or failed before it ended it: the next one needs the worker."""
    yield
    for name in {"module_installation", "steady"} & set(request.fixturenames):
        installation: Installation = request.getfixturevalue(name)
        with begin_read(installation.sessions) as s:
            left = s.scalars(
                select(JobRow.id).where(JobRow.ensemble_id.is_(None), JobRow.status.not_in(TERMINAL))
            ).all()
        for job_id in left:
            installation.cancel(job_id)


@pytest.fixture(params=["in memory", "larger"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """An installation with a worker, for which tables fit into memory or do not."""
    broker = Broker()
    installation = Installation(tmp_path / "data", broker.url(0), "")
    try:
        installation.start_worker(*(("-c", SMALL_MEMORY) if request.param == "larger" else ()))
        yield installation
    finally:
        installation.close()
        broker.remove()
