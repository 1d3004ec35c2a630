"""The log of clients: the acknowledged requests of each owner, against which the database is checked afterwards."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class SentJob:
    """An acknowledged job."""

    kind: str
    dataset_id: str
    is_early: bool = False
    """Whether it may be requested to finish early, so that its result is a part of the reference."""
    is_cancelled: bool = False
    is_deleted: bool = False
    has_ended: str = ""
    """The terminal state in which it was seen."""
    epoch: int = 0
    """The last epoch that was seen."""


@dataclass
class SentDataset:
    """An acknowledged dataset."""

    table: str
    is_deleted: bool = False
    is_ready: bool = False


@dataclass
class Journal:
    """The log of all clients. Violations are printed at once, since what is around them is still fresh."""

    jobs: dict[str, SentJob] = field(default_factory=dict[str, SentJob])
    datasets: dict[str, SentDataset] = field(default_factory=dict[str, SentDataset])
    answers: Counter[str] = field(default_factory=Counter[str])
    violations: list[str] = field(default_factory=list[str])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        """Count something that happened."""
        with self._lock:
            self.answers[what] += 1

    def add_violation(self, what: str) -> None:
        """Note that a promise was broken."""
        with self._lock:
            self.violations.append(what)
        print(f"{time.strftime('%H:%M:%S')} VIOLATION: {what}", flush=True)
