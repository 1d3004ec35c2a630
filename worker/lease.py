"""The lease by which a worker holds a job, a dataset or a block of a batch, renewed by a thread while the work runs.

The work calls `check` between its steps, which raises when it must stop: the job was cancelled, another worker claimed
it while this one was suspended, the database stays unavailable, or the worker shuts down.
"""

import math
import os
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from process.logs import Logger
from store import datasets
from store.batches import blocks
from store.batches.blocks import BlockClaim
from store.database import begin_read, begin_write, first_line, is_disk_full, is_transient
from store.datasets import DatasetClaim
from store.errors import DiskFull, NotFound, StorageUnavailable
from store.jobs import claims, turns
from store.jobs.claims import JobClaim
from store.tables import JsonObject
from worker.context import DATABASE_UNAVAILABLE, WorkerContext
from worker.problems import describe_error

RENEWALS_PER_LEASE: Final = 5
POLL_SECONDS: Final = 0.5
RIVAL_SECONDS: Final = 5.0
"""The time for which rivals must be there: a free worker claims a job sooner."""
DISK_FULL_RETRY_SECONDS: Final = 0.5
MIN_RETRY_SECONDS: Final = 0.1
MAX_RETRY_SECONDS: Final = 2.0
MAX_UNRESPONSIVE_SECONDS: Final = 2.5

LOST: Final = "another worker has claimed it"
PAUSED: Final = "paused"
DISK_FULL: Final = "the disk is full"


class LeaseLost(Exception):
    """The work must stop and write nothing more; the message says why."""


class StopRequest(LeaseLost):
    """The work must stop for a pause, a shutdown or another owner's turn, and may write a checkpoint to go on from."""


class LeasedDataset:
    """A claimed dataset, for its lease; the methods run in the transaction of the given session."""

    def __init__(self, claim: DatasetClaim) -> None:
        self._claim = claim

    def renew(self, s: Session, lease_seconds: float) -> bool:
        """Hold it for another lease; False if the claim no longer holds it."""
        return datasets.renew_lease(s, self._claim.dataset_id, self._claim.token, lease_seconds)

    def release(self, s: Session) -> bool:
        """Leave it to another worker; False if the claim no longer holds it."""
        return datasets.release(s, self._claim.dataset_id, self._claim.token)

    def find_lost_reason(self, s: Session) -> str | None:
        """The reason why the claim no longer holds it; None while it does."""
        row = datasets.get(s, self._claim.owner, self._claim.dataset_id)
        return None if (row.token, row.status) == (self._claim.token, "processing") else LOST


class LeasedBlock:
    """A claimed block of a batch, for its lease; the methods run in the transaction of the given session."""

    def __init__(self, claim: BlockClaim) -> None:
        self._claim = claim

    def renew(self, s: Session, lease_seconds: float) -> bool:
        """Hold it for another lease; False if the claim no longer holds it."""
        return blocks.renew_lease(s, self._claim, lease_seconds)

    def release(self, s: Session) -> bool:
        """Leave it to another worker; False if the claim no longer holds it."""
        return blocks.release(s, self._claim)

    def find_lost_reason(self, s: Session) -> str | None:
        """The reason why the claim no longer holds it; None while it does."""
        return blocks.find_lost_reason(s, self._claim)


class LeasedJob:
    """A claimed job, for its lease; the methods run in the transaction of the given session."""

    def __init__(self, claim: JobClaim) -> None:
        self._claim = claim
        self._turn_ends_at, self._rival_wait = math.inf, RIVAL_SECONDS
        self._rival_since: float | None = None
        self.finish_requested = claim.finish_requested
        """Whether the job is to end with its best epoch so far; updated by the lease's thread."""
        self.must_make_room = False
        """Whether its turn is over, and a job of another owner finds no free worker; updated by the lease's thread."""

    def renew(self, s: Session, lease_seconds: float) -> bool:
        """Hold it for another lease; False if the claim no longer holds it."""
        return claims.renew_lease(s, self._claim.job_id, self._claim.token, lease_seconds)

    def release(self, s: Session) -> bool:
        """Leave it to another worker; False if the claim no longer holds it."""
        return claims.release(s, self._claim.job_id, self._claim.token)

    def find_lost_reason(self, s: Session) -> str | None:
        """The reason why the claim no longer holds it; None while it does."""
        job = claims.get_row(s, self._claim.job_id)
        if job.status == "cancelled":
            return "cancelled"
        if job.token != self._claim.token:
            return LOST
        if job.status == "running":
            self.finish_requested = job.finish_asked_at is not None
            self._look_for_rivals(s)
        return {"running": None, "paused": PAUSED}.get(job.status, LOST)

    def start_turn(self, seconds: float) -> None:
        """Train for `seconds` from now, whoever waits."""
        self._turn_ends_at, self._rival_since = time.monotonic() + seconds, None
        self._rival_wait = min(RIVAL_SECONDS, seconds)
        self.must_make_room = False

    def _look_for_rivals(self, s: Session) -> None:
        now = time.monotonic()
        if now < self._turn_ends_at - self._rival_wait:
            return
        if not turns.has_rival(s, self._claim.owner):
            self._rival_since = None
        elif self._rival_since is None:
            self._rival_since = now
        is_waiting = self._rival_since is not None and now - self._rival_since >= self._rival_wait
        self.must_make_room = is_waiting and now >= self._turn_ends_at


