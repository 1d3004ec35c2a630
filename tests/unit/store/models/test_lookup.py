"""The quick way from a ref to a model finds what the other way finds, and fails as it does."""

import time
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from store import sqlite
from store.database import Sessions, open_database, reading, sessions, writing
from store.errors import NotFound
from store.models import models
from store.models.lookup import Refs, Served
from tests.unit.store.factories import ME, train


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


def test_a_glance_sees_at_once_what_is_written_by_anybody(db: Sessions, refs: Refs, engine: Engine) -> None:
    with writing(db) as s:
        ids = [train(s) for _ in range(2)]
    elsewhere = open_database(engine.url.render_as_string(hide_password=False))
    others = [sessions(elsewhere), db]

    def glanced(ref: str) -> Served | None:
        found = {refs.glance(ME, ref) for _ in range(3)}
        assert len(found) == 1
        return found.pop()

    for version in (1, 2, 1, 1, 2):
        with writing(others[version % 2]) as s:
            models.set_alias(s, ME, "houses", "champion", version)
        assert glanced("houses@champion") == (Served(ids[version - 1], "houses", version) if refs.at_hand else None)
    assert glanced("nothing") is None
    assert glanced("houses") == (Served(ids[1], "houses", 2) if refs.at_hand else None)
    with writing(others[0]) as s:
        train(s)
        models.delete(s, ME, ids[1])
    elsewhere.dispose()
    newest = glanced("houses")
    assert newest is None if not refs.at_hand else newest and newest.version == 3
    assert glanced(ids[1]) is None
    with pytest.raises(NotFound):
        refs.find(ME, ids[1])


def test_what_one_owner_was_told_is_no_answer_to_another(db: Sessions, refs: Refs) -> None:
    with writing(db) as s:
        mine = train(s)
        theirs = train(s, owner="somebody")
    for _ in range(2):
        assert refs.find(ME, "houses").id == mine
        assert refs.find("somebody", "houses").id == theirs
        with pytest.raises(NotFound):
            refs.find("nobody", "houses")


def test_a_database_that_is_being_written_is_not_waited_for_at_a_glance(db: Sessions, refs: Refs) -> None:
    with writing(db) as s:
        train(s)
    if not refs.at_hand:
        assert refs.glance(ME, "houses") is None
        return
    engine = db.kw["bind"]
    writer = sqlite.driver.connect(engine.url.database, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    glanced = refs.glance(ME, "houses")
    took = time.monotonic() - began
    writer.execute("ROLLBACK")
    writer.close()

    journal = refs.find(ME, "houses")
    assert glanced in {None, journal}  # in WAL readers need not wait for a writer
    assert took < 4  # the patience of others is 5 s
