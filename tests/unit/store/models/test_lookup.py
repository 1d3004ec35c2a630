"""Cached lookup of model references: equal to the store, at most half a second stale, with the same errors."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from store.database import SessionFactory, begin_read, begin_write, open_database
from store.errors import NotFound
from store.models import models
from store.models.lookup import ModelResolver, ResolvedModel
from tests.unit.store.factories import OWNER, add_model

MAX_STALE_SECONDS: Final = 0.5
PATIENCE_SECONDS: Final = 0.5
"""The time that a busy machine may add."""


@pytest.fixture
def resolver(engine: Engine) -> ModelResolver:
    return ModelResolver(engine)


def seconds_until(holds: Callable[[], bool]) -> float:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < 10
        time.sleep(0.005)
    return time.monotonic() - began


def test_every_kind_of_reference_resolves_as_in_the_store(db: SessionFactory, resolver: ModelResolver) -> None:
    with begin_write(db) as s:
        ids = [add_model(s) for _ in range(3)]
        models.set_alias(s, OWNER, "houses", "champion", 2)

    for reference in ("houses", "houses:1", "houses@champion", *ids):
        with begin_read(db) as s:
            row = models.get(s, OWNER, reference)
        assert resolver.resolve(OWNER, reference) == ResolvedModel(row.id, row.name, row.version)


@pytest.mark.parametrize("reference", ["", "nothing", "houses:9", "houses:x", "houses@nobody", "mdl_0", "@", ":"])
def test_an_unknown_reference_is_not_found(db: SessionFactory, resolver: ModelResolver, reference: str) -> None:
    with begin_write(db) as s:
        add_model(s)
        add_model(s, "theirs", owner="somebody")

    with pytest.raises(NotFound):
        resolver.resolve(OWNER, reference)
    with pytest.raises(NotFound):
        resolver.resolve(OWNER, "theirs")


def test_a_new_model_is_found_at_once_after_a_failed_lookup(db: SessionFactory, resolver: ModelResolver) -> None:
    with pytest.raises(NotFound):
        resolver.resolve(OWNER, "houses")
    with begin_write(db) as s:
        model_id = add_model(s)
    assert resolver.resolve(OWNER, "houses").id == model_id


def test_a_moved_alias_resolves_anew_within_half_a_second(db: SessionFactory, resolver: ModelResolver) -> None:
    with begin_write(db) as s:
        add_model(s)
        add_model(s)
    for version in (1, 2, 1):
        with begin_write(db) as s:
            models.set_alias(s, OWNER, "houses", "champion", version)
        took = seconds_until(lambda: resolver.resolve(OWNER, "houses@champion").version == version)  # noqa: B023 - called now
        assert took < MAX_STALE_SECONDS + PATIENCE_SECONDS


def test_a_new_version_and_a_deletion_take_effect_within_half_a_second(
    db: SessionFactory, resolver: ModelResolver
) -> None:
    def is_deleted() -> bool:
        try:
            resolver.resolve(OWNER, second)
        except NotFound:
            return True
        return False

    with begin_write(db) as s:
        add_model(s)
    assert resolver.resolve(OWNER, "houses").version == 1
    with begin_write(db) as s:
        second = add_model(s)
    assert seconds_until(lambda: resolver.resolve(OWNER, "houses").version == 2) < MAX_STALE_SECONDS + PATIENCE_SECONDS
    assert resolver.resolve(OWNER, second).version == 2
    with begin_write(db) as s:
        models.delete(s, OWNER, second)
    assert seconds_until(is_deleted) < MAX_STALE_SECONDS + PATIENCE_SECONDS
    assert resolver.resolve(OWNER, "houses").version in {1, 2}


def test_the_same_reference_means_to_each_owner_a_model_of_their_own(
    db: SessionFactory, resolver: ModelResolver
) -> None:
    with begin_write(db) as s:
        mine = add_model(s)
        theirs = add_model(s, owner="somebody")
    for _ in range(2):
        assert resolver.resolve(OWNER, "houses").id == mine
        assert resolver.resolve("somebody", "houses").id == theirs
        with pytest.raises(NotFound):
            resolver.resolve("nobody", "houses")


def test_any_number_of_threads_share_a_few_connections(postgresql_url: str) -> None:
    engine = open_database(postgresql_url)
    resolver = ModelResolver(engine)

    def look_for(number: int) -> None:
        with pytest.raises(NotFound):
            resolver.resolve(OWNER, f"nothing-{number}")

    with ThreadPoolExecutor(32) as threads:
        list(threads.map(look_for, range(320)))
    with engine.connect() as connection:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        assert 1 <= connection.execute(text(others)).scalar_one() <= 4
    engine.dispose()


def test_a_lost_connection_is_reopened(postgresql_url: str) -> None:
    engine = open_database(postgresql_url)
    resolver = ModelResolver(engine)
    with pytest.raises(NotFound):
        resolver.resolve(OWNER, "nothing")
    with engine.begin() as connection:
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        connection.execute(text(f"{cut} AND pid <> pg_backend_pid()"))
    engine.dispose()
    with pytest.raises(NotFound):
        resolver.resolve(OWNER, "nothing")


def test_a_database_that_is_unavailable_fails_with_an_error_that_callers_know(tmp_path: Path) -> None:
    with pytest.raises(OperationalError):
        ModelResolver(open_database(f"sqlite:///{tmp_path}/without-tables.sqlite")).resolve(OWNER, "houses")
