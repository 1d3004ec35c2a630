"""A model's arrays as files that other programs read: NumPy's npz, and safetensors.

Weights leave here without this program in between; neither format can carry code that runs when it is opened.
"""

import io
import json
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[np.float32]]


def npz(arrays: Arrays) -> bytes:
    """The arrays as NumPy's uncompressed zip; `numpy.load` reads it."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def safetensors(arrays: Arrays, metadata: Mapping[str, str]) -> bytes:
    """The arrays in the safetensors format (https://github.com/huggingface/safetensors#format).

    Eight bytes with the header's length (unsigned, little-endian), the header in JSON, padded with blanks so that the
    data begins at a multiple of eight, then the arrays one after another, little-endian, in C order, without gaps.
    """
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    chunks: list[bytes] = []
    begin = 0
    for name, array in arrays.items():
        data = np.ascontiguousarray(array, dtype="<f4").tobytes()
        end = begin + len(data)
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [begin, end]}
        chunks.append(data)
        begin = end
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    return b"".join([len(encoded).to_bytes(8, "little"), encoded, *chunks])
