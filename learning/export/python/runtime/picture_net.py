"""The layers of an exported net that see pictures, in NumPy: from pixels to features (rows, features)."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from learning.export.python.runtime.fast_arithmetic import FAST_ACTIVATIONS, FastArithmetic, Matrix
from learning.export.python.runtime.net import Shape, Step, build_net
from learning.export.python.runtime.weights import WeightReader

MAX_BATCH_PICTURES: Final = 16
"""Pictures that pass the layers at a time."""

ImageSize = tuple[int, int, int]
"""Channels, height and width."""


class PictureArithmetic(FastArithmetic):
    """Layers over pictures (rows, channels, height, width)."""

    def conv_layer(self, layer: dict[str, Any], inputs: ImageSize, reader: WeightReader) -> tuple[Step, ImageSize]:
        """A convolution, of the channels of each group by themselves: one product with the patches of all places."""
        (channels, height, width), filters, groups = inputs, layer["filters"], layer.get("groups", 1)
        kernel, stride, activate = layer["kernel"], layer["stride"], FAST_ACTIVATIONS[layer["activation"]]
        size = (groups, kernel, kernel, channels // groups, filters // groups)
        patterns = np.asarray(reader.take(math.prod(size))).reshape(size)
        bias = np.asarray(reader.take(filters)).reshape(-1, 1, 1)
        is_same = layer["padding"] == "same"
        sides = [-(-side // stride) if is_same else (side - kernel) // stride + 1 for side in (height, width)]
        missing = [
            max((made - 1) * stride + kernel - side, 0) for made, side in zip(sides, (height, width), strict=True)
        ]
        pads = [(0, 0), (0, 0), *((each // 2, each - each // 2) for each in missing)]

        def run(values: Matrix) -> Matrix:
            padded = np.pad(values, pads) if is_same else values
            places = np.lib.stride_tricks.sliding_window_view(padded, (kernel, kernel), (2, 3))
            patches = np.split(places[:, :, ::stride, ::stride][:, :, : sides[0], : sides[1]], groups, 1)
            made = [
                np.tensordot(part, own, ((4, 5, 1), (0, 1, 2))) for part, own in zip(patches, patterns, strict=True)
            ]
            return activate(np.concatenate(made, 3).transpose(0, 3, 1, 2) + bias)

        return run, (filters, *sides)

    def pool_layer(self, layer: dict[str, Any], inputs: ImageSize, _: WeightReader) -> tuple[Step, ImageSize]:
        """Each square becomes its largest value or its mean; rows and columns that fill no square are left out."""
        channels, height, width = inputs
        high, wide = (height, width) if layer["size"] == "global" else (layer["size"], layer["size"])
        size = (channels, height // high, width // wide)

        def run(values: Matrix) -> Matrix:
            squares = values[:, :, : size[1] * high, : size[2] * wide].reshape(
                len(values), channels, size[1], high, size[2], wide
            )
            return squares.max((3, 5)) if layer["kind"] == "max" else squares.mean((3, 5))

        return run, size

    def norm_layer(self, layer: dict[str, Any], inputs: Shape, reader: WeightReader) -> tuple[Step, Shape]:
        """Layer normalization, of all values of a picture or of the channels of each group."""
        gains, shifts = (np.asarray(reader.take(inputs[0])).reshape(-1, 1, 1) for _ in range(2))
        groups = layer.get("groups", 1)

        def run(values: Matrix) -> Matrix:
            parts = values.reshape(len(values), groups, -1)
            rest = parts - parts.mean(axis=2, keepdims=True)
            scaled = rest / np.sqrt((rest * rest).mean(axis=2, keepdims=True) + np.float32(1e-5))
            return gains * scaled.reshape(values.shape) + shifts

        return run, inputs


class PictureNet:
    """The layers that see pictures.

    Args:
        column: What the model's file says of the column of pictures.
        layers: The layers before the first dense one.
        reader: All weights of the net, of which these are the first.

    Attributes:
        features: How many numbers they make of a picture.
    """

    def __init__(self, column: dict[str, Any], layers: Sequence[dict[str, Any]], reader: WeightReader) -> None:
        size = column["channels"], column["height"], column["image_width"]
        self.run, made = build_net(layers, size, reader, PictureArithmetic())
        self.features = math.prod(made)
        means, deviations = (np.array(column[name]).reshape(-1, 1, 1) for name in ("means", "deviations"))
        self.scale, self.offset = (1 / (255 * deviations)).astype(np.float32), (means / deviations).astype(np.float32)
        self.blank = np.broadcast_to(np.rint(means * 255).astype(np.uint8), size)

    def compute_features(self, pictures: Sequence[Any]) -> Matrix:
        """The features (rows, features) of pictures, uint8 (channels, height, width); a missing one has one colour."""
        parts: list[Any] = []
        for start in range(0, len(pictures), MAX_BATCH_PICTURES):
            batch = pictures[start : start + MAX_BATCH_PICTURES]
            pixels = np.stack([self.blank if each is None else each for each in batch])
            parts.append(self.run(pixels * self.scale - self.offset).reshape(len(batch), -1))
        return np.concatenate(parts)
