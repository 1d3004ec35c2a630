"""What a net says of a row as one number, the target or the probability of a class, and how each input moves it.

Whoever asks what moved an answer asks for slopes: how much more of it there is for a little more of an input.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning.encoding.targets import RegressionTarget, Target
from learning.nn.activations import ACTIVATIONS
from learning.nn.losses import compute_probabilities
from learning.nn.net import NeuralNet
from learning.nn.plan import execute


@dataclass(frozen=True)
class ScalarOutput:
    """The answers of a net, in the target's units, or as probabilities."""

    net: NeuralNet
    target: Target

    def evaluate(self, x: NDArray[np.floating], classes: NDArray[np.intp]) -> NDArray[np.float64]:
        """The number, or the probability of the class that is given for each row (rows,).

        Args:
            x: The encoded rows (rows, width).
            classes: A class for each row (rows,); for a number they are passed over.
        """
        logits = self.net.forward(x)
        if isinstance(self.target, RegressionTarget):
            return self.target.decode(logits)
        return np.take_along_axis(compute_probabilities(logits), classes[:, None], axis=1)[:, 0]

    @np.errstate(all="ignore")
    def input_gradients(self, x: NDArray[np.floating], classes: NDArray[np.intp]) -> NDArray[np.floating]:
        """The slope of the answer F in each input of each row (rows, width), by backpropagation to the inputs.

        Each layer, last to first, turns dF/dy into dF/dz = dF/dy f'(z), and that into dF/dx = dF/dz W^T.
        """
        net = self.net
        activations = [ACTIVATIONS[layer.activation]((len(x), layer.units), net.dtype) for layer in net.dense_layers]
        values: list[NDArray[np.floating]] = []
        y = x
        for matrix, activation in zip(net.weights, activations, strict=True):
            y = y @ matrix[:-1] + matrix[-1]
            execute(activation.forward(y))
            values.append(y)
        slope = self._logit_gradients(y, classes).astype(net.dtype)
        for matrix, activation, value in zip(net.weights[::-1], activations[::-1], values[::-1], strict=True):
            execute(activation.backward(value, slope))
            slope = slope @ matrix[:-1].T
        return slope

    def _logit_gradients(self, logits: NDArray[np.floating], classes: NDArray[np.intp]) -> NDArray[np.float64]:
        """The slope of the answer in each logit (rows, outputs).

        A number is mean + scale z. The probability p_k of a class has the slope p_k ((j = k) - p_j) in the logit of
        class j; where there is one logit, it is that of class 1, and that of class 0 is 0.
        """
        if isinstance(self.target, RegressionTarget):
            return np.full(logits.shape, self.target.scale)
        shares = compute_probabilities(logits)
        own = np.take_along_axis(shares, classes[:, None], axis=1)
        slopes = own * (np.eye(shares.shape[1])[classes] - shares)
        return slopes if logits.shape[1] > 1 else slopes[:, 1:]
