"""Layers: one file each, with what a person asks for, its parameters' shape, forward and backward together.

A new layer is one new file and its place in the union below.
"""

from collections.abc import Sequence

from learning.nn.layers.dense import Dense
from learning.nn.layers.dropout import Dropout
from learning.nn.layers.layer import Shape

Layer = Dense | Dropout

__all__ = ["Dense", "Dropout", "Layer", "add_output_layer", "count_parameters", "list_parameter_shapes"]


def add_output_layer(layers: Sequence[Layer], outputs: int) -> tuple[Layer, ...]:
    """Return the hidden layers and the linear output layer that makes the logits."""
    return (*layers, Dense(units=outputs, activation="linear"))


def list_parameter_shapes(inputs: int, layers: Sequence[Layer]) -> list[Shape]:
    """Return the shapes of the parameter matrices of those layers that have one, first to last."""
    shapes: list[Shape] = []
    for layer in layers:
        shape = layer.parameter_shape(inputs)
        shapes += [shape] if shape else []
        inputs = layer.count_outputs(inputs)
    return shapes


def count_parameters(inputs: int, layers: Sequence[Layer], outputs: int) -> int:
    """Return how many weights and biases a net with these hidden layers has."""
    return sum(rows * units for rows, units in list_parameter_shapes(inputs, add_output_layer(layers, outputs)))