class Lease:
    """A lease of a job, dataset or block for a `with` block; when it is lost, the block ends without an error."""

    def __init__(self, context: WorkerContext, held: LeasedJob | LeasedDataset | LeasedBlock, log: Logger) -> None:
        self._context = context
        self._held = held
        self._log = log
        self._lost_reason: str | None = None
        self._renewed_at = time.monotonic()
        self._failing_since: float | None = None
        self._pause = MIN_RETRY_SECONDS
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._renew_until_done, name="lease", daemon=True)

    def __enter__(self) -> "Lease":
        self._thread.start()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        """End the lease; after a block that had to stop the job or dataset is released, if it is still held."""
        self._done.set()
        if isinstance(error, LeaseLost):
            self._log.info("stopped", reason=str(error))
        if isinstance(error, (LeaseLost, SystemExit)):  # SIGTERM to a trainer alone is a SystemExit
            self._release()
        self._thread.join(timeout=MAX_RETRY_SECONDS)
        return isinstance(error, LeaseLost)

    def check(self) -> None:
        """Return if the work may continue.

        Raises:
            StopRequest: the job was paused, or the worker shuts down.
            LeaseLost: the claim no longer holds it.
        """
        if self._lost_reason == PAUSED:
            raise StopRequest(PAUSED)
        if self._lost_reason is not None:
            raise LeaseLost(self._lost_reason)
        if self._context.shutdown:
            raise StopRequest("the worker shuts down")

    @contextmanager
    def guard(self) -> Generator[None]:
        """Retry the block while the database or the storage is unavailable.

        The error is suppressed after a pause, so the block must be in a loop that it leaves on success:
        `while True: with lease.guard(): return …`.

        Raises:
            LeaseLost: the lease ended meanwhile, or the disk is full.
            OperationalError: the database refuses the block for another reason than that it is unavailable: it has
                renewed the lease since the block first failed.
            StorageUnavailable: the storage was unavailable for as long as a lease lasts.
            DiskFull: the disk has space, but less than the block needs.
        """
        try:
            yield
        except DiskFull as error:
            if self._context.disk_guard.has_space():
                raise  # a retry would not help
            raise LeaseLost(DISK_FULL) from error
        except (*DATABASE_UNAVAILABLE, StorageUnavailable) as error:
            if is_disk_full(error):
                raise LeaseLost(DISK_FULL) from error
            now = time.monotonic()
            if self._failing_since is None:
                self._failing_since = now
            is_storage = isinstance(error, StorageUnavailable)
            if not is_transient(error) and self._renewed_at > self._failing_since:
                raise
            if is_storage and now - self._failing_since > self._context.settings.lease_seconds:
                raise
            what = "storage" if is_storage else "database"
            self._log.warning(f"{what} unavailable, trying again", error=first_line(error), pause_seconds=self._pause)
            self.check()
            time.sleep(self._pause)
            self._pause = min(2 * self._pause, MAX_RETRY_SECONDS)
        else:
            self._failing_since, self._pause = None, MIN_RETRY_SECONDS

    def write(self, write: Callable[[Session], object]) -> None:
        """Write in a transaction, which is retried until the database is available.

        Raises:
            LeaseLost: `write` returned false, since the claim no longer holds it; nothing was written.
        """
        while True:
            with self.guard(), begin_write(self._context.sessions) as s:
                if not write(s):
                    raise LeaseLost(LOST)
                return

    def write_end(
        self, write: Callable[[Session], object], write_failure: Callable[[Session, JsonObject], object]
    ) -> JsonObject | None:
        """Write the end of the work; if the database refuses it, its failure, whose problem is returned.

        Raises:
            LeaseLost: the claim no longer holds it; nothing was written.
        """
        try:
            self.write(write)
        except SQLAlchemyError as error:
            problem = describe_error(error, self._log)
            self.write(lambda s: write_failure(s, problem))
            return problem
        return None

    def _release(self) -> None:
        """Release the job or dataset; while the database cannot write because of a full disk, wait and retry."""
        while True:
            try:
                with begin_write(self._context.sessions) as s:
                    was_held = self._held.release(s)
            except DATABASE_UNAVAILABLE as error:
                if self._context.shutdown or not is_disk_full(error):
                    self._log.warning("could not hand back, the lease will expire", error=first_line(error))
                    return
                time.sleep(DISK_FULL_RETRY_SECONDS)
            else:
                if was_held:
                    self._log.info("handed back")
                return

    def _renew_until_done(self) -> None:
        shutdown_at = None
        while not self._done.wait(min(self._context.settings.lease_seconds / RENEWALS_PER_LEASE, POLL_SECONDS)):
            if self._context.shutdown:
                shutdown_at = shutdown_at or time.monotonic()
                # work such as reading a large file does not call `check`
                if time.monotonic() - shutdown_at > MAX_UNRESPONSIVE_SECONDS:
                    self._log.warning("stopped in the middle")
                    self._release()
                    os._exit(os.EX_OK)
            self._lost_reason = self._poll()
            if self._lost_reason is not None:
                return

    def _poll(self) -> str | None:
        """Renew the lease when due; returns the reason if it is lost."""
        now = time.monotonic()
        age = now - self._renewed_at
        try:
            if age >= self._context.settings.lease_seconds / RENEWALS_PER_LEASE:
                with begin_write(self._context.sessions) as s:
                    renewed = self._held.renew(s, self._context.settings.lease_seconds)
                if renewed:
                    self._renewed_at = now
            with begin_read(self._context.sessions) as s:
                return self._held.find_lost_reason(s)
        except NotFound:
            return "deleted"
        except DATABASE_UNAVAILABLE as error:
            if is_disk_full(error):
                return DISK_FULL
            if age > self._context.settings.lease_seconds:
                return "the database was unavailable for longer than the lease lasts"
            return None
