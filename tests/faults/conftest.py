"""Installations to do harm to: on SQLite with the embedded broker, and on PostgreSQL with Redis."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import Broker, Installation

KINDS = ["sqlite and the embedded broker", "postgresql and redis"]


@pytest.fixture(params=KINDS)
def victim(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """An installation without workers."""
    if request.param == KINDS[0]:
        broker = Broker()
        installation = Installation(tmp_path / "data", broker.url())
        yield installation
        installation.close()
        broker.remove()
    else:
        redis = request.getfixturevalue("redis_server")
        installation = Installation(tmp_path / "data", redis.url(15), request.getfixturevalue("postgresql_url"))
        yield installation
        installation.close()
