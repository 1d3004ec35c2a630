"""Events on real workers, and real receivers that verify them: kills, long absences, receivers that do not answer."""

import json
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler

import pytest
from sqlalchemy import func, select, update
from standardwebhooks import Webhook

from contract.ids import new_id
from contract.tasks import TRAIN
from store.database import begin_read, begin_write
from store.tables import DeliveryRow, WebhookRow
from store.webhooks import deliveries, events, webhooks
from tests.databases import on_every_kind
from tests.integration.worker.tables_to_learn import sums
from tests.receiver import Receiver, respond_with, serve
from tests.running import OWNER, Installation, Worker, wait_for

EVENTS = 40
DAY = 24 * 3600.0
LOCAL = {"webhook_allowed_networks": "127.0.0.1/32"}


@pytest.fixture
def installation(module_installation: Installation) -> Installation:
    with begin_write(module_installation.sessions) as s:
        s.execute(WebhookRow.__table__.delete())  # type: ignore[attr-defined] - a table
    return module_installation


def add_webhook(installation: Installation, receiver: Receiver, owner: str = OWNER) -> tuple[str, Webhook]:
    """A webhook for a receiver, and what verifies its events."""
    with begin_write(installation.sessions) as s:
        url = f"http://127.0.0.1:{receiver.port}/"
        row = webhooks.add(s, id=new_id("wh"), owner=owner, url=url, events=None)
    return row.id, Webhook(row.secret)


def add_events(installation: Installation, first: int = 0, count: int = EVENTS, owner: str = OWNER) -> None:
    with begin_write(installation.sessions) as s:
        for number in range(first, first + count):
            events.add(s, owner, "drift.detected", {"object": "model", "id": f"mdl_{number}"})


def read_events(receiver: Receiver, webhook: Webhook) -> list[str]:
    """What the verified events are about, as they arrived."""
    arrived = [
        webhook.verify(request.body, {name.lower(): value for name, value in request.headers.items()})
        for request in receiver.requests
    ]
    return [event["data"]["id"] for event in arrived]


def count_pending(installation: Installation) -> int:
    with begin_read(installation.sessions) as s:
        return s.scalars(select(func.count()).select_from(DeliveryRow).where(DeliveryRow.status == "pending")).one()


def let_time_pass(installation: Installation, seconds: float) -> None:
    """Move the database's clock on, as far as the schedule of deliveries is concerned."""
    with begin_write(installation.sessions) as s:
        # webhooks first: the order of locks
        s.execute(update(WebhookRow).values(resting_until=WebhookRow.resting_until - seconds))
        s.execute(update(DeliveryRow).values(due_at=DeliveryRow.due_at - seconds))


def wait_until_none_is_pending(installation: Installation) -> None:
    """Wait for the end of all deliveries, and skip the waits of their schedule."""
    for _ in range(100):
        let_time_pass(installation, DAY)
        before = count_pending(installation)
        if not before:
            return
        # not too often: who writes all the time delays the workers
        wait_for(partial(has_fewer, installation, before), "an event")
    raise AssertionError("events wait for ever")


def has_fewer(installation: Installation, before: int) -> bool:
    """Whether a tenth of the events that waited do no more."""
    return count_pending(installation) <= before * 0.9


def ensure_worker(installation: Installation) -> None:
    """Start a worker that may deliver to this machine, unless there is one."""
    if not any(worker.is_running for worker in installation.workers):
        installation.start_worker(**LOCAL)


def kill_one(installation: Installation, workers: list[Worker]) -> None:
    """Kill the oldest of some workers, let its leases expire, and begin another."""
    workers.pop(0).kill()
    with begin_write(installation.sessions) as s:
        s.execute(update(DeliveryRow).values(leased_until=DeliveryRow.leased_until - 60))
    workers.append(installation.begin_worker(**LOCAL))


def wait_for_requests(receiver: Receiver, count: int) -> None:
    wait_for(lambda: len(receiver.requests) >= count, f"{count} requests")


def test_a_job_tells_of_its_model_and_of_its_end(installation: Installation) -> None:
    with serve(Receiver()) as receiver:
        _, webhook = add_webhook(installation, receiver)
        ensure_worker(installation)
        dataset = installation.add_dataset(sums())
        job = installation.submit(dataset, "y", epochs=2)
        installation.send_hint(TRAIN)
        model = installation.wait_for_end(job).model_id
        wait_for_requests(receiver, 3)

        assert set(read_events(receiver, webhook)) == {dataset, job, model}
        types = {json.loads(request.body)["type"] for request in receiver.requests}
        assert types == {"dataset.ready", "job.succeeded", "model.created"}
        sizes = [len(request.body) for request in receiver.requests]
        assert max(sizes) < 20_000


