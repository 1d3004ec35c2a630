"""The launcher's loop: start everything in order, pass on what it says, start again what dies, and stop it all.

There is one thread and one loop. Whatever waits, waits in `_turn`, where words are passed on and signals are seen.
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
from gradus.launcher.commands import MIGRATE, SERVE, WORK
from gradus.launcher.data_dir import DataFolder, free_port, url_of
from gradus.launcher.errors import LaunchFailed
from gradus.launcher.log_multiplexer import Log
from gradus.launcher.managed_process import Child, ending

START_SECONDS: Final = 120.0
STOP_SECONDS: Final = 4.7
STEADY_SECONDS: Final = 30.0  # a process that ran so long is well; its next end is the first one again
LONGEST_PAUSE: Final = 15.0
TURN_SECONDS: Final = 0.25


def launch(settings: Settings, *, workers: int) -> None:
    """Run an installation until SIGINT, SIGTERM or SIGHUP; returns when all of it has ended.

    Args:
        settings: where and how; a port of 0 means any that is free.
        workers: how many workers to run beside the service.

    Raises:
        LaunchFailed: it could not be started; the message says why, in one line.
    """
    folder = DataFolder(settings.data_dir)
    try:
        port = free_port(settings.host, settings.port)
        folder.sign(url_of(settings.host, port))
        Supervisor(settings, port=port, workers=workers).run()
    finally:
        folder.release()


class _Stop(Exception):
    """A signal asked to stop."""


@dataclass
class _Post:
    """A child that is to be there all the time: if it ends, it is started again, after a pause that grows."""

    child: Child
    began: float = 0.0
    ends: int = 0
    due: float = 0.0


class Supervisor:
    """An installation and all its processes."""

    def __init__(self, settings: Settings, *, port: int, workers: int) -> None:
        self._url = url_of(settings.host, port)
        self._data_dir = settings.data_dir
        self._socket = None if settings.broker_url else broker.socket_for(settings.data_dir)
        environment = os.environ | {
            "GRADUS_DATA_DIR": str(settings.data_dir),
            "GRADUS_HOST": settings.host,
            "GRADUS_PORT": str(port),
            "GRADUS_CONCURRENCY": str(settings.concurrency),
            "GRADUS_BROKER_URL": settings.broker_url or f"redis+socket://{self._socket}",
            "PYTHONUNBUFFERED": "1",
        }
        self._migrations = Child("migrations", MIGRATE, environment)
        self._broker = (
            None if self._socket is None else _Post(Child("broker", broker.command(self._socket), environment))
        )
        names = ["worker"] if workers == 1 else [f"worker {number}" for number in range(1, workers + 1)]
        service = Child("service", SERVE, environment)
        self._posts = [_Post(child) for child in (service, *(Child(name, WORK, environment) for name in names))]
        self._log = Log(as_json=settings.log_format == "json", names=["migrations", *names])
        self._selector = selectors.DefaultSelector()
        self._signals = 0

    def run(self) -> None:
        """Start, watch, and stop when a signal says so."""
        with self._noticing_signals():
            try:
                self._start()
                with suppress(BrokenPipeError):  # whoever asked for the line may have read enough
                    print(f"ready {self._url}", flush=True)
                self._log.note("all is running; Ctrl-C stops it")
                self._watch()
            except _Stop:
                self._log.note("stopping")
            finally:
                self._stop()

    def _start(self) -> None:
        if self._broker is not None:
            self._begin(self._broker)
        self._migrations.start()
        self._listen(self._migrations)
        self._wait(self._migrations.ended, "The database is not there yet")
        status = self._reap(self._migrations)
        if status != 0:
            raise LaunchFailed(f"The database could not be prepared: migrations {ending(status)}; see above.")
        if self._socket is not None:
            path = self._socket
            self._wait(lambda: broker.answers(path), "The broker does not answer")
        for post in self._posts:
            self._begin(post)
        self._wait(self._ready, f"The service does not answer at {self._url}")

    def _wait(self, condition: Callable[[], bool], complaint: str) -> None:
        until = time.monotonic() + START_SECONDS
        while not condition():
            if time.monotonic() > until:
                raise LaunchFailed(f"{complaint} after {START_SECONDS:.0f} s; see above.")
            self._turn(0.02)
            for post in self._everyone:
                if post.child.started and post.child.ended():
                    raise LaunchFailed(f"The {post.child.name} {ending(self._reap(post.child))} at once; see above.")

    def _ready(self) -> bool:
        address = urlsplit(self._url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=1.0)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _watch(self) -> None:
        while True:
            self._turn(TURN_SECONDS)
            for post in self._everyone:
                self._tend(post)

    def _tend(self, post: _Post) -> None:
        now = time.monotonic()
        if not post.child.started:
            if now >= post.due:
                self._begin(post)
        elif post.child.ended():
            post.ends = 1 if now - post.began > STEADY_SECONDS else post.ends + 1
            pause = min(LONGEST_PAUSE, 0.25 * 2 ** (post.ends - 1))
            post.due = now + pause
            status = self._reap(post.child)
            self._log.note(f"{post.child.name} {ending(status)}; starting it again in {pause:g} s")

    def _stop(self) -> None:
        leaving = [post.child for post in self._posts if post.child.started]
        if self._migrations.started:
            leaving.append(self._migrations)
        for child in leaving:
            child.stop()
        until = time.monotonic() + STOP_SECONDS
        asked = self._signals
        while (
            not all(child.ended() for child in leaving) and time.monotonic() < until and self._signals <= max(asked, 1)
        ):
            with suppress(_Stop):
                self._turn(0.02)
        for child in leaving:
            self._reap(child)
        if self._broker is not None and self._broker.child.started:
            self._reap(self._broker.child)
        if self._socket is not None:
            broker.forget_socket(self._socket, self._data_dir)

    @property
    def _everyone(self) -> Iterator[_Post]:
        if self._broker is not None:
            yield self._broker
        yield from self._posts

    def _begin(self, post: _Post) -> None:
        post.child.start()
        post.began = time.monotonic()
        self._listen(post.child)

    def _listen(self, child: Child) -> None:
        self._selector.register(child.output, selectors.EVENT_READ, child)

    def _reap(self, child: Child) -> int:
        if child.output in self._selector.get_map():
            self._selector.unregister(child.output)
        while said := child.lines():
            self._log.lines(child.name, said)
        return child.reap()

    def _turn(self, seconds: float) -> None:
        """Pass on what the children say for some time.

        Raises:
            _Stop: a signal asked to stop.
        """
        for key, _ in self._selector.select(seconds):
            child: Child = key.data
            said = child.lines()
            self._log.lines(child.name, said)
            if not said and child.ended():
                self._selector.unregister(child.output)
        if self._signals:
            raise _Stop

    @contextmanager
    def _noticing_signals(self) -> Generator[None]:
        def notice(_number: int, _frame: FrameType | None) -> None:
            self._signals += 1

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = [signal.signal(number, notice) for number in numbers]
        try:
            yield
        finally:
            for number, handler in zip(numbers, before, strict=True):
                signal.signal(number, handler)
