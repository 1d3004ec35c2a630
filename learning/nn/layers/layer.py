"""The protocol of a layer: what a person asks for, its shape rule, its parameters, and its plan for a batch.

Values have the shape (*shape, rows): features first, and the rows of the batch last, which lie together in memory. The
parameters of a layer are a stretch of the net's flat vector, in the order in which the layer lists them.

The shape of a sequence is (features, positions), and its values have the shape (features, rows x positions), those of a
row side by side: so what a layer does at each position alone is what it does with the rows of a batch.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.errors import LayerMisfit
from learning.nn.plan import Operation

if TYPE_CHECKING:
    from learning.nn.layers.stack import StackPlan

Shape = tuple[int, ...]
"""The shape of a row's values, without the rows."""

Initializer = Callable[[np.random.Generator], NDArray[np.floating] | float]
"""Draws a parameter's first values, or is a constant."""


MAX_GROUPS: Final = 256
"""The most groups that the inputs and outputs of a layer are divided into."""


@dataclass(frozen=True)
class Parameter:
    """An array of numbers that a layer learns.

    Attributes:
        name: Its name within the layer, such as `weights`.
        shape: Its shape.
        initializer: What draws its first values.
        decays: Whether weight decay pulls it towards zero.
        groups: How many matrices stand side by side in its columns.
    """

    name: str
    shape: Shape
    initializer: Initializer
    decays: bool
    groups: int = 1

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)


@dataclass(frozen=True, kw_only=True)
class LayerSpec(ABC):
    """What a person asks for: the base of the dataclasses that a job's spec and a model are made of."""

    type: str
    is_pointwise: ClassVar[bool] = False
    """Whether it takes each position of a sequence for a row of its own."""

    @abstractmethod
    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of a row's outputs.

        Raises:
            LayerMisfit: if the layer cannot take inputs of this shape; the message says what to do.
        """

    @abstractmethod
    def plan(
        self, parameters: NDArray[np.floating], gradients: NDArray[np.floating] | None, input_shape: Shape, rows: int
    ) -> "LayerPlan":
        """Plan the layer for batches of `rows` rows.

        Args:
            parameters: Its stretch of the net's parameters; they may change in place.
            gradients: Memory for the gradient of each, or None if only the gradients of inputs are wanted.
            input_shape: The shape of a row's inputs.
            rows: Rows per batch.
        """

    def plan_next(
        self, parameters: NDArray[np.floating], input_shape: Shape, position: "SequencePosition"
    ) -> "LayerPlan":
        """Plan the layer for one position of a sequence after the other; it keeps what it needs of those before.

        Args:
            parameters: Its stretch of the net's parameters.
            input_shape: The shape of a sequence, or of a position if it is pointwise.
            position: Which position is next.
        """
        del position  # most layers treat all alike
        return self.plan(parameters, None, input_shape, 1)

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """Return what it learns, in the order of its stretch of the flat vector; by default nothing."""
        return ()

    def count_products(self, input_shape: Shape) -> int:
        """Return about how often it multiplies in a forward pass of a row: once for each parameter, or more."""
        return sum(parameter.size for parameter in self.parameters(input_shape))

    @property
    def parts(self) -> Sequence["LayerSpec"]:
        """The layers within it, which take its inputs one after the other; their parameters are its first."""
        return ()

    def for_inference(self) -> "LayerSpec | None":
        """Return the layer that takes its place in predictions; None: the values pass unchanged."""
        return self

    def allocate_rows(self, rows: int, width: int, dtype: DTypeLike) -> NDArray[np.floating]:
        """Allocate memory for rows of inputs (rows, width) as the first layer of a net reads them.

        There may be further columns, which are the layer's own and are filled here.
        """
        memory: NDArray[np.floating] = np.empty((rows, width), dtype)
        return memory


@dataclass
class SequencePosition:
    """The position of a sequence that is next, counted from 0; whoever reads the sequence moves it on."""

    number: int = 0


class LayerPlan(ABC):
    """A layer's memory and operations for batches of `rows` rows.

    Attributes:
        stacks: The layers within it.
        random_layers: The plans within it, or itself, that draw random numbers.
    """

    stacks: Sequence["StackPlan"] = ()
    random_layers: Sequence["RandomLayerPlan"] = ()

    def __init__(self, input_shape: Shape, rows: int, dtype: np.dtype[np.floating]) -> None:
        self.input_size = shape_memory(input_shape, rows)
        self.dtype = dtype

    @cached_property
    def inputs(self) -> NDArray[np.floating]:
        """Memory for its inputs (*input_shape, rows), which the layer before fills."""
        return np.empty(self.input_size, self.dtype)

    @abstractmethod
    def forward(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> list[Operation]:
        """Plan the forward pass from x (*input_shape, rows), its own `inputs` or a batch's memory, into y."""

    @abstractmethod
    def backward(
        self, x: NDArray[np.floating], y: NDArray[np.floating], dy: NDArray[np.floating], *, input_gradient: bool
    ) -> tuple[list[Operation], NDArray[np.floating]]:
        """Plan the backward pass, once after `forward` with the same x and y: it fills the gradients of parameters.

        Args:
            x: The inputs.
            y: The outputs, which may be overwritten.
            dy: The gradient of the loss by the outputs, which may be overwritten.
            input_gradient: Whether the gradient by the inputs is wanted.

        Returns:
            The operations, and the memory in which they leave the gradient by the inputs (*input_shape, rows).
        """


