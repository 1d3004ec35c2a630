"""Installations that the tests of a module share: on SQLite with the embedded broker, and on PostgreSQL with Redis."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.running import Installation

_numbers = count(8)
"""The broker's databases, of which others use the first ones."""

KINDS = ["sqlite and the embedded broker", "postgresql and redis"]


@pytest.fixture(scope="module", params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation without workers."""
    if request.param == KINDS[0]:
        url, broker = "", request.getfixturevalue("broker")
    else:
        url, broker = request.getfixturevalue("postgres").copy(), request.getfixturevalue("redis_server")
    installation = Installation(tmp_path_factory.mktemp("place"), broker.url(next(_numbers)), url)
    yield installation
    installation.close()


@pytest.fixture(scope="module")
def steady(place: Installation) -> Installation:
    """An installation with one worker, for tests that do it no harm."""
    place.start_worker(lease_seconds=5.0)
    return place
