"""Deliveries: claims, the schedule of retries, rests, replay, and fairness between receivers."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store.database import SessionFactory, begin_read, begin_write
from store.errors import NotFound
from store.tables import DeliveryRow, WebhookRow
from store.webhooks import deliveries, events, webhooks
from store.webhooks.deliveries import JITTER, RETRY_SECONDS, Attempt, DeliveryClaim
from tests.unit.store.factories import OWNER
from tests.unit.store.webhooks.factories import add_webhook

DAY = 24 * 3600.0


def add_event(s: Session, number: int = 1, owner: str = OWNER) -> None:
    events.add(s, owner, "drift.detected", {"object": "model", "id": f"mdl_{number}"})


def claim(s: Session) -> DeliveryClaim:
    claimed = deliveries.claim(s, 55)
    assert claimed is not None
    return claimed


def record(s: Session, claimed: DeliveryClaim, status: int | None = 500, **more: Any) -> str | None:
    attempt = Attempt(at=time.time(), seconds=0.1, status=status, **more)
    return deliveries.record_attempt(s, claimed.id, claimed.token, attempt)


def get_row(s: Session, delivery_id: str) -> DeliveryRow:
    return s.get_one(DeliveryRow, delivery_id, populate_existing=True)


def let_time_pass(s: Session, seconds: float) -> None:
    """As if all of it had happened so much longer ago: the database's clock is moved on."""
    for row, columns in ((DeliveryRow, ("due_at", "leased_until", "finished_at")), (WebhookRow, ("resting_until",))):
        s.execute(update(row).values({name: getattr(row, name) - seconds for name in columns}))


def test_an_event_is_retried_by_the_schedule_with_jitter_and_then_has_failed(db: SessionFactory) -> None:
    with begin_write(db) as s:
        add_webhook(s)
        add_event(s)
        for failures, delay in enumerate(RETRY_SECONDS, 1):
            claimed = claim(s)
            assert record(s, claimed) == "pending"
            row = get_row(s, claimed.id)
            wait = (row.due_at or 0.0) - time.time()
            assert delay - 2 <= wait <= delay * (1 + JITTER) + 2
            assert (row.failures, row.leased_until) == (failures, None)
            let_time_pass(s, delay - 3)
            assert deliveries.claim(s, 55) is None
            let_time_pass(s, delay * JITTER + 6)
        claimed = claim(s)
        assert record(s, claimed) == "failed"
        let_time_pass(s, 100 * DAY)
        assert deliveries.claim(s, 55) is None
        row = get_row(s, claimed.id)

    assert (row.status, row.due_at, len(row.attempts)) == ("failed", None, len(RETRY_SECONDS) + 1)
    assert {(attempt["status"], attempt["error"]) for attempt in row.attempts} == {(500, None)}
    assert claimed.id == row.id


def test_a_delivery_of_a_lost_worker_is_sent_by_another_which_alone_may_record_it(db: SessionFactory) -> None:
    with begin_write(db) as s:
        add_webhook(s)
        add_event(s)
        lost = claim(s)
        assert deliveries.claim(s, 55) is None
        let_time_pass(s, 56)
        assert deliveries.has_due(s)
        again = claim(s)

        assert (again.id, again.token) == (lost.id, lost.token + 1)
        assert record(s, lost, 200) is None
        assert record(s, again, 200) == "succeeded"
        assert record(s, again, 500) is None
        assert get_row(s, lost.id).status == "succeeded"
        assert not deliveries.has_due(s)


def test_what_a_receiver_asks_for_is_heeded_for_all_that_it_gets(db: SessionFactory) -> None:
    with begin_write(db) as s:
        add_webhook(s)
        add_event(s, 1)
        add_event(s, 2)
        record(s, claim(s), 429, retry_after=600.0)
        assert not deliveries.has_due(s)
        let_time_pass(s, 598)
        assert not deliveries.has_due(s)
        let_time_pass(s, 4)
        assert record(s, claim(s), 503) == "pending"
        assert not deliveries.has_due(s)
        let_time_pass(s, 10)
        assert deliveries.has_due(s)
        record(s, claim(s), 200, retry_after=10 * DAY)
        record(s, claim(s), 503, retry_after=10 * DAY)
        let_time_pass(s, DAY + 2)
        assert deliveries.has_due(s)


def test_410_disables_a_webhook_and_what_waits_is_sent_once_it_is_enabled(db: SessionFactory) -> None:
    with begin_write(db) as s:
        webhook = add_webhook(s)
        add_event(s, 1)
        add_event(s, 2)
        record(s, claim(s), 410)
        row = webhooks.get(s, OWNER, webhook)
        assert (row.enabled, row.disabled_reason) == (False, deliveries.GONE)
        add_event(s, 3)
        assert not deliveries.has_due(s)
        row = webhooks.change(s, OWNER, webhook, enabled=True)
        assert (row.enabled, row.disabled_reason) == (True, None)
        assert claim(s).data["id"] == "mdl_2"
        let_time_pass(s, 10)
        assert claim(s).data["id"] == "mdl_1"
        assert deliveries.claim(s, 55) is None


