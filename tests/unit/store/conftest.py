"""A database of its own for each test, on SQLite and on PostgreSQL."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from store.database import SessionFactory, make_session_factory, open_database


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def db(engine: Engine) -> SessionFactory:
    return make_session_factory(engine)
