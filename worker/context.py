"""The context of a trainer: its database, files and settings.

One is opened in every trainer after the fork, since no connection survives that.
"""

import os
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from contract.settings import Settings
from process import logs, memory
from process.cores import cores_per_process
from process.parent_death import terminate_with_parent
from process.shared_flags import ShutdownFlag
from store.database import SessionFactory, begin_read, begin_write, first_line, make_session_factory, open_database
from store.files import open_file_store
from store.files.files import FileStore
from store.jobs import claims
from tables import use_net_file

DATABASE_UNAVAILABLE = (OperationalError, PoolTimeout)
"""SQLAlchemy's errors for a database that is stopped, unreachable, too busy or out of disk, maybe only temporarily."""

Claim = TypeVar("Claim")

log = logs.get_logger(__name__)


class DiskGuard:
    """Guard of free disk space: below a minimum no work starts, so that running jobs and the database can finish.

    Without it, a job released because the disk is full would be claimed again at once.
    """

    def __init__(self, files: FileStore, min_free_bytes: int) -> None:
        self._files = files
        self._min_free_bytes = min_free_bytes
        self._had_space = True

    def has_space(self) -> bool:
        """Whether the disk has enough free space; logs every change."""
        free = self._files.free_bytes()
        has_enough = free >= self._min_free_bytes
        if self._had_space and not has_enough:
            log.warning("disk full, work waits", free_bytes=free, least=self._min_free_bytes)
        elif has_enough and not self._had_space:
            log.info("the disk has space again", free_bytes=free)
        self._had_space = has_enough
        return has_enough


@dataclass(frozen=True, kw_only=True)
class WorkerContext:
    """The database, files and settings of a trainer.

    `worker` is the name under which it claims work, `started_at` when its worker started, by `time.monotonic`.
    """

    settings: Settings
    worker: str
    sessions: SessionFactory
    files: FileStore
    shutdown: ShutdownFlag
    started_at: float = field(default_factory=time.monotonic)

    @cached_property
    def disk_guard(self) -> DiskGuard:
        """The guard of free disk space."""
        return DiskGuard(self.files, self.settings.min_free_bytes)

    @cached_property
    def max_cores(self) -> int:
        """The maximum number of processor cores of a training."""
        return cores_per_process(self.settings.concurrency)

    @cached_property
    def memory_bytes(self) -> int:
        """The memory limit of this process."""
        return self.settings.trainer_memory_bytes or memory.bytes_per_process(self.settings.concurrency)

    def connect(self) -> None:
        """Connect to the database now, so that the first job does not wait for it."""
        try:
            with begin_read(self.sessions) as s:
                claims.count_claimable(s)
        except DATABASE_UNAVAILABLE as error:
            log.warning("database unavailable", error=first_line(error))

    def claim(self, claim_next: Callable[[Session, str, float], Claim | None]) -> Claim | None:
        """Claim the next job or dataset; None if there is none, or no work can start now."""
        if self.shutdown or not self.disk_guard.has_space():
            return None
        try:
            with begin_write(self.sessions) as s:
                return claim_next(s, self.worker, self.settings.lease_seconds)
        except DATABASE_UNAVAILABLE as error:
            log.warning("database unavailable, nothing claimed", error=first_line(error))
            return None


def open_context(settings: Settings, shutdown: ShutdownFlag, parent_pid: int, started_at: float) -> WorkerContext:
    """Open the context of the trainer that this process becomes.

    From now on the process ends with its parent, and is limited to the memory of its context.
    """
    terminate_with_parent(parent_pid)
    use_net_file(settings.feature_net_file)
    context = WorkerContext(
        settings=settings,
        worker=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
        sessions=make_session_factory(open_database(settings.database)),
        files=open_file_store(settings),
        shutdown=shutdown,
        started_at=started_at,
    )
    memory.limit_memory(context.memory_bytes)
    return context
