"""One step of training, number by number: what a row makes of a net, how wrong that is, and who has to answer for it.

It is the same way forward and back that training goes with whole batches, here for one row, with nothing left out.
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
    """What happened in a dense layer of n units with m inputs; L is the loss of the row.

    Attributes:
        activation: The function f that bends the sums.
        matrix: The weights W, and in the last row the biases b (m + 1, n).
        inputs: What came in, x (m,).
        z: The sums x W + b (n,).
        a: What went out, f(z) (n,).
        da: dL/da (n,): how the loss would grow with each output.
        dz: dL/dz = dL/da f'(z) (n,).
        gradient: dL/dW, the products of x and dL/dz, and in the last row dL/db = dL/dz (m + 1, n).
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
    """A row's way through a net, and back.

    Attributes:
        layers: The dense layers, first to last.
        logits: What came out (1, outputs).
        loss: How wrong that is.
        loss_after: How wrong it would be after a step against the gradient.
    """

    layers: list[LayerTrace]
    logits: NDArray[np.floating]
    loss: float
    loss_after: float


@np.errstate(all="ignore")
def trace_step(
    net: NeuralNet, loss: Loss, x: NDArray[np.floating], target: NDArray[np.floating], learning_rate: float
) -> Trace:
    """Go forward with one row, and back with its error, as training does without dropout, weight decay and clipping.

    Args:
        net: The net; it is not changed.
        loss: What its answer is judged by.
        x: The row (1, inputs).
        target: What the loss compares the answer with (1, 1).
        learning_rate: How long the step is, in gradients, after which the loss is looked at again.
    """
    values, sums = [x], list[NDArray[np.floating]]()
    bends = [ACTIVATIONS[layer.activation]((1, layer.units), net.dtype) for layer in net.dense_layers]
    for bend, matrix in zip(bends, net.weights, strict=True):
        sums.append(values[-1] @ matrix[:-1] + matrix[-1])
        values.append(sums[-1].copy())
        execute(bend.forward(values[-1]))
    logits = values[-1]
    answers = loss.target_buffer(target, net.outputs)
    loss.encode_targets(target, answers)
    error = np.empty_like(logits)
    execute(loss.gradient(logits, answers, error))
    error *= net.dtype.type(loss.gradient_scale)

    layers: list[LayerTrace] = []
    for number in reversed(range(len(bends))):
        inputs, matrix, dz = values[number], net.weights[number], error.copy()
        execute(bends[number].backward(values[number + 1].copy(), dz))
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