class NextLayerPlan(LayerPlan):
    """The plan of a layer that reads a sequence position by position, and learns nothing of it."""

    def backward(
        self, x: NDArray[np.floating], y: NDArray[np.floating], dy: NDArray[np.floating], *, input_gradient: bool
    ) -> tuple[list[Operation], NDArray[np.floating]]:
        """Refused.

        Raises:
            ValueError: always.
        """
        raise ValueError("what is read position by position has no gradients")


class LayerObserver:
    """Sees the values and gradients of a net's layers while plans are executed, and changes none.

    A subclass sees what it overrides.
    """

    def see_inputs(self, layer: LayerPlan, x: NDArray[np.floating]) -> None:
        """See a layer's inputs before its forward pass."""

    def see_outputs(self, layer: LayerPlan, y: NDArray[np.floating]) -> None:
        """See a layer's outputs after its forward pass."""

    def see_gradient(self, layer: LayerPlan, dy: NDArray[np.floating]) -> None:
        """See the gradient by a layer's outputs before its backward pass."""


class RandomLayerPlan(LayerPlan):
    """The plan of a layer that draws random numbers for every batch."""

    def __init__(self, input_shape: Shape, rows: int, dtype: np.dtype[np.floating]) -> None:
        super().__init__(input_shape, rows, dtype)
        self.random = np.random.default_rng(0)  # until it is seeded
        self.random_layers = (self,)

    def seed_with(self, random: np.random.Generator) -> None:
        """Draw the random numbers of the next batches from a generator."""
        self.random = random

    @abstractmethod
    def resample(self) -> None:
        """Draw new random numbers for the next batch."""


def shape_memory(shape: Shape, rows: int) -> Shape:
    """Return the shape of the memory of so many rows' values: (*shape, rows), or (features, rows x positions)."""
    return (shape[0], rows * shape[1]) if len(shape) == 2 else (*shape, rows)


def check_groups(groups: int, **counts: int) -> None:
    """Check that counts, such as `inputs` and `units`, can be divided into so many equal groups.

    Raises:
        LayerMisfit: if they cannot.
    """
    if any(count % groups for count in counts.values()):
        what, names = (" and ".join(each) for each in ([f"{n:,} {name}" for name, n in counts.items()], counts))
        raise LayerMisfit(
            f"cannot divide {what} into {groups} equal groups",
            f"let the numbers of {names} be multiples of {groups}, or leave groups out",
        )


def require_vector(input_shape: Shape) -> int:
    """Return the length of inputs that are a vector.

    Raises:
        LayerMisfit: if they are not.
    """
    if len(input_shape) != 1:
        raise LayerMisfit(
            f"takes a row's values in one list, and gets them in the shape {' x '.join(map(str, input_shape))}",
            "put a dense layer before it, which makes a list of them",
        )
    return input_shape[0]
