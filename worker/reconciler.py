"""Finds work whose hint was lost, in a thread of the main process, as long as a trainer is free to do it.

Messages get lost, and leases lapse without anybody sending a message; this is what makes either cost seconds and no
more. One hint for each free trainer is enough, however much waits: they go on by themselves. It also wakes a connection
to the broker that went deaf, and has what crashes left among the files swept.
"""

import os
import threading
import time
from typing import Final

from celery import Celery

from contract.tasks import READ, SWEEP, TRAIN
from process import logs
from store import datasets
from store.database import headline, open_database, reading, sessions
from store.jobs import claims
from worker.disk_space import Room
from worker.main import MainProcess

UNHEARD: Final = 5
SWEEP_SECONDS: Final = 600.0
ANY: Final = "any"
"""Stands for the id in a hint: the database decides what is done."""

log = logs.logger(__name__)


class Reconciler:
    """Looks every `seconds` for work that nobody does, and sends hints for it.

    Args:
        app: what sends the hints.
        database_url: where the work stands.
        seconds: how often to look.
        process: knows whether a trainer is free, and how to connect to the broker anew.
        room: knows whether the disk has room for more work.
    """

    def __init__(self, app: Celery, database_url: str, seconds: float, process: MainProcess, room: Room) -> None:
        self._app = app
        self._database = open_database(database_url)
        self._seconds = seconds
        self._process = process
        self._room = room
        self._heard_before: int | None = None  # after the last look's hints; None: it sent none
        self._unheard = 0
        self._away = False
        self._swept_at = -SWEEP_SECONDS
        # a trainer that was forked in the middle of a look would inherit locks that nobody opens
        self._looking = threading.Lock()

    def start(self) -> None:
        """Begin to look, until this process ends; to be called once."""
        os.register_at_fork(
            before=self._looking.acquire,
            after_in_parent=self._looking.release,
            after_in_child=self._looking.release,
        )
        threading.Thread(target=self._run, name="reconciler", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._looking:
                self._look_and_tell()
            time.sleep(self._seconds)

    def _look_and_tell(self) -> None:
        try:
            self._look()
        except Exception as error:  # database, broker or disk are away: whatever it is, look again later
            if not self._away:
                log.warning("cannot look for work", error=headline(error))
            self._away = True
        else:
            if self._away:
                log.info("looking for work again")
            self._away = False

    def _look(self) -> None:
        free = self._process.free if self._room.enough() else 0
        hints = self._waiting()[:free] if free else []
        if time.monotonic() - self._swept_at > SWEEP_SECONDS:
            # in a trainer: connections to a storage do not survive the fork that makes one of this process
            self._send([SWEEP])
            self._swept_at = time.monotonic()
        if not hints:
            self._unheard, self._heard_before = 0, None
            return
        self._send(hints)
        log.info("found work without a hint", hints=hints)
        heard = self._process.heard
        self._unheard = self._unheard + 1 if heard == self._heard_before else 0
        self._heard_before = heard
        if self._unheard >= UNHEARD:
            log.warning("hints are sent and none arrives, connecting to the broker anew")
            self._unheard = 0
            self._process.reconnect()

    def _waiting(self) -> list[str]:
        """The hints that would get everything going. The database is closed again: no trainer may inherit it."""
        opened = sessions(self._database)
        try:
            with reading(opened) as s:
                return [READ] * datasets.claimable(s) + [TRAIN] * claims.claimable(s)
        finally:
            self._database.dispose()

    def _send(self, hints: list[str]) -> None:
        with self._app.connection_for_write() as connection:
            for hint in hints:
                self._app.send_task(hint, [ANY], connection=connection, retry=False, ignore_result=True)
