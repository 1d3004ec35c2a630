"""The history of a net's weights: the epochs whose weights are stored, to replay how the net learned.

The history of a long training is thinned: when its capacity is exceeded, every other epoch is dropped.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

STORED_DTYPE: Final = np.dtype("<f4")
MAX_EPOCHS: Final = 256
"""The capacity however small the net: more epochs would make the replay no smoother."""


def compute_capacity(parameters: int, limit_bytes: int) -> int:
    """Return how many epochs' weights fit into the byte limit; 0 if fewer than two.

    Args:
        parameters: The number of weights of one epoch.
        limit_bytes: The limit of the whole history.
    """
    capacity = min(limit_bytes // (STORED_DTYPE.itemsize * parameters), MAX_EPOCHS)
    return capacity if capacity > 1 else 0


class WeightHistory:
    """Decides which epochs' weights are stored, and holds those not written yet.

    Stored are the epochs that are multiples of `stride`, and the newest. The stride is the smallest power of two that
    keeps them within the capacity. It depends on the newest epoch alone, so a resumed training continues the same
    history.

    Args:
        capacity: The maximum number of stored epochs; 0: none, else at least 2.

    Attributes:
        stride: The step from one stored epoch to the next.
        newest_epoch: The epoch added last.
        newest_weights: The weights after it, encoded; empty if none are stored.
        pending: Encoded weights to be written, by epoch.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.stride = 1
        self.newest_epoch = 0
        self.newest_weights = b""
        self.pending: dict[int, bytes] = {}

    def add(self, epoch: int, weights: NDArray[np.floating]) -> None:
        """Add a copy of the weights after an epoch; epoch 0 is before the first."""
        if not self.capacity:
            return
        before, self.newest_epoch = self.newest_epoch, epoch
        if before % self.stride:
            self.pending.pop(before, None)
        while epoch // self.stride + 1 + (epoch % self.stride > 0) > self.capacity:
            self.stride *= 2
            self.pending = {stored: data for stored, data in self.pending.items() if not stored % self.stride}
        self.newest_weights = self.pending[epoch] = encode_weights(weights)


def encode_weights(weights: NDArray[np.floating]) -> bytes:
    """Encode weights (n,) as float32, little-endian."""
    return weights.astype(STORED_DTYPE, copy=False).tobytes()


def decode_weights(data: bytes) -> NDArray[np.float32]:
    """Decode weights (n,)."""
    return np.frombuffer(data, STORED_DTYPE).astype(np.float32, copy=False)
