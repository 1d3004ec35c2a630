"""A worker whose broker starts late, dies, restarts or falls silent, and a worker that shuts down during a job."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.worker.tables_to_learn import sums
from tests.running import Broker, Installation
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


def test_a_worker_that_gets_no_messages_reconnects_to_the_broker(installation: Installation):
    job_id = installation.submit(installation.add_dataset(sums()), "y", epochs=1)
    worker = installation.start_worker("-c", DEAF)

    assert installation.wait_for_end(job_id).status == "succeeded"
    assert "connecting to the broker anew" in worker.read_log()


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
