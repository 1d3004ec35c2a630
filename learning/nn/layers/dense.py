"""Dense layer: every neuron is connected with every input."""

from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import DTypeLike, NDArray

from learning.descriptions import describe
from learning.nn.activations import ACTIVATIONS, ActivationName
from learning.nn.initializers import INITIALIZER_DESCRIPTIONS, InitializerName
from learning.nn.layers.layer import LayerPlan, Parameters, Shape
from learning.nn.plan import Operation


@dataclass(frozen=True, kw_only=True)
class Dense:
    """Dense layer: each neuron multiplies its inputs by weights, adds a bias and applies an activation function."""

    type: Literal["dense"] = "dense"
    units: Annotated[int, Ge(1), Le(16384)] = field(
        metadata=describe("Number of neurons. More can learn finer patterns, but overfit more easily.")
    )
    activation: ActivationName = field(
        default="relu",
        metadata=describe(
            "Activation function: what each neuron makes of its weighted sum.",
            {name: activation.description for name, activation in ACTIVATIONS.items()},
        ),
    )
    initializer: InitializerName = field(
        default="auto",
        metadata=describe("Distribution that the first weights are drawn from.", INITIALIZER_DESCRIPTIONS),
    )

    def count_outputs(self, inputs: int) -> int:  # noqa: ARG002 - any number of inputs
        """Return how many values come out for a row."""
        return self.units

    def parameter_shape(self, inputs: int) -> Shape | None:
        """Return the shape of its matrix: a column of weights for each neuron, the biases in the last row."""
        return inputs + 1, self.units

    def create_plan(self, parameters: Parameters | None, inputs: int, rows: int, dtype: DTypeLike) -> LayerPlan:  # noqa: ARG002
        """Create its plan for batches of `rows` rows."""
        if parameters is None:
            raise ValueError("a dense layer needs its matrix and the gradient")
        return DensePlan(self, parameters, rows)


class DensePlan(LayerPlan):
    """A dense layer's forward and backward pass.

    The layer is one matrix (inputs + 1, units): a column holds the weights of one neuron, the last row the biases.
    Values that end in a row of ones are multiplied by all of it: biases and their gradient come out of the same
    products. Only the inputs of the net may come without. The `first` dense layer takes no memory for dL/dx, which is
    not needed.
    """

    def __init__(self, layer: Dense, parameters: Parameters, rows: int) -> None:
        matrix, self.gradient, first = parameters
        self.matrix, self.units, inputs = matrix, layer.units, len(matrix) - 1
        self.activation = ACTIVATIONS[layer.activation]((self.units, rows), matrix.dtype)
        self.outputs: NDArray[np.floating] = np.ones((self.units + 1, rows), matrix.dtype)
        self.dx: NDArray[np.floating] = np.empty((inputs, 0 if first else rows), matrix.dtype)
        self.ones: NDArray[np.floating] = np.ones(rows, matrix.dtype)

    def forward(self, x: NDArray[np.floating], outputs: NDArray[np.floating]) -> list[Operation]:
        """Y = f(W^T x + b), in the first `units` rows of `outputs`."""
        y = outputs[: self.units]
        if len(x) == len(self.matrix):
            sums = [_plan_product(self.matrix.T, x, y)]
        else:
            sums = [_plan_product(self.matrix[:-1].T, x, y), partial(np.add, y, self.matrix[-1][:, None], y)]
        return sums + self.activation.forward(y)

    def backward_parameters(
        self, x: NDArray[np.floating], outputs: NDArray[np.floating], dy: NDArray[np.floating]
    ) -> list[Operation]:
        """Dz = dy f'(z), dL/dW = x dz^T, and dL/db = the sum of dz over the rows."""
        if len(x) == len(self.matrix):
            products = [_plan_product(x, dy.T, self.gradient)]
        else:  # a product with ones sums faster than sum(axis=1)
            products = [_plan_product(x, dy.T, self.gradient[:-1]), partial(dy.dot, self.ones, self.gradient[-1])]
        return self.activation.backward(outputs[: self.units], dy) + products

    def backward_input(self, dz: NDArray[np.floating]) -> list[Operation]:
        """dL/dx = W dz."""
        return [_plan_product(self.matrix[:-1], dz, self.dx)]

    def input_gradient(self, dz: NDArray[np.floating]) -> NDArray[np.floating]:  # noqa: ARG002 - in memory of its own
        """Return the memory of dL/dx."""
        return self.dx


def _plan_product(a: NDArray[np.floating], b: NDArray[np.floating], out: NDArray[np.floating]) -> Operation:
    """Plan out = a b; where `out` lies in memory by columns, as its transpose."""
    return partial(a.dot, b, out) if out.flags.c_contiguous else partial(b.T.dot, a.T, out.T)
