"""Load generator: repeats a request over persistent connections, in one process and one thread, without a library.

The same for every server that is measured, and quicker than any of them, so that it is the server that is measured.
"""

import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Round:
    """The result of a round: answers per second, and the seconds that each took, in order of size."""

    per_second: float
    seconds: list[float]

    def percentile(self, share: float) -> float:
        """The seconds within which such a share of the answers came."""
        return self.seconds[min(int(share * len(self.seconds)), len(self.seconds) - 1)]


class Connection:
    """A kept connection that sends a request and takes in its answer, which must be a 200 with a length."""

    def __init__(self, port: int, request: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request
        self._answer = bytearray()
        self._buffer = memoryview(bytearray(2**18))
        self._body_at = self._length = 0
        self.began = 0.0

    def send(self) -> None:
        """Send the request."""
        self._answer.clear()
        self._body_at = 0
        self.began = time.perf_counter()
        self.socket.sendall(self._request)

    def receive(self) -> bytes | None:
        """Take in what is there; the answer's body, once it is whole."""
        came = self.socket.recv_into(self._buffer)
        answer = self._answer
        answer += self._buffer[:came]
        if not self._body_at and (blank := answer.find(b"\r\n\r\n")) >= 0:
            self._body_at, self._length = blank + 4, _content_length(bytes(answer[:blank]).lower())
        if not came:
            raise SystemExit(f"the server broke off after {bytes(answer[:300])!r}")
        if not self._body_at:
            return None
        if self._length < 0:
            return bytes(answer[self._body_at :]) if answer.endswith(b"0\r\n\r\n") else None
        return bytes(answer[self._body_at :]) if len(answer) - self._body_at >= self._length else None


def _content_length(head: bytes) -> int:
    """The bytes of the body after a head in small letters; -1 if it comes in chunks."""
    if not head.startswith(b"http/1.1 200 "):
        raise SystemExit(f"the server answered {head[:300]!r}")
    if b"transfer-encoding: chunked" in head:
        return -1
    at = head.index(b"content-length:") + len(b"content-length:")
    return int(head[at:].split(b"\r\n", 1)[0])


def encode_post(path: str, body: bytes, **headers: str) -> bytes:
    """A POST as it goes over the wire; `Content_Type` stands for `Content-Type`."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}", *lines]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def run_load(port: int, request: bytes | Sequence[bytes], connections: int, seconds: float, max_requests: int) -> Round:
    """Ask over so many connections at once, the same or each its own, for so long or until so many answers came."""
    seconds_taken: list[float] = []
    requests = [request] * connections if isinstance(request, bytes) else request
    open_connections = [Connection(port, each) for each in requests]
    with selectors.DefaultSelector() as ready:
        for connection in open_connections:
            ready.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send()
        began = now = time.perf_counter()
        while now - began < seconds and len(seconds_taken) < max_requests:
            for key, _ in ready.select(60):
                connection: Connection = key.data
                if connection.receive() is not None:
                    now = time.perf_counter()
                    seconds_taken.append(now - connection.began)
                    connection.send()
    for connection in open_connections:
        connection.socket.close()
    return Round(len(seconds_taken) / (now - began), sorted(seconds_taken))


def send_once(port: int, request: bytes) -> tuple[float, bytes]:
    """Ask once; the seconds until the answer was whole, and its body."""
    connection = Connection(port, request)
    connection.send()
    while (body := connection.receive()) is None:
        pass
    connection.socket.close()
    return time.perf_counter() - connection.began, body
