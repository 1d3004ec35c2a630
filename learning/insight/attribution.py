"""A net's output for a row as one number, the target or the probability of a class, and its input gradients."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning.encoding.targets import RegressionTarget, Target
from learning.nn.losses import compute_probabilities
from learning.nn.net import NeuralNet
from learning.nn.plan import execute


@dataclass(frozen=True)
class ScalarOutput:
    """A net's output in the target's units, or as the probability of a class."""

    net: NeuralNet
    target: Target

    def evaluate(self, x: NDArray[np.floating], classes: NDArray[np.intp]) -> NDArray[np.float64]:
        """The number, or the probability of each row's class (rows,), for encoded rows (rows, width)."""
        logits = self.net.forward(x)
        if isinstance(self.target, RegressionTarget):
            return self.target.decode(logits)
        return np.take_along_axis(compute_probabilities(logits), classes[:, None], axis=1)[:, 0]

    @np.errstate(all="ignore")
    def input_gradients(self, x: NDArray[np.floating], classes: NDArray[np.intp]) -> NDArray[np.floating]:
        """The gradient of the output by each input of each row (rows, width), by backpropagation to the inputs."""
        stack = self.net.plan_layers(len(x))
        logits: NDArray[np.floating] = np.empty((self.net.outputs, len(x)), self.net.dtype)
        execute(stack.forward(x.T, logits))
        by_logits = np.ascontiguousarray(self._logit_gradients(logits.T, classes).T, self.net.dtype)
        backward, by_inputs = stack.backward(x.T, logits, by_logits, input_gradient=True)
        execute(backward)
        return by_inputs.T

    def _logit_gradients(self, logits: NDArray[np.floating], classes: NDArray[np.intp]) -> NDArray[np.float64]:
        """The gradient of the output by each logit (rows, outputs).

        A number is mean + scale z. The derivative of the probability p_k of a class by the logit of class j is
        p_k ((j = k) - p_j); where there is one logit, it is that of class 1, and that of class 0 is 0.
        """
        if isinstance(self.target, RegressionTarget):
            return np.full(logits.shape, self.target.scale)
        probabilities = compute_probabilities(logits)
        own = np.take_along_axis(probabilities, classes[:, None], axis=1)
        gradients = own * (np.eye(probabilities.shape[1])[classes] - probabilities)
        return gradients if logits.shape[1] > 1 else gradients[:, 1:]
