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
