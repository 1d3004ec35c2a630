"""The quick way from a ref to a model finds what the other way finds, and fails as it does."""

import time
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from store import sqlite
from store.database import SessionFactory, begin_read, begin_write, make_session_factory, open_database
from store.errors import NotFound
from store.models import models
from store.models.lookup import ModelResolver, ResolvedModel
from tests.unit.store.factories import OWNER, add_model


@pytest.fixture
def refs(engine: Engine) -> ModelResolver:
    return ModelResolver(engine)


def test_every_kind_of_ref_means_the_same_as_to_the_store(db: SessionFactory, refs: ModelResolver) -> None:
    with begin_write(db) as s:
        ids = [add_model(s) for _ in range(3)]
        models.set_alias(s, OWNER, "houses", "champion", 2)

    for ref in ("houses", "houses:1", "houses@champion", *ids):
        with begin_read(db) as s:
            row = models.get(s, OWNER, ref)
        assert refs.resolve(OWNER, ref) == ResolvedModel(row.id, row.name, row.version)


@pytest.mark.parametrize("ref", ["", "nothing", "houses:9", "houses:x", "houses@nobody", "mdl_0", "@", ":"])
def test_what_means_nothing_is_not_found(db: SessionFactory, refs: ModelResolver, ref: str) -> None:
    with begin_write(db) as s:
        add_model(s)
        add_model(s, "theirs", owner="somebody")

    with pytest.raises(NotFound):
        refs.resolve(OWNER, ref)
    with pytest.raises(NotFound):
        refs.resolve(OWNER, "theirs")


def test_a_moved_alias_is_seen_at_once(db: SessionFactory, refs: ModelResolver) -> None:
    with begin_write(db) as s:
        add_model(s)
        add_model(s)
    for version in (1, 2, 1):
        with begin_write(db) as s:
            models.set_alias(s, OWNER, "houses", "champion", version)
        assert refs.resolve(OWNER, "houses@champion").version == version


def test_a_database_that_is_away_fails_in_the_words_that_callers_know(tmp_path: Path) -> None:
    with pytest.raises(OperationalError):
        ModelResolver(open_database(f"sqlite:///{tmp_path}/without-tables.sqlite")).resolve(OWNER, "houses")


def test_a_glance_sees_at_once_what_is_written_by_anybody(
    db: SessionFactory, refs: ModelResolver, engine: Engine
) -> None:
    with begin_write(db) as s:
        ids = [add_model(s) for _ in range(2)]
    elsewhere = open_database(engine.url.render_as_string(hide_password=False))
    others = [make_session_factory(elsewhere), db]

    def glanced(ref: str) -> ResolvedModel | None:
        found = {refs.glance(OWNER, ref) for _ in range(3)}
        assert len(found) == 1
        return found.pop()

    for version in (1, 2, 1, 1, 2):
        with begin_write(others[version % 2]) as s:
            models.set_alias(s, OWNER, "houses", "champion", version)
        assert glanced("houses@champion") == (
            ResolvedModel(ids[version - 1], "houses", version) if refs.at_hand else None
        )
    assert glanced("nothing") is None
    assert glanced("houses") == (ResolvedModel(ids[1], "houses", 2) if refs.at_hand else None)
    with begin_write(others[0]) as s:
        add_model(s)
        models.delete(s, OWNER, ids[1])
    elsewhere.dispose()
    newest = glanced("houses")
    assert newest is None if not refs.at_hand else newest and newest.version == 3
    assert glanced(ids[1]) is None
    with pytest.raises(NotFound):
        refs.resolve(OWNER, ids[1])


def test_what_one_owner_was_told_is_no_answer_to_another(db: SessionFactory, refs: ModelResolver) -> None:
    with begin_write(db) as s:
        mine = add_model(s)
        theirs = add_model(s, owner="somebody")
    for _ in range(2):
        assert refs.resolve(OWNER, "houses").id == mine
        assert refs.resolve("somebody", "houses").id == theirs
        with pytest.raises(NotFound):
            refs.resolve("nobody", "houses")


def test_a_database_that_is_being_written_is_not_waited_for_at_a_glance(
    db: SessionFactory, refs: ModelResolver
) -> None:
    with begin_write(db) as s:
        add_model(s)
    if not refs.at_hand:
        assert refs.glance(OWNER, "houses") is None
        return
    engine = db.kw["bind"]
    writer = sqlite.driver.connect(engine.url.database, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    glanced = refs.glance(OWNER, "houses")
    took = time.monotonic() - began
    writer.execute("ROLLBACK")
    writer.close()

    journal = refs.resolve(OWNER, "houses")
    assert glanced in {None, journal}  # in WAL readers need not wait for a writer
    assert took < 4  # the patience of others is 5 s
