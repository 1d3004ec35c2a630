"""A real service with authentication for hostile requests, and the invariants of each of its responses."""

import http.client
import json
import socket
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gradus.launcher.commands import service_environment
from migrations import upgrade
from service.operating import bootstrap_key
from tests.running import Process, wait_for

PATIENCE: Final = 60
SERVICE: Final = (sys.executable, "-P", "-m", "service")


@dataclass(frozen=True)
class RawResponse:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ServerUnderAttack(Process):
    """A running `python -m service` with an admin's key, and no worker.

    Args:
        folder: its data.
        command: starts the service; by default `python -m service`.
        settings: those that differ from the defaults.
    """

    def __init__(self, folder: Path, *, command: Sequence[str] = SERVICE, **settings: object) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        database = f"sqlite:///{folder / 'gradus.sqlite'}"
        upgrade.apply_migrations(database)
        chosen = {"data_dir": folder, "port": 0, "min_free_bytes": 0, "log_format": "json"} | settings
        environment = service_environment({f"GRADUS_{name.upper()}": str(value) for name, value in chosen.items()})
        key = folder / "admin.key"
        bootstrap_key.create_key(database, key)
        self.key = key.read_text().strip()
        log = folder / "service.log"
        log.unlink(missing_ok=True)  # of a service that ran before on this folder
        super().__init__(list(command), log, environment)
        wait_for(lambda: self._port() or not self.is_running, "the service")
        assert self.is_running, self.read_log()
        self.port = self._port()
        wait_for(self._answers, "its first answer")

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str | bytes] | None = None,
        seconds: float = PATIENCE,
    ) -> RawResponse:
        """Ask with the key, unless the headers bring another; silence for longer than `seconds` is a `TimeoutError`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            sent: dict[str, str | bytes] = {"Authorization": f"Bearer {self.key}", **(headers or {})}
            pieces = body if body is not None and not isinstance(body, bytes) else None
            if pieces is not None:
                sent["Transfer-Encoding"] = "chunked"
            elif isinstance(body, bytes) and "Content-Length" not in sent:
                sent["Content-Length"] = str(len(body))
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders(body if body is not None else b"", encode_chunked=pieces is not None)
            return _read_response(connection)
        except (BrokenPipeError, ConnectionResetError):  # it answered before it had read all
            return _read_response(connection)
        finally:
            connection.close()

    def send_raw(self, data: bytes, *, end: bool = True) -> bytes:
        """The response to bytes that need not be HTTP, until the service closes the connection or is silent for 5 s."""
        with self.connect() as connection:
            connection.settimeout(5)
            received = b""
            try:
                connection.sendall(data)
                if end:
                    connection.shutdown(socket.SHUT_WR)
                while piece := connection.recv(2**16):
                    received += piece
            except OSError:
                pass
            return received

    def connect(self) -> socket.socket:
        """A connection on which nothing was said yet."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def serving_pid(self) -> int:
        """The id of the process that serves."""
        (pid,) = _children(self.pid)
        return pid

    def memory(self) -> int:
        """The bytes that the process that serves holds of its own."""
        (line,) = [
            x for x in Path(f"/proc/{self.serving_pid()}/status").read_text().splitlines() if x.startswith("RssAnon")
        ]
        return int(line.split()[1]) * 1024

    def _port(self) -> int:
        lines = [
            json.loads(line) for line in self.read_log().splitlines() if line.startswith("{") and line.endswith("}")
        ]
        return next((int(line["address"].rsplit(":", 1)[1]) for line in lines if line["event"] == "listening"), 0)

    def _answers(self) -> bool:
        try:
            return self.ask("GET", "/healthz").status == 200
        except OSError:
            return False


def as_problem(answer: RawResponse) -> dict[str, Any]:
    """The answer as a problem document, which says what is wrong and what to do."""
    assert 400 <= answer.status < 500, answer
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    problem = json.loads(answer.body)
    assert problem["status"] == answer.status
    assert problem["type"].startswith("/problems/")
    assert problem["title"]
    assert len(problem["detail"]) > 10
    assert problem["instance"] == answer.headers["X-Request-Id"]
    assert len(answer.body) < 2**16
    return problem


def _read_response(connection: http.client.HTTPConnection) -> RawResponse:
    answer = connection.getresponse()
    return RawResponse(answer.status, answer.headers, answer.read())  # type: ignore[arg-type] - a Message is a mapping


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
