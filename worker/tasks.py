"""The only Celery task, which wakes a trainer for a kind of work; the trainer claims the work from the database.

Handlers are imported late: polars starts threads when it is imported, and threads do not survive the fork of a trainer
from the main process.
"""

# Celery calls the functions by their names
# pyright: reportUnusedFunction=false

import gc
import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from billiard import current_process
from celery import Celery
from celery.signals import worker_process_init, worker_process_shutdown

from contract.tasks import CLEANUP, INGEST, PREDICT, SWEEP, TRAIN, WAKE
from process.logs import get_logger
from process.shared_flags import BusyFlags
from store import datasets
from store.batches import blocks
from store.database import first_line
from worker.context import WorkerContext

if TYPE_CHECKING:
    from worker.background_loop import BackgroundLoop
    from worker.tracking.tracker import Tracker
    from worker.webhooks.deliverer import Deliverer

MAX_DRAIN_SECONDS: Final = 30.0
"""The time for which a trainer drains one kind of work; then hints of other kinds that wait come first."""

log = get_logger(__name__)


def register(app: Celery, open_context: Callable[[], WorkerContext], busy: BusyFlags) -> None:
    """Register the task, and unregister Celery's built-in ones.

    The context is opened in every trainer, after the fork and before its first job.
    """
    context = cache(open_context)
    reader = cache(lambda: _create_reader(context()))
    tracker = cache(lambda: _create_tracker(context()))
    predictor = cache(lambda: _create_predictor(context()))
    deliverer = cache(lambda: _create_deliverer(context()))

    @app.task(name=WAKE, shared=False)
    def wake(kind: str) -> None:
        if kind == INGEST:
            reader().wake()
            return
        if kind == PREDICT:
            predictor().wake()
            return
        with busy.busy(_trainer_index()):
            _drain(kind, context(), send_hint)

    def send_hint(kind: str) -> bool:
        try:
            with app.connection_for_write() as connection:
                app.send_task(WAKE, [kind], connection=connection, retry=False, ignore_result=True)
        except Exception as error:  # the broker is unavailable, and so no hint waits either
            log.info("no hint sent, going on", error=first_line(error))
            return False
        return True

    @worker_process_init.connect(weak=False)
    def warm_up(**_: object) -> None:
        # slow set-up is done now, so that the first job starts at once
        context().connect()
        _handlers()
        reader().start()
        tracker().start()
        predictor().start()
        deliverer().start()
        gc.freeze()  # loaded modules stay alive; collecting over them would delay a job by 0.1 s
        busy.mark_idle(_trainer_index())
        log.info("trainer ready", worker=context().worker)

    @worker_process_shutdown.connect(weak=False)
    def stop(**_: object) -> None:
        deliverer().stop()
        tracker().stop()
        predictor().stop()
        reader().stop()

    app.finalize()
    for name in set(app.tasks) - {WAKE}:
        app.tasks.unregister(name)


def _drain(kind: str, context: WorkerContext, send_hint: Callable[[str], bool]) -> None:
    """Do all waiting work of a kind, since hints may be lost; after a while a new hint stands for what is left."""
    do_next = _handlers()[kind]
    until = time.monotonic() + MAX_DRAIN_SECONDS
    while do_next(context):
        gc.collect()  # a job leaves cycles that hold its weights several times, and what is idle collects nothing
        if time.monotonic() > until:
            if send_hint(kind):
                return
            until = time.monotonic() + MAX_DRAIN_SECONDS


def _handlers() -> dict[str, Callable[[WorkerContext], bool | None]]:
    """The handler of each kind of work, which returns true if there may be more; to be called in trainers only."""
    from worker import cleanup  # noqa: PLC0415 - late, as said above
    from worker.sweeps import trials  # noqa: PLC0415 - late, as said above
    from worker.training import run  # noqa: PLC0415 - late, as said above

    return {TRAIN: run.train_next_job, CLEANUP: cleanup.delete_expired, SWEEP: trials.advance_stalled}


def _create_reader(context: WorkerContext) -> "BackgroundLoop":
    """The thread of this trainer that ingests datasets; to be called in trainers only."""
    from worker.background_loop import BackgroundLoop  # noqa: PLC0415 - late, as said above
    from worker.ingest import ingest_next_dataset  # noqa: PLC0415 - late, as said above

    return BackgroundLoop("reader", context, lambda s: datasets.count_claimable(s) > 0, ingest_next_dataset)


def _create_predictor(context: WorkerContext) -> "BackgroundLoop":
    """The thread of this trainer that predicts batches; to be called in trainers only."""
    from worker.background_loop import BackgroundLoop  # noqa: PLC0415 - late, as said above
    from worker.batches.block_worker import BlockWorker  # noqa: PLC0415 - late, as said above

    return BackgroundLoop("predictor", context, blocks.has_claimable, BlockWorker().do_next)


def _create_deliverer(context: WorkerContext) -> "Deliverer":
    """The thread of this trainer that sends events to webhooks; to be called in trainers only."""
    from worker.webhooks.deliverer import Deliverer  # noqa: PLC0415 - late, as said above

    return Deliverer(context)


def _create_tracker(context: WorkerContext) -> "Tracker":
    """The thread of this trainer that logs jobs to a tracking server; to be called in trainers only."""
    from worker.tracking.tracker import Tracker  # noqa: PLC0415 - late, as said above

    return Tracker(context)


def _trainer_index() -> int:
    """The index of this trainer in the pool, from 0; the replacement of a killed trainer gets the same index."""
    return cast("Any", current_process()).index
