"""Installations that the tests of a module share, of each kind in turn."""

from collections.abc import Iterator

import pytest

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
