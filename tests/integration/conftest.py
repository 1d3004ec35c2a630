"""Brokers and databases, and a new installation for each test, of the kind that `tests.databases` tells."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import KINDS
from tests.running import Broker, Installation


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    broker = Broker()
    yield broker
    broker.remove()


@pytest.fixture(scope="module")
def kind(request: pytest.FixtureRequest) -> str:
    return getattr(request, "param", KINDS[0])


@pytest.fixture(scope="module")
def joint_broker(request: pytest.FixtureRequest, kind: str) -> Broker:
    return request.getfixturevalue("broker" if kind == KINDS[0] else "redis_server")


@pytest.fixture(scope="module")
def joint_database(request: pytest.FixtureRequest, kind: str) -> str:
    """The URL of a database that the tests of a module share; empty for SQLite in the data folder."""
    return "" if kind == KINDS[0] else request.getfixturevalue("postgres").copy()


@pytest.fixture(scope="module")
def joint_broker_url(joint_broker: Broker) -> str:
    return joint_broker.unused_url()


@pytest.fixture
def installation(
    request: pytest.FixtureRequest, kind: str, joint_broker: Broker, tmp_path: Path
) -> Iterator[Installation]:
    url = "" if kind == KINDS[0] else request.getfixturevalue("postgresql_url")
    installation = Installation(tmp_path / "data", joint_broker.unused_url(), url)
    yield installation
    installation.close()
