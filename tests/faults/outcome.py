"""The result of one kind of fault: how many landed, what was measured, and which limits were met.

Right or wrong is asserted on the spot; only what depends on the machine's speed is a bar, and judged at the end.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Bar:
    """A figure that must not exceed a limit."""

    name: str
    value: float
    limit: float

    @property
    def is_met(self) -> bool:
        """Whether it does not."""
        return self.value <= self.limit

    def __str__(self) -> str:
        return f"{self.name} {self.value:.3g} (bar: {self.limit:g}{'' if self.is_met else ', MISSED'})"


@dataclass
class Outcome:
    """The outcome of one kind of fault.

    Attributes:
        landed: how many faults did what they were meant to.
        counts: what was counted, by name.
        bars: what was measured in seconds.
    """

    landed: int
    counts: dict[str, int] = field(default_factory=dict[str, int])
    bars: list[Bar] = field(default_factory=list[Bar])

    def __str__(self) -> str:
        return "; ".join([*(f"{number} {name}" for name, number in self.counts.items()), *map(str, self.bars)])


def p99(seconds: Sequence[float]) -> float:
    """The 99th percentile: of fewer than a hundred, the largest. Not a number if there are none."""
    return sorted(seconds)[math.ceil(0.99 * len(seconds)) - 1] if seconds else math.nan
