"""The supervisor: starts all processes in order, relays their output, restarts those that end, and stops them all.

There is one thread and one loop; all waiting is done in `_relay_output`, which also handles signals.
"""

import http.client
import json
import os
import selectors
import signal
import time
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from typing import Any, Final, cast
from urllib.parse import urlsplit

from contract.settings import Settings
from gradus.errors import LaunchFailed
from gradus.launcher import broker
from gradus.launcher.commands import MIGRATE, SERVE, WORK, service_environment, share_memory
from gradus.launcher.data_dir import DataDirLock, find_free_port, local_url
from gradus.launcher.log_multiplexer import LogMultiplexer
from gradus.launcher.managed_process import ManagedProcess, describe_exit

MAX_START_SECONDS: Final = 120.0
MAX_STOP_SECONDS: Final = 4.7
MIN_STABLE_SECONDS: Final = 30.0  # a process that ran this long has no failures counted
MAX_RESTART_PAUSE_SECONDS: Final = 15.0
POLL_SECONDS: Final = 0.25
CONSEQUENCES: Final = {
    "disk": "less than GRADUS_MIN_FREE_BYTES is free, so uploads and jobs are refused; delete datasets or enlarge it",
    "storage": "files of datasets cannot be read or written; see `gradus doctor`",
    "broker": "jobs start up to GRADUS_RECONCILE_SECONDS later",
}
"""Explanations of parts of `/readyz` that are not ok; the service starts all the same."""


def launch(settings: Settings, *, workers: int) -> None:
    """Run an installation until SIGINT, SIGTERM or SIGHUP; returns when all of it has ended.

    Raises:
        LaunchFailed: it could not be started; the message says why, in one line.
    """
    os.umask(0o077)
    lock = DataDirLock(settings.data_dir)
    try:
        port = find_free_port(settings.host, settings.port)
        lock.write_owner(local_url(settings.host, port))
        Supervisor(settings, port=port, workers=workers).run()
    finally:
        lock.release()


class _Stop(Exception):
    """A signal asked to stop."""


