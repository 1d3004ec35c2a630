"""A whole installation of real processes with two owners, a hostile and an honest one, and what its processes cost."""

import http.client
import json
import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.hostile_requests.targets import Owner
from tests.integration.server_under_attack import ServerUnderAttack
from tests.running import Broker, Installation, Worker

TICKS: Final = os.sysconf("SC_CLK_TCK")
PEAK_RESET: Final = "5"
"""The value for `clear_refs` (proc(5)) that resets the peak of the resident set."""


class EdgeInstallation:
    """Broker, service and one worker on a folder; both can be started anew."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._broker = Broker()
        self._store = Installation(folder, self._broker.url())
        self.service = self._start_service()
        self.worker = self._start_worker()
        self.hostile, self.honest = Owner(self.service, "hostile"), Owner(self.service, "honest")

    def restart_service(self) -> None:
        """Kill the service and start it anew, on another port."""
        with suppress(ProcessLookupError, ValueError):
            os.kill(self.service.serving_pid(), signal.SIGKILL)
        self.service.kill()
        self.service = self._start_service()
        self.hostile.service = self.honest.service = self.service

    def restart_worker(self) -> None:
        """Kill the worker and start another."""
        self.worker.kill()
        self.worker = self._start_worker()

    def close(self) -> None:
        """End all that was started."""
        self.service.kill()
        self._store.close()
        self._broker.remove()

    def worker_memory(self) -> int:
        """The resident bytes of the largest process of the worker."""
        return max(read_status(pid, "VmRSS") for pid in list_processes(self.worker.pid))

    def _start_service(self) -> ServerUnderAttack:
        return ServerUnderAttack(self._folder, broker_url=self._broker.url())

    def _start_worker(self) -> Worker:
        return self._store.start_worker(lease_seconds=30)


class ServingProcess:
    """The CPU seconds and the memory of the process that serves."""

    def __init__(self, service: ServerUnderAttack) -> None:
        self.pid = service.serving_pid()

    def cpu_seconds(self) -> float:
        """User and system time so far, without that of its children."""
        stat = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / TICKS

    def reset_peak(self) -> int:
        """Begin to measure the peak anew; the resident bytes now."""
        Path(f"/proc/{self.pid}/clear_refs").write_text(PEAK_RESET)
        return read_status(self.pid, "VmRSS")

    def read_own_memory(self) -> int:
        """The resident bytes now but for pages of files, such as libraries, which the system has back when it needs."""
        return read_status(self.pid, "RssAnon")

    def peak(self) -> int:
        """The most resident bytes since `reset_peak`."""
        return read_status(self.pid, "VmHWM")


@dataclass
class Probes:
    """One-row predictions of another owner, one after the other, each with its beginning and its seconds."""

    installation: EdgeInstallation
    model: str
    row: bytes
    pause: float = 0.02
    taken: list[tuple[float, float]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._active = threading.Event()
        self._over = threading.Event()
        self._connection: http.client.HTTPConnection | None = None
        self._port = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def start(self) -> None:
        """Begin with an empty list."""
        self.taken, self.failures = [], []
        self._active.set()

    def stop(self) -> list[float]:
        """Pause; the seconds of each since `start`, with that of one under way."""
        self._active.clear()
        return [seconds for _, seconds in self.taken]

    def close(self) -> None:
        """End the thread."""
        self._over.set()
        self._active.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._over.is_set():
            if not self._active.is_set():
                self._connection = None  # the service closes connections that are idle for long
            self._active.wait()
            began = time.perf_counter()
            try:
                status = self._predict()
                if status != 200:
                    self.failures.append(f"answered {status}")
            except OSError as error:
                self.failures.append(repr(error))
                self._connection = None
            except http.client.HTTPException as error:
                self.failures.append(repr(error))
                self._connection = None
            self.taken.append((began, time.perf_counter() - began))
            time.sleep(self.pause)

    def _predict(self) -> int:
        port = self.installation.service.port
        if self._connection is None or port != self._port:
            self._connection, self._port = http.client.HTTPConnection("127.0.0.1", port, timeout=30), port
        headers = {"Authorization": f"Bearer {self.installation.honest.key}", "Content-Type": "application/json"}
        self._connection.request("POST", f"/v1/models/{self.model}/predict", self.row, headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status


def list_processes(pid: int) -> list[int]:
    """A process and all that descend from it."""
    try:  # whichever thread has started them
        children = [
            child for file in Path(f"/proc/{pid}/task").glob("*/children") for child in file.read_text().split()
        ]
    except OSError:
        return [pid]
    return [pid, *(descendant for child in children for descendant in list_processes(int(child)))]


def read_status(pid: int, name: str) -> int:
    """A field of /proc/pid/status in bytes; 0 for a process that has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:")), 0)


def train_honest_model(installation: EdgeInstallation) -> Probes:
    """A small model of the honest owner, and probes that predict with it."""
    owner = installation.honest
    dataset = owner.upload(b"x,y\n" + b"".join(b"%d,%d\n" % (row, 3 * row) for row in range(200)))
    owner.train(dataset, "y", "honest", epochs=5)
    return Probes(installation, "honest", json.dumps({"x": 5}).encode())
