"""The safetensors format (https://github.com/huggingface/safetensors#format)."""

import json
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


def write_safetensors(arrays: Mapping[str, NDArray[np.float32]], metadata: Mapping[str, str]) -> bytes:
    """Return the arrays in the safetensors format.

    Eight bytes with the header's length (unsigned, little-endian), the header in JSON, padded with blanks so that the
    data begins at a multiple of eight, then the arrays one after another, little-endian, in C order, without gaps.
    """
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    chunks: list[memoryview] = []
    begin = 0
    for name, array in arrays.items():
        data = np.ascontiguousarray(array, dtype="<f4").reshape(-1).view(np.uint8).data
        end = begin + len(data)
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [begin, end]}
        chunks.append(data)
        begin = end
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    return b"".join([len(encoded).to_bytes(8, "little"), encoded, *chunks])
