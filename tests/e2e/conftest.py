"""One server for all tests that leave it standing."""

from collections.abc import Iterator

import pytest
from installation import Installation

from gradus import Client


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("shared") / "data")
    yield installation
    installation.close()


@pytest.fixture(scope="session")
def client(server: Installation) -> Iterator[Client]:
    with Client(server.url) as client:
        yield client
