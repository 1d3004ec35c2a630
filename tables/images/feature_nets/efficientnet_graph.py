"""EfficientNet-Lite0 as a graph of ONNX, so that a model that sees pictures by its features is exported whole."""

import numpy as np

from learning.export.onnx.operators import Operators, Tensor
from tables.images.feature_nets.efficientnet import (
    FEATURES,
    MAX_VALUE,
    PIXEL_DEVIATION,
    PIXEL_MEAN,
    STEM_KERNEL,
    EfficientNetLite0,
    FoldedLayer,
)


class EfficientNetGraph:
    """The net within a graph.

    Args:
        net: The net.
    """

    def __init__(self, net: EfficientNetLite0) -> None:
        self._net = net

    def add_features(self, ops: Operators, pixels: Tensor, size: int) -> Tensor:
        """The features, float32 (rows, features), of pictures, uint8 (rows, 3, size, size)."""
        op, net = ops.op, self._net
        centred = op.sub(ops.cast(pixels, np.float32), ops.const(PIXEL_MEAN, np.float32))
        x = op.div(centred, ops.const(PIXEL_DEVIATION, np.float32))
        stem = net.stem.weights.reshape(STEM_KERNEL, STEM_KERNEL, 3, -1)
        x, size = _convolve(ops, x, FoldedLayer(stem, net.stem.bias), size, stride=2)
        for block in net.blocks:
            seen = x if block.expand is None else _multiply(ops, x, block.expand)
            seen, made_size = _convolve(ops, seen, block.depthwise, size, stride=block.stride)
            made = _multiply(ops, seen, block.project, is_linear=True)
            channels = len(block.expand.weights) if block.expand is not None else block.depthwise.weights.shape[-1]
            is_added = (channels, size) == (block.project.weights.shape[1], made_size)
            x, size = op.add(made, x) if is_added else made, made_size
        return ops.reshape(op.global_average_pool(_multiply(ops, x, net.head)), [-1, FEATURES])


def _multiply(ops: Operators, x: Tensor, layer: FoldedLayer, *, is_linear: bool = False) -> Tensor:
    """A convolution of 1 x 1."""
    made = ops.op.conv(x, ops.const(layer.weights.T[:, :, None, None]), ops.const(layer.bias))
    return made if is_linear else _limit(ops, made)


def _convolve(ops: Operators, x: Tensor, layer: FoldedLayer, size: int, *, stride: int) -> tuple[Tensor, int]:
    """A convolution padded as TensorFlow's SAME pads, of each channel by itself if its weights have three axes."""
    weights, groups = layer.weights, 1
    if weights.ndim == 3:
        groups, weights = weights.shape[2], weights[:, :, None]
    kernel, made_size = len(weights), -(-size // stride)
    missing = max((made_size - 1) * stride + kernel - size, 0)
    before, after = missing // 2, missing - missing // 2
    made = ops.op.conv(
        x,
        ops.const(weights.transpose(3, 2, 0, 1)),
        ops.const(layer.bias),
        group=groups,
        strides=[stride, stride],
        pads=[before, before, after, after],
    )
    return _limit(ops, made), made_size


def _limit(ops: Operators, x: Tensor) -> Tensor:
    return ops.op.clip(x, ops.const(0.0, np.float32), ops.const(MAX_VALUE, np.float32))
