"""A trace of the layers that see pictures, in one training step on one row; a channel is a unit at every place."""

from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from learning.nn.activations import ActivationName
from learning.nn.image_plan import ImagePlan
from learning.nn.layers import Conv, Pool, list_inference_layers
from learning.nn.layers.conv import ConvPlan
from learning.nn.layers.layer import LayerObserver, LayerPlan
from learning.nn.layers.pool import GlobalPoolPlan, PoolPlan
from learning.nn.net import NeuralNet
from learning.nn.plan import execute


@dataclass(frozen=True, kw_only=True)
class ImageLayerTrace:
    """The values of a conv or pool layer on one picture; L is the loss of the row.

    Attributes:
        type: What it is.
        shape: Its channels, height and width.
        activation: The activation function of a conv layer.
        a: The mean of the outputs of each channel (channels,).
        da: dL/da of each channel, summed over all places (channels,).
        weight_norms: The norm of the weights of each filter (channels,); None: it has none.
        dw_norms: The norm of dL/dW of each filter.
        db: dL/db of each filter, which is dL/dz summed over all places.
    """

    type: Literal["conv", "pool"]
    shape: tuple[int, int, int]
    activation: ActivationName | None
    a: NDArray[np.floating]
    da: NDArray[np.floating]
    weight_norms: NDArray[np.floating] | None = None
    dw_norms: NDArray[np.floating] | None = None
    db: NDArray[np.floating] | None = None


@np.errstate(all="ignore")
def trace_image_layers(
    net: NeuralNet, images: NDArray[np.uint8], by_features: NDArray[np.floating], gradients: NDArray[np.floating]
) -> list[ImageLayerTrace]:
    """Trace the layers that see pictures on one.

    Args:
        net: The net; it is not changed.
        images: The picture (1, channels, height, width).
        by_features: The gradient of the loss by its features (features, 1).
        gradients: Memory for the gradients of all layers' parameters, of which those of these layers are filled.
    """
    layers, stretch = list_inference_layers(net.image_layers), net.image_stretch
    plan = ImagePlan(net.net_inputs.require_image(), layers, net.parameters[stretch], gradients[stretch], 1)
    observer, features = _ImageObserver(), np.empty_like(by_features)
    plan.stack.watch(observer)
    execute([*plan.plan_pixels(images), *plan.plan_layers(features)])
    execute(plan.plan_gradients(features, by_features.copy()))
    leaves = [leaf for placed in net.placed[: len(net.image_layers)] for leaf in placed.leaves()]
    kept = [leaf for leaf in leaves if isinstance(leaf.layer, Conv | Pool)]
    traces: list[ImageLayerTrace] = []
    for leaf, a, da in zip(kept, observer.outputs, observer.list_gradients(len(kept)), strict=True):
        layer, shape = leaf.layer, cast("tuple[int, int, int]", leaf.output_shape)
        if not isinstance(layer, Conv):
            traces.append(ImageLayerTrace(type="pool", shape=shape, activation=None, a=a, da=da))
            continue
        weights, dw = (layer.spread_groups(leaf.cut_parameters(of)["weights"]) for of in (net.parameters, gradients))
        traces.append(
            ImageLayerTrace(
                type="conv",
                shape=shape,
                activation=layer.activation,
                a=a,
                da=da,
                weight_norms=np.sqrt((weights**2).sum(axis=(0, 1, 2))),
                dw_norms=np.sqrt((dw**2).sum(axis=(0, 1, 2))),
                db=leaf.cut_parameters(gradients)["bias"].copy(),
            )
        )
    return traces


class _ImageObserver(LayerObserver):
    """The mean output of each channel of conv and pool layers, first to last, and the sum of dL/da, last to first."""

    def __init__(self) -> None:
        self.outputs: list[NDArray[np.floating]] = []
        self._gradients: list[NDArray[np.floating]] = []

    def see_outputs(self, layer: LayerPlan, y: NDArray[np.floating]) -> None:
        """Keep the mean output of each channel."""
        if isinstance(layer, ConvPlan | PoolPlan | GlobalPoolPlan):
            self.outputs.append(y.mean(axis=(1, 2, 3)))

    def see_gradient(self, layer: LayerPlan, dy: NDArray[np.floating]) -> None:
        """Keep the sum of the gradient by each channel's outputs."""
        if isinstance(layer, ConvPlan | PoolPlan | GlobalPoolPlan):
            self._gradients.append(dy.sum(axis=(1, 2, 3)))

    def list_gradients(self, count: int) -> list[NDArray[np.floating]]:
        """The sums, first layer to last; those before the first layer that learns get no gradient, and NaN."""
        missing = [np.full_like(each, np.nan) for each in self.outputs[: count - len(self._gradients)]]
        return [*missing, *reversed(self._gradients)]
