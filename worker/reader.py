"""The reader of a trainer: a thread that ingests datasets, also while the trainer trains.

A process of its own reads the files, see `worker.ingest`; this thread only waits for it, so training is not slowed down
by more than the use of a processor core.
"""

import threading
from typing import Final

from process.logs import get_logger
from store import datasets
from store.database import begin_read, first_line
from worker.context import DATABASE_UNAVAILABLE, WorkerContext
from worker.ingest import ingest_next_dataset

MAX_STOP_SECONDS: Final = 2.0

log = get_logger(__name__)


class Reader:
    """Ingests all waiting datasets when woken by a hint, and checks for some every `reconcile_seconds`."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        self._hint = threading.Event()
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, name="reader", daemon=True)

    def start(self) -> None:
        """Start the thread, which runs until `stop`; to be called once, in the trainer."""
        self._thread.start()

    def wake(self) -> None:
        """Check for datasets now."""
        self._hint.set()

    def stop(self) -> None:
        """End the thread; it is given time to release its dataset when the worker shuts down."""
        self._is_stopped = True
        self._hint.set()
        self._thread.join(MAX_STOP_SECONDS)

    def _run(self) -> None:
        while not self._is_stopped:
            try:
                while not self._is_stopped and self._has_waiting() and ingest_next_dataset(self._context):
                    pass
            except Exception as error:  # the thread must go on; the dataset is claimed again after its lease
                log.warning("could not read a dataset", error=first_line(error), exc_info=error)
            self._hint.wait(self._context.settings.reconcile_seconds)
            self._hint.clear()

    def _has_waiting(self) -> bool:
        try:
            with begin_read(self._context.sessions) as s:
                return datasets.count_claimable(s) > 0
        except DATABASE_UNAVAILABLE:
            return False  # the reconciler logs it
