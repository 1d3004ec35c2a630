"""Stalled connections are shut down, on real sockets, and no other."""

import os
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from service.http import stalled_connections
from service.http.connection_slots import ConnectionSlots
from service.http.stalled_connections import (
    MAX_SILENT_SCANS,
    MAX_SLOW_SCANS,
    MAX_UNREAD_SCANS,
    MIN_BYTES_PER_SCAN,
    ConnectionWatch,
)

pytestmark = pytest.mark.skipif(not stalled_connections.is_supported(), reason="only Linux counts the bytes")


class Pair:
    """A connection to a port that is watched, from both sides."""

    def __init__(self, stack: ExitStack) -> None:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.client = stack.enter_context(socket.create_connection(listener.getsockname()))
        self.server = stack.enter_context(listener.accept()[0])
        for side in (self.client, self.server):
            side.settimeout(10)
        self.slots = ConnectionSlots(2, lambda: False)
        self.watch = ConnectionWatch(listener.getsockname()[1], self.slots)
        self.watch.scan()

    def receive(self, data: bytes) -> None:
        """Have the server receive what the client sends."""
        self.client.sendall(data)
        received = 0
        while received < len(data):
            received += len(self.server.recv(2**16))

    def has_ended(self) -> bool:
        """Whether the server sees the client's end."""
        self.server.setblocking(False)
        try:
            return self.server.recv(1) == b""
        except BlockingIOError:
            return False
        finally:
            self.server.settimeout(10)


@pytest.fixture
def pair() -> Iterator[Pair]:
    with ExitStack() as stack:
        yield Pair(stack)


def test_a_body_that_trickles_ends_and_can_still_be_answered(pair: Pair) -> None:
    for _ in range(MAX_SLOW_SCANS):
        assert not pair.has_ended()
        pair.receive(b"x")
        pair.watch.scan()

    assert pair.has_ended()
    assert pair.slots.stalled_at > 0
    pair.server.sendall(b"408")
    assert pair.client.recv(3) == b"408"


def test_a_body_at_the_least_rate_goes_on(pair: Pair) -> None:
    for _ in range(3 * MAX_SLOW_SCANS):
        pair.receive(b"x")
        pair.watch.scan()
        pair.receive(b"x" * MIN_BYTES_PER_SCAN)
        pair.watch.scan()

    assert not pair.has_ended()


def test_a_client_that_waits_for_its_response_goes_on_for_long_but_not_for_ever(pair: Pair) -> None:
    pair.receive(b"GET / HTTP/1.1\r\n\r\n")
    for _ in range(MAX_SILENT_SCANS):
        assert not pair.has_ended()
        pair.watch.scan()
    pair.watch.scan()

    assert pair.has_ended()


def test_events_now_and_then_keep_a_connection(pair: Pair) -> None:
    for number in range(2 * MAX_SILENT_SCANS):
        if number % 3 == 0:
            pair.server.sendall(b": keep-alive\n\n")
            pair.client.recv(100)
        pair.watch.scan()

    assert not pair.has_ended()


def test_a_response_that_is_not_read_is_cut_off(pair: Pair) -> None:
    pair.server.setblocking(False)
    while select.select([], [pair.server], [], 0.3)[1]:  # until the client takes no more either
        with suppress(BlockingIOError):
            pair.server.send(bytes(2**16))
    for _ in range(MAX_UNREAD_SCANS):
        pair.watch.scan()
    pair.watch.scan()

    with pytest.raises(BrokenPipeError):
        pair.server.send(b"more")


def test_other_files_and_connections_are_left_alone(pair: Pair, tmp_path: Path) -> None:
    with ExitStack() as stack:
        other = Pair(stack)
        (tmp_path / "file").touch()
        file = stack.enter_context((tmp_path / "file").open("rb"))
        pipe = os.pipe()
        for _ in range(MAX_SILENT_SCANS + 2):
            pair.watch.scan()

        assert pair.has_ended()
        assert not other.has_ended()
        assert file.read() == b""
        assert [os.close(end) for end in pipe] == [None, None]


def test_a_sender_is_a_client_whose_side_is_open(pair: Pair) -> None:
    pair.receive(b"x" * 5_000)

    assert pair.watch.has_sender("127.0.0.1", 5_000)
    assert pair.watch.has_sender("::ffff:127.0.0.1", 1)
    assert not pair.watch.has_sender("127.0.0.1", 6_000)
    assert not pair.watch.has_sender("192.0.2.1", 1)
    pair.client.shutdown(socket.SHUT_WR)
    assert pair.server.recv(1) == b""
    assert not pair.watch.has_sender("127.0.0.1", 1)
