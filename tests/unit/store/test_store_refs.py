"""The quick way from a ref to a model finds what the other way finds, and fails as it does."""

import time
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from store_makers import ME, train

from store import models, sqlite
from store.database import Sessions, open_database, reading, writing
from store.errors import NotFound
from store.refs import Refs, Served


@pytest.fixture
def refs(engine: Engine) -> Refs:
    return Refs(engine)


def test_every_kind_of_ref_means_the_same_as_to_the_store(db: Sessions, refs: Refs) -> None:
    with writing(db) as s:
        ids = [train(s) for _ in range(3)]
        models.set_alias(s, ME, "houses", "champion", 2)

    for ref in ("houses", "houses:1", "houses@champion", *ids):
        with reading(db) as s:
            row = models.get(s, ME, ref)
        assert refs.find(ME, ref) == Served(row.id, row.name, row.version)


@pytest.mark.parametrize("ref", ["", "nothing", "houses:9", "houses:x", "houses@nobody", "mdl_0", "@", ":"])
def test_what_means_nothing_is_not_found(db: Sessions, refs: Refs, ref: str) -> None:
    with writing(db) as s:
        train(s)
        train(s, "theirs", owner="somebody")

    with pytest.raises(NotFound):
        refs.find(ME, ref)
    with pytest.raises(NotFound):
        refs.find(ME, "theirs")


def test_a_moved_alias_is_seen_at_once(db: Sessions, refs: Refs) -> None:
    with writing(db) as s:
        train(s)
        train(s)
    for version in (1, 2, 1):
        with writing(db) as s:
            models.set_alias(s, ME, "houses", "champion", version)
        assert refs.find(ME, "houses@champion").version == version


def test_a_database_that_is_away_fails_in_the_words_that_callers_know(tmp_path: Path) -> None:
    with pytest.raises(OperationalError):
        Refs(open_database(f"sqlite:///{tmp_path}/without-tables.sqlite")).find(ME, "houses")


def test_what_was_asked_since_a_caller_came_serves_it_and_nothing_older_does(db: Sessions, refs: Refs) -> None:
    with writing(db) as s:
        train(s)
        train(s)
        models.set_alias(s, ME, "houses", "champion", 1)
    came = time.monotonic()
    first = refs.glance(ME, "houses@champion", came)
    with writing(db) as s:
        models.set_alias(s, ME, "houses", "champion", 2)

    if not refs.at_hand:
        assert first is None
        return
    assert first is not None
    assert refs.glance(ME, "houses@champion", came) == first
    later = refs.glance(ME, "houses@champion", time.monotonic())
    assert later is not None
    assert (first.version, later.version) == (1, 2)
    assert refs.glance(ME, "nothing", time.monotonic()) is None


def test_a_database_that_is_being_written_is_not_waited_for_at_a_glance(db: Sessions, refs: Refs) -> None:
    with writing(db) as s:
        train(s)
    if not refs.at_hand:
        assert refs.glance(ME, "houses", time.monotonic()) is None
        return
    engine = db.kw["bind"]
    writer = sqlite.driver.connect(engine.url.database, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    glanced = refs.glance(ME, "houses", began)
    took = time.monotonic() - began
    writer.execute("ROLLBACK")
    writer.close()

    journal = refs.find(ME, "houses")
    assert glanced in {None, journal}  # in WAL readers need not wait for a writer
    assert took < 4  # the patience of others is 5 s
