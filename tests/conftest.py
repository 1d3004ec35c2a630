"""Fixtures of all tests: SQLite files, and real PostgreSQL, Redis and S3 servers, started on demand."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from migrations import upgrade
from tests.object_storage import ObjectStorage
from tests.servers import Postgres, RedisServer

settings.register_profile("unhurried", deadline=None)  # a busy machine takes long
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    postgres = Postgres()
    yield postgres
    postgres.remove()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables and no rows, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "gradus.sqlite"
    upgrade.apply_migrations(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """An SQLite database with all tables and no rows."""
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'gradus.sqlite')}"


@pytest.fixture
def postgresql_url(postgres: Postgres) -> Iterator[str]:
    """A PostgreSQL database with all tables and no rows."""
    with postgres.lend() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database with all tables and no rows, of each kind in turn."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(scope="session")
def object_storage() -> Iterator[ObjectStorage]:
    storage = ObjectStorage()
    yield storage
    storage.remove()
