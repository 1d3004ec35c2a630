"""Watching a net learn: what goes through each layer, and what comes back, on the same few rows every time.

A net that does not learn shows it here before its loss does: gradients that fade or blow up from layer to layer, units
that say 0 to everything, and squeezing units that are stuck at their ends.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from learning.nn.activations import RELU_FAMILY, ActivationName
from learning.nn.backpropagation import Backpropagation, Batch
from learning.nn.net import NeuralNet
from learning.nn.plan import execute
from learning.training.trainer import Trainer

SAMPLE_ROWS: Final = 256

OUTPUT_RANGES: Final[dict[ActivationName, tuple[float, float]]] = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}
"""The ends between which an activation squeezes its sums."""

SATURATION_MARGIN: Final = 0.005
"""Within this part of its range from an end a value counts as stuck: |tanh| > 0.99, a sigmoid below 0.005 or above
0.995. There the derivative is below a fiftieth of its greatest, and so is what can be learned."""


@dataclass(frozen=True, kw_only=True)
class LayerStats:
    """What a dense layer was like on the sample.

    Attributes:
        layer: Counted from 1; the output layer comes last.
        type: Only dense layers have weights.
        units: How many neurons it has.
        activation: How they bend their sums.
        gradient_norm: The length of the gradient of the sample's mean loss by the layer's weights and biases; without
            dropout, weight decay and clipping.
        weight_norm: The length of the weights and biases as a vector.
        update_ratio: The length of what the last step of the epoch changed of them, divided by `weight_norm`; some
            0.001 is usual. NaN if that step is not known.
        dead_share: The share of units of an activation like relu that are exactly 0 for every row of the sample: no
            error passes them, so they cannot come back by themselves (Lu, Shin, Su & Karniadakis 2020). 0 for others.
        saturated_share: The share of the values of a tanh or sigmoid layer that lie at an end of the range, where
            hardly any error passes (Glorot & Bengio 2010). 0 for others.
        activation_mean: The mean of the values that the layer gives on.
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
    """Watches the net of a trainer by a copy of its weights, in memory of its own: the bits of the training stay.

    Args:
        trainer: Up to 256 of its training rows, evenly spread, are looked at each time.

    Attributes:
        gradients: The gradient of the sample's mean loss by each weight (n,), as of the last look.
        dead: Whether each unit is dead, of one dense layer after another, as of the last look.
    """

    def __init__(self, trainer: Trainer) -> None:
        rows, count = trainer.rows, min(len(trainer.rows), SAMPLE_ROWS)
        numbers = np.arange(count) * len(rows) // count
        net, loss = trainer.net, trainer.loss
        dense = net.dense_layers[:-1]  # nothing is silenced here: dropout is for training only
        self._net = NeuralNet(net.inputs, dense, net.outputs, seed=0, dtype=net.dtype)
        targets, logits = rows.targets[numbers], np.empty((count, net.outputs), net.dtype)
        answers = loss.target_buffer(targets, net.outputs)
        loss.encode_targets(targets, answers)
        weights = None if rows.weights is None else rows.weights[numbers]
        batch = Batch(np.ascontiguousarray(rows.x[numbers]), answers, weights, logits)
        backpropagation = Backpropagation(self._net, loss, count)
        self._forward, self._backward = backpropagation.plan_forward(batch), backpropagation.plan_backward(batch)
        layers = zip(backpropagation.layers[:-1], dense, strict=True)
        self._values = [*(layer.outputs[: asked.units] for layer, asked in layers), logits.T]
        ends = np.cumsum([matrix.size for matrix in self._net.weights]).tolist()
        self._weight_slices = [slice(start, end) for start, end in pairwise([0, *ends])]
        self.gradients = self._net.gradients
        self.dead: list[NDArray[np.bool_]] = [np.zeros(layer.units, np.bool_) for layer in self._net.dense_layers]

    @np.errstate(all="ignore")
    def measure(self, weights: NDArray[np.floating], before: NDArray[np.floating] | None) -> list[LayerStats]:
        """What each dense layer is like with these weights (n,).

        Args:
            weights: They are copied, and not changed.
            before: The weights as they were before the last step; None if nobody knows.
        """
        self._net.parameters[...] = weights
        execute(self._forward)
        said = [self._summarize_activations(number) for number in range(len(self._weight_slices))]
        execute(self._backward)  # uses the values up
        found: list[LayerStats] = []
        for number, (layer, part) in enumerate(zip(self._net.dense_layers, self._weight_slices, strict=True)):
            length = _norm(weights[part])
            moved = math.nan if before is None else _norm(weights[part] - before[part])
            found.append(
                LayerStats(
                    layer=number + 1,
                    units=layer.units,
                    activation=layer.activation,
                    gradient_norm=_norm(self.gradients[part]),
                    weight_norm=length,
                    update_ratio=moved / length if length else math.nan,
                    dead_share=np.count_nonzero(self.dead[number]) / layer.units,
                    saturated_share=said[number].saturated,
                    activation_mean=said[number].mean,
                    activation_std=said[number].std,
                )
            )
        return found

    def _summarize_activations(self, number: int) -> "_ActivationStats":
        """What a layer said of the sample; which of its units were dead is noted."""
        layer, values = self._net.dense_layers[number], self._values[number]
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
