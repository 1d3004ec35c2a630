"""Backpropagation: how much each weight has to do with the error, for all of them in one pass forward and one back.

Forward, each layer bends its inputs into outputs. The loss tells how the last outputs should change, and by the chain
rule each layer, last to first, turns that into how its weights and its inputs should have been.
"""

import numpy as np
from numpy.typing import NDArray

from learning.nets.layers import Dense, Dropout
from learning.nets.losses import Loss
from learning.nets.net import NeuralNet
from learning.nets.passes import DensePass, DropoutPass


class Backpropagation:
    """Fills the gradients of a net for batches of `rows` rows, in memory taken once."""

    def __init__(self, net: NeuralNet, loss: Loss, rows: int) -> None:
        self.loss = loss
        self.error: NDArray[np.floating] = np.empty((rows, net.outputs), net.dtype)
        self.share = np.array(1 / rows, net.dtype)
        self.passes: list[DensePass | DropoutPass] = []
        matrices, width = zip(net.views, net.gradient_views, strict=True), net.inputs
        for layer in net.layers:
            match layer:
                case Dense():
                    matrix, gradient = next(matrices)
                    self.passes.append(DensePass(layer, matrix, gradient, rows, first=matrix is net.views[0]))
                    width = layer.units
                case Dropout():
                    self.passes.append(DropoutPass(layer, width, rows, net.dtype))
        self.dropouts = [layer for layer in self.passes if isinstance(layer, DropoutPass)]
        self.first = next(layer for layer in self.passes if isinstance(layer, DensePass))
        self.after_first = self.passes[self.passes.index(self.first) + 1 :]

    def draw(self, random: np.random.Generator) -> None:
        """Draw which values the dropout layers silence in the next batch."""
        for layer in self.dropouts:
            layer.draw(random)

    def forward(self, x: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the logits (rows, outputs) of a batch; they are overwritten by the next one."""
        for layer in self.passes:
            x = layer.forward(x)
        return x

    def backward(
        self, logits: NDArray[np.floating], targets: NDArray[np.floating], weights: NDArray[np.floating] | None
    ) -> None:
        """Fill the net's gradients with those of the batch's loss, the mean of its rows' losses times their weights."""
        scale = self.share if weights is None else weights * self.share
        error = self.error
        self.loss.gradient(logits, targets, scale, error)
        for layer in reversed(self.after_first):
            error = layer.backward(error)
        self.first.learn(error)
