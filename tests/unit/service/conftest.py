"""A service on a real database and folder, called through Flask's test client; its broker is unreachable."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from contract.settings import Settings
from service.app import create_app
from service.services import IngestFunction
from tables import ingest
from tests.journeys import Journey


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """A database with all tables and no rows: SQLite, unless the test is marked `on_every_database`."""
    return request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url")


@pytest.fixture
def make_app(tmp_path: Path, database_url: str) -> Iterator[Callable[..., Flask]]:
    """Makes the app of an installation in `tmp_path`, with settings by name."""
    made: list[Flask] = []

    def make(ingest_file: IngestFunction = ingest, **settings: Any) -> Flask:
        chosen = {
            "data_dir": tmp_path,
            "database_url": database_url,
            "broker_url": f"redis+socket://{tmp_path}/no-broker.sock",
            "min_free_bytes": 0,
        }
        made.append(create_app(Settings(**{**chosen, **settings}), ingest_file=ingest_file))
        return made[-1]

    yield make
    for app in made:
        app.extensions["services"].sessions.kw["bind"].dispose()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The app with its default settings."""
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Asks the app."""
    return app.test_client()


@pytest.fixture
def journey(app: Flask) -> Journey:
    """The way of tables through the app and a worker."""
    return Journey(app)
