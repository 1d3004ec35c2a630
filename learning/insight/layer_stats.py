"""Layer statistics: activations, gradients and weights of dense and conv layers, measured on a fixed sample of rows.

They show why a net does not learn before its loss does: vanishing or exploding gradients, dead and saturated units.
"""

import math
from dataclasses import dataclass
from itertools import cycle
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from learning.insight.image_monitor import ImageMonitor
from learning.insight.output_sums import OutputSums
from learning.nn.activations import ActivationName
from learning.nn.backpropagation import Batch, plan_error
from learning.nn.layers import Conv, Dense
from learning.nn.layers.conv import ConvPlan
from learning.nn.layers.dense import DensePlan
from learning.nn.layers.inputs import RowArrays
from learning.nn.layers.layer import LayerObserver, LayerPlan
from learning.nn.net import NeuralNet
from learning.nn.plan import execute, scalar
from learning.nn.token_backpropagation import TokenBackpropagation
from learning.training.trainer import Trainer

SAMPLE_ROWS: Final = 256


@dataclass(frozen=True, kw_only=True)
class LayerStats:
    """Statistics of a dense layer on the sample, or of a convolution, whose units are its channels at every place.

    Attributes:
        layer: Counted from 1, as by `layer_numbers`; the output layer comes last.
        type: What it is.
        units: The number of neurons or channels.
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
    type: Literal["dense", "conv"] = "dense"
    units: int
    activation: ActivationName
    gradient_norm: float
    weight_norm: float
    update_ratio: float
    dead_share: float
    saturated_share: float
    activation_mean: float
    activation_std: float


class LayerMonitor(LayerObserver):
    """Measures layer statistics on a copy of a trainer's net, so that training stays the same to the bit.

    Args:
        trainer: The sample is up to 256 of its training rows, evenly spread.

    Attributes:
        gradients: The gradient of the sample's mean loss by each parameter of the layers, as last sums.
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
        self._x: NDArray[np.floating] = np.empty((count, net.inputs), net.dtype)
        leaves = [leaf for placed in net.placed for leaf in placed.leaves() if isinstance(leaf.layer, Conv | Dense)]
        self._layers = [OutputSums(leaf) for leaf in leaves]
        self._next = cycle(self._layers)
        targets, logits = rows.targets[numbers], np.empty((count, net.row_outputs), net.dtype)
        encoded_targets = loss.target_buffer(targets, net.outputs)
        loss.encode_targets(targets, encoded_targets)
        weights = None if rows.weights is None else rows.weights[numbers]
        batch = Batch(self._x, encoded_targets, weights, logits, tokens=self._arrays.tokens)
        self._images: ImageMonitor | None = None
        if batch.tokens is None:
            stack, error = self._net.plan_layers(count, self._net.gradients), np.empty_like(logits)
            stack.watch(self)
            forward, has_images = stack.forward(self._x.T, logits.T), net.net_inputs.image is not None
            backward, by_x = stack.backward(self._x.T, logits.T, error.T, input_gradient=has_images)
            self._step = [*forward, *plan_error(loss, batch, error, scalar(loss.gradient_scale / count, net.dtype))]
            self._step += backward
            if self._arrays.images is not None:
                by_features = by_x[net.net_inputs.width :]
                self._images = ImageMonitor(net, self._arrays.images, by_features, self)
        else:
            of_tokens = TokenBackpropagation(self._net, loss, count, slice_rows=count)
            of_tokens.watch(self)
            self._step = of_tokens.plan_step(batch)
        self.gradients: NDArray[np.floating] = np.zeros(net.layer_parameter_count, net.dtype)

    @property
    def dead(self) -> list[NDArray[np.bool_]]:
        """Whether each unit is dead (units,), for each dense layer, as last sums."""
        return [sums.dead for sums in self._layers if sums.type == "dense"]

    @np.errstate(all="ignore")
    def measure(self, weights: NDArray[np.floating], before: NDArray[np.floating] | None) -> list[LayerStats]:
        """Measure the statistics of each dense and conv layer with these weights (n,).

        Args:
            weights: The net's weights, which are copied.
            before: The weights of the layers before the last update; None if they are not known.
        """
        net = self._trained_net
        self._net.parameters[...] = weights[net.joined_stretch]
        numbers, ids, _, _, terms = self._arrays
        net.net_inputs.join(self._x, net.view_tables(weights), numbers, ids, terms)
        for sums in self._layers:
            sums.clear()
        if self._images is not None:
            self._images.compute_features(weights, self._x[:, net.net_inputs.width :])
        self._next = cycle([sums for sums in self._layers if sums.type == "dense"])
        execute(self._step)
        self.gradients[net.joined_stretch] = self._net.gradients
        if self._images is not None:
            self._next = cycle([sums for sums in self._layers if sums.type == "conv"])  # once a slice
            self._images.compute_gradients(self.gradients[net.image_stretch])
        layer_stats: list[LayerStats] = []
        for number, sums in enumerate(self._layers):
            own = sums.stretch
            norm = _norm(weights[own])
            update_norm = math.nan if before is None else _norm(weights[own] - before[own])
            layer_stats.append(
                LayerStats(
                    layer=number + 1,
                    type=sums.type,
                    units=sums.units,
                    activation=sums.activation,
                    gradient_norm=_norm(self.gradients[own]),
                    weight_norm=norm,
                    update_ratio=update_norm / norm if norm else math.nan,
                    dead_share=np.count_nonzero(sums.dead) / sums.units,
                    saturated_share=sums.saturated / sums.count,
                    activation_mean=sums.mean,
                    activation_std=sums.std,
                )
            )
        return layer_stats

    def see_outputs(self, layer: LayerPlan, y: NDArray[np.floating]) -> None:
        """Add the outputs of the next layer that is sums."""
        if isinstance(layer, ConvPlan | DensePlan):
            next(self._next).add(y)


def _norm(vector: NDArray[np.floating]) -> float:
    return math.sqrt(vector.dot(vector))
