"""`python -m worker`: reads the settings, and works until a signal shuts it down.

The parts of a worker are put together here, and nothing else reads the environment.
"""

import os

# Before NumPy is loaded: the bits of a product depend on its threads, and small ones are fastest with one
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", VECLIB_MAXIMUM_THREADS="1")

import sys
from functools import partial

from celery.signals import worker_ready

from contract.settings import InvalidSettings, load_settings
from process import cores, logs, memory
from process.shared_flags import BusyFlags, ShutdownFlag
from store.files import open_file_store
from worker import tasks
from worker.app import create_celery_app
from worker.context import open_context
from worker.disk_space import DiskGuard
from worker.main import MainProcess
from worker.reconciler import Reconciler

WRONG_SETTINGS = 2


def main() -> int:
    """Work until a signal comes; returns the exit status."""
    try:
        settings = load_settings()
    except InvalidSettings as error:
        sys.stderr.write(f"{error}\n")
        return WRONG_SETTINGS
    logs.configure(settings.log_level, settings.log_format)
    app = create_celery_app(settings.broker)
    shutdown, busy = ShutdownFlag(), BusyFlags(settings.concurrency)
    opening = partial(
        open_context,
        database_url=settings.database,
        files=open_file_store(settings),
        lease_seconds=settings.lease_seconds,
        checkpoint_seconds=settings.checkpoint_seconds,
        history_bytes=settings.history_bytes,
        keep_jobs_days=settings.keep_jobs_days,
        keep_datasets_days=settings.keep_datasets_days,
        min_free_bytes=settings.min_free_bytes,
        shutdown=shutdown,
        parent_pid=os.getpid(),
        memory_bytes=settings.trainer_memory_bytes or memory.bytes_per_process(settings.concurrency),
        scratch=settings.data_dir / "scratch",
        max_cores=cores.cores_per_process(settings.concurrency),
    )
    tasks.register(app, opening, busy)
    process = MainProcess(app, shutdown=shutdown, trainers=settings.concurrency)
    disk_guard = DiskGuard(open_file_store(settings), settings.min_free_bytes)
    reconciler = Reconciler(
        app, settings.database, settings.reconcile_seconds, process=process, busy=busy, disk_guard=disk_guard
    )

    @worker_ready.connect(weak=False)
    def begin(**_: object) -> None:  # pyright: ignore[reportUnusedFunction] - Celery calls it
        logs.get_logger(__name__).info("waiting for work", trainers=settings.concurrency)
        reconciler.start()

    return process.run()


if __name__ == "__main__":
    sys.exit(main())
