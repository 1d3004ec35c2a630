"""Asks an HTTP server the same again and again over kept connections: one process, one thread, no library.

The same for every server that is measured, and quicker than any of them, so that it is the server that is measured.
"""

import selectors
import socket
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """What came of a round: how many answers a second, and the seconds that each took, in order of size."""

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
        self._space = memoryview(bytearray(2**18))
        self._body_at = self._length = 0
        self.began = 0.0

    def ask(self) -> None:
        """Send the request."""
        self._answer.clear()
        self._body_at = 0
        self.began = time.perf_counter()
        self.socket.sendall(self._request)

    def take(self) -> bytes | None:
        """Take in what is there; the answer's body, once it is whole."""
        came = self.socket.recv_into(self._space)
        answer = self._answer
        answer += self._space[:came]
        if not self._body_at and (blank := answer.find(b"\r\n\r\n")) >= 0:
            self._body_at, self._length = blank + 4, _length(bytes(answer[:blank]).lower())
        if not came:
            raise SystemExit(f"the server broke off after {bytes(answer[:300])!r}")
        if not self._body_at:
            return None
        if self._length < 0:
            return bytes(answer[self._body_at :]) if answer.endswith(b"0\r\n\r\n") else None
        return bytes(answer[self._body_at :]) if len(answer) - self._body_at >= self._length else None


def _length(head: bytes) -> int:
    """How many bytes the body has after a head in small letters; -1 if it comes in chunks."""
    if not head.startswith(b"http/1.1 200 "):
        raise SystemExit(f"the server answered {head[:300]!r}")
    if b"transfer-encoding: chunked" in head:
        return -1
    at = head.index(b"content-length:") + len(b"content-length:")
    return int(head[at:].split(b"\r\n", 1)[0])


def request(path: str, body: bytes, **headers: str) -> bytes:
    """A POST as it goes over the wire; `Content_Type` stands for `Content-Type`."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}", *lines]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def hammer(port: int, asked: bytes, connections: int, seconds: float, most: int) -> Asked:
    """Ask over so many connections at once, for so long or until so many answers came."""
    took: list[float] = []
    open_ones = [Connection(port, asked) for _ in range(connections)]
    with selectors.DefaultSelector() as ready:
        for connection in open_ones:
            ready.register(connection.socket, selectors.EVENT_READ, connection)
            connection.ask()
        began = now = time.perf_counter()
        while now - began < seconds and len(took) < most:
            for key, _ in ready.select(60):
                connection: Connection = key.data
                if connection.take() is not None:
                    now = time.perf_counter()
                    took.append(now - connection.began)
                    connection.ask()
    for connection in open_ones:
        connection.socket.close()
    return Asked(len(took) / (now - began), sorted(took))


def once(port: int, asked: bytes) -> tuple[float, bytes]:
    """Ask once; the seconds until the answer was whole, and its body."""
    connection = Connection(port, asked)
    connection.ask()
    while (body := connection.take()) is None:
        pass
    connection.socket.close()
    return time.perf_counter() - connection.began, body
