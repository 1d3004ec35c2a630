"""A service on a real SQLite file and a real folder, asked through Flask's test client; its broker does not answer."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from contract.settings import Settings
from migrations import upgrade
from service.app import create_app


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables and no rows, to be copied."""
    path = tmp_path_factory.mktemp("template") / "gradus.sqlite"
    upgrade.apply(f"sqlite:///{path}")
    return path


@pytest.fixture
def make_app(tmp_path: Path, empty_database: Path) -> Iterator[Callable[..., Flask]]:
    """Makes the app of an installation in `tmp_path`, with settings by name."""
    made: list[Flask] = []

    def make(**settings: Any) -> Flask:
        database = tmp_path / "gradus.sqlite"
        if not database.exists():
            shutil.copy(empty_database, database)
        chosen = {"data_dir": tmp_path, "broker_url": f"redis+socket://{tmp_path}/no-broker.sock", "min_free_bytes": 0}
        made.append(create_app(Settings(**{**chosen, **settings})))
        return made[-1]

    yield make
    for app in made:
        app.extensions["backing"].sessions.kw["bind"].dispose()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The app with its default settings."""
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Asks the app."""
    return app.test_client()
