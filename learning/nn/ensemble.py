"""Ensembles: several nets of the same layers and inputs, whose logits are averaged, as one net.

The first layers stand side by side, each hidden layer after them has as many groups as there are nets, and the output
layer adds up what all of them make: so the mean of the logits takes one forward pass of an ordinary net.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.errors import LayerMisfit
from learning.nn.layers import Conv, Dense, Dropout, Layer, Norm, Pool
from learning.nn.layers.conv import MAX_FILTERS
from learning.nn.layers.dense import MAX_UNITS
from learning.nn.layers.layer import MAX_GROUPS
from learning.nn.net import NeuralNet

MAX_COUNTS: Final = {"groups": MAX_GROUPS, "units": MAX_UNITS, "filters": MAX_FILTERS}
"""The most that a layer has of each."""


def merge_layers(layers: Sequence[Layer], nets: int, *, is_joined: bool = True) -> list[Layer]:
    """Return the hidden layers of the one net that so many nets of these hidden layers become.

    Args:
        layers: Those of each net.
        nets: The number of nets.
        is_joined: Whether the first dense layer reads values that all nets share, rather than a picture's features
            alone.

    Raises:
        LayerMisfit: if a layer is neither dense, conv, pool, dropout nor norm behind one of the first two, or would be
            too large.
    """
    merged: list[Layer] = []
    is_shared, has_dense = True, False
    for number, layer in enumerate(layers):
        if isinstance(layer, Dense) and not has_dense:
            is_shared, has_dense = is_shared or is_joined, True
        try:
            merged += [] if isinstance(layer, Dropout) else [_widen(layer, nets, is_shared=is_shared)]
        except LayerMisfit as misfit:
            raise LayerMisfit(misfit.reason, misfit.remedy, str(number)) from None
        is_shared = is_shared and isinstance(layer, Pool | Dropout)
    return merged


def _widen(layer: Layer, nets: int, *, is_shared: bool) -> Layer:
    """The layer that so many layers like this become, where they read the same values, or each its own group."""
    match layer:
        case Pool():
            return layer
        case Norm() if is_shared:
            reason = "normalizes values that several nets share where they become one"
            raise LayerMisfit(reason, "put it behind the first dense or conv layer, or train one net")
        case Dense() | Conv() | Norm():
            wider = {"groups": 1 if is_shared else layer.groups * nets}
        case _:
            reason = f"is of type {layer.type}, and of such layers several nets do not become one"
            raise LayerMisfit(reason, "leave it out, or train one net")
    if isinstance(layer, Dense):
        wider["units"] = layer.units * nets
    elif isinstance(layer, Conv):
        wider["filters"] = layer.filters * nets
    for name, count in wider.items():
        if count > (most := MAX_COUNTS[name]):
            reason = f"would have {count:,} {name} where {nets} nets become one"
            raise LayerMisfit(reason, f"set at most {most // nets:,} {name}, or fewer nets")
    return replace(layer, **wider)


def merge_nets(nets: Sequence[NeuralNet], *, temperature: float = 1.0) -> NeuralNet:
    """Return the net whose logits are the mean of those of several nets, divided by a temperature.

    It reads the same rows: in place of the vector of an id or text it has those of all nets, side by side, as
    `NetInputs.repeat_vectors` and `TableEncoder.repeat_vectors` say.

    Args:
        nets: Nets of the same inputs, layers and outputs, without tokens.
        temperature: What the logits are divided by, above 0.

    Raises:
        ValueError: if they differ in their inputs, layers or outputs, or see tokens.
        LayerMisfit: if their layers cannot become one.
    """
    first, scale = nets[0], len(nets) * temperature
    if any((net.net_inputs, net.layers) != (first.net_inputs, first.layers) for net in nets):
        raise ValueError("nets become one only of the same inputs, layers and outputs")
    if first.net_inputs.tokens is not None:
        raise ValueError("nets that see tokens do not become one")
    hidden = merge_layers(first.layers[:-1], len(nets), is_joined=first.net_inputs.width > 0)
    learned = [number for number, layer in enumerate(first.layers[:-1]) if not isinstance(layer, Dropout)]
    parts = [part for each in zip(learned, hidden, strict=True) for part in _join_parameters(nets, *each)]
    last = [net.weights[-1] for net in nets]
    if len(first.weights) == 1:
        last = [_place_first(net, place, len(nets)) for place, net in enumerate(nets)]
    weights = [matrix[:-1] / scale for matrix in last]
    parts.append(np.vstack(weights) if len(first.weights) > 1 else np.sum(weights, axis=0))
    parts.append(np.sum([matrix[-1] for matrix in last], axis=0) / scale)
    parts += map(np.hstack, zip(*(net.tables for net in nets), strict=True))
    parameters = np.concatenate([part.astype(first.dtype, copy=False).reshape(-1) for part in parts])
    inputs = first.net_inputs.repeat_vectors(len(nets))
    return NeuralNet(inputs, hidden, first.outputs, seed=0, parameters=parameters)


def _join_parameters(nets: Sequence[NeuralNet], number: int, merged: Layer) -> list[NDArray[np.floating]]:
    """The parameters of a hidden layer of all nets side by side, as the layer that they become has them."""
    placed = nets[0].placed[number]
    layer, views = placed.layer, [placed.cut_parameters(net.parameters) for net in nets]
    if isinstance(layer, Dense):
        if placed.stretch == nets[0].dense_stretches[0] and isinstance(merged, Dense) and merged.groups == 1:
            return [np.hstack([_place_first(net, place, len(nets)) for place, net in enumerate(nets)])]
        return [np.hstack([layer.view_matrix(net.parameters[placed.stretch]) for net in nets])]
    if isinstance(layer, Conv) and isinstance(merged, Conv) and merged.groups == 1:
        views = [{**view, "weights": layer.spread_groups(view["weights"])} for view in views]
        return [np.concatenate([view[name] for view in views], axis=-1) for name in views[0]]
    return [np.concatenate([view[name].reshape(-1) for view in views]) for name in views[0]]


def _place_first(net: NeuralNet, place: int, nets: int) -> NDArray[np.floating]:
    """The matrix of a net's first dense layer by the joined values of all nets (inputs + 1, units).

    It has zeros for vectors of ids and texts, and features of a picture, that other nets make.
    """
    own, together = net.net_inputs, net.net_inputs.repeat_vectors(nets)
    rows = [*range(own.numbers)]
    for table, part in zip(own.tables, together.vector_slices(), strict=True):
        rows += range(part.start + place * table.units, part.start + (place + 1) * table.units)
    features, has_own = net.inputs - own.width, any(isinstance(layer, Conv) for layer in net.image_layers)
    start = together.width + (place * features if has_own else 0)
    last = together.width + (nets * features if has_own else features)
    matrix = net.weights[0]
    placed = np.zeros((last + 1, matrix.shape[1]), matrix.dtype)
    placed[[*rows, *range(start, start + features), last]] = matrix
    return placed