class Supervisor:
    """An installation and all its processes."""

    def __init__(self, settings: Settings, *, port: int, workers: int) -> None:
        self._url = local_url(settings.host, port)
        self._data_dir = settings.data_dir
        self._socket = None if settings.broker_url else broker.socket_path(settings.data_dir)
        environment = os.environ | {
            "GRADUS_DATA_DIR": str(settings.data_dir),
            "GRADUS_HOST": settings.host,
            "GRADUS_PORT": str(port),
            "GRADUS_CONCURRENCY": str(settings.concurrency),
            "GRADUS_TRAINER_MEMORY_BYTES": str(share_memory(settings, workers)),
            "GRADUS_LOG_REQUESTS": settings.log_requests,
            "GRADUS_BROKER_URL": settings.broker_url or f"redis+socket://{self._socket}",
            "PYTHONUNBUFFERED": "1",
        }
        self._migrations = ManagedProcess("migrations", MIGRATE, environment)
        command = None if self._socket is None else broker.broker_command(self._socket)
        self._brokers = [ManagedProcess("broker", command, environment)] if command else []
        names = ["worker"] if workers == 1 else [f"worker {number}" for number in range(1, workers + 1)]
        self._processes = [
            ManagedProcess("service", SERVE, service_environment(environment)),
            *(ManagedProcess(name, WORK, environment) for name in names),
        ]
        self._supervised = [*self._brokers, *self._processes]
        self._log = LogMultiplexer(as_json=settings.log_format == "json", names=["migrations", *names])
        self._selector = selectors.DefaultSelector()
        self._signals = 0

    def run(self) -> None:
        """Start, watch, and stop when a signal says so."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._count_signal)
        try:
            self._start()
            with suppress(BrokenPipeError):  # the reader of the line may have closed the pipe
                print(f"ready {self._url}", flush=True)
            self._log.write_note("everything is running; Ctrl-C stops it")
            self._log.write_note(f"to see its page, open {self._url} in a browser")
            self._log.write_note("before you put a proxy in front of it, create a key or set GRADUS_REQUIRE_KEY=true")
            while True:
                self._relay_output(POLL_SECONDS)
                for process in self._supervised:
                    self._restart_if_ended(process)
        except _Stop:
            self._log.write_note("stopping")
        finally:
            self._stop()

    def _start(self) -> None:
        for process in (*self._brokers, self._migrations):
            self._start_process(process)
        self._wait_for(self._migrations.has_ended, "The database is not there yet")
        status = self._reap(self._migrations)
        if status != 0:
            raise LaunchFailed(f"The database could not be prepared: migrations {describe_exit(status)}; see above.")
        if self._socket is not None:
            self._wait_for(partial(broker.is_answering, self._socket), "The broker does not answer")
        for process in self._processes:
            self._start_process(process)
        self._wait_for(self._is_serving, f"The service does not answer at {self._url}")

    def _wait_for(self, condition: Callable[[], bool], failure: str) -> None:
        deadline = time.monotonic() + MAX_START_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise LaunchFailed(f"{failure} after {MAX_START_SECONDS:.0f} s; see above.")
            self._relay_output(0.02)
            for process in self._supervised:
                if process.is_started and process.has_ended():
                    status = self._reap(process)
                    raise LaunchFailed(f"The {process.name} {describe_exit(status)} at once; see above.")

    def _is_serving(self) -> bool:
        """Whether the service answers and reaches its database; what else it lacks is written to the log."""
        address = urlsplit(self._url)
        try:
            with closing(http.client.HTTPConnection(address.hostname or "", address.port, timeout=1.0)) as connection:
                connection.request("GET", "/readyz")
                answer: object = json.loads(connection.getresponse().read())
        except (OSError, ValueError, http.client.HTTPException):
            return False
        parts = cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
        if parts.get("database") != "ok":
            return False
        for part, consequence in CONSEQUENCES.items():
            if parts.get(part) != "ok":
                self._log.write_note(f"{part} is {parts.get(part)}: {consequence}")
        return True

    def _restart_if_ended(self, process: ManagedProcess) -> None:
        """Start a process again when it has ended, after a pause that grows with each failure."""
        now = time.monotonic()
        if not process.is_started:
            if now >= process.restart_at:
                self._start_process(process)
        elif process.has_ended():
            process.failures = 1 if now - process.started_at > MIN_STABLE_SECONDS else process.failures + 1
            pause = min(MAX_RESTART_PAUSE_SECONDS, 0.25 * 2 ** (process.failures - 1))
            process.restart_at = now + pause
            status = self._reap(process)
            self._log.write_note(f"{process.name} {describe_exit(status)}; starting it again in {pause:g} s")

    def _stop(self) -> None:
        """Stop the processes, and the broker after those that use it."""
        processes = [process for process in (*self._processes, self._migrations) if process.is_started]
        for process in processes:
            process.stop()
        deadline = time.monotonic() + MAX_STOP_SECONDS
        signals_before = self._signals
        while (
            not all(process.has_ended() for process in processes)
            and time.monotonic() < deadline
            and self._signals <= max(signals_before, 1)
        ):
            with suppress(_Stop):
                self._relay_output(0.02)
        for process in (*processes, *(process for process in self._brokers if process.is_started)):
            self._reap(process)
        if self._socket is not None:
            broker.remove_socket(self._socket, self._data_dir)

    def _start_process(self, process: ManagedProcess) -> None:
        process.start()
        self._selector.register(process.output, selectors.EVENT_READ, process)

    def _reap(self, process: ManagedProcess) -> int:
        if process.output in self._selector.get_map():
            self._selector.unregister(process.output)
        while lines := process.read_lines():
            self._log.write_lines(process.name, lines)
        return process.reap()

    def _relay_output(self, seconds: float) -> None:
        """Relay the output of the processes for some time.

        Raises:
            _Stop: a signal asked to stop.
        """
        for key, _ in self._selector.select(seconds):
            process: ManagedProcess = key.data
            lines = process.read_lines()
            self._log.write_lines(process.name, lines)
            if not lines and process.has_ended():
                self._selector.unregister(process.output)
        if self._signals:
            raise _Stop

    def _count_signal(self, *_: object) -> None:
        self._signals += 1
