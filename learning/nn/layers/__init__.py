"""Layers: one file each, with what a person asks for, its shape rule, its parameters, forward and backward together.

A new layer is one new file and its place in the union below.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from learning.errors import LayerMisfit
from learning.nn.layers.attention import Attention
from learning.nn.layers.conv import Conv
from learning.nn.layers.dense import Dense
from learning.nn.layers.dropout import Dropout
from learning.nn.layers.inputs import NetInputs, to_net_inputs
from learning.nn.layers.norm import Norm
from learning.nn.layers.pool import Pool
from learning.nn.layers.residual import Residual
from learning.nn.layers.stack import PlacedLayer, place_layers
from learning.nn.layers.token_embedding import TokenEmbedding

Layer = Dense | Conv | Pool | Dropout | Norm | Residual | TokenEmbedding | Attention

__all__ = [
    "Attention",
    "Conv",
    "Dense",
    "Dropout",
    "Layer",
    "Norm",
    "PlacedLayer",
    "PlacedNet",
    "Pool",
    "Residual",
    "TokenEmbedding",
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


@dataclass(frozen=True)
class PlacedNet:
    """The hidden layers and the output layer of a net at their places.

    Attributes:
        image: Those that see the picture of a row; none in a net without one.
        features: How many values they make of it, which are joined with the other inputs.
        joined: Those that come after, from the first dense one on; of a net that learns to write all.
    """

    image: tuple[PlacedLayer, ...]
    features: int
    joined: tuple[PlacedLayer, ...]

    @property
    def layers(self) -> tuple[PlacedLayer, ...]:
        """All layers, first to last."""
        return (*self.image, *self.joined)

    @property
    def parameters(self) -> int:
        """The number of their parameters."""
        return self.joined[-1].stretch.stop

    @property
    def products(self) -> int:
        """About how often they multiply in a forward pass of a row."""
        return sum(layer.products for layer in self.layers)


def place_net(inputs: int | NetInputs, layers: Sequence[Layer], outputs: int) -> PlacedNet:
    """Return the hidden layers and the output layer of a net at their places.

    Raises:
        LayerMisfit: if a layer does not fit what comes before it.
    """
    net_inputs, all_layers = to_net_inputs(inputs), add_output_layer(layers, outputs)
    if net_inputs.tokens is not None:
        _check_begins_with_embedding(all_layers)
        return PlacedNet((), 0, place_layers(all_layers, net_inputs.tokens.shape))
    if net_inputs.image is None:
        return PlacedNet((), 0, place_layers(all_layers, (net_inputs.width,)))
    first = next(number for number, layer in enumerate(all_layers) if _has_dense(layer))
    image = place_layers(all_layers[:first], net_inputs.image.shape)
    start = image[-1].stretch.stop if image else 0
    features = math.prod(image[-1].output_shape if image else net_inputs.image.shape)
    joined = place_layers(all_layers[first:], (net_inputs.width + features,), start=start, first=first)
    return PlacedNet(image, features, joined)


def _check_begins_with_embedding(layers: Sequence[Layer]) -> None:
    """Check that the first layer, and no other, gives tokens their vectors.

    Raises:
        LayerMisfit: if it does not.
    """
    for number, layer in enumerate(layers):
        if isinstance(layer, TokenEmbedding) != (number == 0):
            reason = "gets vectors, and is for tokens" if number else f"is of type {layer.type}, and gets tokens"
            raise LayerMisfit(reason, "let an embedding be the first of the layers, and no other", str(number))


def _has_dense(layer: Layer) -> bool:
    """Whether a layer is dense, or has dense layers within it."""
    return any(isinstance(leaf, Dense) for leaf in flatten_layers([layer]))


def count_parameters(inputs: int | NetInputs, layers: Sequence[Layer], outputs: int) -> int:
    """Return how many parameters a net with these hidden layers has, with the tables of its embeddings.

    Raises:
        LayerMisfit: if a layer does not fit what comes before it.
    """
    return place_net(inputs, layers, outputs).parameters + to_net_inputs(inputs).table_parameters
