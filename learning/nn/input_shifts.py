"""`InputShifts`: rows of which few inputs get other values, as when one column of thousands is shuffled.

The sums of the first layer are computed once, and then only what the other values change of them.
"""

import numpy as np
from numpy.typing import NDArray

from learning.nn.inference import DenseChainPlan, plan_inference
from learning.nn.net import NeuralNet
from learning.nn.plan import execute


class InputShifts:
    """Rows of a net whose logits are asked for with other values of a few inputs; for one thread.

    Args:
        net: The net.
        x: The joined values of the rows (rows, inputs), which stay as they are.
    """

    def __init__(self, net: NeuralNet, x: NDArray[np.floating]) -> None:
        self._net, self._x = net, x
        self._plan: DenseChainPlan | None = None
        if len(x) <= net.chunk_rows:
            plan = plan_inference(net.inference_layers, net.parameters[net.joined_stretch], net.inputs, len(x))
            if isinstance(plan, DenseChainPlan):
                self._plan, self._sums = plan, x @ plan.weights

    @np.errstate(all="ignore")
    def forward(self, places: NDArray[np.intp], values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the logits (rows, outputs) with these values (rows, places) of some inputs.

        The next call may overwrite them.
        """
        if self._plan is None:
            x = self._x.copy()
            x[:, places] = values
            return self._net.forward(x)
        plan = self._plan
        np.dot(values - self._x[:, places], plan.weights[places], plan.first)
        plan.first += self._sums
        execute(plan.operations)
        return plan.logits
