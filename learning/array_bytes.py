"""Arrays as bytes and back, in NumPy's own format without pickles: how insights are stored with a model."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray


def encode_array(array: NDArray[np.generic]) -> bytes:
    """An array as the bytes of an .npy file."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def decode_array(content: bytes) -> NDArray[Any]:
    """The array of the bytes of an .npy file."""
    return np.load(io.BytesIO(content), allow_pickle=False)
