"""The reconciler: a thread of the main process that sends hints for waiting jobs while a trainer is idle.

Messages get lost, and leases expire without a message; the reconciler bounds the delay to seconds. It sends one hint
for each idle trainer, since a trainer drains its queue by itself. It also reconnects to the broker when hints stop
arriving, and sends the hint for the cleanup.
"""

import os
import threading
import time
from typing import Final

from celery import Celery

from contract.settings import Settings
from contract.tasks import CLEANUP, SWEEP, TRAIN, WAKE
from process import logs
from process.shared_flags import BusyFlags
from store.database import begin_read, first_line, make_session_factory, open_database
from store.files import open_file_store
from store.jobs import claims
from store.sweeps import sweeps
from worker.context import DiskGuard
from worker.main import MainProcess

MAX_UNDELIVERED_HINTS: Final = 5
CLEANUP_INTERVAL_SECONDS: Final = 600.0
READY_POLL_SECONDS: Final = 0.05

log = logs.get_logger(__name__)


class Reconciler:
    """Checks every `reconcile_seconds` for unclaimed work, and sends hints for it."""

    def __init__(self, app: Celery, settings: Settings, process: MainProcess, busy: BusyFlags) -> None:
        self._app = app
        self._database = open_database(settings.database)
        self._seconds = settings.reconcile_seconds
        self._process = process
        self._busy = busy
        self._disk_guard = DiskGuard(open_file_store(settings), settings.min_free_bytes)
        self._received_before: int | None = None  # after the last tick's hints; None: it sent none
        self._undelivered = 0
        self._is_failing = False
        self._cleanup_at = -CLEANUP_INTERVAL_SECONDS
        # a trainer forked during a tick would inherit locks that are never released
        self._fork_lock = threading.Lock()

    def start(self) -> None:
        """Start the thread, which runs until this process ends; to be called once."""
        os.register_at_fork(
            before=self._fork_lock.acquire,
            after_in_parent=self._fork_lock.release,
            after_in_child=self._fork_lock.release,
        )
        threading.Thread(target=self._run, name="reconciler", daemon=True).start()

    def _run(self) -> None:
        until = time.monotonic() + self._seconds
        while not self._busy.idle and time.monotonic() < until:
            time.sleep(READY_POLL_SECONDS)  # the first trainer is about to be ready
        while True:
            with self._fork_lock:
                self._tick()
            time.sleep(self._seconds)

    def _tick(self) -> None:
        try:
            self._find_work()
        except Exception as error:  # database, broker or disk unavailable: try again at the next tick
            if not self._is_failing:
                log.warning("cannot look for work", error=first_line(error))
            self._is_failing = True
        else:
            if self._is_failing:
                log.info("looking for work again")
            self._is_failing = False

    def _find_work(self) -> None:
        idle = self._busy.idle if self._disk_guard.has_space() else 0
        kinds = self._find_kinds(idle) if idle else []
        if time.monotonic() - self._cleanup_at > CLEANUP_INTERVAL_SECONDS:
            # left to a trainer: connections to a storage do not survive a fork of this process
            self._send([CLEANUP])
            self._cleanup_at = time.monotonic()
        if not kinds:
            self._undelivered, self._received_before = 0, None
            return
        self._send(kinds)
        log.info("found work without a hint", kinds=kinds)
        received = self._process.tasks_received
        self._undelivered = self._undelivered + 1 if received == self._received_before else 0
        self._received_before = received
        if self._undelivered >= MAX_UNDELIVERED_HINTS:
            # after a lost connection kombu may ask the new one for nothing (kombu#2492, kombu#2629)
            log.warning("hints are sent and none arrives, connecting to the broker anew")
            self._undelivered = 0
            self._process.reconnect()

    def _find_kinds(self, idle: int) -> list[str]:
        """The kinds of work that so many idle trainers can do; each looks for datasets itself, see `worker.reader`.

        The database is closed again, since no trainer may inherit its connections.
        """
        sessions = make_session_factory(self._database)
        try:
            with begin_read(sessions) as s:
                stalled = [SWEEP] if sweeps.list_stalled(s) else []
                return [TRAIN] * min(idle, claims.count_claimable(s)) + stalled
        finally:
            self._database.dispose()

    def _send(self, kinds: list[str]) -> None:
        with self._app.connection_for_write() as connection:
            for kind in kinds:
                self._app.send_task(WAKE, [kind], connection=connection, retry=False, ignore_result=True)
