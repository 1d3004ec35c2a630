"""The quick way from a ref to a model finds what the other way finds, and fails as it does."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from store_makers import ME, train

from store import models
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
