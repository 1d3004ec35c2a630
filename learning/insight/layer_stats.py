"""Layer statistics: activations, gradients and weights of each dense layer, measured on a fixed sample of rows.

They show why a net does not learn before its loss does: vanishing or exploding gradients, dead and saturated units.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from learning.nn.activations import RELU_FAMILY, ActivationName
from learning.nn.backpropagation import Backpropagation, Batch
from learning.nn.layers.dense import DensePlan
from learning.nn.layers.inputs import NetInputs, RowArrays
from learning.nn.layers.layer import LayerPlan
from learning.nn.net import NeuralNet
from learning.nn.plan import execute
from learning.nn.token_backpropagation import TokenBackpropagation
from learning.training.trainer import Trainer

SAMPLE_ROWS: Final = 256

OUTPUT_RANGES: Final[dict[ActivationName, tuple[float, float]]] = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}
"""The range of each bounded activation."""

SATURATION_MARGIN: Final = 0.005
"""Within this share of its range from an end a value is saturated: |tanh| > 0.99, a sigmoid below 0.005 or above 0.995.
There the derivative is below a fiftieth of its maximum, and so is the gradient."""


@dataclass(frozen=True, kw_only=True)
class LayerStats:
    """Statistics of a dense layer on the sample.

    Attributes:
        layer: Counted from 1; the output layer comes last.
        type: Only dense layers have weights.
        units: The number of neurons.
        activation: Their activation function.
        gradient_norm: The norm of the gradient of the sample's mean loss by the layer's weights and biases; without
            dropout, weight decay and clipping.
        weight_norm: The norm of the weights and biases as a vector.
        update_ratio: The norm of the last update of the epoch, divided by `weight_norm`; about 0.001 is usual. NaN if
            that update is not known.
        dead_share: The share of units of an activation like relu that are exactly 0 for every row of the sample: no
            gradient passes them, so they do not recover (Lu, Shin, Su & Karniadakis 2020). 0 for other activations.
        saturated_share: The share of the values of a tanh or sigmoid layer that are near an end of the range, where
            hardly any gradient passes (Glorot & Bengio 2010). 0 for other activations.
        activation_mean: The mean of the layer's outputs.
        activation_std: Their standard deviation.
    """

    layer: int
    type: Literal["dense"] = "dense"
    units: int
    activation: ActivationName
    gradient_norm: float
    weight_norm: float
    update_ratio: float
    dead_share: float
    saturated_share: float
    activation_mean: float
    activation_std: float


class LayerMonitor:
    """Measures layer statistics on a copy of a trainer's net, so that training stays the same to the bit.

    Args:
        trainer: The sample is up to 256 of its training rows, evenly spread.

    Attributes:
        gradients: The gradient of the sample's mean loss by each parameter of the layers, as last measured; 0 for those
            that see pictures, which are not measured.
        dead: Whether each unit is dead (units,), for each dense layer, as last measured.
    """

    def __init__(self, trainer: Trainer) -> None:
        rows, net, loss = trainer.rows, trainer.net, trainer.loss
        count = min(len(trainer.rows), max(SAMPLE_ROWS // net.positions, 1))
        numbers = np.arange(count) * len(rows) // count
        self._trained_net = net
        net_inputs = net.inputs if net.net_inputs.tokens is None else net.net_inputs
        self._net = NeuralNet(net_inputs, net.inference_layers[:-1], net.outputs, seed=0, dtype=net.dtype)
        inputs = {spec.name: np.empty((count, *spec.shape), spec.dtype) for spec in rows.dataset.inputs}
        rows.dataset.gather(numbers, [*inputs.values()])
        self._arrays = RowArrays(**inputs)
        self._image_net: NeuralNet | None = None  # with a copy of the weights of the layers that see pictures
        if net.net_inputs.image is not None:
            image_inputs, image_layers = NetInputs(0, image=net.net_inputs.image), net.image_layers
            self._image_net = NeuralNet(image_inputs, image_layers, 1, seed=0, dtype=net.dtype)
        self._x: NDArray[np.floating] = np.empty((count, net.inputs), net.dtype)
        self.dead: list[NDArray[np.bool_]] = [np.zeros(layer.units, np.bool_) for layer in self._net.dense_layers]
        targets, logits = rows.targets[numbers], np.empty((count, net.row_outputs), net.dtype)
        encoded_targets = loss.target_buffer(targets, net.outputs)
        loss.encode_targets(targets, encoded_targets)
        weights = None if rows.weights is None else rows.weights[numbers]
        batch = Batch(self._x, encoded_targets, weights, logits, tokens=self._arrays.tokens)
        if batch.tokens is None:
            backpropagation = Backpropagation(self._net, loss, count)
            backpropagation.stack.watch(self)
            self._step = [*backpropagation.plan_forward(batch), *backpropagation.plan_backward(batch)]
        else:
            of_tokens = TokenBackpropagation(self._net, loss, count, slice_rows=count)
            of_tokens.watch(self)
            self._step = of_tokens.plan_step(batch)
        self.gradients: NDArray[np.floating] = np.zeros(net.layer_parameter_count, net.dtype)
        self._activation_stats: list[_ActivationStats] = []

    @np.errstate(all="ignore")
    def measure(self, weights: NDArray[np.floating], before: NDArray[np.floating] | None) -> list[LayerStats]:
        """Measure the statistics of each dense layer with these weights (n,).

        Args:
            weights: The net's weights, which are copied.
            before: The weights of the layers before the last update; None if they are not known.
        """
        net = self._trained_net
        offset = net.joined_stretch.start
        self._net.parameters[...] = weights[net.joined_stretch]
        numbers, ids, images, _ = self._arrays
        net.net_inputs.join(self._x, net.view_tables(weights), numbers, ids)
        if self._image_net is not None:
            self._image_net.parameters[net.image_stretch] = weights[net.image_stretch]
            nothing = np.empty((len(self._x), 0), net.dtype)
            self._x[:, net.net_inputs.width :] = self._image_net.join(nothing, images=images)
        self._activation_stats.clear()
        execute(self._step)
        self.gradients[net.joined_stretch] = self._net.gradients
        layer_stats: list[LayerStats] = []
        for number, (layer, part) in enumerate(zip(self._net.dense_layers, self._net.dense_stretches, strict=True)):
            own = slice(part.start + offset, part.stop + offset)
            norm = _norm(weights[own])
            update_norm = math.nan if before is None else _norm(weights[own] - before[own])
            layer_stats.append(
                LayerStats(
                    layer=number + 1,
                    units=layer.units,
                    activation=layer.activation,
                    gradient_norm=_norm(self.gradients[own]),
                    weight_norm=norm,
                    update_ratio=update_norm / norm if norm else math.nan,
                    dead_share=np.count_nonzero(self.dead[number]) / layer.units,
                    saturated_share=self._activation_stats[number].saturated,
                    activation_mean=self._activation_stats[number].mean,
                    activation_std=self._activation_stats[number].std,
                )
            )
        return layer_stats

    def see_outputs(self, layer: LayerPlan, x: NDArray[np.floating], y: NDArray[np.floating]) -> None:  # noqa: ARG002 - outputs say enough
        """Summarize the outputs of the next dense layer."""
        if isinstance(layer, DensePlan):
            self._activation_stats.append(self._summarize_activations(len(self._activation_stats), y))

    def see_gradient(self, layer: LayerPlan, dy: NDArray[np.floating]) -> None:
        """Leave the gradients between layers alone: only those of parameters are measured."""

    def _summarize_activations(self, number: int, values: NDArray[np.floating]) -> "_ActivationStats":
        """Summarize a layer's outputs on the sample, and update `dead`."""
        layer = self._net.dense_layers[number]
        flat = values.reshape(-1)
        mean, saturated = float(flat.sum()) / flat.size, 0.0
        if layer.activation in RELU_FAMILY:
            self.dead[number] = np.logical_not(np.logical_or.reduce(values, axis=1))
        elif layer.activation in OUTPUT_RANGES:
            low, high = OUTPUT_RANGES[layer.activation]
            margin = SATURATION_MARGIN * (high - low)
            saturated = np.count_nonzero((flat < low + margin) | (flat > high - margin)) / flat.size
        return _ActivationStats(saturated, mean, _norm(flat - flat.dtype.type(mean)) / math.sqrt(flat.size))


class _ActivationStats(NamedTuple):
    saturated: float
    mean: float
    std: float


def _norm(vector: NDArray[np.floating]) -> float:
    return math.sqrt(vector.dot(vector))