def test_few_are_in_flight_at_once_and_receivers_take_turns(db: SessionFactory) -> None:
    with begin_write(db) as s:
        slow = [add_webhook(s), add_webhook(s), add_webhook(s)]
        quick = add_webhook(s, owner="bob")
        for number in range(5):
            add_event(s, number)
        add_event(s, 9, owner="bob")
        claimed = [claim(s) for _ in range(deliveries.MAX_IN_FLIGHT_PER_OWNER + 1)]
        assert deliveries.claim(s, 55) is None
        of = [get_row(s, each.id).webhook_id for each in claimed]

        assert max(map(of.count, slow)) <= deliveries.MAX_IN_FLIGHT_PER_WEBHOOK
        assert of.count(quick) == 1
        assert [each.data["id"] for each in claimed if get_row(s, each.id).webhook_id == slow[0]] == ["mdl_0", "mdl_1"]
        record(s, claimed[0], 200)
        assert deliveries.claim(s, 55) is not None


def test_deliveries_that_ended_can_be_sent_again(db: SessionFactory) -> None:
    with begin_write(db) as s:
        webhook = add_webhook(s)
        for number in range(3):
            add_event(s, number)
        arrived, failed = claim(s), claim(s)
        record(s, arrived, 204)
        s.execute(update(DeliveryRow).where(DeliveryRow.id == failed.id).values(failures=len(RETRY_SECONDS)))
        assert record(s, failed, None, error="no response within 20 s") == "failed"

        assert deliveries.replay_failed(s, webhook) == 1
        row = deliveries.replay(s, OWNER, webhook, arrived.id)
        assert (row.status, row.failures, len(row.attempts)) == ("pending", 0, 1)
        waiting, more = deliveries.list_page(s, webhook, 10, statuses=["pending"])
        assert ([each.data["id"] for each in waiting], more) == (["mdl_2", "mdl_1", "mdl_0"], False)
        for other in ("bob", OWNER):
            with pytest.raises(NotFound):
                deliveries.replay(s, other, "wh_other", arrived.id)


def test_for_a_day_after_a_rotation_both_secrets_sign(db: SessionFactory) -> None:
    with begin_write(db) as s:
        webhook = add_webhook(s)
        first = webhooks.get(s, OWNER, webhook).secret
        second = webhooks.rotate_secret(s, OWNER, webhook).secret
        add_event(s, 1)
        add_event(s, 2)
        assert claim(s).secrets == (second, first)
        s.execute(update(WebhookRow).values(former_secret_until=WebhookRow.former_secret_until - DAY))
        assert claim(s).secrets == (second,)


def test_the_log_is_kept_for_a_while_and_goes_with_its_webhook(db: SessionFactory) -> None:
    with begin_write(db) as s:
        webhook = add_webhook(s)
        add_event(s, 1)
        add_event(s, 2)
        record(s, claim(s), 200)
        assert deliveries.delete_old(s, DAY) == 0
        let_time_pass(s, 2 * DAY)
        assert deliveries.delete_old(s, DAY) == 1
        webhooks.delete(s, OWNER, webhook)
    with begin_read(db) as s:
        assert s.scalars(select(DeliveryRow)).all() == []
        with pytest.raises(NotFound):
            webhooks.get(s, OWNER, webhook)


def test_an_attempt_recorded_late_waits_for_a_claim_without_a_deadlock(db: SessionFactory) -> None:
    with begin_write(db) as s:
        add_webhook(s)
        add_event(s)
        late = claim(s)
        let_time_pass(s, 56)

    def record_late() -> str | None:
        with begin_write(db) as s:
            return record(s, late, 503)

    with ThreadPoolExecutor(1) as executor:
        with begin_write(db) as s:
            s.execute(select(WebhookRow).with_for_update(key_share=True))  # as a claim does first
            recording = executor.submit(record_late)
            time.sleep(0.3)
            assert claim(s).id == late.id
        assert recording.result() is None
    with begin_read(db) as s:
        assert s.scalars(select(WebhookRow)).one().resting_until is None


def test_a_delivery_that_is_replayed_meanwhile_is_not_deleted(db: SessionFactory) -> None:
    with begin_write(db) as s:
        webhook = add_webhook(s)
        add_event(s)
        arrived = claim(s)
        record(s, arrived, 200)
        let_time_pass(s, 2 * DAY)

    def delete_old() -> int:
        with begin_write(db) as s:
            return deliveries.delete_old(s, DAY)

    with ThreadPoolExecutor(1) as executor:
        with begin_write(db) as s:
            deliveries.replay(s, OWNER, webhook, arrived.id)
            deleting = executor.submit(delete_old)
            time.sleep(0.3)
        assert deleting.result() == 0
    with begin_read(db) as s:
        assert get_row(s, arrived.id).status == "pending"


def test_a_delivery_that_arrives_after_its_lease_is_not_claimed_meanwhile(db: SessionFactory) -> None:
    with begin_write(db) as s:
        add_webhook(s)
        add_event(s)
        late = claim(s)
        let_time_pass(s, 56)

    def claim_again() -> DeliveryClaim | None:
        with begin_write(db) as s:
            return deliveries.claim(s, 55)

    with ThreadPoolExecutor(1) as executor:
        with begin_write(db) as s:
            assert record(s, late, 200) == "succeeded"
            claiming = executor.submit(claim_again)
            time.sleep(0.3)
        assert claiming.result() is None
