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
from structlog.stdlib import BoundLogger

from store.database import headline, is_full
from store.errors import NoSpace, StorageAway
from worker.context import DATABASE_AWAY, WorkerContext

T = TypeVar("T")

RENEWALS: Final = 5
LOOK_SECONDS: Final = 0.5
FULL_PAUSE_SECONDS: Final = 0.5
FIRST_PAUSE_SECONDS: Final = 0.1
LAST_PAUSE_SECONDS: Final = 2.0
STUCK_SECONDS: Final = 2.5

LOST: Final = "somebody else has it"
PAUSED: Final = "paused"
FULL: Final = "the disk is full"


class LeaseOver(Exception):
    """The work must stop and write nothing more; the message says why."""


class Interrupted(LeaseOver):
    """The work must stop, and somebody will go on with it: what there is of it may still be kept."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a lease holds, as the store knows it.

    Attributes:
        renew: holds it for another lease; False if it is no longer ours.
        loss: why it is no longer ours; None while it is.
        hand_back: leaves it to another worker; False if it is no longer ours.
    """

    renew: Callable[[Session], bool]
    loss: Callable[[Session], str | None]
    hand_back: Callable[[Session], bool]


class Lease:
    """Keeps what is held while the `with` block runs, and ends the block quietly when it cannot be kept."""

    def __init__(self, workplace: WorkerContext, held: Held, log: BoundLogger) -> None:
        self._workplace = workplace
        self._held = held
        self._log = log
        self._over: str | None = None
        self._renewed = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def __enter__(self) -> "Lease":
        self._thread.start()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        """Let go; a block that had to stop hands back what it held, if it is still ours."""
        self._done.set()
        if isinstance(error, LeaseOver):
            self._log.info("stopped", reason=str(error))
        if isinstance(error, (LeaseOver, SystemExit)):  # SIGTERM to a trainer alone is a SystemExit
            self._hand_back()
        self._thread.join(timeout=LAST_PAUSE_SECONDS)
        return isinstance(error, LeaseOver)

    def check(self) -> None:
        """Return if the work may go on.

        Raises:
            Interrupted: it was paused, or must be handed back now.
            LeaseOver: what is held is no longer ours.
        """
        if self._over == PAUSED:
            raise Interrupted(PAUSED)
        if self._over is not None:
            raise LeaseOver(self._over)
        if self._workplace.leaving:
            raise Interrupted("the worker leaves")

    def read(self, look: Callable[[Session], T]) -> T:
        """What `look` finds; tried again while the database is away and the lease lasts.

        Raises:
            LeaseOver: the lease ended before the database was back, or the disk is full.
        """
        return self._patiently(lambda: self._workplace.read(look))

    def write(self, change: Callable[[Session], T]) -> T:
        """What `change` answers, once it is committed; tried again while the database is away and the lease lasts.

        Raises:
            LeaseOver: the lease ended before the database was back, or the disk is full.
        """
        return self._patiently(lambda: self._workplace.write(change))

    def files(self, work: Callable[[], T]) -> T:
        """What `work` with files answers; tried again while the storage is away, for as long as a lease lasts.

        Raises:
            LeaseOver: what is held is no longer ours, or the disk is full.
            StorageAway: the storage was away for longer.
            NoSpace: the disk has room, and not as much as is needed.
        """
        until = time.monotonic() + self._workplace.lease_seconds
        return self._patiently(work, (StorageAway,), until)

    def _hand_back(self) -> None:
        """Leave it to others; while a full disk keeps the database from writing even that, it waits here."""
        try:
            while (handed := self._handed_back()) is None:
                time.sleep(FULL_PAUSE_SECONDS)
        except DATABASE_AWAY as error:
            self._log.warning("could not hand back, the lease will lapse", error=headline(error))
        else:
            if handed:
                self._log.info("handed back")

    def _handed_back(self) -> bool | None:
        """Whether it was ours to hand back; None if the disk is full, and the worker can wait for room."""
        try:
            return self._workplace.write(self._held.hand_back)
        except DATABASE_AWAY as error:
            if self._workplace.leaving or not is_full(error):
                raise
            return None

    def _patiently(
        self, work: Callable[[], T], away: tuple[type[Exception], ...] = DATABASE_AWAY, until: float = math.inf
    ) -> T:
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                return work()
            except NoSpace as error:
                if self._workplace.room.enough():
                    raise  # it takes more than there is: to wait would help nobody
                raise LeaseOver(FULL) from error
            except away as error:
                if is_full(error):
                    raise LeaseOver(FULL) from error
                if time.monotonic() > until:
                    raise
                what = "storage" if isinstance(error, StorageAway) else "database"
                self._log.warning(f"{what} away, trying again", error=headline(error), pause_seconds=pause)
            self.check()
            time.sleep(pause)
            pause = min(2 * pause, LAST_PAUSE_SECONDS)

    def _keep(self) -> None:
        every = self._workplace.lease_seconds / RENEWALS
        left = None
        while not self._done.wait(min(every, LOOK_SECONDS)):
            now = time.monotonic()
            if self._workplace.leaving:
                left = left or now
                if now - left > STUCK_SECONDS:
                    self._leave_without_the_work()
            try:
                if now - self._renewed >= every and self._workplace.write(self._held.renew):
                    self._renewed = now
                self._over = self._workplace.read(self._held.loss)
            except DATABASE_AWAY as error:
                if is_full(error):
                    self._over = FULL
                elif now - self._renewed > self._workplace.lease_seconds:
                    self._over = "the database was away for longer than the lease lasts"
            if self._over is not None:
                return

    def _leave_without_the_work(self) -> None:
        """End this process from under work that does not look up, such as the reading of a large file."""
        self._log.warning("stopped in the middle")
        self._hand_back()
        os._exit(os.EX_OK)
