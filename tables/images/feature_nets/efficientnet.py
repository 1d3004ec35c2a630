"""EfficientNet-Lite0 without its classifier, in NumPy: 1,280 features of a picture (Tan & Le 2019, arXiv 1905.11946).

One picture at a time, in the order (height, width, channels): a convolution of 1 x 1 is a matrix product then, and one
of each channel by itself is a sum over the places of its kernel, some rows at a time, so that they stay in the cache.
"""

from collections.abc import Mapping
from itertools import product
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

FEATURES: Final = 1280

_STAGES: Final = (
    (1, 3, 1, 16),
    (2, 3, 2, 24),
    (2, 5, 2, 40),
    (3, 3, 2, 80),
    (3, 5, 1, 112),
    (4, 5, 2, 192),
    (1, 3, 1, 320),
)
"""Blocks, size of the kernel, stride of the first block, and channels of each stage."""

_EPSILON: Final = 1e-3
MAX_VALUE: Final = 6.0
PIXEL_MEAN: Final = 127.0
PIXEL_DEVIATION: Final = 128.0
STEM_KERNEL: Final = 3
_SLICE_BYTES: Final = 1 << 17
"""The size of a slice of rows that is summed over the places of a kernel at once."""

FeatureMap = NDArray[np.float32]


class FoldedLayer(NamedTuple):
    """Weights with batch normalisation multiplied in, and what is added then."""

    weights: FeatureMap
    bias: FeatureMap


class FoldedBlock(NamedTuple):
    """A block: more channels, a convolution of each by itself, fewer channels."""

    expand: FoldedLayer | None
    depthwise: FoldedLayer
    project: FoldedLayer
    stride: int


class EfficientNetLite0:
    """The net; safe for many threads at once.

    Args:
        tensors: Its tensors by their names, as of `read_tensors`.
        sha256: The SHA-256 of its file.

    Attributes:
        stem: The first convolution, as a matrix (places of the kernel x channels, channels).
        blocks: The blocks.
        head: The last convolution, of 1 x 1.
    """

    features = FEATURES
    only_size = None

    def __init__(self, tensors: Mapping[str, NDArray[Any]], sha256: str) -> None:
        self.sha256 = sha256
        fold = _Folder(tensors)
        stem = fold.layer("_conv_stem", "_bn0")
        self.stem = FoldedLayer(stem.weights.reshape(-1, stem.weights.shape[-1]), stem.bias)
        self.blocks: list[FoldedBlock] = []
        for blocks, _, stride, _ in _STAGES:
            for number in range(blocks):
                name = f"_blocks.{len(self.blocks)}"
                expand = fold.matrix(f"{name}._expand_conv", f"{name}._bn0") if self.blocks else None
                depthwise = fold.layer(f"{name}._depthwise_conv", f"{name}._bn1")
                project = fold.matrix(f"{name}._project_conv", f"{name}._bn2")
                self.blocks.append(FoldedBlock(expand, depthwise, project, 1 if number else stride))
        self.head = fold.matrix("_conv_head", "_bn1")

    def compute(self, pixels: NDArray[np.uint8]) -> FeatureMap:
        """The features (features,) of a picture (3, size, size)."""
        values = self._see(pixels)
        for block in self.blocks:
            values = _run_block(block, values)
        return _multiply(values, self.head).mean(axis=(0, 1), dtype=np.float32)

    def _see(self, pixels: NDArray[np.uint8]) -> FeatureMap:
        """The first convolution, of every second pixel with all around it."""
        values = (pixels.transpose(1, 2, 0).astype(np.float32) - PIXEL_MEAN) / PIXEL_DEVIATION
        padded, height, width = _pad(values, STEM_KERNEL, 2)
        places = [
            padded[top : top + 2 * height - 1 : 2, left : left + 2 * width - 1 : 2]
            for top, left in product(range(STEM_KERNEL), repeat=2)
        ]
        return _multiply(np.concatenate(places, axis=2), self.stem)


class _Folder:
    """Multiplies batch normalisation into the weights before it."""

    def __init__(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        self._tensors = tensors

    def layer(self, conv: str, norm: str) -> FoldedLayer:
        """Weights (height, width, channels before, channels); of a convolution of each channel without those before."""
        weights = self._tensors[f"{conv}.weight"]
        scale, shift, mean, variance = (
            self._tensors[f"{norm}.{name}"] for name in ("weight", "bias", "running_mean", "running_var")
        )
        factor = scale / np.sqrt(variance + _EPSILON)
        folded = (weights * factor[:, None, None, None]).transpose(2, 3, 1, 0).astype(np.float32)
        if weights.shape[1] == 1:
            folded = folded[:, :, 0]
        return FoldedLayer(np.ascontiguousarray(folded), (shift - mean * factor).astype(np.float32))

    def matrix(self, conv: str, norm: str) -> FoldedLayer:
        """Weights (channels before, channels) of a convolution of 1 x 1."""
        layer = self.layer(conv, norm)
        return FoldedLayer(layer.weights[0, 0], layer.bias)


def _run_block(block: FoldedBlock, values: FeatureMap) -> FeatureMap:
    """A block, with what came in added if it has the same shape."""
    seen = values if block.expand is None else _multiply(values, block.expand)
    made = _multiply(_convolve(seen, block.depthwise, block.stride), block.project, is_linear=True)
    if made.shape == values.shape:
        made += values
    return made


def _multiply(values: FeatureMap, layer: FoldedLayer, *, is_linear: bool = False) -> FeatureMap:
    """A convolution of 1 x 1."""
    height, width, channels = values.shape
    made = values.reshape(-1, channels) @ layer.weights
    made += layer.bias
    if not is_linear:
        np.clip(made, 0.0, MAX_VALUE, out=made)
    return made.reshape(height, width, -1)


def _convolve(values: FeatureMap, layer: FoldedLayer, stride: int) -> FeatureMap:
    """A convolution of each channel by itself."""
    kernel = len(layer.weights)
    padded, height, width = _pad(values, kernel, stride)
    made = np.empty((height, width, values.shape[2]), np.float32)
    rows = max(1, _SLICE_BYTES // made[0].nbytes)
    term = np.empty((min(rows, height), *made.shape[1:]), np.float32)
    across = stride * (width - 1) + 1
    for start in range(0, height, rows):
        out = made[start : start + rows]
        down = stride * (len(out) - 1) + 1
        out[...] = layer.bias
        for top, left in product(range(kernel), repeat=2):
            first = stride * start + top
            seen = padded[first : first + down : stride, left : left + across : stride]
            out += np.multiply(seen, layer.weights[top, left], out=term[: len(out)])
        np.clip(out, 0.0, MAX_VALUE, out=out)
    return made


def _pad(values: FeatureMap, kernel: int, stride: int) -> tuple[FeatureMap, int, int]:
    """The values with zeros around, as TensorFlow's SAME pads, and height and width of what a convolution makes."""
    sides: list[int] = []
    before: list[int] = []
    for length in values.shape[:2]:
        made = -(-length // stride)
        missing = max((made - 1) * stride + kernel - length, 0)
        sides.append(made)
        before.append(missing // 2)
    shape = [stride * (made - 1) + kernel for made in sides]
    top, left = before
    height, width = (
        min(length, size - first) for length, size, first in zip(values.shape, shape, before, strict=False)
    )
    padded = np.zeros((*shape, values.shape[2]), np.float32)
    padded[top : top + height, left : left + width] = values[:height, :width]
    return padded, sides[0], sides[1]
