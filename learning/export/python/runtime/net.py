"""The net of an exported model: layers, one after the other, over a vector of weights.

What computes them is a choice: NumPy, or Python's own numbers.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from learning.export.python.runtime.weights import WeightReader

Values = Any
"""What passes the layers: the values of a row, or a matrix (rows, values)."""

Step = Callable[[Values], Values]


class Arithmetic(Protocol):
    """What computes layers."""

    def dense(self, layer: dict[str, Any], inputs: int, reader: WeightReader) -> Step:
        """A dense layer: each neuron reads the inputs of its group."""
        ...

    def norm(self, layer: dict[str, Any], size: int, reader: WeightReader) -> Step:
        """Layer normalization, of the values of each group."""
        ...

    def add(self, x: Values, y: Values) -> Values:
        """The sum of the values of two layers."""
        ...


def build_net(
    layers: Sequence[dict[str, Any]], inputs: int, reader: WeightReader, arithmetic: Arithmetic
) -> tuple[Step, int]:
    """Build the function from inputs to the outputs of layers, and return it with the number of outputs."""
    steps: list[Step] = []
    for layer in layers:
        step, inputs = build_layer(layer, inputs, reader, arithmetic)
        steps.append(step)

    def run(values: Values) -> Values:
        for step in steps:
            values = step(values)
        return values

    return run, inputs


def build_layer(layer: dict[str, Any], inputs: int, reader: WeightReader, arithmetic: Arithmetic) -> tuple[Step, int]:
    """Build one layer."""
    kind = layer["type"]
    if kind == "dense":
        return arithmetic.dense(layer, inputs, reader), layer["units"]
    if kind == "norm":
        return arithmetic.norm(layer, inputs, reader), inputs
    if kind == "residual":
        inner, _ = build_net(layer["layers"], inputs, reader, arithmetic)
        return lambda values: arithmetic.add(values, inner(values)), inputs
    if kind == "dropout":
        return lambda values: values, inputs
    raise ValueError(f"a layer of type {kind} is none of this file's")
