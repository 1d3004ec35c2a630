"""Clients that do not read, send bodies byte by byte, or say nothing: they harm neither others nor the service."""

import json
import resource
import select
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.hostile_requests.targets import Owner
from tests.integration.server_under_attack import RawResponse, ServerUnderAttack
from tests.running import wait_for

TABLE = b"a,b\n" + b"1,2\n" * 25_000
LARGE_TABLE = TABLE * 160
"""More than the kernel buffers for a client that does not read."""
LARGE_BODY_BYTES = 100_000
THREADS = 4

HASTY_SERVICE = """
import sys
from service.http import stalled_connections
stalled_connections.SCAN_SECONDS = 0.1
stalled_connections.MAX_SILENT_SCANS = 1000  # a busy machine lets a request wait
from service.__main__ import main
sys.exit(main([]))
"""
"""The service with fifty times shorter time limits for slow clients."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUnderAttack]:
    service = ServerUnderAttack(tmp_path_factory.mktemp("service"), service_threads=THREADS)
    yield service
    service.kill()


@pytest.fixture(scope="module")
def hasty_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUnderAttack]:
    service = ServerUnderAttack(tmp_path_factory.mktemp("hasty"), command=[sys.executable, "-P", "-c", HASTY_SERVICE])
    yield service
    service.kill()


class SlowPeers:
    """Connections of one owner that hold all the places that the owner gets."""

    def __init__(self, service: ServerUnderAttack, owner: Owner, stack: ExitStack) -> None:
        self._service, self._owner, self._stack = service, owner, stack

    def send(self, request: str, headers: str = "", *, body: bytes = b"") -> socket.socket:
        """A connection on which a request was sent, whose answer is not read."""
        connection = self._stack.enter_context(socket.socket())
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(60)
        connection.connect(("127.0.0.1", self._service.port))
        head = f"{request} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self._owner.key}\r\n{headers}\r\n"
        connection.sendall(head.encode() + body)
        return connection

    def trickle(self, body_bytes: int) -> socket.socket:
        """A connection on which a body has begun."""
        headers = f"Content-Type: text/csv\r\nContent-Length: {body_bytes}\r\n"
        return self.send("POST /v1/datasets", headers, body=b"a,")


def test_whoever_holds_all_places_keeps_no_other_owner_out(service: ServerUnderAttack) -> None:
    slow, other = Owner(service, "slow"), Owner(service, "other")
    large, own = store(slow, LARGE_TABLE), store(other, TABLE)
    download = f"/v1/datasets/{large}/content"
    with ExitStack() as stack:
        peers = SlowPeers(service, slow, stack)
        for _ in range(2 * THREADS):
            peers.send(f"GET /v1/datasets/{large}", "Prefer: wait=60\r\n")
        for begin in (
            lambda: peers.send(f"GET {download}"),
            lambda: peers.trickle(1000),
            lambda: peers.trickle(LARGE_BODY_BYTES),
        ):
            wait_for(lambda begin=begin: is_refused(begin()), "the end of the owner's places")

        assert service.ask("GET", "/healthz").status == 200
        assert send(other, "GET", f"/v1/datasets/{own}/content").body == TABLE
        for body in (b"a,b\n1,2\n", TABLE[:LARGE_BODY_BYTES]):
            assert send(other, "POST", "/v1/datasets", body).status == 201


def test_2000_idle_connections_keep_nobody_out(service: ServerUnderAttack) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, most), most))
    with ExitStack() as connections:
        for _ in range(2000):
            connections.enter_context(service.connect())

        assert service.ask("GET", "/healthz").status == 200


def test_bodies_that_trickle_are_answered_with_408_and_store_nothing(hasty_service: ServerUnderAttack) -> None:
    owner = Owner(hasty_service, "trickling")
    with ExitStack() as stack:
        peers = SlowPeers(hasty_service, owner, stack)
        chunked = "Content-Type: text/csv\r\nTransfer-Encoding: chunked\r\n"
        trickling = {
            peers.trickle(1000): b"1",
            peers.trickle(LARGE_BODY_BYTES): b"1",
            peers.send("POST /v1/datasets", chunked, body=b"8\r\na,b\n1,2\n\r\n"): b"1\r\n1\r\n",
        }
        for connection, piece in trickling.items():
            while not select.select([connection], [], [], 0.02)[0]:
                connection.send(piece)
        answers = [connection.makefile("rb").read() for connection in trickling]

    for answer in answers:
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"/problems/request-timeout" in answer
    assert owner.ask("GET", "/v1/datasets")[1]["data"] == []


def test_a_response_that_is_not_read_ends(hasty_service: ServerUnderAttack) -> None:
    owner = Owner(hasty_service, "unread")
    dataset = store(owner, LARGE_TABLE)
    with ExitStack() as stack:
        peers = SlowPeers(hasty_service, owner, stack)
        unread = [
            peers.send(f"GET {path}")
            for path in (f"/v1/datasets/{dataset}/content", "/docs/swagger-ui/swagger-ui-bundle.js")
        ]
        serving = hasty_service.serving_pid()
        ports = {connection.getsockname()[1] for connection in unread}
        wait_for(lambda: not ports & connected_ports(serving, hasty_service.port), "the end of both")


def is_refused(connection: socket.socket) -> bool:
    """Whether a request found no place; one that has a place is not answered soon, or with what is asked for."""
    is_answered = select.select([connection], [], [], 0.5)[0]
    return bool(is_answered) and connection.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 503"


def send(owner: Owner, method: str, path: str, body: bytes | None = None) -> RawResponse:
    """The response to an owner's request."""
    return owner.service.ask(method, path, body, {"Authorization": f"Bearer {owner.key}", "Content-Type": "text/csv"})


def store(owner: Owner, table: bytes) -> str:
    """The id of an uploaded table, read or not."""
    answer = send(owner, "POST", "/v1/datasets", table)
    assert answer.status == 201, answer
    return str(json.loads(answer.body)["id"])


def connected_ports(pid: int, port: int) -> set[int]:
    """The ports of the clients that are connected to a port, by the kernel's table."""
    lines = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
    established = [line.split() for line in lines if line.split()[3] == "01"]
    return {
        int(remote.split(":")[1], 16) for _, local, remote, *_ in established if int(local.split(":")[1], 16) == port
    }
