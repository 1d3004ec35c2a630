"""Servers that tests of all kinds share; each is started when the first test wants it."""

from collections.abc import Iterator

import pytest

from tests.object_storage import ObjectStorage


@pytest.fixture(scope="session")
def object_storage() -> Iterator[ObjectStorage]:
    storage = ObjectStorage()
    yield storage
    storage.remove()
