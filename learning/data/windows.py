"""Windows of a long text: a row is a stretch of its tokens, cut where it is needed and nowhere kept.

Where a training row begins is a pure function of (seed, epoch, row), so that a resumed training reads the same. Each
row has a part of the text of its own, about within which it begins: an epoch reads from everywhere the same.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from learning.data.row_hash import mix

_SHARE: Final = 2.0**-53


@dataclass(frozen=True)
class Windows:
    """The rows that a text is cut into; it stands where a dataset has an array of tokens (rows, length).

    Attributes:
        text: The tokens of the text (n,), of any dtype of whole numbers; at least one window long.
        count: The number of rows.
        length: The tokens of a row: one more than a net reads, as each is followed by the next.
        seed: The seed of where they begin; None: side by side, and the last as far back as it has to be.
        epoch: The epoch that they are for.
    """

    text: NDArray[np.integer]
    count: int
    length: int
    seed: int | None = None
    epoch: int = 0

    ndim = 2
    dtype = np.dtype(np.int32)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and tokens."""
        return self.count, self.length

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, rows: slice | NDArray[np.integer]) -> NDArray[np.int32]:
        """Return these rows (n, length)."""
        numbers = np.arange(self.count)[rows]
        return self.gather(numbers, np.empty((len(numbers), self.length), np.int32))

    def of_epoch(self, epoch: int) -> "Windows":
        """The rows of an epoch."""
        return replace(self, epoch=epoch)

    def gather(self, indices: NDArray[np.integer], out: NDArray[Any]) -> NDArray[Any]:
        """Cut these rows into `out` (n, length), and return it."""
        starts = self.find_starts(np.clip(indices, 0, self.count - 1))
        out[...] = self.text[starts[:, None] + np.arange(self.length)]
        return out

    def find_starts(self, rows: NDArray[np.integer]) -> NDArray[np.int64]:
        """Where these rows begin in the text (n,)."""
        places = len(self.text) - self.length + 1
        if self.seed is None:
            return np.minimum(rows.astype(np.int64) * (self.length - 1), places - 1)
        keys = rows.astype(np.uint64) + (np.uint64(self.epoch) << np.uint64(40))
        bits = mix(mix(keys + np.uint64(1)) + np.uint64(self.seed))
        shares = (bits >> np.uint64(11)).astype(np.float64) * _SHARE
        return np.minimum(((rows + shares) * (places / self.count)).astype(np.int64), places - 1)


def count_windows(tokens: int, context: int) -> int:
    """The number of windows side by side that a text of so many tokens has: each is read once."""
    return max(1, -(-(tokens - 1) // context))
