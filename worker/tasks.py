"""Celery's functions, one for each kind of hint. The id in a message is not trusted: what is claimed is done.

Here is the one late import: polars starts threads as soon as it is loaded, and threads do not survive the fork that
makes a trainer out of the main process.
"""

# Celery calls the functions by their names
# pyright: reportUnusedFunction=false

import gc
import time
from collections.abc import Callable
from functools import cache
from typing import Final

from celery import Celery
from celery.signals import worker_process_init

from contract.tasks import READ, SWEEP, TRAIN
from process import logs
from worker.context import WorkerContext

MAX_DRAIN_SECONDS: Final = 30.0
"""How long a trainer goes on by itself to the next job; then it is the turn of hints of other kinds that wait."""

log = logs.get_logger(__name__)


def register(app: Celery, open_context: Callable[[], WorkerContext]) -> None:
    """Give the app its three tasks, and nothing of what Celery would add of its own.

    Args:
        app: the app to register with.
        open_context: called once in every trainer, after the fork and before its first job.
    """
    context = cache(open_context)

    @app.task(name=TRAIN, shared=False)
    def train(_job_id: str) -> None:
        _drain(TRAIN, context())

    @app.task(name=READ, shared=False)
    def read(_dataset_id: str) -> None:
        _drain(READ, context())

    @app.task(name=SWEEP, shared=False)
    def sweep(_any: str) -> None:
        _drain(SWEEP, context())

    @worker_process_init.connect(weak=False)
    def prepare(**_: object) -> None:
        # all that takes long is done now, so that the first job begins at once
        context().connect()
        _handlers()
        gc.freeze()  # what is loaded stays; to look for rubbish among it would hold up some job by a tenth of a second
        log.info("trainer ready", worker=context().worker)

    app.finalize()
    for name in set(app.tasks) - {TRAIN, READ, SWEEP}:
        app.tasks.unregister(name)


def _drain(kind: str, context: WorkerContext) -> None:
    """Do what is hinted at, and then what more of its kind waits, whose hints may be lost."""
    work, until = _handlers()[kind], time.monotonic() + MAX_DRAIN_SECONDS
    while work(context) and time.monotonic() < until:
        pass


def _handlers() -> dict[str, Callable[[WorkerContext], bool | None]]:
    """What each kind of hint asks for, true if there may be more of it; to be called in trainers only."""
    from worker import cleanup, ingest  # noqa: PLC0415 - late, as said above
    from worker.training import run  # noqa: PLC0415 - late, as said above

    return {TRAIN: run.train_next_job, READ: ingest.ingest_next_dataset, SWEEP: cleanup.delete_expired}
