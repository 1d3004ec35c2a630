"""The gradients of layers that see pictures, on the sample that layer statistics are measured on."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from learning.nn.image_plan import ImagePlan, split_evenly
from learning.nn.layers import list_inference_layers
from learning.nn.layers.inputs import NetInputs
from learning.nn.layers.layer import LayerObserver
from learning.nn.net import NeuralNet
from learning.nn.plan import Operation, execute


class ImageMonitor:
    """The layers that see pictures: they pass the sample forward, and in slices once more forward and back.

    Args:
        net: The net that they are of.
        images: The pictures of the sample.
        by_features: Memory for the gradient by their features (features, rows).
        observer: What sees the layers in each slice.
    """

    def __init__(
        self,
        net: NeuralNet,
        images: NDArray[np.uint8],
        by_features: NDArray[np.floating],
        observer: LayerObserver,
    ) -> None:
        image, self._images, self._by_features = net.net_inputs.require_image(), images, by_features
        self._stretch = net.image_stretch
        # with a copy of the weights
        self._net = NeuralNet(NetInputs(0, image=image), net.image_layers, 1, seed=0, dtype=net.dtype)
        parameters = self._net.parameters[self._stretch]
        self._share: NDArray[np.floating] = np.empty_like(parameters)
        self._bounds = split_evenly(len(images), max(net.slice_rows // 4, 1))
        layers, self._slices = list_inference_layers(net.image_layers), dict[int, _ImageSlice]()
        for rows in {stop - start for start, stop in self._bounds}:
            plan = ImagePlan(image, layers, parameters, self._share, rows)
            plan.stack.watch(observer)
            features = np.empty((len(by_features), rows), net.dtype)
            by_own = np.empty_like(features)
            self._slices[rows] = _ImageSlice(
                plan, plan.plan_layers(features), by_own, plan.plan_gradients(features, by_own)
            )

    def compute_features(self, weights: NDArray[np.floating], out: NDArray[np.floating]) -> None:
        """Write the features of the sample with these weights (n,) into `out` (rows, features)."""
        self._net.parameters[self._stretch] = weights[self._stretch]
        out[...] = self._net.join(np.empty((len(out), 0), out.dtype), images=self._images)

    def compute_gradients(self, out: NDArray[np.floating]) -> None:
        """Write the gradients of the parameters into `out`, from those by the features."""
        out[...] = 0
        for start, stop in self._bounds:
            own = self._slices[stop - start]
            execute(own.plan.plan_pixels(self._images[start:stop]))
            execute(own.forward)
            own.by_features[...] = self._by_features[:, start:stop]
            self._share[...] = 0
            execute(own.backward)
            out += self._share


class _ImageSlice(NamedTuple):
    plan: ImagePlan
    forward: list[Operation]
    by_features: NDArray[np.floating]
    backward: list[Operation]
