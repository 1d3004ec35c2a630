"""What a net sees in a picture: the filters of its first layer, and the feature maps that its layers make of it.

A filter is a small picture of weights, and looks for places that are like it (Zeiler & Fergus 2014); a feature map is
a channel of a layer's output, and shows where its filter found something.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from learning.nn.image_plan import ImagePlan
from learning.nn.layers import Conv, list_inference_layers
from learning.nn.layers.conv import ConvPlan
from learning.nn.layers.dense import DensePlan
from learning.nn.layers.inputs import RowArrays
from learning.nn.layers.layer import LayerObserver, LayerPlan
from learning.nn.layers.pool import GlobalPoolPlan, PoolPlan
from learning.nn.net import NeuralNet
from learning.nn.plan import execute


@dataclass(frozen=True)
class FirstFilters:
    """The filters of the first layer that learns from a picture.

    Attributes:
        type: `conv`, or `dense` in a net without convolutions, of which each unit has a weight for every pixel.
        weights: The weights (filters, channels, height, width).
    """

    type: Literal["conv", "dense"]
    weights: NDArray[np.floating]


@dataclass(frozen=True)
class FeatureMaps:
    """What a net makes of a row with a picture, layer by layer.

    Attributes:
        maps: The outputs (channels, height, width) of each conv and pool layer, by type and first to last.
        units: The outputs (units,) of each dense layer, first to last; the last are the logits.
    """

    maps: list[tuple[Literal["conv", "pool"], NDArray[np.floating]]]
    units: list[NDArray[np.floating]]


def find_first_filters(net: NeuralNet) -> FirstFilters:
    """Find the first filters of a net that sees pictures.

    Raises:
        ValueError: if it sees none.
    """
    shape: tuple[int, ...] = net.net_inputs.require_image().shape
    for placed in net.placed[: len(net.image_layers)]:
        for leaf in placed.leaves():
            if isinstance(leaf.layer, Conv):
                weights = leaf.layer.spread_groups(leaf.cut_parameters(net.parameters)["weights"])
                return FirstFilters("conv", weights.transpose(3, 2, 0, 1))
        shape = placed.output_shape
    dense = net.weights[0][net.net_inputs.width : net.inputs]
    return FirstFilters("dense", dense.T.reshape(-1, *shape))


@np.errstate(all="ignore")
def compute_feature_maps(net: NeuralNet, row: RowArrays) -> FeatureMaps:
    """Compute the feature maps of a row: its numbers (1, numbers), ids and pixels (1, channels, height, width).

    Raises:
        ValueError: if the net sees no pictures.
    """
    image, observer = net.net_inputs.require_image(), _OutputObserver()
    if row.images is None:
        raise ValueError("the row has no picture")
    plan = ImagePlan(image, list_inference_layers(net.image_layers), net.parameters[net.image_stretch], None, 1)
    plan.stack.watch(observer)
    width = net.net_inputs.width
    features: NDArray[np.floating] = np.empty((net.inputs - width, 1), net.dtype)
    execute([*plan.plan_pixels(row.images), *plan.plan_layers(features)])
    joined: NDArray[np.floating] = np.empty((1, net.inputs), net.dtype)
    net.net_inputs.join(joined[:, :width], net.tables, row.numbers, row.ids, row.terms)
    joined[:, width:] = features.T
    stack, logits = net.plan_layers(1), np.empty((net.outputs, 1), net.dtype)
    stack.watch(observer)
    execute(stack.forward(joined.T, logits))
    return FeatureMaps(observer.maps, observer.units)


class _OutputObserver(LayerObserver):
    """Copies of the outputs of conv, pool and dense layers, first to last."""

    def __init__(self) -> None:
        self.maps: list[tuple[Literal["conv", "pool"], NDArray[np.floating]]] = []
        self.units: list[NDArray[np.floating]] = []

    def see_outputs(self, layer: LayerPlan, y: NDArray[np.floating]) -> None:
        """Copy the outputs of a layer of these kinds."""
        if isinstance(layer, ConvPlan | PoolPlan | GlobalPoolPlan):
            self.maps.append(("conv" if isinstance(layer, ConvPlan) else "pool", y[..., 0].copy()))
        elif isinstance(layer, DensePlan):
            self.units.append(y[:, 0].copy())
