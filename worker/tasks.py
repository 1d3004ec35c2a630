"""The one Celery task, which wakes a trainer for a kind of work; what is done the database decides.

Here is the one late import: polars starts threads as soon as it is loaded, and threads do not survive the fork that
makes a trainer out of the main process.
"""

# Celery calls the functions by their names
# pyright: reportUnusedFunction=false

import gc
import time
from collections.abc import Callable
from functools import cache
from typing import Any, Final, cast

from billiard import current_process
from celery import Celery
from celery.signals import worker_process_init

from contract.tasks import CLEANUP, INGEST, TRAIN, WAKE
from process.logs import get_logger
from process.shared_flags import BusyFlags
from worker.context import WorkerContext

MAX_DRAIN_SECONDS: Final = 30.0
"""How long a trainer goes on by itself to the next job; then hints of other kinds that wait are served."""
MAX_LOGGED_CHARACTERS: Final = 40

log = get_logger(__name__)


def register(app: Celery, open_context: Callable[[], WorkerContext], busy: BusyFlags) -> None:
    """Give the app its one task, and nothing of what Celery would add of its own.

    The context is opened in every trainer, after the fork and before its first job.
    """
    context = cache(open_context)

    @app.task(name=WAKE, shared=False)
    def wake(kind: object) -> None:
        with busy.busy(_trainer_index()):
            _drain(kind, context())

    @worker_process_init.connect(weak=False)
    def warm_up(**_: object) -> None:
        # all that takes long is done now, so that the first job begins at once
        context().connect()
        _handlers()
        gc.freeze()  # what is loaded stays; a collection that walks over it would hold up some job by 0.1 s
        busy.mark_idle(_trainer_index())
        log.info("trainer ready", worker=context().worker)

    app.finalize()
    for name in set(app.tasks) - {WAKE}:
        app.tasks.unregister(name)


def _drain(kind: object, context: WorkerContext) -> None:
    """Do the work of a kind, and then more of it, whose hints may be lost. The kind is a message's: not trusted."""
    handlers = _handlers()
    if not isinstance(kind, str) or kind not in handlers:
        log.warning("message dropped: unknown kind of work", kind=repr(kind)[:MAX_LOGGED_CHARACTERS])
        return
    until = time.monotonic() + MAX_DRAIN_SECONDS
    while handlers[kind](context) and time.monotonic() < until:
        pass


def _handlers() -> dict[str, Callable[[WorkerContext], bool | None]]:
    """What does each kind of work, true if there may be more of it; to be called in trainers only."""
    from worker import cleanup, ingest  # noqa: PLC0415 - late, as said above
    from worker.training import run  # noqa: PLC0415 - late, as said above

    return {TRAIN: run.train_next_job, INGEST: ingest.ingest_next_dataset, CLEANUP: cleanup.delete_expired}


def _trainer_index() -> int:
    """The number of this trainer in the pool, from 0; one that replaces a killed one has its number."""
    return cast("Any", current_process()).index
