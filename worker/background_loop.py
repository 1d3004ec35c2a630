"""A loop of a trainer beside its training: a thread that does all waiting work of a kind, and looks for more.

The work itself takes place in another process, or in libraries that let other threads run; so training is not slowed
down by more than the use of a processor core.
"""

import threading
from collections.abc import Callable
from typing import Final

from sqlalchemy.orm import Session

from process.logs import get_logger
from store.database import begin_read, first_line
from worker.context import DATABASE_UNAVAILABLE, WorkerContext

MAX_STOP_SECONDS: Final = 2.0

log = get_logger(__name__)


class BackgroundLoop:
    """Does all waiting work when woken, and checks for some every `reconcile_seconds`.

    Args:
        name: that of the thread.
        context: that of the trainer.
        has_waiting: whether there is work that can be claimed.
        do_next: claims and does the next; false if there is none, or it was lost.
    """

    def __init__(
        self,
        name: str,
        context: WorkerContext,
        has_waiting: Callable[[Session], bool],
        do_next: Callable[[WorkerContext], bool],
    ) -> None:
        self._context, self._name = context, name
        self._has_waiting, self._do_next = has_waiting, do_next
        self._hint = threading.Event()
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread, which runs until `stop`; to be called once, in the trainer."""
        self._thread.start()

    def wake(self) -> None:
        """Check for work now."""
        self._hint.set()

    @property
    def is_stopped(self) -> bool:
        """Whether it was told to end, so that long work ends too."""
        return self._is_stopped

    def stop(self) -> None:
        """End the thread, if it was started; it is given time to release its work when the worker shuts down."""
        self._is_stopped = True
        self._hint.set()
        if self._thread.is_alive():
            self._thread.join(MAX_STOP_SECONDS)

    def _run(self) -> None:
        while not self._is_stopped:
            try:
                while not self._is_stopped and self._is_needed() and self._do_next(self._context):
                    pass
            except DATABASE_UNAVAILABLE:
                pass  # the reconciler logs it
            except Exception as error:  # the thread must go on; what it held is claimed again after its lease
                log.warning("background work failed", loop=self._name, error=first_line(error), exc_info=error)
            self._hint.wait(self._context.settings.reconcile_seconds)
            self._hint.clear()

    def _is_needed(self) -> bool:
        with begin_read(self._context.sessions) as s:
            return self._has_waiting(s)
