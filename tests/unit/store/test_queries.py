"""Query plans: every query uses an index and its order; none scans or sorts a whole table."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

from store import datasets, idempotency
from store.database import SessionFactory, begin_write
from store.idempotency import StoredResponse
from store.jobs import claims, ensembles, jobs, layer_stats, turns
from store.jobs import epochs as epoch_rows
from store.models import models
from store.webhooks import deliveries, events, webhooks
from store.webhooks.deliveries import Attempt
from tests.unit.store.factories import NO_PROGRESS, OWNER, PROBLEM, add_dataset, add_job, epochs, new_model
from tests.unit.store.webhooks.factories import add_webhook

FOUND: dict[str, Any] = {"rows": 1, "rows_rejected": 0, "issue_counts": {}, "columns": [], "issues": []}
REQUEST = ("POST /v1/jobs", "ab")

USES: dict[str, Callable[[Session, str], object]] = {
    "datasets.get": lambda s, id_: datasets.get(s, OWNER, add_dataset(s).id),
    "datasets.list_page": lambda s, id_: datasets.list_page(s, OWNER, 9, "ds_z"),
    "datasets.list_page by status": lambda s, id_: datasets.list_page(s, OWNER, 9, statuses=["ready"]),
    "datasets.list_page by name": lambda s, id_: datasets.list_page(s, OWNER, 9, name="houses.csv"),
    "datasets.list_issues": lambda s, id_: datasets.list_issues(s, id_, 0, 9),
    "datasets.claim": lambda s, id_: (add_dataset(s), datasets.claim(s, "worker", 30)),
    "datasets.count_claimable": lambda s, id_: datasets.count_claimable(s),
    "datasets.renew_lease": lambda s, id_: datasets.renew_lease(s, id_, 1, 30),
    "datasets.release": lambda s, id_: datasets.release(s, id_, 1),
    "datasets.mark_ready": lambda s, id_: datasets.mark_ready(s, id_, 1, **FOUND),
    "datasets.mark_failed": lambda s, id_: datasets.mark_failed(s, id_, 1, PROBLEM),
    "datasets.delete": lambda s, id_: datasets.delete(s, OWNER, add_dataset(s).id),
    "jobs.add": lambda s, id_: add_job(s),
    "jobs.get": lambda s, id_: jobs.get(s, OWNER, id_),
    "jobs.list_page": lambda s, id_: jobs.list_page(s, OWNER, 9, "job_z"),
    "jobs.list_page by status": lambda s, id_: jobs.list_page(s, OWNER, 9, statuses=["running", "queued"]),
    "jobs.list_page by dataset": lambda s, id_: jobs.list_page(s, OWNER, 9, dataset_id="ds_1"),
    "jobs.get_queue_position": lambda s, id_: jobs.get_queue_position(s, jobs.get(s, OWNER, id_)),
    "claims.claim": lambda s, id_: claims.claim(s, "worker", 30),
    "claims.count_claimable": lambda s, id_: claims.count_claimable(s),
    "turns.has_rival": lambda s, id_: (
        claims.claim(s, "worker", 30),
        add_job(s, owner="bob"),
        turns.has_rival(s, OWNER),
    ),
    "claims.renew_lease": lambda s, id_: claims.renew_lease(s, id_, 1, 30),
    "claims.add_epochs": lambda s, id_: claims.add_epochs(s, id_, 1, epochs(1), NO_PROGRESS),
    "claims.release": lambda s, id_: claims.release(s, id_, 1),
    "claims.succeed": lambda s, id_: (
        claims.claim(s, "worker", 30),
        claims.succeed(s, id_, 1, new_model(), "all_epochs"),
    ),
    "claims.fail": lambda s, id_: claims.fail(s, id_, 1, PROBLEM),
    "ensembles.list_nets": lambda s, id_: ensembles.list_nets(s, [id_, "job_z"]),
    "ensembles.lock_nets": ensembles.lock_nets,
    "ensembles.count_waiting": ensembles.count_waiting,
    "ensembles.load_weights": ensembles.load_weights,
    "events.add": lambda s, id_: events.add(s, OWNER, "job.failed", {"object": "job", "id": id_}),
    "webhooks.list_page": lambda s, id_: webhooks.list_page(s, OWNER, 9, "wh_z"),
    "webhooks.count": lambda s, id_: webhooks.count(s, OWNER),
    "deliveries.has_due": lambda s, id_: deliveries.has_due(s),
    "deliveries.claim": lambda s, id_: (add_webhook(s), jobs.cancel(s, OWNER, id_), deliveries.claim(s, 30)),
    "deliveries.record_attempt": lambda s, id_: deliveries.record_attempt(s, id_, 1, Attempt(at=1.0, seconds=1.0)),
    "deliveries.list_page": lambda s, id_: deliveries.list_page(s, id_, 9, "msg_z"),
    "deliveries.replay_failed": deliveries.replay_failed,
    "deliveries.delete_old": lambda s, id_: deliveries.delete_old(s, 1.0),
    "jobs.cancel": lambda s, id_: jobs.cancel(s, OWNER, id_),
    "jobs.delete": lambda s, id_: (jobs.cancel(s, OWNER, id_), jobs.delete(s, OWNER, id_)),
    "epochs.list_page": lambda s, id_: epoch_rows.list_page(s, id_, 5, 9),
    "epochs.list_sample": lambda s, id_: [epoch_rows.list_sample(s, id_, last, 24, None) for last in (9, 900)],
    "layer_stats.list_latest": lambda s, id_: layer_stats.list_latest(s, id_, 9),
    "claims.add_pretraining_report": lambda s, id_: claims.add_pretraining_report(s, id_, 1, baselines={}, facts={}),
    "jobs.get_dataset_stats": jobs.get_dataset_stats,
    "models.get": lambda s, id_: [models.get(s, OWNER, ref) for ref in ("houses", "houses:1", "houses@champion")],
    "models.list_page": lambda s, id_: models.list_page(s, OWNER, 9, "mdl_z"),
    "models.list_page by name": lambda s, id_: models.list_page(s, OWNER, 9, name="houses"),
    "models.set_alias": lambda s, id_: models.set_alias(s, OWNER, "houses", "champion", 1),
    "models.delete_alias": lambda s, id_: models.delete_alias(s, OWNER, "houses", "champion"),
    "models.get_weights": lambda s, id_: models.get_weights(s, models.get(s, OWNER, "houses").id),
    "models.delete": lambda s, id_: models.delete(s, OWNER, "houses"),
    "idempotency.claim": lambda s, id_: idempotency.claim(s, OWNER, "key", *REQUEST),
    "idempotency.get_response": lambda s, id_: idempotency.get_response(s, OWNER, "key", *REQUEST),
    "idempotency.add_response": lambda s, id_: idempotency.add_response(
        s, OWNER, "key", StoredResponse(status=201, headers={}, body=b"")
    ),
}

OVER_OWNERS = {"SCAN waiting", "USE TEMP B-TREE FOR ORDER BY"}
"""The plan of a claim's sort of the few rows found by index, one for each waiting owner."""


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_query_reads_or_sorts_a_whole_table(db: SessionFactory, engine: Engine, name: str) -> None:
    with begin_write(db) as s:
        done = add_job(s)
        assert claims.claim(s, "worker", 30)
        assert claims.succeed(s, done, 1, new_model(), "all_epochs")
        models.set_alias(s, OWNER, "houses", "champion", 1)
        waiting = add_job(s)
    asked = list[tuple[str, Any]]()

    def keep(_connection: Connection, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", keep)
    with begin_write(db) as s:
        USES[name](s, waiting)
    event.remove(engine, "before_cursor_execute", keep)
    queries = [(text, given) for text, given in asked if text.startswith(("SELECT", "UPDATE", "DELETE"))]
    assert queries
    with engine.connect() as connection:
        for text, given in queries:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", given).all()
            whole = [step.detail for step in plan if step.detail.startswith(("SCAN ", "USE TEMP"))]
            assert whole == [] or ("waiting" in text and set(whole) <= OVER_OWNERS), text
