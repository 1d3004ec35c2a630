"""Hints to the workers that there is something to do, sent by one background thread after the commit.

The database is the truth and a lost hint costs a worker two seconds, so a dead broker never delays an answer.
"""

import queue
import threading
from contextlib import suppress
from typing import Final

from celery import Celery

from contract.tasks import QUEUE
from process.logs import get_logger

WAITING_AT_MOST: Final = 10_000

log = get_logger(__name__)


class Hints:
    """A bounded queue of hints and the thread that sends them: 1 s time-outs, no retry, dropped when it is full."""

    def __init__(self, broker_url: str) -> None:
        self._celery = producer(broker_url)
        self._waiting: queue.Queue[tuple[str, str]] = queue.Queue(WAITING_AT_MOST)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._away = False

    def send(self, task: str, id: str) -> None:  # noqa: A002 - it is one
        """Queue a hint that `task` may be done for `id`; never waits, never fails."""
        with suppress(queue.Full):
            self._waiting.put_nowait((task, id))
        if self._thread is None:
            self._start()

    def broker_answers(self) -> bool:
        """Whether the broker can be reached now; takes at most about a second."""
        try:
            with self._celery.connection_for_write() as connection:
                connection.ensure_connection(max_retries=0, timeout=1)
        except Exception:  # whatever a transport raises, the broker does not answer
            return False
        return True

    def _start(self) -> None:
        # not before the first hint: a server that forks after the app was made has no thread in its children
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="hints", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            task, id = self._waiting.get()  # noqa: A001
            try:
                self._celery.send_task(task, args=[id], queue=QUEUE, retry=False, ignore_result=True)
            except Exception as error:  # a hint may be lost for any reason
                if not self._away:
                    log.warning("broker away: workers will find new work by themselves", error=str(error))
                self._away = True
            else:
                self._away = False


def producer(broker_url: str) -> Celery:
    """A Celery app that sends and does nothing else: no result backend, JSON only, time-outs of one second."""
    app = Celery("gradus", broker=broker_url, set_as_current=False)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_publish_retry=False,
        broker_connection_timeout=1.0,
        broker_connection_retry=False,
        broker_connection_max_retries=0,
        broker_transport_options={
            "socket_timeout": 1.0,
            "socket_connect_timeout": 1.0,
            "retry_on_timeout": False,
            "max_retries": 0,
            "visibility_timeout": 86_400,
        },
    )
    return app
