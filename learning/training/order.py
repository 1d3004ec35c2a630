"""In what order an epoch looks at the rows: a new one every time, and a pure function of (seed, epoch).

Rows that fit into a window are shuffled all together. More of them may lie in a file, where leaping from row to row
would be slow: there an epoch goes through the windows in a random order, and shuffles the rows of each. Where windows
begin changes with every epoch, so that rows meet new neighbours. For this the rows must have been dealt when they were
stored: like cards, round by round, so that every window holds a fair share of every part of the table.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.randomness import generator

WINDOW_BYTES: Final = 2**28
WINDOW_ROWS: Final = 2**22
"""How much is shuffled together at most. Other figures would give other bits."""


def window_count(rows: int, width: int) -> int:
    """Return in how many windows so many rows of `width` float32 numbers are shuffled."""
    return max(1, -(-rows * width * 4 // WINDOW_BYTES), -(-rows // WINDOW_ROWS))


def order(rows: int, width: int, seed: int, epoch: int) -> Iterator[NDArray[np.intp]]:
    """Yield the numbers of all rows, each once, in the order of an epoch: an array (rows of the window,) for each."""
    random = generator(seed, "order", epoch)
    windows = window_count(rows, width)
    if windows == 1:
        yield random.permutation(rows)
        return
    size = -(-rows // windows)
    shift = int(random.integers(rows))
    sequence: list[int] = random.permutation(windows).tolist()
    for window in sequence:
        numbers: NDArray[np.intp] = np.arange(window * size, min((window + 1) * size, rows))
        numbers += shift
        np.subtract(numbers, rows, out=numbers, where=numbers >= rows)  # past the end it goes on at the beginning
        random.shuffle(numbers)
        yield numbers


def blocks(windows: Iterable[NDArray[np.intp]], size: int) -> Iterator[NDArray[np.intp]]:
    """Cut an epoch's order into blocks of `size` rows, the last of them smaller, wherever windows end."""
    rest = np.empty(0, np.intp)
    for window in windows:
        numbers = np.concatenate((rest, window)) if len(rest) else window
        whole = len(numbers) // size * size
        yield from (numbers[start : start + size] for start in range(0, whole, size))
        rest = numbers[whole:]
    if len(rest):
        yield rest


class Dealer:
    """Deals rows to the windows that an epoch shuffles, a hand of them at a time.

    Args:
        rows: How many rows there will be in all.
        width: How many numbers each has.
        seed: The same seed deals in the same way.
    """

    def __init__(self, rows: int, width: int, seed: int) -> None:
        self.seed, self.hands, self.dealt = seed, 0, 0
        self.windows = window_count(rows, width)
        sizes = (rows - 1 - np.arange(self.windows)) // self.windows + 1
        self.next: list[int] = (np.cumsum(sizes) - sizes).tolist()

    def deal(self, rows: int) -> list[tuple[NDArray[np.intp], slice]]:
        """Deal the next `rows` rows: for each window, which of them it gets, from 0, and at what places in the file."""
        hand: NDArray[np.intp] = np.arange(rows)
        if self.windows > 1:
            generator(self.seed, "deal", self.hands).shuffle(hand)
        dealt: list[tuple[NDArray[np.intp], slice]] = []
        for window, start in enumerate(self.next):
            own = np.sort(hand[(window - self.dealt) % self.windows :: self.windows])
            self.next[window] = start + len(own)
            dealt.append((own, slice(start, start + len(own))))
        self.hands, self.dealt = self.hands + 1, self.dealt + rows
        return dealt
