"""A trace of one training step on one row: the forward pass, the loss, and the gradients of every layer.

It is the forward pass and the backpropagation of training, for one row, with all intermediate values.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning.nn.activations import ACTIVATIONS, ActivationName
from learning.nn.losses import Loss
from learning.nn.net import NeuralNet
from learning.nn.plan import execute


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
        logits: The net's outputs (1, outputs).
        loss: The loss of the row.
        loss_after: The loss after a step of gradient descent.
    """

    layers: list[LayerTrace]
    logits: NDArray[np.floating]
    loss: float
    loss_after: float


@np.errstate(all="ignore")
def trace_step(
    net: NeuralNet, loss: Loss, x: NDArray[np.floating], target: NDArray[np.floating], learning_rate: float
) -> Trace:
    """Trace a training step on one row, without dropout, weight decay and clipping.

    Args:
        net: The net; it is not changed.
        loss: The loss function.
        x: The row (1, inputs).
        target: Its target (1, 1).
        learning_rate: The learning rate of the step before `loss_after`.
    """
    values, sums = [x], list[NDArray[np.floating]]()
    activations = [ACTIVATIONS[layer.activation]((1, layer.units), net.dtype) for layer in net.dense_layers]
    for function, matrix in zip(activations, net.weights, strict=True):
        sums.append(values[-1] @ matrix[:-1] + matrix[-1])
        values.append(sums[-1].copy())
        execute(function.forward(values[-1]))
    logits = values[-1]
    encoded_target = loss.target_buffer(target, net.outputs)
    loss.encode_targets(target, encoded_target)
    error = np.empty_like(logits)
    execute(loss.gradient(logits, encoded_target, error))
    error *= net.dtype.type(loss.gradient_scale)

    layers: list[LayerTrace] = []
    for number in reversed(range(len(activations))):
        inputs, matrix, dz = values[number], net.weights[number], error.copy()
        execute(activations[number].backward(values[number + 1].copy(), dz))
        layers.append(
            LayerTrace(
                activation=net.dense_layers[number].activation,
                matrix=matrix,
                inputs=inputs[0],
                z=sums[number][0],
                a=values[number + 1][0],
                da=error[0],
                dz=dz[0],
                gradient=np.vstack([inputs.T @ dz, dz]),
            )
        )
        error = dz @ matrix[:-1].T
    layers.reverse()
    return Trace(
        layers=layers,
        logits=logits,
        loss=_loss(loss, logits, target),
        loss_after=_loss(loss, _apply_step(net, layers, learning_rate).forward(x), target),
    )


def _apply_step(net: NeuralNet, layers: list[LayerTrace], learning_rate: float) -> NeuralNet:
    """The net after a step of plain gradient descent."""
    stepped = NeuralNet(net.inputs, net.dense_layers[:-1], net.outputs, seed=0, dtype=net.dtype)
    for matrix, layer in zip(stepped.weights, layers, strict=True):
        matrix[...] = layer.matrix - net.dtype.type(learning_rate) * layer.gradient
    return stepped


def _loss(loss: Loss, logits: NDArray[np.floating], target: NDArray[np.floating]) -> float:
    return float(loss.values(logits, target)[0])
