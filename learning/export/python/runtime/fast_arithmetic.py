"""Layers of an exported net in NumPy: the values of many rows are a float32 matrix (rows, values)."""

import math
from collections.abc import Callable
from typing import Any, Final

from learning.export.python.runtime.net import Shape, Step
from learning.export.python.runtime.weights import WeightReader, numpy

Matrix = Any


def _gelu(z: Matrix) -> Matrix:
    inner = numpy.float32(math.sqrt(2 / math.pi)) * (z + numpy.float32(0.044715) * z * z * z)
    return z * ((numpy.tanh(inner) + 1) / 2)


def _sigmoid(z: Matrix) -> Matrix:
    return (numpy.tanh(z / 2) + 1) / 2


def _tanh(z: Matrix) -> Matrix:
    return numpy.tanh(z)


FAST_ACTIVATIONS: Final[dict[str, Callable[[Matrix], Matrix]]] = {
    "linear": lambda z: z,
    "relu": lambda z: numpy.maximum(z, 0),
    "leaky_relu": lambda z: numpy.maximum(z, z * numpy.float32(0.01)),
    "elu": lambda z: numpy.maximum(z, numpy.exp(numpy.minimum(z, 0)) - 1),
    "gelu": _gelu,
    "silu": lambda z: z * _sigmoid(z),
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "softplus": lambda z: numpy.maximum(z, 0) + numpy.log(numpy.exp(-numpy.abs(z)) + 1),
}


class FastArithmetic:
    """Layers over matrices."""

    def dense_layer(self, layer: dict[str, Any], inputs: int, reader: WeightReader) -> tuple[Step, int]:
        """A dense layer; of several groups it is one batched product."""
        units, groups = layer["units"], layer.get("groups", 1)
        part, activate = inputs // groups, FAST_ACTIVATIONS[layer["activation"]]
        matrix = numpy.asarray(reader.take((part + 1) * units)).reshape(part + 1, units)
        weights, bias = matrix[:-1], matrix[-1]
        if groups == 1:
            return lambda values: activate(values @ weights + bias), units
        grouped = weights.reshape(part, groups, units // groups).transpose(1, 0, 2)

        def run(values: Matrix) -> Matrix:
            parts = values.reshape(len(values), groups, part).transpose(1, 0, 2)
            return activate((parts @ grouped).transpose(1, 0, 2).reshape(len(values), units) + bias)

        return run, units

    def norm_layer(self, layer: dict[str, Any], inputs: Shape, reader: WeightReader) -> tuple[Step, Shape]:
        """Layer normalization, of the values of each group."""
        gains, shifts = numpy.asarray(reader.take(inputs)), numpy.asarray(reader.take(inputs))
        groups = layer.get("groups", 1)

        def run(values: Matrix) -> Matrix:
            parts = values.reshape(len(values), groups, -1)
            rest = parts - parts.mean(axis=2, keepdims=True)
            scaled = rest / numpy.sqrt((rest * rest).mean(axis=2, keepdims=True) + numpy.float32(1e-5))
            return gains * scaled.reshape(values.shape) + shifts

        return run, inputs

    def add(self, x: Matrix, y: Matrix) -> Matrix:
        """The sum of the values of two layers."""
        return x + y
