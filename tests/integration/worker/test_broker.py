"""A worker whose broker starts late, dies, restarts or falls silent, or delivers other messages, and its shutdown."""

import base64
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.tasks import QUEUE, TRAIN, WAKE
from tests.databases import on_every_kind
from tests.integration.worker.tables_to_learn import sums
from tests.running import Broker, Installation, wait_for
from tests.servers import RedisServer

DEAF = """
from kombu.transport.redis import Channel
from worker.__main__ import main

ask, channels = Channel._brpop_start, []

def ask_on_all_but_the_first(channel, *args, **kwargs):
    if channel not in channels:
        channels.append(channel)
    if channel is not channels[0]:
        ask(channel, *args, **kwargs)

Channel._brpop_start = ask_on_all_but_the_first
main()
"""
"""A worker that asks the broker for no hints over its first connection, as after some reconnects (kombu#2492)."""

HASTY = """
from worker import tasks
from worker.__main__ import main

tasks.MAX_DRAIN_SECONDS = 0.0
main()
"""
"""A worker whose trainer drains its queue no longer than for one job."""

STUCK = """
import time
import tables
from worker.__main__ import main

def never(*_):
    time.sleep(1000)

tables.load_table = never
main()
"""
"""A worker whose trainer does not look up while it loads a table."""


@pytest.fixture
def own_broker(kind: str) -> Iterator[Broker]:
    broker = RedisServer() if "redis" in kind else Broker()
    yield broker
    broker.remove()


@on_every_kind
def test_a_worker_outlives_its_broker(own_broker: Broker, joint_database: str, tmp_path: Path):
    own_broker.process.kill()
    installation = Installation(tmp_path, own_broker.url(), joint_database)
    try:
        dataset_id = installation.add_dataset(sums())
        running = installation.submit(dataset_id, "y", epochs=1_000_000, early_stopping=None)
        worker = installation.begin_worker()
        worker.wait_for_log("(2/None)")  # tries
        own_broker.start()
        installation.wait_for_epoch(running, 5)
        own_broker.process.kill()
        unheard = installation.submit(dataset_id, "y", epochs=1)
        during = installation.finish(running)
        own_broker.start()
        after = installation.wait_for_end(unheard)
        own_broker.process.kill()
        worker.send(signal.SIGTERM)

        assert worker.wait() == 0
        assert "in 4.00 seconds" not in worker.read_log()
        assert (during.status, during.attempts) == ("succeeded", 1)
        assert (after.status, after.attempts) == ("succeeded", 1)
    finally:
        installation.close()


def test_a_trainer_that_stops_draining_leaves_a_hint_and_goes_on_without_a_broker(
    own_broker: Broker, joint_database: str, tmp_path: Path
):
    installation = Installation(tmp_path, own_broker.url(), joint_database)
    try:
        dataset_id = installation.add_dataset(sums())
        installation.start_worker("-c", HASTY, reconcile_seconds=60.0)
        first, second, running = (
            installation.submit(dataset_id, "y", epochs=n, early_stopping=None) for n in (1, 1, 1_000_000)
        )
        installation.send_hint(TRAIN)

        assert [installation.wait_for_end(job_id).status for job_id in (first, second)] == ["succeeded"] * 2
        installation.wait_for_epoch(running, 1)
        after = installation.submit(dataset_id, "y", epochs=1)
        own_broker.process.kill()
        installation.finish(running)
        assert installation.wait_for_end(after).status == "succeeded"
    finally:
        installation.close()


def write_message(
    body: object = ([TRAIN], {}, {}), *, headers: object = None, raw_body: object = None, **fields: object
) -> str:
    """A message in the form of kombu's queue, with a hint unless some of it is given."""
    message = {
        "body": base64.b64encode(json.dumps(body).encode()).decode() if raw_body is None else raw_body,
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"lang": "py", "task": WAKE, "id": "1"} | headers if isinstance(headers, dict) else headers or {},
        "properties": {
            "body_encoding": "base64",
            "delivery_tag": "1",
            "delivery_info": {"exchange": "", "routing_key": QUEUE},
        },
    }
    return json.dumps(message | fields)


