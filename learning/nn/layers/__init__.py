"""Layers: one file each, with what a person asks for, its shape rule, its parameters, forward and backward together.

A new layer is one new file and its place in the union below.
"""

from collections.abc import Sequence
from typing import cast

from learning.nn.layers.dense import Dense
from learning.nn.layers.dropout import Dropout
from learning.nn.layers.inputs import NetInputs, to_net_inputs
from learning.nn.layers.norm import Norm
from learning.nn.layers.residual import Residual
from learning.nn.layers.stack import PlacedLayer, place_layers

Layer = Dense | Dropout | Norm | Residual

__all__ = [
    "Dense",
    "Dropout",
    "Layer",
    "Norm",
    "PlacedLayer",
    "Residual",
    "add_output_layer",
    "count_parameters",
    "flatten_layers",
    "list_inference_layers",
    "place_net",
]


def add_output_layer(layers: Sequence[Layer], outputs: int) -> tuple[Layer, ...]:
    """Return the hidden layers and the linear output layer that makes the logits."""
    return (*layers, Dense(units=outputs, activation="linear"))


def flatten_layers(layers: Sequence[Layer]) -> list[Layer]:
    """Return the layers without parts, those within others in their place."""
    return [leaf for layer in layers for leaf in (layer.layers if isinstance(layer, Residual) else (layer,))]


def list_inference_layers(layers: Sequence[Layer]) -> list[Layer]:
    """Return the layers that predictions run: without those that only training needs."""
    return cast("list[Layer]", [layer for each in layers if (layer := each.for_inference()) is not None])


def place_net(inputs: int | NetInputs, layers: Sequence[Layer], outputs: int) -> tuple[PlacedLayer, ...]:
    """Return the hidden layers and the output layer of a net at their places.

    Raises:
        LayerMisfit: if a layer does not fit what comes before it.
    """
    return place_layers(add_output_layer(layers, outputs), (to_net_inputs(inputs).width,))


def count_parameters(inputs: int | NetInputs, layers: Sequence[Layer], outputs: int) -> int:
    """Return how many parameters a net with these hidden layers has, with the tables of its embeddings.

    Raises:
        LayerMisfit: if a layer does not fit what comes before it.
    """
    return place_net(inputs, layers, outputs)[-1].stretch.stop + to_net_inputs(inputs).table_parameters
