"""A real broker for all integration tests, and a fresh installation for each."""

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from tests.running import Broker, Installation

_numbers = cycle(range(8))


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    broker = Broker()
    yield broker
    broker.remove()


@pytest.fixture
def installation(broker: Broker, tmp_path: Path) -> Iterator[Installation]:
    number = next(_numbers)
    with broker.client(number) as client:
        client.flushdb()
    installation = Installation(tmp_path / "data", broker.url(number))
    yield installation
    installation.close()
