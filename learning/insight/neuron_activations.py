"""The activations of one neuron for many rows: what it responds to, and what leaves it silent.

They are those of a forward pass as predictions run it, without dropout.
"""

import numpy as np
from numpy.typing import NDArray

from learning.nn.layers.dense import DensePlan
from learning.nn.layers.layer import LayerObserver, LayerPlan
from learning.nn.net import NeuralNet
from learning.nn.plan import execute


@np.errstate(all="ignore")
def compute_activations(net: NeuralNet, x: NDArray[np.floating], dense: int, unit: int) -> NDArray[np.floating]:
    """Return the output of a neuron for each row (rows,).

    Args:
        net: The net; it is not changed.
        x: The joined values of the rows (rows, inputs).
        dense: The place of its layer among the dense layers, from 0.
        unit: Its place in the layer, from 0.
    """
    observer = _UnitObserver(dense, unit)
    stack = net.plan_layers(len(x))
    stack.watch(observer)
    logits: NDArray[np.floating] = np.empty((len(x), net.outputs), net.dtype)
    execute(stack.forward(x.T, logits.T))
    return observer.outputs


class _UnitObserver(LayerObserver):
    """Copies the outputs of one unit of one of the dense layers."""

    def __init__(self, dense: int, unit: int) -> None:
        self.outputs: NDArray[np.floating] = np.empty(0)
        self._dense = dense
        self._unit = unit
        self._passed = 0

    def see_outputs(self, layer: LayerPlan, y: NDArray[np.floating]) -> None:
        """Copy the unit's outputs (rows,) if the layer is the one."""
        if isinstance(layer, DensePlan):
            if self._passed == self._dense:
                self.outputs = y[self._unit].copy()
            self._passed += 1
