"""Ensembles: several nets of the same layers and inputs, whose logits are averaged, as one net.

The first layers stand side by side, each hidden layer after them has as many groups as there are nets, and the output
layer adds up what all of them make: so the mean of the logits takes one forward pass of an ordinary net.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.errors import LayerMisfit
from learning.nn.layers import Dense, Dropout, Layer
from learning.nn.layers.dense import MAX_GROUPS, MAX_UNITS
from learning.nn.net import NeuralNet

MERGED_LAYERS: Final = (Dense, Dropout)
"""The kinds of hidden layers that nets may have that become one: of all others, outputs depend on all inputs."""


def merge_layers(layers: Sequence[Layer], nets: int) -> tuple[Dense, ...]:
    """Return the hidden layers of the one net that so many nets of these hidden layers become.

    Raises:
        LayerMisfit: if a layer is of another kind than MERGED_LAYERS, or would be too large.
    """
    merged: list[Dense] = []
    for place, layer in enumerate(layers):
        if not isinstance(layer, MERGED_LAYERS):
            reason = f"is of type {layer.type}, and several nets become one only of dense and dropout layers"
            raise LayerMisfit(reason, "leave it out, or train one net", str(place))
        if isinstance(layer, Dropout):
            continue
        groups = layer.groups * nets if merged else 1
        if layer.units * nets > MAX_UNITS or groups > MAX_GROUPS:
            most = min(MAX_UNITS // nets, layer.units), min(MAX_GROUPS // nets, layer.groups)
            raise LayerMisfit(
                f"would have {layer.units * nets:,} units in {groups} groups where {nets} nets become one",
                f"set at most {most[0]:,} units in {most[1]} groups, or fewer nets",
                str(place),
            )
        merged.append(replace(layer, units=layer.units * nets, groups=groups))
    return tuple(merged)


def merge_nets(nets: Sequence[NeuralNet], *, temperature: float = 1.0) -> NeuralNet:
    """Return the net whose logits are the mean of those of several nets, divided by a temperature.

    It reads the same rows: in place of the vector of an id or text it has those of all nets, side by side, as
    `NetInputs.repeat_vectors` and `TableEncoder.repeat_vectors` say.

    Args:
        nets: Nets of the same inputs, layers and outputs, without pictures and tokens.
        temperature: What the logits are divided by, above 0.

    Raises:
        ValueError: if they differ in their inputs, layers or outputs, or see pictures or tokens.
        LayerMisfit: if their layers cannot become one.
    """
    first, scale = nets[0], len(nets) * temperature
    if any((net.net_inputs, net.layers) != (first.net_inputs, first.layers) for net in nets):
        raise ValueError("nets become one only of the same inputs, layers and outputs")
    if first.net_inputs.image is not None or first.net_inputs.tokens is not None:
        raise ValueError("nets that see pictures or tokens do not become one")
    hidden = merge_layers(first.layers[:-1], len(nets))
    matrices = [[_place_first(net, place, len(nets)), *_cut_others(net)] for place, net in enumerate(nets)]
    *inner, last = zip(*matrices, strict=True)
    weights = [matrix[:-1] / scale for matrix in last]
    output = [np.vstack(weights) if inner else np.sum(weights, axis=0), np.sum([each[-1] for each in last], 0) / scale]
    tables = map(np.hstack, zip(*(net.tables for net in nets), strict=True))
    parts = chain(map(np.hstack, inner), output, tables)
    parameters = np.concatenate([part.astype(first.dtype, copy=False).reshape(-1) for part in parts])
    inputs = first.net_inputs.repeat_vectors(len(nets))
    return NeuralNet(inputs, hidden, first.outputs, seed=0, parameters=parameters)


def _place_first(net: NeuralNet, place: int, nets: int) -> NDArray[np.floating]:
    """The matrix of a net's first layer by the inputs of all nets (inputs + 1, units): zeros for vectors of others."""
    own, together = net.net_inputs, net.net_inputs.repeat_vectors(nets)
    rows = [*range(own.numbers)]
    for table, part in zip(own.tables, together.vector_slices(), strict=True):
        rows += range(part.start + place * table.units, part.start + (place + 1) * table.units)
    matrix = net.weights[0]
    placed = np.zeros((together.width + 1, matrix.shape[1]), matrix.dtype)
    placed[[*rows, together.width]] = matrix
    return placed


def _cut_others(net: NeuralNet) -> list[NDArray[np.floating]]:
    """The matrices of a net's other layers (inputs of a group + 1, units)."""
    others = zip(net.dense_layers[1:], net.dense_stretches[1:], strict=True)
    return [layer.view_matrix(net.parameters[stretch]) for layer, stretch in others]
