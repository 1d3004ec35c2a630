"""Dense layer: every neuron is connected with every input, or with those of its group."""

from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Annotated, ClassVar, Final, Literal

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import DTypeLike, NDArray

from learning.descriptions import describe
from learning.nn.activations import ACTIVATIONS, ActivationName
from learning.nn.initializers import INITIALIZER_DESCRIPTIONS, InitializerName, draw_weights
from learning.nn.layers.layer import MAX_GROUPS, LayerPlan, LayerSpec, Parameter, Shape, check_groups, require_vector
from learning.nn.plan import Operation
from learning.serialization import OPTIONAL

MAX_UNITS: Final = 16_384

MAX_ONES_COLUMN_WIDTH: Final = 64
"""Up to this width, rows are copied with a column of ones, which the biases multiply."""


@dataclass(frozen=True, kw_only=True)
class Dense(LayerSpec):
    """Dense layer: each neuron multiplies its inputs by weights, adds a bias and applies an activation function."""

    type: Literal["dense"] = "dense"
    is_pointwise: ClassVar[bool] = True
    units: Annotated[int, Ge(1), Le(MAX_UNITS)] = field(
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
    groups: Annotated[int, Ge(1), Le(MAX_GROUPS)] = field(
        default=1,
        metadata=OPTIONAL
        | describe(
            "Groups that inputs and neurons are divided into, in their order: a neuron reads the inputs of its group "
            "alone, as if there were so many smaller layers side by side."
        ),
    )

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (units,).

        Raises:
            LayerMisfit: if the inputs are no vector, or the groups do not divide them or the units evenly.
        """
        check_groups(self.groups, inputs=require_vector(input_shape), units=self.units)
        return (self.units,)

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """Return a column of weights for each neuron, and the biases; together they are one matrix."""
        size = require_vector(input_shape) // self.groups, self.units
        return (
            Parameter("weights", size, partial(self._draw, size[0]), decays=True, groups=self.groups),
            Parameter("bias", (self.units,), lambda _: 0.0, decays=False),
        )

    def _draw(self, inputs: int, random: np.random.Generator) -> NDArray[np.floating]:
        """Draw the first weights (inputs, units) of groups of so many inputs each."""
        size = inputs, self.units // self.groups
        drawn = [draw_weights(self.initializer, self.activation, size, random) for _ in range(self.groups)]
        return np.hstack(drawn)

    def plan(
        self, parameters: NDArray[np.floating], gradients: NDArray[np.floating] | None, input_shape: Shape, rows: int
    ) -> LayerPlan:
        """Plan the layer for batches of `rows` rows."""
        gradient = None if gradients is None else self.view_matrix(gradients)
        planned = DensePlan if self.groups == 1 else GroupedDensePlan
        return planned(self, self.view_matrix(parameters), gradient, input_shape, rows)

    def view_matrix(self, vector: NDArray[np.floating]) -> NDArray[np.floating]:
        """View the layer's stretch of a flat vector as its matrix (inputs of a group + 1, units), the biases last."""
        return vector.reshape(-1, self.units)

    def spread_groups(self, matrix: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the matrix by all inputs (inputs + 1, units): of several groups a copy, with zeros between them."""
        if self.groups == 1:
            return matrix
        inputs, units = len(matrix) - 1, self.units // self.groups
        spread, own = np.zeros((self.groups, inputs, self.groups, units), matrix.dtype), np.arange(self.groups)
        spread[own, :, own] = split_columns(matrix[:-1], self.groups)
        return np.vstack([spread.reshape(-1, self.units), matrix[-1:]])

    def plan_product(
        self, x: NDArray[np.floating], weights: NDArray[np.floating], y: NDArray[np.floating]
    ) -> Operation:
        """Plan y = x W with the rows first: x (rows, inputs), weights (inputs of a group, units), y (rows, units)."""
        if self.groups == 1:
            return partial(np.dot, x, weights, y)
        return partial(np.matmul, *[split_columns(each, self.groups) for each in (x, weights, y)])

    def allocate_rows(self, rows: int, width: int, dtype: DTypeLike) -> NDArray[np.floating]:
        """Allocate rows of inputs (rows, width), if there are few, of one group, with a last column of ones."""
        has_ones = self.groups == 1 and width <= MAX_ONES_COLUMN_WIDTH
        return np.ones((rows, width + 1 if has_ones else width), dtype)


class DensePlan(LayerPlan):
    """A dense layer's forward and backward pass.

    The layer is one matrix (inputs + 1, units): a column holds the weights of one neuron, the last row the biases.
    Values that end in a row of ones are multiplied by all of it: biases and their gradient come out of the same
    products. Its own memory has that row; only a batch's may come without.
    """

    def __init__(
        self,
        layer: Dense,
        matrix: NDArray[np.floating],
        gradient: NDArray[np.floating] | None,
        input_shape: Shape,
        rows: int,
    ) -> None:
        super().__init__(input_shape, rows, matrix.dtype)
        self.matrix, self.gradient, self.groups = matrix, gradient, layer.groups
        self.activation = ACTIVATIONS[layer.activation]((layer.units, rows), matrix.dtype)
        self.ones: NDArray[np.floating] = np.ones(rows, matrix.dtype)
        self._dx: NDArray[np.floating] | None = None

    @cached_property
    def inputs(self) -> NDArray[np.floating]:
        """Memory for its inputs, the upper rows of `inputs_with_ones`."""
        return self.inputs_with_ones[:-1]

    @cached_property
    def inputs_with_ones(self) -> NDArray[np.floating]:
        """Memory for its inputs, and ones below (inputs + 1, rows)."""
        return np.ones((len(self.matrix), len(self.ones)), self.dtype)

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Y = f(W^T x + b)."""
        activate = self.activation.forward if self.gradient is None else self.activation.forward_to_learn
        return self.plan_sums(x, y) + activate(y)

    def plan_sums(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Z = W^T x + b, into y."""
        x = self._with_ones(x)
        if len(x) == len(self.matrix):
            return [_plan_product(self.matrix.T, x, y)]
        return [_plan_product(self.matrix[:-1].T, x, y), partial(np.add, y, self.matrix[-1][:, None], y)]

    def backward(
        self, x: NDArray[np.floating], y: NDArray[np.floating], dy: NDArray[np.floating], *, input_gradient: bool
    ) -> tuple[list[Operation], NDArray[np.floating]]:
        """Dz = dy f'(z), in the memory of dy; dL/dW = x dz^T, dL/db = the sum of dz over the rows, and dL/dx = W dz."""
        operations = [*self.activation.backward(y, dy), *self.plan_gradient(x, dy)]
        if not input_gradient:
            return operations, dy
        if self._dx is None:  # in the order of x, whose rows may lie first in a batch's memory
            size = self.input_size
            self._dx = np.empty(size, self.dtype) if x.flags.c_contiguous else np.empty(size[::-1], self.dtype).T
        return [*operations, self.plan_input_gradient(dy, self._dx)], self._dx

    def plan_input_gradient(self, dz: NDArray[np.floating], dx: NDArray[np.floating]) -> Operation:
        """dL/dx = W dz, into dx."""
        if len(dz) == 1:  # one neuron: no sums, of which a product of matrices would make some
            return partial(np.multiply, self.matrix[:-1], dz, dx)
        return _plan_product(self.matrix[:-1], dz, dx)

    def plan_gradient(self, x: NDArray[np.floating], dz: NDArray[np.floating]) -> list[Operation]:
        """dL/dW = x dz^T, and dL/db = the sum of dz over the rows, into `gradient`, if there is one."""
        if self.gradient is None:
            return []
        x = self._with_ones(x)
        if len(x) == len(self.matrix):
            return [_plan_product(x, dz.T, self.gradient)]
        # a product with ones sums faster than sum(axis=1)
        return [_plan_product(x, dz.T, self.gradient[:-1]), partial(dz.dot, self.ones, self.gradient[-1])]

    def _with_ones(self, x: NDArray[np.floating]) -> NDArray[np.floating]:
        """The inputs with the ones below, where they lie in this layer's own memory."""
        return self.inputs_with_ones if x is self.inputs else x


class GroupedDensePlan(DensePlan):
    """The forward and backward pass of a dense layer of several groups, all of which one batched product computes.

    Their matrices lie side by side in one (inputs of a group + 1, units); views of it, and of the values, have the
    groups first.
    """

    @cached_property
    def weights(self) -> NDArray[np.floating]:
        """The weights of each group (groups, inputs of a group, units of a group)."""
        return split_columns(self.matrix[:-1], self.groups)

    @cached_property
    def inputs(self) -> NDArray[np.floating]:
        """Memory for its inputs, without ones: each group would need its own."""
        return np.empty(self.input_size, self.dtype)

    def plan_sums(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Z = W^T x + b for each group, into y."""
        product = partial(np.matmul, self._split(x), self.weights, self._split(y))
        return [product, partial(np.add, y, self.matrix[-1][:, None], y)]

    def plan_input_gradient(self, dz: NDArray[np.floating], dx: NDArray[np.floating]) -> Operation:
        """dL/dx = W dz for each group, into dx."""
        return partial(np.matmul, self._split(dz), self.weights.transpose(0, 2, 1), self._split(dx))

    def plan_gradient(self, x: NDArray[np.floating], dz: NDArray[np.floating]) -> list[Operation]:
        """dL/dW = x dz^T for each group, and dL/db, into `gradient`, if there is one."""
        if self.gradient is None:
            return []
        own, x = split_columns(self.gradient[:-1], self.groups), self._split(x).transpose(0, 2, 1)
        return [partial(np.matmul, x, self._split(dz), own), partial(dz.dot, self.ones, self.gradient[-1])]

    def _split(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """View values (n, rows) as those of each group (groups, rows, n / groups)."""
        return split_columns(values.T, self.groups)


def split_columns(matrix: NDArray[np.floating], groups: int) -> NDArray[np.floating]:
    """View the columns of a matrix (m, n) in groups (groups, m, n / groups), uncopied."""
    return matrix.reshape(len(matrix), groups, matrix.shape[1] // groups).transpose(1, 0, 2)


def _plan_product(a: NDArray[np.floating], b: NDArray[np.floating], out: NDArray[np.floating]) -> Operation:
    """Plan out = a b; where `out` lies in memory by columns, as its transpose."""
    return partial(a.dot, b, out) if out.flags.c_contiguous else partial(b.T.dot, a.T, out.T)
