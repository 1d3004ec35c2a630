"""In what order an epoch looks at the rows: a new one every time, and a pure function of (seed, epoch).

Rows that fit into a window are shuffled all together. More of them may lie in a file, where leaping from row to row
would be slow: there an epoch goes through the windows in a random order, and shuffles the rows of each. Where windows
begin changes with every epoch, so that rows meet new neighbours. For this the rows must have been dealt when they were
stored: like cards, round by round, so that every window holds a fair share of every part of the table.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.seeding import rng_for

MAX_WINDOW_BYTES: Final = 2**28
MAX_WINDOW_ROWS: Final = 2**22
"""How much is shuffled together at most. Other figures would give other bits."""


def count_windows(rows: int, width: int) -> int:
    """Return in how many windows so many rows of `width` float32 numbers are shuffled."""
    return max(1, -(-rows * width * 4 // MAX_WINDOW_BYTES), -(-rows // MAX_WINDOW_ROWS))


class EpochShuffler:
    """In what order the epochs look at rows.

    Args:
        rows: How many there are.
        width: How many numbers each has.
        seed: The same seed gives the same order in the same epoch.
    """

    def __init__(self, rows: int, width: int, seed: int) -> None:
        self.rows, self.seed = rows, seed
        self.windows = count_windows(rows, width)
        self.window_size = -(-rows // self.windows)
        self.cached_window = (0, 0, np.empty(0, np.intp))

    def select_indices(self, epoch: int, start: int, stop: int) -> NDArray[np.intp]:
        """Return the numbers of the rows that come in the epoch from `start` up to but not with `stop`."""
        found: list[NDArray[np.intp]] = []
        for place in range(start // self.window_size, -(-stop // self.window_size)):
            first = place * self.window_size
            found.append(self._shuffle_window(epoch, place)[max(start - first, 0) : stop - first])
        return found[0] if len(found) == 1 else np.concatenate(found)

    def _shuffle_window(self, epoch: int, place: int) -> NDArray[np.intp]:
        """Return the rows of the window that comes at this place, shuffled; it is kept, as it is asked for often."""
        kept_epoch, kept_place, kept = self.cached_window
        if (epoch, place) == (kept_epoch, kept_place):
            return kept
        self.cached_window = (0, 0, kept[:0])  # two windows at a time would be one too many
        random = rng_for(self.seed, "order", epoch)
        if self.windows == 1:
            numbers = random.permutation(self.rows)
        else:
            shift, window = int(random.integers(self.rows)), place
            if place < self.windows - 1:  # the last may be shorter, and stays the last
                window = int(random.permutation(self.windows - 1)[place])
            numbers = np.arange(window * self.window_size, min((window + 1) * self.window_size, self.rows))
            numbers += shift
            np.subtract(numbers, self.rows, out=numbers, where=numbers >= self.rows)  # the end is next to the beginning
            rng_for(self.seed, f"order in window {place}", epoch).shuffle(numbers)
        self.cached_window = (epoch, place, numbers)
        return numbers


class ShardAssigner:
    """Deals rows to the windows that an epoch shuffles, a hand of them at a time.

    Args:
        rows: How many rows there will be in all.
        width: How many numbers each has.
        seed: The same seed deals in the same way.
    """

    def __init__(self, rows: int, width: int, seed: int) -> None:
        self.seed, self.shards, self.assigned_rows = seed, 0, 0
        self.windows = count_windows(rows, width)
        sizes = (rows - 1 - np.arange(self.windows)) // self.windows + 1
        self.next: list[int] = (np.cumsum(sizes) - sizes).tolist()

    def assign(self, rows: int) -> list[tuple[NDArray[np.intp], slice]]:
        """Deal the next `rows` rows: for each window, which of them it gets, from 0, and at what places in the file."""
        hand: NDArray[np.intp] = np.arange(rows)
        if self.windows > 1:
            rng_for(self.seed, "deal", self.shards).shuffle(hand)
        dealt: list[tuple[NDArray[np.intp], slice]] = []
        for window, start in enumerate(self.next):
            own = np.sort(hand[(window - self.assigned_rows) % self.windows :: self.windows])
            self.next[window] = start + len(own)
            dealt.append((own, slice(start, start + len(own))))
        self.shards, self.assigned_rows = self.shards + 1, self.assigned_rows + rows
        return dealt
