"""A net's output for a row as one number, the target or the probability of a class, and its input gradients."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning.nn.net import NeuralNet
from learning.nn.plan import execute
from learning.tasks.task import Target


@dataclass(frozen=True)
class ScalarOutput:
    """A net's output in the target's units, or as the probability of a class."""

    net: NeuralNet
    target: Target

    def evaluate(self, x: NDArray[np.floating], classes: NDArray[np.intp]) -> NDArray[np.float64]:
        """The number, or the probability of each row's class (rows,), for encoded rows (rows, width)."""
        return self.target.scalar_values(self.net.forward(x), classes)

    @np.errstate(all="ignore")
    def input_gradients(self, x: NDArray[np.floating], classes: NDArray[np.intp]) -> NDArray[np.floating]:
        """The gradient of the output by each input of each row (rows, width), by backpropagation to the inputs."""
        stack = self.net.plan_layers(len(x))
        logits: NDArray[np.floating] = np.empty((self.net.outputs, len(x)), self.net.dtype)
        execute(stack.forward(x.T, logits))
        by_logits = np.ascontiguousarray(self.target.scalar_gradients(logits.T, classes).T, self.net.dtype)
        backward, by_inputs = stack.backward(x.T, logits, by_logits, input_gradient=True)
        execute(backward)
        return by_inputs.T
