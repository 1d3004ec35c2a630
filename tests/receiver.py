"""A receiver of HTTP requests on this machine, which keeps what it was sent and answers as it is told."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Respond = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class ReceivedRequest:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver(ThreadingHTTPServer):
    """A server of POST on a port of its own; `respond` answers, by default with 204."""

    daemon_threads = True

    def __init__(self, host: str = "127.0.0.1", respond: Respond | None = None, port: int = 0) -> None:
        receiver = self
        self.requests: list[ReceivedRequest] = []
        self.connections = 0
        self.respond = respond or respond_with(204)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append(ReceivedRequest(self.path, dict(self.headers), body))
                receiver.respond(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                """Nothing."""

        super().__init__((host, port), Handler)

    def get_request(self):
        """The next connection, counted."""
        self.connections += 1
        return super().get_request()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.server_address[1]


def respond_with(status: int, **headers: str) -> Respond:
    """Answers every request with a status and headers, whose underscores stand for hyphens."""

    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()

    return respond


@contextmanager
def serve(receiver: Receiver) -> Iterator[Receiver]:
    """Serve in a thread while the block runs."""
    thread = threading.Thread(target=receiver.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        receiver.server_close()
