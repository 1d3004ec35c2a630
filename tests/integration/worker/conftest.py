"""An installation with one worker that all tests of a module share, for tests that do it no harm."""

from collections.abc import Iterator

import pytest

from tests.running import Broker, Installation


@pytest.fixture(scope="module")
def steady(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("steady"), broker.url(15))
    installation.start_worker(lease_seconds=5.0)
    yield installation
    installation.close()
