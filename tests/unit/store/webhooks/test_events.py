"""Events of jobs, datasets and models: recorded with the change itself, for those who want them."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from contract.ids import new_id
from store import datasets
from store.database import SessionFactory, begin_read, begin_write
from store.jobs import claims, jobs
from store.tables import DatasetRow, DeliveryRow, WebhookRow
from store.webhooks import events, webhooks
from tests.unit.store.factories import OWNER, PROBLEM, add_dataset, add_job, add_model, expire_lease
from tests.unit.store.webhooks.factories import add_webhook, list_events

PROFILE: datasets.FileProfile = {"rows": 3, "rows_rejected": 0, "issue_counts": {}, "columns": []}


def test_a_change_and_its_event_are_committed_together_or_not_at_all(db: SessionFactory) -> None:
    with begin_write(db) as s:
        webhook = add_webhook(s)
        job = add_job(s)
    with db() as s:
        jobs.cancel(s, OWNER, job)
        assert list_events(s, webhook) == [("job.cancelled", job)]
        s.rollback()

    with begin_read(db) as s:
        assert jobs.get(s, OWNER, job).status == "queued"
        assert list_events(s, webhook) == []


def test_every_end_of_a_job_is_an_event(db: SessionFactory) -> None:
    with begin_write(db) as s:
        webhook = add_webhook(s, events=["job.succeeded", "job.failed", "job.cancelled", "model.created"])
        model = add_model(s)
        dropped = add_job(s)
        jobs.cancel(s, OWNER, dropped)
        jobs.cancel(s, OWNER, dropped)
        bad = add_job(s)
        held = claims.claim(s, "worker", 30)
        assert held is not None
        assert claims.fail(s, bad, held.token, {**PROBLEM, "detail": "x" * 50_000})
        looping = add_job(s)
        for _ in range(claims.MAX_STRIKES):
            claims.claim(s, "worker", 30)
            expire_lease(s, looping)
        claims.claim(s, "worker", 30)
        found = list_events(s, webhook)
        failure = s.scalars(select(DeliveryRow).where(DeliveryRow.type == "job.failed")).first()

    job = found[0][1]
    assert found == [
        ("job.succeeded", job),
        ("model.created", model),
        ("job.cancelled", dropped),
        ("job.failed", bad),
        ("job.failed", looping),
    ]
    assert failure is not None
    assert failure.data["error"]["type"] == PROBLEM["type"]
    assert len(failure.data["error"]["detail"]) == events.MAX_TEXT_CHARS


def test_an_ensemble_is_one_job_to_its_webhooks(db: SessionFactory) -> None:
    with begin_write(db) as s:
        webhook = add_webhook(s)
        dataset = add_dataset(s, status="ready").id
        spec = '{"epochs": 3, "tags": {}, "nets": 3, "split": {"folds": null}, "time_limit_seconds": null}'
        job = jobs.add(s, id=new_id("job"), owner=OWNER, dataset_id=dataset, spec_json=spec).id
        jobs.cancel(s, OWNER, job)

        assert list_events(s, webhook) == [("job.cancelled", job)]


def test_every_end_of_a_datasets_reading_is_an_event(db: SessionFactory) -> None:
    with begin_write(db) as s:
        webhook = add_webhook(s)
        for status in ("ready", "failed"):
            row = add_dataset(s)
            held = datasets.claim(s, "worker", 30)
            assert held is not None
            if status == "ready":
                assert datasets.mark_ready(s, row.id, held.token, issues=[], **PROFILE)
            else:
                assert datasets.mark_failed(s, row.id, held.token, PROBLEM)
            assert not datasets.mark_failed(s, row.id, held.token, PROBLEM)
        lost = add_dataset(s)
        s.execute(update(DatasetRow).where(DatasetRow.id == lost.id).values(attempts=datasets.MAX_ATTEMPTS))
        assert datasets.claim(s, "worker", 30) is None
        small = datasets.add_ready(
            s, id=new_id("ds"), owner=OWNER, name="a", format="csv", bytes=1, sha256="b", types={}, issues=[], **PROFILE
        )
        found = list_events(s, webhook)

    assert [kind for kind, _ in found] == ["dataset.ready", "dataset.failed", "dataset.failed", "dataset.ready"]
    assert found[-1][1] == small.id


def test_events_go_to_the_webhooks_of_their_owner_that_want_them_and_are_enabled(db: SessionFactory) -> None:
    with begin_write(db) as s:
        mine, other, picky, off = (
            add_webhook(s),
            add_webhook(s, owner="bob"),
            add_webhook(s, events=["drift.detected"]),
            add_webhook(s),
        )
        webhooks.change(s, OWNER, off, enabled=False)
        job = add_job(s)
        jobs.cancel(s, OWNER, job)
        events.add(s, OWNER, "drift.detected", {"object": "model", "id": "mdl_1"})

        assert list_events(s, mine) == [("job.cancelled", job), ("drift.detected", "mdl_1")]
        assert list_events(s, picky) == [("drift.detected", "mdl_1")]
        assert list_events(s, other) == list_events(s, off) == []


def test_a_webhook_that_too_much_waits_for_is_disabled_and_says_why(
    db: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MAX_PENDING", 2)
    with begin_write(db) as s:
        webhook = add_webhook(s)
        for number in range(4):
            events.add(s, OWNER, "drift.detected", {"object": "model", "id": f"mdl_{number}"})

        assert list_events(s, webhook) == [("drift.detected", "mdl_0"), ("drift.detected", "mdl_1")]
        row = s.get_one(WebhookRow, webhook, populate_existing=True)
        assert (row.enabled, row.disabled_reason) == (False, events.TOO_MANY_PENDING)


def test_webhooks_that_too_much_waits_for_are_disabled_without_a_deadlock(
    db: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MAX_PENDING", 0)
    with begin_write(db) as s:
        first, second = add_webhook(s), add_webhook(s)

    def add_event() -> None:
        with begin_write(db) as s:
            events.add(s, OWNER, "drift.detected", {"object": "model", "id": "mdl_1"})

    with ThreadPoolExecutor(1) as executor:
        with begin_write(db) as s:
            webhooks.rotate_secret(s, OWNER, second)
            adding = executor.submit(add_event)
            time.sleep(0.3)
            webhooks.rotate_secret(s, OWNER, first)
        adding.result()
    add_event()
    with begin_read(db) as s:
        assert [webhooks.get(s, OWNER, each).enabled for each in (first, second)] == [False, False]
