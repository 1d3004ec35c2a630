"""The worker's main process: it supervises the trainers, forwards hints to them, and shuts down gracefully.

Celery's own warm shutdown waits until a job is done, which may take hours; here the shutdown flag makes trainers
release their jobs, and a timer ends the process within five seconds.
"""

import os
import signal
import sys
import threading
import warnings
from typing import Any, Final, cast

import billiard
from celery import Celery
from celery.apps.worker import Worker
from celery.bootsteps import StartStopStep
from celery.exceptions import SecurityWarning
from celery.signals import setup_logging, task_received, worker_shutting_down

from process.logs import get_logger
from process.shared_flags import ShutdownFlag

MAX_SHUTDOWN_SECONDS: Final = 4.5

log = get_logger(__name__)


class HangupStep(StartStopStep):
    """Makes SIGHUP shut the worker down as SIGTERM does; Celery's own handler would run the command again."""

    def start(self, parent: object) -> None:  # noqa: ARG002 - Celery's signature
        """Celery calls this after it has set its signal handlers."""
        signal.signal(signal.SIGHUP, signal.getsignal(signal.SIGTERM))


class MainProcess:
    """Celery's worker program with one addition: its signals set the shutdown flag."""

    def __init__(self, app: Celery, *, shutdown: ShutdownFlag, trainers: int) -> None:
        self._shutdown = shutdown
        self.tasks_received = 0
        """The number of hints delivered by the broker so far."""
        # trainers share memory with this process, and on macOS would not
        billiard.set_start_method("fork", force=True)
        # Celery warns of being root because of pickle, which is not accepted
        warnings.filterwarnings("ignore", category=SecurityWarning)
        setup_logging.connect(self._keep_log, weak=False)
        worker_shutting_down.connect(self._shut_down, weak=False)
        task_received.connect(self._count, weak=False)
        app.steps["worker"].add(HangupStep)
        self._worker = Worker(
            app=app,
            pool_cls="prefork",
            concurrency=trainers,
            quiet=True,
            redirect_stdouts=False,
            task_events=False,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )

    def run(self) -> int:
        """Work until a signal comes; returns the exit status."""
        # Celery writes about signals in plain text to standard output; the log on standard error has them too
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        self._worker.start()
        return os.EX_OK if self._shutdown else self._worker.exitcode or os.EX_OK

    def reconnect(self) -> None:
        """Connect to the broker anew; may be called from another thread."""
        cast("Any", self._worker).hub.call_soon(_drop_connection)

    def _keep_log(self, **_: object) -> None:
        """Celery calls this instead of setting up a log of its own."""

    def _count(self, **_: object) -> None:
        self.tasks_received += 1

    def _shut_down(self, sig: str, **_: object) -> None:
        """Celery's signal handlers call this first, and then let the worker stop."""
        if self._shutdown:
            return
        self._shutdown.set()
        # neither a hanging broker nor an unresponsive trainer may block the shutdown; trainers end with this process
        timer = threading.Timer(MAX_SHUTDOWN_SECONDS, os._exit, (os.EX_OK,))
        timer.daemon = True
        timer.start()
        log.info("shutting down", signal=sig)


def _drop_connection() -> None:
    raise ConnectionError("no hints arrive over this connection")
