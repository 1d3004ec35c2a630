"""Every query finds its rows by an index, in their order: none reads a whole table or sorts one, however full it is."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

from store import datasets, idempotency
from store.database import Sessions, writing
from store.idempotency import StoredAnswer
from store.jobs import claims, jobs, layer_stats, pretraining_reports
from store.jobs import epochs as epoch_rows
from store.models import models
from tests.unit.store.factories import ME, NOTHING_YET, PROBLEM, add_dataset, add_job, epochs, new_model

FOUND: dict[str, Any] = {"rows": 1, "rows_rejected": 0, "issue_counts": {}, "columns": [], "issues": []}
REQUEST = ("POST /v1/jobs", "ab")

USES: dict[str, Callable[[Session, str], object]] = {
    "datasets.get": lambda s, id_: datasets.get(s, ME, add_dataset(s).id),
    "datasets.list_page": lambda s, id_: datasets.list_page(s, ME, 9, "ds_z"),
    "datasets.list_page by status": lambda s, id_: datasets.list_page(s, ME, 9, statuses=["ready"]),
    "datasets.list_page by name": lambda s, id_: datasets.list_page(s, ME, 9, name="houses.csv"),
    "datasets.issues": lambda s, id_: datasets.issues(s, id_, 0, 9),
    "datasets.claim": lambda s, id_: (add_dataset(s), datasets.claim(s, "worker", 30)),
    "datasets.claimable": lambda s, id_: datasets.claimable(s),
    "datasets.renew": lambda s, id_: datasets.renew(s, id_, 1, 30),
    "datasets.hand_back": lambda s, id_: datasets.hand_back(s, id_, 1),
    "datasets.ready": lambda s, id_: datasets.ready(s, id_, 1, **FOUND),
    "datasets.failed": lambda s, id_: datasets.failed(s, id_, 1, PROBLEM),
    "datasets.delete": lambda s, id_: datasets.delete(s, ME, add_dataset(s).id),
    "jobs.add": lambda s, id_: add_job(s),
    "jobs.get": lambda s, id_: jobs.get(s, ME, id_),
    "jobs.list_page": lambda s, id_: jobs.list_page(s, ME, 9, "job_z"),
    "jobs.list_page by status": lambda s, id_: jobs.list_page(s, ME, 9, statuses=["running", "queued"]),
    "jobs.list_page by dataset": lambda s, id_: jobs.list_page(s, ME, 9, dataset_id="ds_1"),
    "jobs.queue_position": lambda s, id_: jobs.queue_position(s, jobs.get(s, ME, id_)),
    "claims.claim": lambda s, id_: claims.claim(s, "worker", 30),
    "claims.claimable": lambda s, id_: claims.claimable(s),
    "claims.renew": lambda s, id_: claims.renew(s, id_, 1, 30),
    "claims.record": lambda s, id_: claims.record(s, id_, 1, epochs(1), NOTHING_YET),
    "claims.hand_back": lambda s, id_: claims.hand_back(s, id_, 1),
    "claims.succeed": lambda s, id_: (
        claims.claim(s, "worker", 30),
        claims.succeed(s, id_, 1, new_model(), "all_epochs"),
    ),
    "claims.fail": lambda s, id_: claims.fail(s, id_, 1, PROBLEM),
    "jobs.cancel": lambda s, id_: jobs.cancel(s, ME, id_),
    "jobs.delete": lambda s, id_: (jobs.cancel(s, ME, id_), jobs.delete(s, ME, id_)),
    "epochs.page": lambda s, id_: epoch_rows.page(s, id_, 5, 9),
    "epochs.sampled": lambda s, id_: [epoch_rows.sampled(s, id_, last, 24) for last in (9, 900)],
    "layers.latest": lambda s, id_: layer_stats.latest(s, id_, 9),
    "facts.keep": lambda s, id_: pretraining_reports.keep(s, id_, 1, baselines={}, facts={}),
    "facts.of": pretraining_reports.of,
    "models.get": lambda s, id_: [models.get(s, ME, ref) for ref in ("houses", "houses:1", "houses@champion")],
    "models.list_page": lambda s, id_: models.list_page(s, ME, 9, "mdl_z"),
    "models.list_page by name": lambda s, id_: models.list_page(s, ME, 9, name="houses"),
    "models.set_alias": lambda s, id_: models.set_alias(s, ME, "houses", "champion", 1),
    "models.remove_alias": lambda s, id_: models.remove_alias(s, ME, "houses", "champion"),
    "models.aliases_of": lambda s, id_: models.aliases_of(s, ["mdl_1", "mdl_2"]),
    "models.weights": lambda s, id_: models.weights(s, models.get(s, ME, "houses").id),
    "models.delete": lambda s, id_: models.delete(s, ME, "houses"),
    "idempotency.claim": lambda s, id_: idempotency.claim(s, ME, "key", *REQUEST),
    "idempotency.look_up": lambda s, id_: idempotency.look_up(s, ME, "key", *REQUEST),
    "idempotency.finish": lambda s, id_: idempotency.finish(
        s, ME, "key", StoredAnswer(status=201, headers={}, body=b"")
    ),
}

OVER_OWNERS = {"SCAN waiting", "USE TEMP B-TREE FOR ORDER BY"}
"""What a claim does with the few rows that it found by index, one for each owner who waits."""


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_query_reads_or_sorts_a_whole_table(db: Sessions, engine: Engine, name: str) -> None:
    with writing(db) as s:
        done = add_job(s)
        assert claims.claim(s, "worker", 30)
        assert claims.succeed(s, done, 1, new_model(), "all_epochs")
        models.set_alias(s, ME, "houses", "champion", 1)
        waiting = add_job(s)
    asked = list[tuple[str, Any]]()

    def keep(_connection: Connection, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", keep)
    with writing(db) as s:
        USES[name](s, waiting)
    event.remove(engine, "before_cursor_execute", keep)
    queries = [(text, given) for text, given in asked if text.startswith(("SELECT", "UPDATE", "DELETE"))]
    assert queries
    with engine.connect() as connection:
        for text, given in queries:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", given).all()
            whole = [step.detail for step in plan if step.detail.startswith(("SCAN ", "USE TEMP"))]
            assert whole == [] or ("waiting" in text and set(whole) <= OVER_OWNERS), text
