"""The context of a trainer: its database, files and settings.

One is opened in every trainer after the fork, since no connection survives that.
"""

import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from process import logs, memory
from process.parent_death import terminate_with_parent
from process.shared_flags import ShutdownFlag
from store.database import SessionFactory, begin_read, first_line, make_session_factory, open_database
from store.files.files import FileStore
from store.jobs import claims
from worker.disk_space import DiskGuard

DATABASE_UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeout)
"""What SQLAlchemy raises when the database is stopped, cut off, too busy or out of disk, maybe only for a moment."""

log = logs.get_logger(__name__)


@dataclass(frozen=True)
class WorkerContext:
    """The database, files and settings of a trainer.

    Attributes:
        worker: the name under which it claims work.
        sessions: what makes database sessions.
        files: where datasets are kept.
        scratch: a folder of this machine for files that nobody else needs.
        memory_bytes: how much memory this process may take.
        lease_seconds: how long a claim holds when it is not renewed.
        checkpoint_seconds: how often a training is kept.
        history_bytes: how many bytes of weights may be kept of each job.
        keep_jobs_days: after how many days ended jobs are deleted; 0: never.
        keep_datasets_days: after how many days unused datasets are; 0: never.
        disk_guard: whether the disk has space for more work.
        shutdown: whether the worker shuts down.
        max_cores: how many processor cores a training may take.
    """

    worker: str
    sessions: SessionFactory
    files: FileStore
    scratch: Path
    memory_bytes: int
    lease_seconds: float
    checkpoint_seconds: float
    history_bytes: int
    keep_jobs_days: float
    keep_datasets_days: float
    disk_guard: DiskGuard
    shutdown: ShutdownFlag
    max_cores: int

    def connect(self) -> None:
        """Connect to the database now, so that the first job does not wait for it."""
        try:
            with begin_read(self.sessions) as s:
                claims.count_claimable(s)
        except DATABASE_UNAVAILABLE as error:
            log.warning("database unavailable", error=first_line(error))


def open_context(
    *,
    database_url: str,
    files: FileStore,
    scratch: Path,
    memory_bytes: int,
    lease_seconds: float,
    checkpoint_seconds: float,
    history_bytes: int,
    keep_jobs_days: float,
    keep_datasets_days: float,
    min_free_bytes: int,
    shutdown: ShutdownFlag,
    parent_pid: int,
    max_cores: int,
) -> WorkerContext:
    """Open the context of the trainer that this process becomes.

    From now on the process ends with its parent, and takes no more than `memory_bytes` of memory.
    """
    terminate_with_parent(parent_pid)
    memory.limit_memory(memory_bytes)
    return WorkerContext(
        worker=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
        sessions=make_session_factory(open_database(database_url)),
        files=files,
        scratch=scratch,
        memory_bytes=memory_bytes,
        lease_seconds=lease_seconds,
        checkpoint_seconds=checkpoint_seconds,
        history_bytes=history_bytes,
        keep_jobs_days=keep_jobs_days,
        keep_datasets_days=keep_datasets_days,
        disk_guard=DiskGuard(files, min_free_bytes),
        shutdown=shutdown,
        max_cores=max_cores,
    )
