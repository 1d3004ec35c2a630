"""A net of an operator's file as a part of a graph, so that a model that sees pictures by it is exported whole."""

from importlib import import_module
from typing import Any

import numpy as np

from learning.export.onnx.operators import Operators, Tensor
from tables.images.feature_nets.onnx import OnnxNet


class OnnxGraph:
    """The net within a graph. It sees one picture after another, as it does here: many nets take no more at once.

    Args:
        net: The net.
        data: Its file.
    """

    def __init__(self, net: OnnxNet, data: bytes) -> None:
        self._net = net
        self._data = data

    def add_features(self, ops: Operators, pixels: Tensor, size: int) -> Tensor:
        """The features, float32 (rows, features), of pictures, uint8 (rows, 3, size, size)."""
        op, net = ops.op, self._net
        onnx: Any = import_module("onnx")
        see = ops.spox.inline(onnx.load_model_from_string(self._data))

        def compute(picture: Tensor) -> list[Tensor]:
            scaled = op.mul(ops.cast(picture, np.float32), ops.const(net.scale, np.float32))
            x = op.sub(scaled, ops.const(net.offset, np.float32))
            shape = [1, 3, size, size]
            if net.is_channels_last:
                x, shape = op.transpose(x, perm=[1, 2, 0]), [1, size, size, 3]
            made = see(**{net.input: ops.reshape(x, shape)})[net.output]
            axis = 0 if net.is_channels_last else 1  # of the places of a map; a row of features is a map of one
            places = ops.reshape(made, [-1, net.features] if axis == 0 else [net.features, -1])
            return [op.reduce_mean(places, axes=[axis], keepdims=0)]

        return op.scan([pixels], body=compute, num_scan_inputs=1)[0]
