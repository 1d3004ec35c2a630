"""A trace of one training step on one row: the forward pass, the loss, and the gradients of every layer.

It is the forward pass and the backpropagation of training, for one row, with all intermediate values.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.insight.image_trace import ImageLayerTrace, trace_image_layers
from learning.nn.activations import ActivationName
from learning.nn.layers.dense import DensePlan
from learning.nn.layers.inputs import NetInputs
from learning.nn.layers.layer import LayerObserver, LayerPlan
from learning.nn.losses import Loss
from learning.nn.net import NeuralNet
from learning.nn.plan import execute
from learning.tasks.task import Capability

NEEDS: Final[frozenset[Capability]] = frozenset({"table_rows", "one_target"})


@dataclass(frozen=True, kw_only=True)
class LayerTrace:
    """The values in a dense layer of n units with m inputs; L is the loss of the row.

    Attributes:
        activation: The activation function f.
        matrix: The weights W, and in the last row the biases b (m + 1, n).
        inputs: The layer's inputs x (m,).
        z: The weighted sums x W + b (n,).
        a: The activations f(z) (n,).
        da: dL/da (n,).
        dz: dL/dz = dL/da f'(z) (n,).
        gradient: dL/dW, the outer product of x and dL/dz, and in the last row dL/db = dL/dz (m + 1, n).
    """

    activation: ActivationName
    matrix: NDArray[np.floating]
    inputs: NDArray[np.floating]
    z: NDArray[np.floating]
    a: NDArray[np.floating]
    da: NDArray[np.floating]
    dz: NDArray[np.floating]
    gradient: NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class Trace:
    """The forward pass and the backpropagation of a row.

    Attributes:
        layers: The dense layers, first to last.
        image_layers: The conv and pool layers before them, first to last.
        logits: The net's outputs (1, outputs), to the bits of a prediction.
        loss: The loss of the row.
        loss_after: The loss after a step of gradient descent.
    """

    layers: list[LayerTrace]
    image_layers: list[ImageLayerTrace]
    logits: NDArray[np.floating]
    loss: float
    loss_after: float


@np.errstate(all="ignore")
def trace_step(
    net: NeuralNet,
    loss: Loss,
    x: NDArray[np.floating],
    target: NDArray[np.floating],
    learning_rate: float,
    *,
    images: NDArray[np.uint8] | None = None,
) -> Trace:
    """Trace a training step of the layers on one row, without dropout, weight decay and clipping.

    Args:
        net: The net; it is not changed.
        loss: The loss function.
        x: The joined values of the row (1, inputs).
        target: Its target (1, 1).
        learning_rate: The learning rate of the step before `loss_after`.
        images: Its picture (1, channels, height, width), if there is one.
    """
    gradients = np.zeros_like(net.gradients)
    stack = net.plan_layers(1, gradients)
    observer = _DenseObserver()
    stack.watch(observer)
    logits: NDArray[np.floating] = np.empty((1, net.outputs), net.dtype)
    execute(stack.forward(x.T, logits.T))
    encoded_target = loss.target_buffer(target, net.outputs)
    loss.encode_targets(target, encoded_target)
    error = np.empty_like(logits)
    execute(loss.gradient(logits, encoded_target, error))
    error *= net.dtype.type(loss.gradient_scale)
    backward, by_x = stack.backward(x.T, logits.T, error.T, input_gradient=images is not None)
    loss_before = _loss(loss, logits, target)
    execute(backward)
    layers = [
        LayerTrace(
            activation=layer.activation,
            matrix=matrix,
            inputs=inputs,
            z=z,
            a=a,
            da=da,
            dz=gradient[-1],  # the bias has an input of 1
            gradient=gradient,
        )
        for layer, matrix, gradient, inputs, z, a, da in zip(
            net.dense_layers,
            net.weights,
            net.weight_views(gradients),
            observer.inputs,
            observer.sums,
            observer.outputs,
            reversed(observer.gradients),
            strict=True,
        )
    ]
    image_layers: list[ImageLayerTrace] = []
    stepped_x, joined, rate = x, net.joined_stretch, net.dtype.type(learning_rate)
    if images is not None:
        image_layers = trace_image_layers(net, images, by_x[net.net_inputs.width :], gradients)
        seen, image = net.image_stretch, NetInputs(0, image=net.net_inputs.image)
        eyes = NeuralNet(image, net.image_layers, 1, seed=0, dtype=net.dtype)
        eyes.parameters[seen] = net.parameters[seen] - rate * gradients[seen]
        features = eyes.join(np.empty((1, 0), net.dtype), images=images)
        stepped_x = np.concatenate([x[:, : net.net_inputs.width], features], axis=1)
    stepped = net.parameters[joined] - rate * gradients[joined]
    after = NeuralNet(net.inputs, net.inference_layers[:-1], net.outputs, seed=0, parameters=stepped)
    return Trace(
        layers=layers,
        image_layers=image_layers,
        logits=net.forward(x),
        loss=loss_before,
        loss_after=_loss(loss, after.forward(stepped_x), target),
    )


class _DenseObserver(LayerObserver):
    """Copies of the inputs, sums and outputs of the dense layers, first to last, and of dL/da, last to first."""

    def __init__(self) -> None:
        self.inputs: list[NDArray[np.floating]] = []
        self.sums: list[NDArray[np.floating]] = []
        self.outputs: list[NDArray[np.floating]] = []
        self.gradients: list[NDArray[np.floating]] = []

    def see_inputs(self, layer: LayerPlan, x: NDArray[np.floating]) -> None:
        """Copy a dense layer's inputs, and compute its sums."""
        if isinstance(layer, DensePlan):
            sums: NDArray[np.floating] = np.empty((layer.matrix.shape[1], x.shape[1]), layer.dtype)
            execute(layer.plan_sums(x, sums))
            self.inputs.append(x[:, 0].copy())
            self.sums.append(sums[:, 0])

    def see_outputs(self, layer: LayerPlan, y: NDArray[np.floating]) -> None:
        """Copy a dense layer's outputs."""
        if isinstance(layer, DensePlan):
            self.outputs.append(y[:, 0].copy())

    def see_gradient(self, layer: LayerPlan, dy: NDArray[np.floating]) -> None:
        """Copy the gradient by a dense layer's outputs."""
        if isinstance(layer, DensePlan):
            self.gradients.append(dy[:, 0].copy())


def _loss(loss: Loss, logits: NDArray[np.floating], target: NDArray[np.floating]) -> float:
    return float(loss.values(logits, target)[0])
