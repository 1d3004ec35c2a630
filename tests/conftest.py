"""Fixtures of all tests: SQLite files, and real PostgreSQL, Redis and S3 servers, started on demand."""

import os

# Before NumPy is loaded, as in a worker and a service: threads that wait for each other take most of the time
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", VECLIB_MAXIMUM_THREADS="1")

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings
from xdist.remote import Producer  # pyright: ignore[reportMissingTypeStubs] - it has types, but does not say so
from xdist.scheduler import LoadFileScheduling  # pyright: ignore[reportMissingTypeStubs]

from migrations import upgrade
from tests.object_storage import ObjectStorage
from tests.servers import Postgres, RedisServer

settings.register_profile("unhurried", deadline=None)  # a busy machine takes long
settings.load_profile("unhurried")
gc.disable()  # until all tests are collected: what is imported stays

FILES_OF_ONE_PROCESS: Final = tuple(
    tuple(f"tests/{folder}/test_{name}" for name in names)
    for folder, names in (
        ("e2e", ["page_attempts", "page_folders", "page_setup", "page_table"]),
        ("e2e", ["page_help", "page_insight", "page_monitoring", "page_recommend", "page_understand", "page_webhooks"]),
        ("e2e", ["page"]),
        ("e2e", ["client", "command_line", "http", "readme"]),
        ("integration/worker", ["diagnosis", "insight", "jobs", "reproduce", "task_cases", "time_limit", "warm_start"]),
    )
)
"""Beginnings of the paths of files that share servers."""


class FileGroupScheduler(LoadFileScheduling):
    """Gives the tests of a file to one process, and those of files that share servers."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((files[0] for files in FILES_OF_ONE_PROCESS if file.startswith(files)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FileGroupScheduler:
    return FileGroupScheduler(config, log)


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


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
