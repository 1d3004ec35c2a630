"""Models by id, name, version and alias."""

import threading

import pytest
from sqlalchemy import Engine, event, select

from store.database import Sessions, reading, writing
from store.errors import NotFound
from store.jobs import claims
from store.models import models
from store.rows import AliasRow, ModelWeightsRow
from tests.unit.store.factories import ME, add_job, new_model, train


def test_a_model_is_found_by_id_name_version_and_alias(db: Sessions) -> None:
    with writing(db) as s:
        ids = [train(s) for _ in range(3)]
        other = train(s, "flats")
        models.set_alias(s, ME, "houses", "champion", 2)
    with reading(db) as s:
        asked = [ids[0], "houses", "houses:1", "houses:3", "houses@champion", "flats", "flats:1"]
        assert [models.get(s, ME, ref).id for ref in asked] == [ids[0], ids[2], ids[0], ids[2], ids[1], other, other]


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
def test_what_means_no_model_is_not_found(db: Sessions, ref: str) -> None:
    with writing(db) as s:
        train(s)
        models.set_alias(s, ME, "houses", "champion", 1)
        with pytest.raises(NotFound) as told:
            models.get(s, ME, ref)
    assert told.value.ref == ref


def test_another_owners_model_is_not_found_by_any_name_of_it(db: Sessions) -> None:
    with writing(db) as s:
        model_id = train(s)
        models.set_alias(s, ME, "houses", "champion", 1)
        for ref in (model_id, "houses", "houses:1", "houses@champion"):
            with pytest.raises(NotFound):
                models.get(s, "somebody", ref)
            with pytest.raises(NotFound):
                models.delete(s, "somebody", ref)
        with pytest.raises(NotFound):
            models.set_alias(s, "somebody", "houses", "champion", 1)
        with pytest.raises(NotFound):
            models.remove_alias(s, "somebody", "houses", "champion")
        assert models.list_page(s, "somebody", 10) == ([], False)
        assert models.get(s, ME, "houses@champion").id == model_id


def test_each_owner_counts_versions_of_their_own(db: Sessions) -> None:
    with writing(db) as s:
        train(s)
        theirs = train(s, owner="somebody")
        assert models.get(s, "somebody", theirs).version == 1
        assert models.get(s, ME, train(s)).version == 2


def test_a_version_is_never_given_twice_even_if_its_model_is_gone(db: Sessions) -> None:
    with writing(db) as s:
        train(s)
        newest = train(s)
        assert models.delete(s, ME, "houses").id == newest
        assert models.get(s, ME, "houses").version == 1
        models.delete(s, ME, "houses:1")
        with pytest.raises(NotFound):
            models.get(s, ME, "houses")
        assert models.get(s, ME, train(s)).version == 3


def test_models_that_end_at_the_same_time_get_different_versions(db: Sessions) -> None:
    with writing(db) as s:
        for _ in range(12):
            add_job(s)
        held = [claims.claim(s, "worker", 30) for _ in range(12)]
    versions = list[int]()

    def end(some: list[claims.Claim | None]) -> None:
        for claim in some:
            assert claim is not None
            with writing(db) as s:
                model = claims.succeed(s, claim.job_id, claim.token, new_model(), "all_epochs")
            assert model is not None
            versions.append(model.version)

    threads = [threading.Thread(target=end, args=[held[start::4]]) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(versions) == list(range(1, 13))


def test_weights_come_out_as_they_went_in_and_lists_never_load_them(db: Sessions, engine: Engine) -> None:
    data = bytes(range(256)) * 4096
    with writing(db) as s:
        model_id = train(s, weights=data)
    asked = list[str]()
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with reading(db) as s:
        assert [model.id for model in models.list_page(s, ME, 10)[0]] == [model_id]
        models.get(s, ME, "houses:1")
        assert not [statement for statement in asked if "model_weights" in statement]
        assert models.weights(s, model_id) == data


def test_a_deleted_model_takes_its_weights_and_aliases_along(db: Sessions) -> None:
    with writing(db) as s:
        gone, kept = train(s), train(s)
        models.set_alias(s, ME, "houses", "first", 1)
        models.set_alias(s, ME, "houses", "second", 2)
        models.delete(s, ME, gone)
        with pytest.raises(NotFound):
            models.weights(s, gone)
        assert s.scalars(select(ModelWeightsRow.model_id)).all() == [kept]
        assert s.scalars(select(AliasRow.alias)).all() == ["second"]


def test_an_alias_moves_and_goes(db: Sessions) -> None:
    with writing(db) as s:
        first, second = train(s), train(s)
        models.set_alias(s, ME, "houses", "champion", 1)
        moved = models.set_alias(s, ME, "houses", "champion", 2)
        assert (moved.version, moved.model_id) == (2, second)
        models.set_alias(s, ME, "houses", "best", 2)
        assert models.aliases_of(s, [first, second]) == {first: [], second: ["best", "champion"]}
        models.remove_alias(s, ME, "houses", "champion")
        assert models.aliases_of(s, [first, second]) == {first: [], second: ["best"]}
        with pytest.raises(NotFound, match="houses@champion"):
            models.remove_alias(s, ME, "houses", "champion")
        with pytest.raises(NotFound, match="houses:7"):
            models.set_alias(s, ME, "houses", "champion", 7)


def test_lists_are_newest_first_in_pages_and_by_name(db: Sessions) -> None:
    with writing(db) as s:
        ids = [train(s, name) for name in ("houses", "flats", "houses")]
        page, more = models.list_page(s, ME, 2)
        assert ([row.id for row in page], more) == ([ids[2], ids[1]], True)
        page, more = models.list_page(s, ME, 2, ids[1])
        assert ([row.id for row in page], more) == ([ids[0]], False)
        page, _ = models.list_page(s, ME, 9, name="houses")
        assert [row.version for row in page] == [2, 1]