NO_HINTS = {
    "a body that is an empty list": write_message([], headers={}),
    "a body of other shapes": write_message([[TRAIN]], headers={}),
    "a body that is null": write_message(None, headers={}),
    "two kinds": write_message([[TRAIN, TRAIN], {}, {}], headers={}),
    "a kind that is a list": write_message([[[]], {}, {}], headers={}),
    "an unknown kind": write_message([["delete"], {}, {}], headers={}),
    "an unknown task": write_message(headers={"task": "celery.backend_cleanup"}),
    "a task that is a list": write_message(headers={"task": []}),
    "headers that are a list": write_message(headers=[1]),
    "no headers": write_message(headers=None),
    "a body that is a number": write_message(raw_body=7, headers={}),
    "a body that is not base64": write_message(raw_body="%%%", headers={}),
    "deep nesting": write_message(raw_body=base64.b64encode(b"[" * 100_000).decode(), headers={}),
    "the first protocol": json.dumps({"task": WAKE, "id": "1", "args": [TRAIN], "kwargs": {}}),
    "an empty object": "{}",
    "null": "null",
    "a number": "1",
    "a list": "[]",
    "nothing": "",
    "no JSON": "gradus",
    "no UTF-8": b"\xff\xfe\x00",
    "a value that cannot be decoded": json.dumps({"__type__": "decimal", "__value__": "x"}),
    "nested without end": "[" * 200_000,
}
"""Entries of the queue that are no hints."""

ODD_HINTS = {
    "time limits": write_message(headers={"timelimit": [0.01, 0.01]}),
    "time limits of other shapes": write_message(headers={"timelimit": "x"}),
    "a start in a hundred years": write_message(headers={"eta": "2126-01-01T00:00:00"}),
    "a start that is no time": write_message(headers={"eta": {"a": 1}}),
    "an end in the past": write_message(headers={"expires": "2000-01-01T00:00:00"}),
    "callbacks": write_message([[TRAIN], {}, {"callbacks": [{"task": "x"}], "chain": 3, "errbacks": "y"}], headers={}),
    "properties that are missing": write_message(headers={}, properties={}),
    "properties that are null": write_message(headers={}, properties=None),
    "another content": write_message(headers={"compression": "zlib"}, **{"content-type": "application/x-python"}),
    "a priority that is a text": write_message(headers={"priority": "x", "retries": "x", "group": {}}),
}
"""Hints with fields that Celery would act on, or fail at."""


@pytest.mark.parametrize("place", ["before it starts", "while it works"])
def test_a_worker_outlives_every_message_and_goes_on_with_its_job(
    installation: Installation, joint_broker: Broker, place: str
):
    number = int(installation.broker_url.rpartition("=")[2].rpartition("/")[2])
    dataset_id = installation.add_dataset(sums())
    running = installation.submit(dataset_id, "y", epochs=1_000_000, early_stopping=None)
    with joint_broker.client(number) as client:
        if place == "before it starts":
            client.lpush(QUEUE, *NO_HINTS.values(), *ODD_HINTS.values())
        worker = installation.start_worker(concurrency=2)
        wait_for(lambda: len(worker.trainers()) == 2, "both trainers")
        trainers = set(worker.trainers())
        installation.wait_for_epoch(running, 5)
        if place == "while it works":
            client.lpush(QUEUE, *NO_HINTS.values(), *ODD_HINTS.values())
        wait_for(lambda: not client.llen(QUEUE), "the end of the queue")
    job = installation.finish(running)

    assert (job.status, job.attempts) == ("succeeded", 1)
    assert installation.wait_for_end(installation.submit(dataset_id, "y", epochs=1)).status == "succeeded"
    assert set(worker.trainers()) == trainers
    assert worker.read_log().count("message dropped") == len(NO_HINTS)


@on_every_kind
def test_a_worker_that_gets_no_messages_reconnects_to_the_broker(installation: Installation):
    job_id = installation.submit(installation.add_dataset(sums()), "y", epochs=1)
    worker = installation.start_worker("-c", DEAF)

    assert installation.wait_for_end(job_id).status == "succeeded"
    assert "connecting to the broker anew" in worker.read_log()


@on_every_kind
def test_jobs_whose_hints_were_lost_are_claimed_in_a_row_after_one_reconciliation(installation: Installation):
    dataset_id = installation.add_dataset(sums(50))
    job_ids = [installation.submit(dataset_id, "y", epochs=1) for _ in range(4)]
    worker = installation.start_worker(reconcile_seconds=60.0)
    ended = [installation.wait_for_end(job_id) for job_id in job_ids]

    assert {job.status for job in ended} == {"succeeded"}
    assert worker.read_log().count("found work without a hint") < len(job_ids)


def test_a_trainer_that_does_not_check_for_shutdown_releases_its_job(installation: Installation):
    job_id = installation.submit(installation.add_dataset(sums()), "y", epochs=1)
    worker = installation.start_worker("-c", STUCK)
    worker.wait_for_log("claimed")
    worker.send(signal.SIGHUP)

    assert worker.wait() == 0
    job = installation.job(job_id)
    assert (job.status, job.attempts, job.leased_until) == ("queued", 0, None)
