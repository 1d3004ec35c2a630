"""The worker's main process: it keeps the trainers alive, brings them hints, and leaves in good order.

Celery's own way to stop waits until a job is done, which may take hours, and Ctrl-C twice throws jobs away;
ours tells the trainers to hand back what they have, and is over within five seconds.
"""

import os
import signal
import threading
import warnings
from types import FrameType
from typing import Any, Final, cast

import billiard
from celery import Celery
from celery.apps.worker import Worker
from celery.exceptions import SecurityWarning
from celery.worker import WorkController, state

from process import logs
from process.shared_flags import ShutdownFlag

MAX_SHUTDOWN_SECONDS: Final = 4.5

log = logs.get_logger(__name__)


class MainProcess(Worker):
    """Celery's worker program with signals of our own; `start` returns when it has left.

    Args:
        app: the app with its tasks.
        shutdown: what the trainers look at.
        trainers: how many processes train.
    """

    def __init__(self, app: Celery, *, shutdown: ShutdownFlag, trainers: int) -> None:
        self._shutdown = shutdown
        self._trainers = trainers
        # trainers share memory with this process, and on macOS would not
        billiard.set_start_method("fork", force=True)
        # Celery warns of being root because of pickle, which we do not take
        warnings.filterwarnings("ignore", category=SecurityWarning)
        super().__init__(
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

    @property
    def idle_trainers(self) -> int:
        """How many trainers have nothing to do."""
        return max(0, self._trainers - len(state.reserved_requests))

    @property
    def tasks_received(self) -> int:
        """How many hints have reached trainers so far."""
        return state.all_total_count[0]

    def reconnect(self) -> None:
        """Connect to the broker anew; may be called from another thread."""
        cast("Any", self.hub).call_soon(_drop_connection)

    def install_platform_tweaks(self, worker: WorkController) -> None:  # noqa: ARG002 - Celery's signature
        """Celery calls this to set its signal handlers; these are ours."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._shut_down)

    def _shut_down(self, number: int, _frame: FrameType | None) -> None:
        if self._shutdown:
            return
        self._shutdown.set()
        state.should_stop = os.EX_OK
        # neither a silent broker nor a trainer that is stuck may keep us; trainers die with this process
        timer = threading.Timer(MAX_SHUTDOWN_SECONDS, os._exit, (os.EX_OK,))
        timer.daemon = True
        timer.start()
        log.info("leaving", signal=signal.Signals(number).name)


def _drop_connection() -> None:
    raise ConnectionError("no hints arrive over this connection")
