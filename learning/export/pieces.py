"""Arrays as bytes in pieces, so that a file of them is never whole in memory beside them."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

PIECE_BYTES: Final = 2**18


def cut_array(array: NDArray[np.float32]) -> Iterator[bytes]:
    """The bytes of an array in C order, little-endian."""
    data = np.ascontiguousarray(array, dtype="<f4").reshape(-1).view(np.uint8).data
    return (bytes(data[start : start + PIECE_BYTES]) for start in range(0, len(data), PIECE_BYTES))


class PieceBuffer:
    """A file whose bytes are taken away while it is written."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Take bytes."""
        self._pieces.append(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._pieces = b"".join(self._pieces), []
        return taken
