"""Shuffling: the order of rows in an epoch, a pure function of (seed, epoch).

Rows that fit into a window are shuffled together. More may be in a file, where random access is slow: then an epoch
reads windows in a random order and shuffles within each; windows begin elsewhere in each epoch. For this, rows are
assigned to windows round-robin when they are stored, so that every window is a sample of the whole table.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.seeding import rng_for

MAX_WINDOW_BYTES: Final = 2**28
MAX_WINDOW_ROWS: Final = 2**22
"""The limits of a window. Other figures would give other bits."""


def count_windows(rows: int, width: int) -> int:
    """Return the number of windows for rows of `width` float32 numbers."""
    return max(1, -(-rows * width * 4 // MAX_WINDOW_BYTES), -(-rows // MAX_WINDOW_ROWS))


class EpochShuffler:
    """The order of rows of `width` numbers in every epoch."""

    def __init__(self, rows: int, width: int, seed: int) -> None:
        self.rows, self.seed = rows, seed
        self.windows = count_windows(rows, width)
        self.window_size = -(-rows // self.windows)
        self.cached_window = (0, 0, np.empty(0, np.intp))

    def select_indices(self, epoch: int, start: int, stop: int) -> NDArray[np.intp]:
        """Return the row numbers at the positions from `start` to before `stop` of an epoch."""
        parts: list[NDArray[np.intp]] = []
        for position in range(start // self.window_size, -(-stop // self.window_size)):
            first = position * self.window_size
            parts.append(self._shuffle_window(epoch, position)[max(start - first, 0) : stop - first])
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _shuffle_window(self, epoch: int, position: int) -> NDArray[np.intp]:
        """Return the shuffled rows of the window at this position of the epoch, and cache them."""
        *cached_position, numbers = self.cached_window
        if cached_position == [epoch, position]:
            return numbers
        self.cached_window = (0, 0, numbers[:0])  # frees its memory before the next
        random = rng_for(self.seed, "order", epoch)
        if self.windows == 1:
            numbers = random.permutation(self.rows)
        else:
            shift, window = int(random.integers(self.rows)), position
            if position < self.windows - 1:  # the last may be shorter, and stays the last
                window = int(random.permutation(self.windows - 1)[position])
            numbers = np.arange(window * self.window_size, min((window + 1) * self.window_size, self.rows))
            numbers += shift
            np.subtract(numbers, self.rows, out=numbers, where=numbers >= self.rows)  # cyclic
            rng_for(self.seed, f"order in window {position}", epoch).shuffle(numbers)
        self.cached_window = (epoch, position, numbers)
        return numbers


class ShardAssigner:
    """Assigns rows of a table, chunk by chunk, to the windows that an epoch shuffles."""

    def __init__(self, rows: int, width: int, seed: int) -> None:
        self.seed, self.chunks, self.assigned_rows = seed, 0, 0
        self.windows = count_windows(rows, width)
        sizes = (rows - 1 - np.arange(self.windows)) // self.windows + 1
        self.next: list[int] = (np.cumsum(sizes) - sizes).tolist()

    def assign(self, rows: int) -> list[tuple[NDArray[np.intp], slice]]:
        """Assign the next `rows` rows: for each window its rows among them, from 0, and their positions in the file."""
        shuffled: NDArray[np.intp] = np.arange(rows)
        if self.windows > 1:
            rng_for(self.seed, "deal", self.chunks).shuffle(shuffled)
        assigned: list[tuple[NDArray[np.intp], slice]] = []
        for window, start in enumerate(self.next):
            own = np.sort(shuffled[(window - self.assigned_rows) % self.windows :: self.windows])
            self.next[window] = start + len(own)
            assigned.append((own, slice(start, start + len(own))))
        self.chunks, self.assigned_rows = self.chunks + 1, self.assigned_rows + rows
        return assigned
