"""NumPy's npz format."""

import io
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


def write_npz(arrays: Mapping[str, NDArray[np.float32]]) -> bytes:
    """Return the arrays as NumPy's uncompressed zip; `numpy.load` reads it."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()
