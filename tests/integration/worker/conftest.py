"""Installations that the tests of a module share, of each kind in turn."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from contract.states import TERMINAL
from store.database import begin_read
from store.tables import JobRow
from tests.running import Installation


@pytest.fixture(scope="module")
def place(
    joint_database: str, joint_broker_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """An installation without workers."""
    installation = Installation(tmp_path_factory.mktemp("place"), joint_broker_url, joint_database)
    yield installation
    installation.close()


@pytest.fixture(scope="module")
def steady(place: Installation) -> Installation:
    """An installation with one worker, for tests that do it no harm."""
    place.start_worker(lease_seconds=5.0)
    return place


@pytest.fixture(autouse=True)
def nothing_is_left_running(request: pytest.FixtureRequest) -> Iterator[None]:
    """Cancels what a test left endless, or failed before it ended it: the next one needs the worker."""
    yield
    if "place" in request.fixturenames:
        place: Installation = request.getfixturevalue("place")
        with begin_read(place.sessions) as s:
            left = s.scalars(select(JobRow.id).where(JobRow.status.not_in(TERMINAL))).all()
        for job_id in left:
            place.cancel(job_id)
