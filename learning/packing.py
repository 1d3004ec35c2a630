"""Arrays as text in the header of a model: little-endian, compressed by zlib, in base64."""

import base64
import binascii
import zlib
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


def pack_array(array: NDArray[Any], dtype: DTypeLike) -> str:
    """The elements of an array, as of this type."""
    plain = np.ascontiguousarray(array, np.dtype(dtype).newbyteorder("<"))
    return base64.b64encode(zlib.compress(plain.tobytes(), 6)).decode()


def unpack_array(text: str, dtype: DTypeLike, size: int) -> NDArray[Any]:
    """An array (size,) from its text; no more than its bytes are ever decompressed.

    Raises:
        ValueError: the text is no such array.
    """
    kind = np.dtype(dtype).newbyteorder("<")
    try:
        decompressor = zlib.decompressobj()
        data = decompressor.decompress(base64.b64decode(text, validate=True), size * kind.itemsize + 1)
    except (binascii.Error, zlib.error) as fault:
        raise ValueError(f"an array cannot be read: {fault}") from fault
    if len(data) != size * kind.itemsize or not decompressor.eof:
        raise ValueError(f"an array is not of {size} elements")
    return np.frombuffer(data, kind).astype(np.dtype(dtype), copy=False)
