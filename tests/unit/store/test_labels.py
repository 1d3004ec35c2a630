"""Tags, notes and words by which jobs, datasets and models are found, and the orders of their lists."""

import json
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from contract.ids import new_id
from store import datasets
from store.database import SessionFactory, begin_read, begin_write
from store.errors import NotFound
from store.jobs import epochs, jobs
from store.jobs.main_metric import read_main_error
from store.models import models
from store.pages import Order
from store.tables import EpochRow, JobRow, ModelRow
from tests.databases import on_every_database
from tests.unit.store.factories import OWNER, add_dataset, add_job, add_model

FILTERS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "a part of the name": ({"text": "alp"}, {"alpha"}),
    "the target in any case": ({"text": "MIETE"}, {"alpha", "gamma"}),
    "two words": ({"text": "miete gam"}, {"gamma"}),
    "the name of the dataset": ({"text": "häus"}, {"alpha", "beta", "gamma"}),
    "the value of a tag": ({"text": "first"}, {"alpha"}),
    "the note": ({"text": "50%_off"}, {"beta"}),
    "signs that stand for themselves": ({"text": "5_%"}, set()),
    "nothing": ({"text": "absent"}, set()),
    "a tag": ({"tag": "Run"}, {"alpha", "gamma"}),
    "a tag and its value": ({"tag": "run=first"}, {"alpha"}),
    "a part of a tag's name": ({"tag": "ru"}, set()),
    "a tag without a value": ({"tag": "keep"}, {"beta"}),
    "a task": ({"task": "classification"}, {"beta"}),
    "a task that is a target": ({"task": "language"}, set()),
}


def add_named_job(s: Session, name: str, dataset_id: str, error: float | None = None, **spec: Any) -> str:
    given: dict[str, Any] = {
        "dataset_id": dataset_id,
        "task": "regression",
        "epochs": 9,
        "tags": {},
        "model_name": name,
        **spec,
    }
    row = jobs.add(s, id=new_id("job"), owner=OWNER, dataset_id=dataset_id, spec_json=json.dumps(given))
    s.execute(update(JobRow).where(JobRow.id == row.id).values(main_error=error))
    return row.id


def add_three_jobs(s: Session) -> None:
    houses = add_dataset(s, name="Häuser.csv", status="ready").id
    add_named_job(s, "alpha", houses, 0.5, target="Miete", tags={"run": "First"})
    beta = add_named_job(s, "beta", houses, 0.25, target="language", task="classification", tags={"keep": ""})
    jobs.change(s, OWNER, beta, note="about 50%_off\nlanguage")
    add_named_job(s, "gamma", houses, None, target="Miete", tags={"run": "second"})


@on_every_database
@pytest.mark.parametrize("filters", FILTERS)
def test_jobs_are_found_by_their_words(db: SessionFactory, filters: str) -> None:
    given, expected = FILTERS[filters]
    with begin_write(db) as s:
        add_three_jobs(s)
    with begin_read(db) as s:
        assert {row.name for row in jobs.list_page(s, OWNER, 9, **given)[0]} == expected
        assert jobs.list_page(s, "nobody", 9, **given)[0] == []


@on_every_database
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (None, ["gamma", "beta", "alpha"]),
        (Order(JobRow.id), ["alpha", "beta", "gamma"]),
        (Order(JobRow.main_error), ["beta", "alpha", "gamma"]),
        (Order(JobRow.main_error, is_descending=True), ["alpha", "beta", "gamma"]),
        (Order(JobRow.name, is_descending=True), ["gamma", "beta", "alpha"]),
        (Order(JobRow.status), ["gamma", "beta", "alpha"]),
    ],
)
def test_pages_follow_one_another_in_every_order(db: SessionFactory, order: Order | None, expected: list[str]) -> None:
    with begin_write(db) as s:
        add_three_jobs(s)
    found: list[JobRow] = []
    with begin_read(db) as s:
        has_more = True
        while has_more:
            page, has_more = jobs.list_page(s, OWNER, 1, found[-1].id if found else None, order=order)
            found += page
    assert [row.name for row in found] == expected


def test_a_page_behind_a_job_that_is_gone_is_refused_where_its_place_is_unknown(db: SessionFactory) -> None:
    with begin_write(db) as s:
        add_three_jobs(s)
        assert jobs.list_page(s, OWNER, 9, "job_zzz")[0]
        with pytest.raises(NotFound):
            jobs.list_page(s, OWNER, 9, "job_zzz", order=Order(JobRow.name))
        foreign = add_job(s, owner="another")
        with pytest.raises(NotFound):
            jobs.list_page(s, OWNER, 9, foreign, order=Order(JobRow.name))


