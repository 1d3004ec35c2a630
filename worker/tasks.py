"""Celery's functions, one for each kind of hint. The id in a message is not trusted: what is claimed is done.

What they call is imported in the trainers only: polars starts threads as soon as it is loaded, and threads do not
survive the fork that makes a trainer out of the main process.
"""

# ruff: noqa: PLC0415 - for the reason above
# Celery calls them by their names
# pyright: reportUnusedFunction=false

import os
from collections.abc import Callable
from functools import cache

from celery import Celery
from celery.signals import worker_process_init

from contract.tasks import READ, TRAIN
from worker import parent
from worker.workplace import Workplace


def register(app: Celery, open_workplace: Callable[[], Workplace]) -> None:
    """Give the app its two tasks, and nothing of what Celery would add of its own.

    Args:
        app: the app to register with.
        open_workplace: called once in every trainer, after the fork and before its first job.
    """
    workplace = cache(open_workplace)
    main_process = os.getpid()

    @app.task(name=TRAIN, shared=False)
    def train(_job_id: str) -> None:
        from worker import training

        training.run(workplace())

    @app.task(name=READ, shared=False)
    def read(_dataset_id: str) -> None:
        from worker import reading

        reading.run(workplace())

    @worker_process_init.connect(weak=False)
    def prepare(**_: object) -> None:
        parent.die_with(main_process)
        from worker import warming

        warming.warm(workplace())

    app.finalize()
    for name in set(app.tasks) - {TRAIN, READ}:
        app.tasks.unregister(name)
