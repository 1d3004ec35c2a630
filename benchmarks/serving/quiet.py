"""Repeats measurements during which the host of a virtual machine took processor time away (steal).

A host with other guests may stop a core for milliseconds, some hundred times a second. The kernel counts that time.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

MAX_STOLEN_SHARE, MAX_TRIES = 0.05, 5


@dataclass
class QuietMeasurer:
    """Measures, each time up to so many tries, until at most this share of the cores' time is stolen.

    Attributes:
        shares: what was stolen while each of the measurements that count was made.
        again: how many measurements were made again.
    """

    share: float = MAX_STOLEN_SHARE
    tries: int = MAX_TRIES
    shares: list[float] = field(default_factory=list[float])
    repeated: int = 0

    def measure(self, measure: Callable[[], T]) -> T:
        """The result of a measurement: the first quiet one, or else the quietest."""
        made: list[tuple[float, T]] = []
        while not made or (made[-1][0] > self.share and len(made) < self.tries):
            began, before = time.perf_counter(), stolen_seconds()
            result = measure()
            cores_seconds = (time.perf_counter() - began) * (os.cpu_count() or 1)
            made.append(((stolen_seconds() - before) / cores_seconds, result))
        self.repeated += len(made) - 1
        quietest = min(made, key=lambda one: one[0])
        self.shares.append(quietest[0])
        return quietest[1]

    def describe(self) -> str:
        """The share of stolen time, as text."""
        all_made = self.repeated + len(self.shares)
        return (
            f"the host took away {max(self.shares):.0%} of the cores' time at most while this was measured, "
            f"{sum(self.shares) / len(self.shares):.1%} on average; {self.repeated} of {all_made} "
            "measurements, in which it took more, were made again"
        )


def stolen_seconds() -> float:
    """The seconds of all cores that the host has taken away so far (`steal` of proc_stat(5)); 0 where none is told."""
    try:
        fields = Path("/proc/stat").read_text().split(maxsplit=10)
        return int(fields[8]) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return 0.0
