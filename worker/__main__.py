"""`python -m worker`: reads the settings, and works until a signal shuts it down.

The parts of a worker are put together here, and nothing else reads the environment.
"""

import os

# Before NumPy is loaded: the bits of a product depend on its threads, and small ones are fastest with one
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", VECLIB_MAXIMUM_THREADS="1")

import sys
import time
from functools import partial

from celery.signals import worker_ready

from contract.settings import InvalidSettings, load_settings
from process import logs
from process.shared_flags import BusyFlags, ShutdownFlag
from store.installation import bind_at_start
from worker import tasks
from worker.app import create_celery_app
from worker.context import open_context
from worker.main import MainProcess
from worker.reconciler import Reconciler

EXIT_FOREIGN_FILES = 1
EXIT_WRONG_SETTINGS = 2


def main() -> int:
    """Work until a signal comes; returns the exit status."""
    try:
        settings = load_settings()
    except InvalidSettings as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_WRONG_SETTINGS
    logs.configure(settings.log_level, settings.log_format)
    if refusal := bind_at_start(settings):
        sys.stderr.write(f"{refusal}\n")
        return EXIT_FOREIGN_FILES
    app = create_celery_app(settings.broker)
    shutdown, busy = ShutdownFlag(), BusyFlags(settings.concurrency)
    opening = partial(open_context, settings, shutdown, os.getpid(), time.monotonic())
    tasks.register(app, opening, busy)
    process = MainProcess(app, shutdown=shutdown, trainers=settings.concurrency)
    reconciler = Reconciler(app, settings, process, busy)

    @worker_ready.connect(weak=False)
    def begin(**_: object) -> None:  # pyright: ignore[reportUnusedFunction] - Celery calls it
        logs.get_logger(__name__).info("waiting for work", trainers=settings.concurrency)
        reconciler.start()

    return process.run()


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
