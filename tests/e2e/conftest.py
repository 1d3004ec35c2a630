"""One server for all tests that leave it standing."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from installation import Installation

from gradus import Client
from gradus.errors import Conflict


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("shared") / "data")
    yield installation
    installation.close()


@pytest.fixture(scope="session")
def client(server: Installation) -> Iterator[Client]:
    with Client(server.url) as client:
        yield client


@pytest.fixture(autouse=True)
def nothing_is_left_running(request: pytest.FixtureRequest) -> Iterator[None]:
    """Cancels what a test that failed left endless: the next one needs the worker."""
    client: Client | None = request.getfixturevalue("client") if "server" in request.fixturenames else None
    yield
    if client is not None:
        for job in client.jobs.list(status="queued,running,paused"):
            with suppress(Conflict):  # it has ended just now
                job.cancel()
