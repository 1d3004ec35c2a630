"""The supervisor: starts all processes in order, relays their output, restarts those that end, and stops them all.

There is one thread and one loop; all waiting is done in `_relay_output`, which also handles signals.
"""

import http.client
import os
import selectors
import signal
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Final
from urllib.parse import urlsplit

from contract.settings import Settings
from gradus.launcher import broker
from gradus.launcher.commands import MIGRATE, SERVE, WORK, service_environment
from gradus.launcher.data_dir import DataDirLock, find_free_port, local_url
from gradus.launcher.errors import LaunchFailed
from gradus.launcher.log_multiplexer import LogMultiplexer
from gradus.launcher.managed_process import ManagedProcess, describe_exit

MAX_START_SECONDS: Final = 120.0
MAX_STOP_SECONDS: Final = 4.7
MIN_STABLE_SECONDS: Final = 30.0  # a process that ran this long has no failures counted
MAX_RESTART_PAUSE_SECONDS: Final = 15.0
POLL_SECONDS: Final = 0.25


def launch(settings: Settings, *, workers: int) -> None:
    """Run an installation until SIGINT, SIGTERM or SIGHUP; returns when all of it has ended.

    Args:
        settings: where and how; a port of 0 means any that is free.
        workers: how many workers to run beside the service.

    Raises:
        LaunchFailed: it could not be started; the message says why, in one line.
    """
    lock = DataDirLock(settings.data_dir)
    try:
        port = find_free_port(settings.host, settings.port)
        lock.write_owner(local_url(settings.host, port))
        Supervisor(settings, port=port, workers=workers).run()
    finally:
        lock.release()


class _Stop(Exception):
    """A signal asked to stop."""


@dataclass
class _SupervisedProcess:
    """A process that is restarted when it ends, after a pause that grows with each failure."""

    process: ManagedProcess
    started_at: float = 0.0
    failures: int = 0
    restart_at: float = 0.0


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
            "GRADUS_BROKER_URL": settings.broker_url or f"redis+socket://{self._socket}",
            "PYTHONUNBUFFERED": "1",
        }
        self._migrations = ManagedProcess("migrations", MIGRATE, environment)
        self._broker = (
            None
            if self._socket is None
            else _SupervisedProcess(ManagedProcess("broker", broker.broker_command(self._socket), environment))
        )
        names = ["worker"] if workers == 1 else [f"worker {number}" for number in range(1, workers + 1)]
        service = ManagedProcess("service", SERVE, service_environment(environment))
        self._processes = [
            _SupervisedProcess(process)
            for process in (service, *(ManagedProcess(name, WORK, environment) for name in names))
        ]
        self._log = LogMultiplexer(as_json=settings.log_format == "json", names=["migrations", *names])
        self._selector = selectors.DefaultSelector()
        self._signals = 0

    def run(self) -> None:
        """Start, watch, and stop when a signal says so."""
        with self._counting_signals():
            try:
                self._start()
                with suppress(BrokenPipeError):  # the reader of the line may have closed the pipe
                    print(f"ready {self._url}", flush=True)
                self._log.write_note("everything is running; Ctrl-C stops it")
                self._log.write_note(f"to see its page, open {self._url} in a browser")
                self._supervise()
            except _Stop:
                self._log.write_note("stopping")
            finally:
                self._stop()

    def _start(self) -> None:
        if self._broker is not None:
            self._start_process(self._broker)
        self._migrations.start()
        self._register_output(self._migrations)
        self._wait_for(self._migrations.has_ended, "The database is not there yet")
        status = self._reap(self._migrations)
        if status != 0:
            raise LaunchFailed(f"The database could not be prepared: migrations {describe_exit(status)}; see above.")
        if self._socket is not None:
            path = self._socket
            self._wait_for(lambda: broker.is_answering(path), "The broker does not answer")
        for supervised in self._processes:
            self._start_process(supervised)
        self._wait_for(self._is_ready, f"The service does not answer at {self._url}")

    def _wait_for(self, condition: Callable[[], bool], failure: str) -> None:
        deadline = time.monotonic() + MAX_START_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise LaunchFailed(f"{failure} after {MAX_START_SECONDS:.0f} s; see above.")
            self._relay_output(0.02)
            for supervised in self._supervised:
                if supervised.process.is_started and supervised.process.has_ended():
                    status = self._reap(supervised.process)
                    raise LaunchFailed(f"The {supervised.process.name} {describe_exit(status)} at once; see above.")

    def _is_ready(self) -> bool:
        address = urlsplit(self._url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=1.0)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _supervise(self) -> None:
        while True:
            self._relay_output(POLL_SECONDS)
            for supervised in self._supervised:
                self._restart_if_ended(supervised)

    def _restart_if_ended(self, supervised: _SupervisedProcess) -> None:
        now = time.monotonic()
        if not supervised.process.is_started:
            if now >= supervised.restart_at:
                self._start_process(supervised)
        elif supervised.process.has_ended():
            supervised.failures = 1 if now - supervised.started_at > MIN_STABLE_SECONDS else supervised.failures + 1
            pause = min(MAX_RESTART_PAUSE_SECONDS, 0.25 * 2 ** (supervised.failures - 1))
            supervised.restart_at = now + pause
            status = self._reap(supervised.process)
            self._log.write_note(f"{supervised.process.name} {describe_exit(status)}; starting it again in {pause:g} s")

    def _stop(self) -> None:
        processes = [supervised.process for supervised in self._processes if supervised.process.is_started]
        if self._migrations.is_started:
            processes.append(self._migrations)
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
        for process in processes:
            self._reap(process)
        if self._broker is not None and self._broker.process.is_started:
            self._reap(self._broker.process)
        if self._socket is not None:
            broker.remove_socket(self._socket, self._data_dir)

    @property
    def _supervised(self) -> Iterator[_SupervisedProcess]:
        if self._broker is not None:
            yield self._broker
        yield from self._processes

    def _start_process(self, supervised: _SupervisedProcess) -> None:
        supervised.process.start()
        supervised.started_at = time.monotonic()
        self._register_output(supervised.process)

    def _register_output(self, process: ManagedProcess) -> None:
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

    @contextmanager
    def _counting_signals(self) -> Generator[None]:
        def notice(_number: int, _frame: FrameType | None) -> None:
            self._signals += 1

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = [signal.signal(number, notice) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)
