"""The history of a net's weights: which epochs' are kept, so that a person can go back and see how it learned.

A long training has more of them than anybody keeps, so they are thinned: when there is no more room, every other goes.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

STORED_DTYPE: Final = np.dtype("<f4")
MAX_EPOCHS: Final = 256
"""More are not kept, however small the net: they would make no smoother film."""


def compute_capacity(parameters: int, limit_bytes: int) -> int:
    """Return how many epochs' weights, of so many numbers each, may be kept in so many bytes; 0 if not even two."""
    room = min(limit_bytes // (STORED_DTYPE.itemsize * parameters), MAX_EPOCHS)
    return room if room > 1 else 0


class WeightHistory:
    """The weights that are to be kept and have not been written yet.

    After any epoch, those are kept whose number is a multiple of `stride`, and the newest. The stride is the smallest
    power of two with which they are no more than the capacity, and so depends on the newest epoch alone: a training
    that was interrupted goes on with the same history.

    Args:
        capacity: How many epochs are kept at most; 0: none, else at least 2.

    Attributes:
        stride: The step from one epoch that is kept to the next.
        newest: The epoch taken last.
        last: The weights after it; empty if none are kept.
        waiting: By epoch, weights to be written, float32 and little-endian.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.stride = 1
        self.newest_epoch = 0
        self.newest_weights = b""
        self.pending: dict[int, bytes] = {}

    def add(self, epoch: int, weights: NDArray[np.floating]) -> None:
        """Take the weights as they are after an epoch, 0 for those before the first; they are copied."""
        if not self.capacity:
            return
        before, self.newest_epoch = self.newest_epoch, epoch
        if before % self.stride:
            self.pending.pop(before, None)
        while epoch // self.stride + 1 + (epoch % self.stride > 0) > self.capacity:
            self.stride *= 2
            self.pending = {kept: data for kept, data in self.pending.items() if not kept % self.stride}
        self.newest_weights = self.pending[epoch] = encode_weights(weights)


def encode_weights(weights: NDArray[np.floating]) -> bytes:
    """Weights (n,) as they are kept: float32, little-endian."""
    return weights.astype(STORED_DTYPE, copy=False).tobytes()


def decode_weights(data: bytes) -> NDArray[np.float32]:
    """The weights (n,) again."""
    return np.frombuffer(data, STORED_DTYPE).astype(np.float32, copy=False)
