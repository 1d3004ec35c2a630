"""Harm by chance: kills, freezes and shutdowns of every process of an installation, many of them at the same time."""

import os
import signal
import time
from collections import Counter
from contextlib import suppress
from random import Random
from threading import Timer
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from tests.e2e.installation import left_of
from tests.faults.chaos.installation import ChaosInstallation, Role
from tests.faults.chaos.journal import Journal
from tests.faults.installation import LEASE_SECONDS, TIMEOUT
from tests.running import wait_for

MEAN_PAUSE_SECONDS: Final = 3.0
MAX_FROZEN_SECONDS: Final = 2 * LEASE_SECONDS
MAX_STRIKES: Final = 1
"""Workers are not harmed while a job has lost as many in a row: the third would make it a `crash-loop`."""
STARTS: Final = 3
FAULTS: Final[dict[tuple[str, Role], int]] = {
    ("kill", "worker"): 5, ("kill", "trainer"): 5, ("kill", "service"): 4, ("kill", "server"): 3, ("kill", "reader"): 3,
    ("kill", "broker"): 4, ("kill", "database"): 4, ("kill", "launcher"): 2,
    ("freeze", "worker"): 3, ("freeze", "trainer"): 4, ("freeze", "server"): 3, ("freeze", "reader"): 1,
    ("freeze", "broker"): 2, ("freeze", "database"): 3, ("freeze", "launcher"): 1,
    ("restart", "worker"): 3, ("restart", "service"): 3, ("restart", "launcher"): 2, ("restart", "database"): 3,
}  # fmt: skip
"""The faults, the processes that they strike, and their relative frequency."""


class Harm:
    """Does harm to an installation, one fault after another, while some of the processes are still frozen.

    Args:
        random: what all chance follows from.
    """

    def __init__(self, installation: ChaosInstallation, journal: Journal, random: Random) -> None:
        self._installation = installation
        self._journal = journal
        self._random = random
        self._faults = {fault: n for fault, n in FAULTS.items() if fault[1] != "database" or installation.postgres}
        self._frozen: dict[int, Timer] = {}
        """What lets each frozen process go on: a thread of its own, for one may be that of our own connection."""
        self.landed: Counter[tuple[str, Role]] = Counter()

    def act_until(self, moment: float) -> None:
        """Do harm until the moment, by the monotonic clock."""
        next_at = time.monotonic() + self._pause()
        while (now := time.monotonic()) < moment:
            if now >= next_at:
                self._do_harm()
                next_at = time.monotonic() + self._pause()
            time.sleep(0.05)

    def end(self) -> None:
        """Let all frozen processes go on, and wait until everything runs and the database answers."""
        for pid in list(self._frozen):
            self._wake(pid)
        wait_for(self._installation.is_whole, "all processes after the last fault", TIMEOUT)
        wait_for(self._has_database, "the database after the last fault", TIMEOUT)

    def _has_database(self) -> bool:
        try:
            self._installation.list_open_jobs()
        except SQLAlchemyError:
            return False
        return True

    def _pause(self) -> float:
        return self._random.expovariate(1 / MEAN_PAUSE_SECONDS)

    def _do_harm(self) -> None:
        action, role = self._random.choices(list(self._faults), list(self._faults.values()))[0]
        if role in {"worker", "trainer", "launcher", "database"} and not self._may_lose_workers():
            return
        victims = sorted(pid for pid, is_role in self._installation.roles().items() if is_role == role)
        if not victims:
            return
        victim = self._random.choice(victims)
        if role == "launcher" and action != "freeze":
            self._end_launcher(signal.SIGKILL if action == "kill" else signal.SIGTERM)
        elif role == "database" and action == "restart":
            self._restart_database()
        else:
            with suppress(ProcessLookupError):
                self._signal(action, victim)
        self.landed[action, role] += 1

    def _may_lose_workers(self) -> bool:
        """Whether no job would fail rightly, because it loses its workers again and again."""
        try:
            return all(job.strikes < MAX_STRIKES for job in self._installation.list_open_jobs())
        except SQLAlchemyError:
            return False

    def _signal(self, action: str, pid: int) -> None:
        if action == "freeze":
            os.kill(pid, signal.SIGSTOP)
            self._frozen[pid] = Timer(self._random.uniform(0.2, MAX_FROZEN_SECONDS), self._wake, [pid])
            self._frozen[pid].start()
        else:
            os.kill(pid, signal.SIGKILL if action == "kill" else signal.SIGTERM)

    def _wake(self, pid: int) -> None:
        """Let a frozen process go on, unless it does already."""
        if (timer := self._frozen.pop(pid, None)) is not None:
            timer.cancel()
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def _restart_database(self) -> None:
        postgres = self._installation.postgres
        assert postgres is not None
        postgres.stop_at_once()
        time.sleep(self._random.uniform(0.1, 1.5))
        postgres.start()

    def _end_launcher(self, number: signal.Signals) -> None:
        """End the launcher, see that nothing of it is left, and start it again."""
        for pid in list(self._frozen):
            self._wake(pid)
        launched = self._installation.launched
        family = launched.family()
        launched.send(number)
        status = launched.wait()
        if number == signal.SIGTERM and status != 0:
            self._journal.add_violation(f"gradus up ended with status {status} when it was told to stop")
        try:
            wait_for(lambda: not left_of(family), "the end of all children", 20.0)
        except AssertionError:
            self._journal.add_violation(f"orphans of a launcher ended by {number.name}: {left_of(family)}")
        for _ in range(STARTS):
            launched.close()
            try:
                launched.start()
            except AssertionError as error:
                self._journal.add_violation(f"the next start failed: {str(error)[-1500:]}")
            else:
                return
        raise AssertionError("gradus up does not start any more")
