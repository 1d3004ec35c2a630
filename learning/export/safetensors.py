"""The safetensors format (https://github.com/huggingface/safetensors#format)."""

import json
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from learning.export.pieces import cut_array


def write_safetensors(arrays: Mapping[str, NDArray[np.float32]], metadata: Mapping[str, str]) -> Iterator[bytes]:
    """The arrays in the safetensors format, in pieces.

    Eight bytes with the header's length (unsigned, little-endian), the header in JSON, padded with blanks so that the
    data begins at a multiple of eight, then the arrays one after another, little-endian, in C order, without gaps.
    """
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    begin = 0
    for name, array in arrays.items():
        end = begin + 4 * array.size
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [begin, end]}
        begin = end
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    yield len(encoded).to_bytes(8, "little") + encoded
    for array in arrays.values():
        yield from cut_array(array)
