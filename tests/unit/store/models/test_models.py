"""Models in the store: ids, names, versions and aliases."""

import threading

import pytest
from sqlalchemy import Engine, event, select

from store.database import SessionFactory, begin_read, begin_write
from store.errors import NotFound
from store.jobs import claims
from store.models import models
from store.tables import AliasRow, ModelWeightsRow
from tests.unit.store.factories import OWNER, add_job, add_model, new_model


def test_a_model_is_found_by_id_name_version_and_alias(db: SessionFactory) -> None:
    with begin_write(db) as s:
        ids = [add_model(s) for _ in range(3)]
        other = add_model(s, "flats")
        models.set_alias(s, OWNER, "houses", "champion", 2)
    with begin_read(db) as s:
        asked = [ids[0], "houses", "houses:1", "houses:3", "houses@champion", "flats", "flats:1"]
        assert [models.get(s, OWNER, ref).id for ref in asked] == [ids[0], ids[2], ids[0], ids[2], ids[1], other, other]


@pytest.mark.parametrize(
    "ref",
    [
        *(
            "",
            "flats",
            "Houses",
            "houses%",
            "mdl_gone",
            ":1",
            "@champion",
            "houses@",
            "houses@nobody",
            "houses@champion@",
        ),
        *("houses:", "houses:0", "houses:2", "houses:-1", "houses:1:1", "houses:²", "houses:" + "9" * 40),
    ],
)
def test_an_unknown_reference_is_not_found(db: SessionFactory, ref: str) -> None:
    with begin_write(db) as s:
        add_model(s)
        models.set_alias(s, OWNER, "houses", "champion", 1)
        with pytest.raises(NotFound) as told:
            models.get(s, OWNER, ref)
    assert told.value.reference == ref


def test_another_owners_model_is_not_found_by_any_reference(db: SessionFactory) -> None:
    with begin_write(db) as s:
        model_id = add_model(s)
        models.set_alias(s, OWNER, "houses", "champion", 1)
        for ref in (model_id, "houses", "houses:1", "houses@champion"):
            with pytest.raises(NotFound):
                models.get(s, "somebody", ref)
            with pytest.raises(NotFound):
                models.delete(s, "somebody", ref)
        with pytest.raises(NotFound):
            models.set_alias(s, "somebody", "houses", "champion", 1)
        with pytest.raises(NotFound):
            models.delete_alias(s, "somebody", "houses", "champion")
        assert models.list_page(s, "somebody", 10) == ([], False)
        assert models.get(s, OWNER, "houses@champion").id == model_id


def test_version_numbers_are_counted_per_owner(db: SessionFactory) -> None:
    with begin_write(db) as s:
        add_model(s)
        theirs = add_model(s, owner="somebody")
        assert models.get(s, "somebody", theirs).version == 1
        assert models.get(s, OWNER, add_model(s)).version == 2


def test_a_version_number_is_never_reused(db: SessionFactory) -> None:
    with begin_write(db) as s:
        add_model(s)
        newest = add_model(s)
        assert models.delete(s, OWNER, "houses").id == newest
        assert models.get(s, OWNER, "houses").version == 1
        models.delete(s, OWNER, "houses:1")
        with pytest.raises(NotFound):
            models.get(s, OWNER, "houses")
        assert models.get(s, OWNER, add_model(s)).version == 3


def test_models_that_end_at_the_same_time_get_different_versions(db: SessionFactory) -> None:
    with begin_write(db) as s:
        for _ in range(12):
            add_job(s)
        held = [claims.claim(s, "worker", 30) for _ in range(12)]
    versions = list[int]()

    def end(some: list[claims.JobClaim | None]) -> None:
        for claim in some:
            assert claim is not None
            with begin_write(db) as s:
                model = claims.succeed(s, claim.job_id, claim.token, new_model(), "all_epochs")
            assert model is not None
            versions.append(model.version)

    threads = [threading.Thread(target=end, args=[held[start::4]]) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(versions) == list(range(1, 13))


def test_weights_are_read_back_unchanged_and_lists_never_load_them(db: SessionFactory, engine: Engine) -> None:
    data = bytes(range(256)) * 4096
    with begin_write(db) as s:
        model_id = add_model(s, weights=data)
    asked = list[str]()
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with begin_read(db) as s:
        assert [model.id for model in models.list_page(s, OWNER, 10)[0]] == [model_id]
        models.get(s, OWNER, "houses:1")
        assert not [statement for statement in asked if "model_weights" in statement]
        assert models.get_weights(s, model_id) == data


def test_a_deleted_model_is_deleted_with_its_weights_and_aliases(db: SessionFactory) -> None:
    with begin_write(db) as s:
        gone, kept = add_model(s), add_model(s)
        models.set_alias(s, OWNER, "houses", "first", 1)
        models.set_alias(s, OWNER, "houses", "second", 2)
        models.delete(s, OWNER, gone)
        with pytest.raises(NotFound):
            models.get_weights(s, gone)
        assert s.scalars(select(ModelWeightsRow.model_id)).all() == [kept]
        assert s.scalars(select(AliasRow.alias)).all() == ["second"]


def test_an_alias_is_moved_and_deleted(db: SessionFactory) -> None:
    with begin_write(db) as s:
        _, second = add_model(s), add_model(s)
        models.set_alias(s, OWNER, "houses", "champion", 1)
        moved = models.set_alias(s, OWNER, "houses", "champion", 2)
        assert (moved.version, moved.model_id) == (2, second)
        models.set_alias(s, OWNER, "houses", "best", 2)
        assert models.list_aliases_of_names(s, OWNER, ["houses"]) == {"houses": {"best": 2, "champion": 2}}
        models.delete_alias(s, OWNER, "houses", "champion")
        assert models.list_aliases_of_names(s, OWNER, ["houses"]) == {"houses": {"best": 2}}
        with pytest.raises(NotFound, match="houses@champion"):
            models.delete_alias(s, OWNER, "houses", "champion")
        with pytest.raises(NotFound, match="houses:7"):
            models.set_alias(s, OWNER, "houses", "champion", 7)


def test_lists_are_newest_first_in_pages_and_by_name(db: SessionFactory) -> None:
    with begin_write(db) as s:
        ids = [add_model(s, name) for name in ("houses", "flats", "houses")]
        page, more = models.list_page(s, OWNER, 2)
        assert ([row.id for row in page], more) == ([ids[2], ids[1]], True)
        page, more = models.list_page(s, OWNER, 2, ids[1])
        assert ([row.id for row in page], more) == ([ids[0]], False)
        page, _ = models.list_page(s, OWNER, 9, name="houses")
        assert [row.version for row in page] == [2, 1]
