"""The lease by which a worker holds a job or a dataset, renewed by a thread while the work goes on.

The work calls `check` whenever it looks up. It raises as soon as the lease is over: somebody cancelled the job, another
worker took over while this one was frozen, the database stays away, or the worker leaves.
"""

import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from sqlalchemy.orm import Session

from process.logs import Logger
from store.database import first_line, is_disk_full
from store.errors import DiskFull, StorageUnavailable
from worker.context import DATABASE_UNAVAILABLE, WorkerContext

T = TypeVar("T")

RENEWALS_PER_LEASE: Final = 5
POLL_SECONDS: Final = 0.5
DISK_FULL_RETRY_SECONDS: Final = 0.5
MIN_RETRY_SECONDS: Final = 0.1
MAX_RETRY_SECONDS: Final = 2.0
MAX_UNRESPONSIVE_SECONDS: Final = 2.5

LOST: Final = "somebody else has it"
PAUSED: Final = "paused"
DISK_FULL: Final = "the disk is full"


class LeaseLost(Exception):
    """The work must stop and write nothing more; the message says why."""


class StopRequested(LeaseLost):
    """The work must stop, and somebody will go on with it: what there is of it may still be kept."""


@dataclass(frozen=True, kw_only=True)
class Leasable:
    """What a lease holds, as the store knows it.

    Attributes:
        renew: holds it for another lease; False if it is no longer ours.
        loss: why it is no longer ours; None while it is.
        release: leaves it to another worker; False if it is no longer ours.
    """

    renew: Callable[[Session], bool]
    lost_reason: Callable[[Session], str | None]
    release: Callable[[Session], bool]


class Lease:
    """Keeps what is held while the `with` block runs, and ends the block quietly when it cannot be kept."""

    def __init__(self, context: WorkerContext, held: Leasable, log: Logger) -> None:
        self._context = context
        self._held = held
        self._log = log
        self._lost_reason: str | None = None
        self._renewed_at = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._renew_until_done, name="lease", daemon=True)

    def __enter__(self) -> "Lease":
        self._thread.start()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        """Let go; a block that had to stop hands back what it held, if it is still ours."""
        self._done.set()
        if isinstance(error, LeaseLost):
            self._log.info("stopped", reason=str(error))
        if isinstance(error, (LeaseLost, SystemExit)):  # SIGTERM to a trainer alone is a SystemExit
            self._release()
        self._thread.join(timeout=MAX_RETRY_SECONDS)
        return isinstance(error, LeaseLost)

    def check(self) -> None:
        """Return if the work may go on.

        Raises:
            StopRequested: it was paused, or must be handed back now.
            LeaseLost: what is held is no longer ours.
        """
        if self._lost_reason == PAUSED:
            raise StopRequested(PAUSED)
        if self._lost_reason is not None:
            raise LeaseLost(self._lost_reason)
        if self._context.shutdown:
            raise StopRequested("the worker leaves")

    def read(self, look: Callable[[Session], T]) -> T:
        """What `look` finds; tried again while the database is away and the lease lasts.

        Raises:
            LeaseLost: the lease ended before the database was back, or the disk is full.
        """
        return self._patiently(lambda: self._context.read(look))

    def write(self, change: Callable[[Session], T]) -> T:
        """What `change` answers, once it is committed; tried again while the database is away and the lease lasts.

        Raises:
            LeaseLost: the lease ended before the database was back, or the disk is full.
        """
        return self._patiently(lambda: self._context.write(change))

    def files(self, work: Callable[[], T]) -> T:
        """What `work` with files answers; tried again while the storage is away, for as long as a lease lasts.

        Raises:
            LeaseLost: what is held is no longer ours, or the disk is full.
            StorageUnavailable: the storage was away for longer.
            DiskFull: the disk has room, and not as much as is needed.
        """
        until = time.monotonic() + self._context.lease_seconds
        return self._patiently(work, (StorageUnavailable,), until)

    def _release(self) -> None:
        """Leave it to others; while a full disk keeps the database from writing even that, it waits here."""
        try:
            while (handed := self._try_release()) is None:
                time.sleep(DISK_FULL_RETRY_SECONDS)
        except DATABASE_UNAVAILABLE as error:
            self._log.warning("could not hand back, the lease will lapse", error=first_line(error))
        else:
            if handed:
                self._log.info("handed back")

    def _try_release(self) -> bool | None:
        """Whether it was ours to hand back; None if the disk is full, and the worker can wait for room."""
        try:
            return self._context.write(self._held.release)
        except DATABASE_UNAVAILABLE as error:
            if self._context.shutdown or not is_disk_full(error):
                raise
            return None

    def _patiently(
        self, work: Callable[[], T], away: tuple[type[Exception], ...] = DATABASE_UNAVAILABLE, until: float = math.inf
    ) -> T:
        pause = MIN_RETRY_SECONDS
        while True:
            try:
                return work()
            except DiskFull as error:
                if self._context.disk_guard.has_space():
                    raise  # it takes more than there is: to wait would help nobody
                raise LeaseLost(DISK_FULL) from error
            except away as error:
                if is_disk_full(error):
                    raise LeaseLost(DISK_FULL) from error
                if time.monotonic() > until:
                    raise
                what = "storage" if isinstance(error, StorageUnavailable) else "database"
                self._log.warning(f"{what} away, trying again", error=first_line(error), pause_seconds=pause)
            self.check()
            time.sleep(pause)
            pause = min(2 * pause, MAX_RETRY_SECONDS)

    def _renew_until_done(self) -> None:
        every = self._context.lease_seconds / RENEWALS_PER_LEASE
        left = None
        while not self._done.wait(min(every, POLL_SECONDS)):
            now = time.monotonic()
            if self._context.shutdown:
                left = left or now
                if now - left > MAX_UNRESPONSIVE_SECONDS:
                    self._exit_process()
            try:
                if now - self._renewed_at >= every and self._context.write(self._held.renew):
                    self._renewed_at = now
                self._lost_reason = self._context.read(self._held.lost_reason)
            except DATABASE_UNAVAILABLE as error:
                if is_disk_full(error):
                    self._lost_reason = DISK_FULL
                elif now - self._renewed_at > self._context.lease_seconds:
                    self._lost_reason = "the database was away for longer than the lease lasts"
            if self._lost_reason is not None:
                return

    def _exit_process(self) -> None:
        """End this process from under work that does not look up, such as the reading of a large file."""
        self._log.warning("stopped in the middle")
        self._release()
        os._exit(os.EX_OK)
