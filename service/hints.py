"""Hints to the workers that there is new work, sent by a background thread after the commit.

Work is claimed from the database and a lost hint costs two seconds, so an unreachable broker never delays a response.
"""

import queue
import threading
from contextlib import suppress
from typing import Final

from celery import Celery

from contract.tasks import MESSAGE_SETTINGS, VISIBILITY_TIMEOUT_SECONDS, WAKE
from process.logs import get_logger

MAX_PENDING_HINTS: Final = 10_000

log = get_logger(__name__)


class Hints:
    """A bounded queue of hints and its sender thread, with time-outs of 1 s and no retry; a full queue drops hints."""

    def __init__(self, broker_url: str) -> None:
        self._celery = Celery("gradus", broker=broker_url, set_as_current=False)
        self._celery.conf.update(
            MESSAGE_SETTINGS,
            broker_connection_timeout=1.0,
            broker_connection_retry=False,
            broker_connection_max_retries=0,
            broker_transport_options={
                "socket_timeout": 1.0,
                "socket_connect_timeout": 1.0,
                "retry_on_timeout": False,
                "max_retries": 0,
                "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS,
            },
        )
        self._pending: queue.Queue[str] = queue.Queue(MAX_PENDING_HINTS)
        self._thread: threading.Thread | None = None
        self._start_lock = threading.Lock()
        self._is_failing = False

    def send(self, kind: str) -> None:
        """Queue a hint for work of this kind; never blocks, never fails."""
        with suppress(queue.Full):
            self._pending.put_nowait(kind)
        if self._thread is None:
            self._start()

    def broker_answers(self) -> bool:
        """Whether the broker is reachable; takes at most about a second."""
        try:
            with self._celery.connection_for_write() as connection:
                connection.ensure_connection(max_retries=0, timeout=1)
        except Exception:  # any error of a transport means that the broker is unavailable
            return False
        return True

    def _start(self) -> None:
        # started with the first hint: threads do not survive a fork after the app was created
        with self._start_lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="hints", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            kind = self._pending.get()
            try:
                self._celery.send_task(WAKE, args=[kind], retry=False, ignore_result=True)
            except Exception as error:  # a hint may be lost for any reason
                if not self._is_failing:
                    log.warning("broker unavailable: workers will find new work by themselves", error=str(error))
                self._is_failing = True
            else:
                self._is_failing = False