@on_every_database
def test_labels_change_and_nothing_else(db: SessionFactory) -> None:
    with begin_write(db) as s:
        dataset = add_dataset(s, status="ready", name="a.csv").id
        add_model(s, "houses")
        job = add_job(s, dataset_id=dataset)
        changed = jobs.change(s, OWNER, job, tags={"a": "1"})
        assert (changed.tags, changed.note, changed.spec["tags"]) == ({"a": "1"}, None, {"run": "first"})
        assert jobs.change(s, OWNER, job, note="mine").tags == {"a": "1"}
        assert datasets.change(s, OWNER, dataset, name="b.csv", note="old").name == "b.csv"
        assert datasets.change(s, OWNER, dataset, note=None).note is None
        model = models.change(s, OWNER, "houses", tags={"keep": ""})
        assert (model.tags, model.version) == ({"keep": ""}, 1)
        for change in (datasets.change, jobs.change, models.change):
            with pytest.raises(NotFound):
                change(s, "nobody", job, note="x")
    with begin_read(db) as s:
        assert [row.id for row in datasets.list_page(s, OWNER, 9, text="b.csv")[0]] == [dataset]
        assert datasets.list_page(s, OWNER, 9, text="a.csv")[0] == []
        assert [row.version for row in models.list_page(s, OWNER, 9, tag="keep")[0]] == [1]
        assert [row.id for row in jobs.list_page(s, OWNER, 9, text="mine b.csv")[0]] == [job]


def test_the_newest_versions_are_those_of_each_name_that_are_searched_for(db: SessionFactory) -> None:
    with begin_write(db) as s:
        for name in ("houses", "houses", "flats"):
            add_model(s, name)
        models.change(s, OWNER, "houses:1", note="the good one")
        models.set_alias(s, OWNER, "houses", "live", 1)

    def find(**filters: Any) -> list[str]:
        with begin_read(db) as s:
            rows, _ = models.list_page(s, OWNER, 9, newest=True, **filters)
            return [f"{row.name}:{row.version}" for row in rows]

    assert find() == ["flats:1", "houses:2"]
    assert find(text="good") == ["houses:1"]
    assert find(order=Order(ModelRow.name, is_descending=True)) == ["houses:2", "flats:1"]
    with begin_read(db) as s:
        assert models.count_versions(s, OWNER, ["houses", "flats", "none"]) == {"houses": 2, "flats": 1}
        assert models.list_aliases_of_names(s, OWNER, ["houses", "flats"]) == {"houses": {"live": 1}, "flats": {}}
        assert models.list_aliases_of_names(s, "nobody", ["houses"]) == {"houses": {}}


@pytest.mark.parametrize(
    ("epochs_of_job", "points", "expected"), [(0, 5, []), (1, 5, [1]), (3, 5, [1, 2, 3]), (9, 5, [1, 3, 5, 7, 9])]
)
def test_a_curve_has_evenly_spread_epochs(
    db: SessionFactory, epochs_of_job: int, points: int, expected: list[int]
) -> None:
    with begin_write(db) as s:
        job = add_job(s)
        rest: dict[str, Any] = {"metrics": {}, "learning_rate": 0.1, "gradient_norm": 1.0, "seconds": 1.0}
        s.add_all(
            EpochRow(job_id=job, epoch=epoch, train_loss=0.0, validation_loss=float(epoch), **rest)
            for epoch in range(1, epochs_of_job + 1)
        )
        s.flush()
        assert epochs.list_curve(s, job, epochs_of_job, points) == expected


@pytest.mark.parametrize(
    ("spec", "best", "error"),
    [
        ({"task": "classification"}, {"metrics": {"accuracy": 0.75}}, 0.25),
        ({"task": "classification", "class_weights": "balanced"}, {"metrics": {"macro_f1": 0.5}}, 0.5),
        ({"task": "regression"}, {"metrics": {"rmse": 12.0, "r2": 0.5}}, 12.0),
        ({"task": "regression", "targets": ["a", "b"]}, {"metrics": {"r2": 0.75}}, 0.25),
        ({"task": "regression"}, {"metrics": {"rmse": None}}, None),
        ({"task": "regression"}, {"epoch": 3}, None),
        ({"task": "regression"}, None, None),
    ],
)
def test_the_main_error_is_the_smaller_the_better(
    spec: dict[str, Any], best: dict[str, Any] | None, error: float | None
) -> None:
    assert read_main_error(spec, best) == error
