"""`python -m worker`: reads the settings, and works until it is told to leave."""

import os

# Before NumPy is loaded: the bits of a product depend on its threads, and small ones are fastest with one
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", VECLIB_MAXIMUM_THREADS="1")

import sys
from functools import partial

from celery.signals import worker_ready

from contract.settings import Settings
from store.files import Files
from worker import logs, tasks
from worker.app import celery_app
from worker.leaving import Leaving
from worker.process import MainProcess
from worker.reconciler import Reconciler
from worker.workplace import open_workplace


def main() -> int:
    """Work until a signal says to leave; answers the exit status."""
    settings = Settings()
    logs.configure(settings.log_level, json=settings.log_format == "json")
    app = celery_app(settings.broker)
    files = Files(settings.data_dir / "files")
    leaving = Leaving()
    tasks.register(app, partial(open_workplace, settings.database, files, settings.lease_seconds, leaving))
    process = MainProcess(app, leaving=leaving, trainers=settings.concurrency)
    reconciler = Reconciler(app, settings.database, files, settings.reconcile_seconds, process)

    @worker_ready.connect(weak=False)
    def begin(**_: object) -> None:  # pyright: ignore[reportUnusedFunction] - Celery calls it
        logs.logger(__name__).info("ready", trainers=settings.concurrency)
        reconciler.start()

    process.start()
    return process.exitcode or os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
