"""Hints reach the broker in the form the worker expects, and a dead or silent broker blocks no caller."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.tasks import INGEST, QUEUE, WAKE
from service.hints import MAX_PENDING_HINTS, Hints
from tests.running import Broker, wait_for
from tests.servers import RedisServer


@pytest.fixture(params=[Broker, RedisServer])
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A broker of our own, since it is killed."""
    broker = request.param()
    yield broker
    broker.remove()


def test_a_hint_is_a_message_that_wakes_a_worker_for_one_task(broker: Broker) -> None:
    hints = Hints(broker.url())

    hints.send(INGEST)

    with broker.client() as client:
        wait_for(lambda: client.llen(QUEUE), "the hint")
        message = json.loads(client.lpop(QUEUE))
    assert message["content-type"] == "application/json"
    assert message["headers"]["task"] == WAKE
    assert message["headers"]["argsrepr"] == "['ingest']"


def test_a_reachable_broker_is_detected(broker: Broker, tmp_path: Path) -> None:
    assert Hints(broker.url()).broker_answers()
    assert not Hints(f"redis+socket://{tmp_path}/nobody.sock").broker_answers()
    assert not Hints("redis://127.0.0.1:1/0").broker_answers()


@pytest.fixture
def deaf_url() -> Iterator[str]:
    """The address of something that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def test_a_silent_broker_neither_blocks_callers_nor_fills_the_memory(deaf_url: str) -> None:
    hints = Hints(deaf_url)
    done = threading.Event()

    def send_many() -> None:
        for _ in range(MAX_PENDING_HINTS + 100):
            hints.send(INGEST)
        done.set()

    threading.Thread(target=send_many, daemon=True).start()

    assert done.wait(10)  # one time-out of one second for each would take hours
    assert not hints.broker_answers()


def test_hints_are_delivered_again_after_the_broker_restarts(broker: Broker) -> None:
    hints = Hints(broker.url())
    with broker.client() as client:
        hints.send("before")
        wait_for(lambda: client.llen(QUEUE), "the first hint")
        broker.process.kill()
        hints.send("lost")

        broker.start()

        def has_arrived() -> bool:
            hints.send("after")
            return "after" in str(client.lrange(QUEUE, 0, -1))

        wait_for(has_arrived, "a hint after the broker's death")
