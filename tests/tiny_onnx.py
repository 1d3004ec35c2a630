"""A tiny net as a file of ONNX, written byte by byte: what each colour's mean weighs in each feature.

The fields have their numbers from onnx.proto3 of ONNX 1.16; no package for it is needed.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WEIGHTS = np.arange(15, dtype=np.float32).reshape(5, 3) - 7
"""What red, green and blue weigh in each of five features."""


def write_net(
    shape: Sequence[int | str] = (1, 3, "height", "width"),
    weights: NDArray[np.float32] = WEIGHTS,
    scaling: str | None = "unit",
    *,
    is_map: bool = False,
) -> bytes:
    """A net whose features are the weighted means of the colours of a picture, or a map of these at every place."""
    is_channels_last = shape[1] != 3
    pooled = "turned" if is_channels_last else "pictures"
    nodes = [_node("Transpose", ["pictures"], "turned", _ints("perm", (0, 3, 1, 2)))] if is_channels_last else []
    made: tuple[int | str, ...] = (1, len(weights))
    if not is_map:
        nodes += [
            _node("Conv", [pooled, "weights"], "seen"),
            _node("GlobalAveragePool", ["seen"], "pooled"),
            _node("Flatten", ["pooled"], "features"),
        ]
    elif is_channels_last:
        made = (1, *shape[1:3], len(weights))
        nodes += [
            _node("Conv", [pooled, "weights"], "seen"),
            _node("Transpose", ["seen"], "features", _ints("perm", (0, 2, 3, 1))),
        ]
    else:
        made = (*made, *shape[2:])
        nodes.append(_node("Conv", [pooled, "weights"], "features"))
    tensor = b"".join(_number(1, size) for size in (*weights.shape, 1, 1))
    tensor += _number(2, 1) + _field(8, b"weights") + _field(9, weights.astype("<f4").tobytes())
    graph = b"".join(_field(1, node) for node in nodes) + _field(2, b"tiny") + _field(5, tensor)
    graph += _field(11, _value("pictures", shape)) + _field(12, _value("features", made))
    model = _number(1, 8) + _field(7, graph) + _field(8, _field(1, b"") + _number(2, 17))
    if scaling is not None:
        model += _field(14, _field(1, b"image_scaling") + _field(2, scaling.encode()))
    return model


def expected_features(pixels: NDArray[np.uint8], weights: NDArray[np.float32] = WEIGHTS) -> NDArray[np.float64]:
    """The features of a picture (3, height, width), of pixels from 0 to 1."""
    return weights.astype(np.float64) @ (pixels.mean(axis=(1, 2)) / 255)


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _field(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _ints(name: str, values: Sequence[int]) -> bytes:
    return _field(1, name.encode()) + b"".join(_number(8, value) for value in values) + _number(20, 7)


def _node(kind: str, inputs: Sequence[str], output: str, attribute: bytes = b"") -> bytes:
    node = b"".join(_field(1, name.encode()) for name in inputs) + _field(2, output.encode()) + _field(4, kind.encode())
    return node + (_field(5, attribute) if attribute else b"")


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    sizes = [_number(1, size) if isinstance(size, int) else _field(2, size.encode()) for size in shape]
    tensor = _number(1, 1) + _field(2, b"".join(_field(1, size) for size in sizes))
    return _field(1, name.encode()) + _field(2, _field(1, tensor))
