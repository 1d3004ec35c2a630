"""A stack of layers, one after the other: their places and shapes in a net, and their plans together."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from learning.errors import LayerMisfit
from learning.nn.layers.layer import (
    LayerObserver,
    LayerPlan,
    LayerSpec,
    Parameter,
    RandomLayerPlan,
    SequencePosition,
    Shape,
)
from learning.nn.plan import Operation
from learning.optim.matrices import MatrixStretch

PlannedBackward = tuple[list[Operation], NDArray[np.floating]]


@dataclass(frozen=True)
class PlacedLayer:
    """A layer at its place in a net.

    Attributes:
        layer: The layer.
        input_shape: The shape of a row's values before it; of a sequence, if it is pointwise, that of a position.
        output_shape: The shape of a row's values after it.
        stretch: Where its parameters lie in the net's flat vector.
        parts: The layers within it.
        positions: The positions of a row that it takes for rows; 1 if it takes them together.
    """

    layer: LayerSpec
    input_shape: Shape
    output_shape: Shape
    stretch: slice
    parts: tuple["PlacedLayer", ...] = ()
    positions: int = 1

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What it learns, in the order of its stretch."""
        return self.layer.parameters(self.input_shape)

    @property
    def products(self) -> int:
        """About how often it multiplies in a forward pass of a row."""
        own = self.layer.count_products(self.input_shape) * self.positions
        return sum(part.products for part in self.parts) or own

    def cut_parameters(self, vector: NDArray[np.floating]) -> dict[str, NDArray[np.floating]]:
        """Cut a net's flat vector (n,) into views of this layer's parameters, by name."""
        views: dict[str, NDArray[np.floating]] = {}
        start = self.stretch.start
        for parameter in self.parameters:
            views[parameter.name] = vector[start : start + parameter.size].reshape(parameter.shape)
            start += parameter.size
        return views

    def leaves(self) -> Iterator["PlacedLayer"]:
        """Iterate over the layers without parts, first to last: this one, or those within it."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


def place_layers(
    layers: Sequence[LayerSpec], input_shape: Shape, *, start: int = 0, path: str = "", first: int = 0
) -> tuple[PlacedLayer, ...]:
    """Fold the shape of a row's values over the layers, and give each its stretch of the flat vector from `start` on.

    The number of the first of them, in the list that a person sent, is `first`.

    Raises:
        LayerMisfit: if a layer cannot take what the one before it makes; its `place` is such as `2` or `2/layers/0`.
    """
    placed: list[PlacedLayer] = []
    shape = input_shape
    for number, layer in enumerate(layers, first):
        place = f"{path}{number}"
        parts = place_layers(layer.parts, shape, start=start, path=f"{place}/layers/") if layer.parts else ()
        is_split = layer.is_pointwise and len(shape) == 2
        seen, positions = (shape[:1], shape[1:]) if is_split else (shape, ())
        try:
            output_shape, parameters = (*layer.output_shape(seen), *positions), layer.parameters(seen)
        except LayerMisfit as misfit:
            raise LayerMisfit(misfit.reason, misfit.remedy, place) from None
        stop = start + sum(parameter.size for parameter in parameters)
        placed.append(PlacedLayer(layer, seen, output_shape, slice(start, stop), parts, math.prod(positions)))
        start, shape = stop, output_shape
    return tuple(placed)


class StackPlan:
    """The plans of layers one after the other: each writes into the memory from which the next one reads.

    Args:
        layers: The layers, first to last.
        parameters: Their parameters, one layer's after the other's.
        gradients: Memory for the gradient of each; None: only the gradient by the inputs is wanted.
        input_shape: The shape of a row's inputs.
        rows: Rows per batch.
        position: Of a sequence that is read position by position, which is next; None: all are read at once.

    Attributes:
        layers: The plan of each layer.
        output_shape: The shape of a row's outputs.
        random_layers: The plans that draw random numbers, also those within others.
    """

    def __init__(
        self,
        layers: Sequence[LayerSpec],
        parameters: NDArray[np.floating],
        gradients: NDArray[np.floating] | None,
        input_shape: Shape,
        rows: int,
        *,
        position: SequencePosition | None = None,
    ) -> None:
        placed = place_layers(layers, input_shape)
        self.dtype = parameters.dtype
        self.layers: list[LayerPlan] = [
            each.layer.plan_next(parameters[each.stretch], each.input_shape, position)
            if position is not None
            else each.layer.plan(
                parameters[each.stretch],
                None if gradients is None else gradients[each.stretch],
                each.input_shape,
                rows * each.positions,
            )
            for each in placed
        ]
        self.output_shape = placed[-1].output_shape if placed else input_shape
        sizes = [each.stretch.stop - each.stretch.start for each in placed]
        self._first_learner = next((number for number, size in enumerate(sizes) if size), len(placed))
        self.random_layers: list[RandomLayerPlan] = [each for layer in self.layers for each in layer.random_layers]
        self._observer: LayerObserver | None = None
        # What touches no memory of a batch is planned once for all batches, so that it stays in the processor's cache.
        self._forward_plans: dict[int, list[Operation]] = {}
        self._backward_plans: dict[int, PlannedBackward] = {}

    def watch(self, observer: LayerObserver) -> None:
        """Let an observer see all layers, also those within others, in what is planned from now on."""
        self._observer = observer
        for layer in self.layers:
            for stack in layer.stacks:
                stack.watch(observer)

    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Plan the forward pass from x (*input_shape, rows) into y (*output_shape, rows)."""
        values, operations = self.values(x, y), list[Operation]()
        for number, layer in enumerate(self.layers):
            planned = self._forward_plans.get(number) or layer.forward(*values[number : number + 2])
            if 0 < number < len(self.layers) - 1:
                self._forward_plans[number] = planned
            if self._observer is None:
                operations += planned
            else:
                x, y = values[number : number + 2]
                seen = partial(self._observer.see_inputs, layer, x), partial(self._observer.see_outputs, layer, y)
                operations += [seen[0], *planned, seen[1]]
        return operations

    def backward(
        self, x: NDArray[np.floating], y: NDArray[np.floating], dy: NDArray[np.floating], *, input_gradient: bool
    ) -> PlannedBackward:
        """Plan the backward pass from dy, the gradient by the outputs, which is the same memory in every call.

        Without `input_gradient` it ends at the first layer that learns.

        Returns:
            The operations, and the memory of the gradient by the inputs.
        """
        values, operations = self.values(x, y), list[Operation]()
        last = 0 if input_gradient else self._first_learner
        for number in range(len(self.layers) - 1, last - 1, -1):
            planned = self._backward_plans.get(number)
            if planned is None:
                x, y = values[number : number + 2]
                planned = self.layers[number].backward(x, y, dy, input_gradient=input_gradient or number > last)
            if number:  # the last layer of a net is linear, and does not read y
                self._backward_plans[number] = planned
            if self._observer is not None:
                operations.append(partial(self._observer.see_gradient, self.layers[number], dy))
            operations += planned[0]
            dy = planned[1]
        return operations, dy

    def values(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[NDArray[np.floating]]:
        """The memory between the layers, with x before the first and y after the last."""
        return [x, *(layer.inputs for layer in self.layers[1:]), y]


def find_hidden_matrices(placed: Sequence[PlacedLayer]) -> list[MatrixStretch]:
    """Return the matrices of weights of all layers that learn, but the first and the last of them."""
    leaves = [leaf for layer in placed for leaf in layer.leaves() if leaf.parameters]
    found: list[MatrixStretch] = []
    for leaf in leaves[1:-1]:
        start = leaf.stretch.start
        for parameter in leaf.parameters:
            if len(parameter.shape) == 2 and parameter.decays:
                found.append(MatrixStretch(start, *parameter.shape, parameter.groups))
            start += parameter.size
    return found
