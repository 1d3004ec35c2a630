"""The net of an exported model: layers, one after the other, over a vector of weights.

What computes them is a choice: NumPy, or Python's own numbers.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from learning.export.python.runtime.weights import WeightReader

Values = Any
"""What passes the layers: the values of a row, or a matrix (rows, values)."""

Step = Callable[[Values], Values]


Shape = Any
"""The number of a row's values; of a picture channels, height and width."""


class Arithmetic(Protocol):
    """What computes layers: a method for each type, of the layer, the shape of its inputs, and its weights.

    It returns the function from inputs to outputs, and the shape of these.
    """

    def dense_layer(self, layer: dict[str, Any], inputs: Shape, reader: WeightReader) -> tuple[Step, Shape]:
        """A dense layer: each neuron reads the inputs of its group."""
        ...

    def norm_layer(self, layer: dict[str, Any], inputs: Shape, reader: WeightReader) -> tuple[Step, Shape]:
        """Layer normalization, of the values of each group."""
        ...

    def add(self, x: Values, y: Values) -> Values:
        """The sum of the values of two layers."""
        ...


def build_net(
    layers: Sequence[dict[str, Any]], inputs: Shape, reader: WeightReader, arithmetic: Arithmetic
) -> tuple[Step, Shape]:
    """Build the function from inputs to the outputs of layers, and return it with the shape of the outputs."""
    steps: list[Step] = []
    for layer in layers:
        step, inputs = build_layer(layer, inputs, reader, arithmetic)
        steps.append(step)

    def run(values: Values) -> Values:
        for step in steps:
            values = step(values)
        return values

    return run, inputs


def build_layer(
    layer: dict[str, Any], inputs: Shape, reader: WeightReader, arithmetic: Arithmetic
) -> tuple[Step, Shape]:
    """Build one layer."""
    kind: str = layer["type"]
    if kind == "residual":
        inner, _ = build_net(layer["layers"], inputs, reader, arithmetic)
        return lambda values: arithmetic.add(values, inner(values)), inputs
    if kind == "dropout":
        return lambda values: values, inputs
    build: Callable[..., tuple[Step, Shape]] = getattr(arithmetic, f"{kind}_layer")
    return build(layer, inputs, reader)
