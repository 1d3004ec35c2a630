"""Favourite contexts of neurons: the places of a text where each neuron of a net that writes answers most.

Many answer to something that has a name: the first letter of a speaker, the end of a sentence, the vowel after an h.
"""

from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from learning.insight.layer_numbers import number_layers
from learning.nn.layers import Dense
from learning.nn.layers.dense import DensePlan
from learning.nn.layers.layer import LayerObserver, LayerPlan
from learning.nn.layers.stack import StackPlan
from learning.nn.layers.token_embedding import TokenEmbeddingPlan
from learning.nn.net import NeuralNet
from learning.nn.plan import execute

SHOWN_CONTEXTS: Final = 8
MAX_WINDOWS: Final = 256
MAX_CELLS: Final = 2**23
"""The maximum neurons times windows: of a large net fewer windows are searched."""


@dataclass(frozen=True)
class NeuronLayer:
    """A dense layer whose neurons have favourite contexts.

    Attributes:
        layer: Its number in the net.
        activation: Its activation function.
        first: The place of its first neuron among those of all such layers.
        units: How many it has.
    """

    layer: int
    activation: str
    first: int
    units: int


@dataclass(frozen=True)
class FavouriteContexts:
    """The favourite contexts of all neurons.

    Attributes:
        windows: The windows that were searched (windows, context).
        places: For each neuron the window, times the context, plus the position where it answers most, of at most eight
            windows, the highest first (neurons, contexts).
    """

    windows: NDArray[np.uint16]
    places: NDArray[np.int32]


def list_neuron_layers(net: NeuralNet) -> list[NeuronLayer]:
    """List the layers of a net that writes whose neurons are looked at: dense ones with an activation function."""
    layers: list[NeuronLayer] = []
    first = 0
    for number, layer in zip(number_layers(net).dense, net.dense_layers, strict=True):
        if _has_activation(layer):
            layers.append(NeuronLayer(number, layer.activation, first, layer.units))
            first += layer.units
    return layers


def find_favourite_contexts(
    net: NeuralNet, windows: NDArray[np.int32], max_multiplications: float
) -> FavouriteContexts | None:
    """Find the favourite contexts of all neurons among windows (n, context); None if there are no such neurons."""
    neurons = sum(layer.units for layer in list_neuron_layers(net))
    affordable = min(MAX_WINDOWS, MAX_CELLS // max(neurons, 1), int(max_multiplications / net.products))
    count = min(len(windows), max(affordable, SHOWN_CONTEXTS))
    if not neurons or not count:
        return None
    windows = windows[:count]
    context = windows.shape[1]
    highest, positions = np.empty((neurons, count), np.float32), np.empty((neurons, count), np.int32)
    for start in range(0, count, net.slice_rows):
        part = windows[start : start + net.slice_rows]
        answers = np.concatenate(compute_answers(net, part)).reshape(neurons, len(part), context)
        positions[:, start : start + len(part)] = answers.argmax(axis=2)
        highest[:, start : start + len(part)] = answers.max(axis=2)
    order = np.argsort(-highest, axis=1, kind="stable")[:, :SHOWN_CONTEXTS]
    places = order * context + np.take_along_axis(positions, order, axis=1)
    return FavouriteContexts(windows.astype(np.uint16), places.astype(np.int32))


@np.errstate(all="ignore")
def compute_answers(net: NeuralNet, windows: NDArray[np.integer]) -> list[NDArray[np.floating]]:
    """Compute the outputs (units, n context) of the layers of `list_neuron_layers` on windows (n, context)."""
    observer, rows = _AnswerObserver(), len(windows)
    stack = StackPlan(net.inference_layers[:-1], net.parameters, None, net.net_inputs.require_tokens().shape, rows)
    stack.watch(observer)
    cast("TokenEmbeddingPlan", stack.layers[0]).tokens[...] = windows.reshape(-1)
    outputs: NDArray[np.floating] = np.empty((stack.output_shape[0], windows.size), net.dtype)
    wanted = [_has_activation(layer) for layer in net.dense_layers[:-1]]
    execute(stack.forward(stack.layers[0].inputs, outputs))
    return [answers for answers, is_wanted in zip(observer.outputs, wanted, strict=True) if is_wanted]


class _AnswerObserver(LayerObserver):
    """Copies of the outputs of dense layers, first to last."""

    def __init__(self) -> None:
        self.outputs: list[NDArray[np.floating]] = []

    def see_outputs(self, layer: LayerPlan, y: NDArray[np.floating]) -> None:
        """Copy a dense layer's outputs."""
        if isinstance(layer, DensePlan):
            self.outputs.append(y.copy())


def _has_activation(layer: Dense) -> bool:
    return layer.activation != "linear"
