"""Layers of an exported net in Python's own numbers, for machines without NumPy: the values of a row are a list."""

import math
from collections.abc import Callable, Sequence
from operator import mul
from typing import Any, Final

from learning.export.python.runtime.net import Step
from learning.export.python.runtime.weights import WeightReader

GELU_SCALE: Final = math.sqrt(2 / math.pi)

PLAIN_ACTIVATIONS: Final[dict[str, Callable[[float], float]]] = {
    "linear": lambda z: z,
    "relu": lambda z: max(z, 0.0),
    "leaky_relu": lambda z: max(z, 0.01 * z),
    "elu": lambda z: z if z > 0 else math.expm1(z),
    "gelu": lambda z: z / 2 * (1 + math.tanh(GELU_SCALE * (z + 0.044715 * z * z * z))),
    "silu": lambda z: z * (1 + math.tanh(z / 2)) / 2,
    "tanh": math.tanh,
    "sigmoid": lambda z: (1 + math.tanh(z / 2)) / 2,
    "softplus": lambda z: max(z, 0.0) + math.log1p(math.exp(-abs(z))),
}


def sum_products(a: Sequence[float], b: Sequence[float]) -> float:
    """The sum of the products of two lists."""
    return sum(map(mul, a, b))


class PlainArithmetic:
    """Layers over lists of numbers."""

    def dense_layer(self, layer: dict[str, Any], inputs: int, reader: WeightReader) -> tuple[Step, int]:
        """A dense layer: each neuron reads the inputs of its group."""
        units, groups = int(layer["units"]), int(layer.get("groups", 1))
        part, own, activate = inputs // groups, units // groups, PLAIN_ACTIVATIONS[layer["activation"]]
        matrix = reader.take((part + 1) * units)
        neurons: list[list[float]] = [[*matrix[unit::units]] for unit in range(units)]
        biases = [weights.pop() for weights in neurons]

        def run(values: Sequence[float]) -> list[float]:
            parts = [values[group * part : (group + 1) * part] for group in range(groups)]
            sums = [sum_products(weights, parts[unit // own]) for unit, weights in enumerate(neurons)]
            return [activate(z + bias) for z, bias in zip(sums, biases, strict=True)]

        return run, units

    def norm_layer(self, layer: dict[str, Any], inputs: int, reader: WeightReader) -> tuple[Step, int]:
        """Layer normalization, of the values of each group."""
        gains, shifts = reader.take(inputs), reader.take(inputs)
        own = inputs // int(layer.get("groups", 1))

        def run(values: Sequence[float]) -> list[float]:
            scaled: list[float] = []
            for start in range(0, inputs, own):
                mean = sum(values[start : start + own]) / own
                rest = [x - mean for x in values[start : start + own]]
                scale = 1 / math.sqrt(sum_products(rest, rest) / own + 1e-5)
                scaled += [x * scale for x in rest]
            return [gain * x + shift for gain, x, shift in zip(gains, scaled, shifts, strict=True)]

        return run, inputs

    def add(self, x: Sequence[float], y: Sequence[float]) -> list[float]:
        """The sum of the values of two layers."""
        return [a + b for a, b in zip(x, y, strict=True)]