@on_every_kind
def test_no_event_is_lost_while_workers_are_killed_and_the_receiver_is_dead_for_a_day(
    installation: Installation,
) -> None:
    receiver = Receiver()
    _, webhook = add_webhook(installation, receiver)
    port = receiver.port
    receiver.server_close()  # dead
    add_events(installation)
    workers = [installation.start_worker(**LOCAL) for _ in range(2)]
    for _ in range(3):  # a day, in whose every eighth hour a worker is killed
        let_time_pass(installation, 8 * 3600)
        kill_one(installation, workers)
    wait_for(lambda: workers[-1].is_running and "trainer ready" in workers[-1].read_log(), "a worker")
    with begin_read(installation.sessions) as s:
        tried = s.scalars(select(DeliveryRow)).all()
    assert {row.status for row in tried} == {"pending"}
    assert any(row.attempts for row in tried)

    with serve(Receiver(port=port)) as alive:
        add_events(installation, EVENTS, EVENTS)
        for killed in range(1, 4):
            let_time_pass(installation, DAY)
            wait_for_requests(alive, killed * EVENTS // 4)
            kill_one(installation, workers)
        wait_until_none_is_pending(installation)
        found = read_events(alive, webhook)

    assert set(found) == {f"mdl_{number}" for number in range(2 * EVENTS)}
    by_id: dict[str, set[bytes]] = {}
    for request in alive.requests:
        by_id.setdefault(request.headers["webhook-id"], set()).add(request.body)
    assert len(by_id) == 2 * EVENTS
    assert all(len(bodies) == 1 for bodies in by_id.values())


def test_a_receiver_that_never_answers_delays_no_other(installation: Installation) -> None:
    ended, places = threading.Event(), threading.Semaphore(deliveries.MAX_IN_FLIGHT_PER_OWNER)
    too_many = list[str]()

    def hang(handler: BaseHTTPRequestHandler) -> None:
        if not places.acquire(blocking=False):
            too_many.append(handler.headers["webhook-id"])
        ended.wait(19)  # until its sender is about to give up
        places.release()

    with serve(Receiver(respond=hang)) as hanging, serve(Receiver()) as quick:
        for owner, receiver in {"slow 1": hanging, "slow 2": hanging, "slow 3": hanging, OWNER: quick}.items():
            add_webhook(installation, receiver, owner="slow" if receiver is hanging else owner)
        add_events(installation, 0, 20, owner="slow")
        add_events(installation, 0, 20)
        ensure_worker(installation)
        try:
            wait_for(lambda: len(quick.requests) >= 20, "all events of another owner", 18.0)
        finally:
            ended.set()

    assert hanging.requests
    assert too_many == []


def test_what_a_receiver_answers_is_done(installation: Installation) -> None:
    answers = {"/later": respond_with(503, Retry_After="100"), "/gone": respond_with(410), "/moved": respond_with(308)}
    with serve(Receiver()) as receiver:
        receiver.respond = lambda handler: answers[handler.path](handler)
        ids: dict[str, str] = {}
        with begin_write(installation.sessions) as s:
            for path in answers:
                url = f"http://127.0.0.1:{receiver.port}{path}"
                ids[path] = webhooks.add(s, id=new_id("wh"), owner=path, url=url, events=None).id
                events.add(s, path, "drift.detected", {"object": "model", "id": path})
        ensure_worker(installation)

        def read_rows() -> dict[str, tuple[DeliveryRow, WebhookRow]]:
            with begin_read(installation.sessions) as s:
                rows = s.scalars(select(DeliveryRow)).all()
                return {row.owner: (row, s.get_one(WebhookRow, row.webhook_id)) for row in rows if row.attempts}

        rows = wait_for(lambda: len(found := read_rows()) == 3 and found, "three attempts")

    assert {path: row.attempts[0]["status"] for path, (row, _) in rows.items()} == {
        "/later": 503,
        "/gone": 410,
        "/moved": 308,
    }
    assert {path for path, (_, webhook) in rows.items() if not webhook.enabled} == {"/gone"}
    assert {path for path, (_, webhook) in rows.items() if webhook.resting_until} == {"/later"}
    later, _ = rows["/later"]
    assert later.due_at is not None
    assert later.due_at - later.attempts[0]["at"] > 99


def test_addresses_of_this_network_get_nothing_unless_the_operator_allows_them(
    installation: Installation,
) -> None:
    for worker in installation.workers:
        worker.kill()  # they are allowed to
    with serve(Receiver()) as receiver:
        add_webhook(installation, receiver)
        add_events(installation, 0, 1)
        installation.start_worker()

        def read_attempt() -> DeliveryRow | None:
            with begin_read(installation.sessions) as s:
                row = s.scalars(select(DeliveryRow)).one()
                return row if row.attempts else None

        attempt = wait_for(read_attempt, "an attempt")

    assert receiver.connections == 0
    assert attempt is not None
    assert attempt.attempts[0]["error"] == "the host has no public address"
