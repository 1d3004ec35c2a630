"""A net's output for a row as one number, the target or the probability of a class, and its input gradients."""

from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import NDArray

from learning.nn.image_plan import ImagePlan
from learning.nn.layers import list_inference_layers
from learning.nn.layers.inputs import RowArrays
from learning.nn.net import NeuralNet
from learning.nn.plan import execute
from learning.tasks.task import Target


@dataclass(frozen=True)
class ScalarOutput:
    """A net's output in the target's units, or as the probability of a class, by the joined values of rows."""

    net: NeuralNet
    target: Target

    @property
    def inputs(self) -> int:
        """How many joined values a row has."""
        return self.net.inputs

    @property
    def width(self) -> int:
        """How many numbers are computed of a row."""
        return self.net.max_width

    @property
    def products(self) -> int:
        """How many multiplications a row takes."""
        return self.net.layer_parameter_count

    def join(self, rows: RowArrays) -> NDArray[np.floating]:
        """The joined values of rows (rows, inputs)."""
        return self.net.join(*rows)

    def baseline(self, mean: NDArray[np.floating]) -> NDArray[np.floating]:
        """The mean joined values of training rows."""
        return mean

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


@dataclass(frozen=True)
class PictureOutput:
    """The output of a net that sees pictures, by a row's numbers, the vectors of its ids, and its scaled pixels.

    Scaled pixels are 0 where a picture has the mean colour of training pictures.
    """

    net: NeuralNet
    target: Target

    @cached_property
    def inputs(self) -> int:
        """How many numbers, parts of vectors and scaled pixels a row has."""
        return self.net.net_inputs.width + prod(self.net.net_inputs.require_image().shape)

    @property
    def width(self) -> int:
        """How many numbers are computed of a row, as pictures pass in slices."""
        return self.inputs

    @property
    def products(self) -> int:
        """How many multiplications a row takes."""
        return self.net.products

    def join(self, rows: RowArrays) -> NDArray[np.floating]:
        """The numbers, vectors and scaled pixels of rows (rows, inputs)."""
        if rows.images is None:
            raise ValueError("these rows have no pictures")
        joined: NDArray[np.floating] = np.empty((len(rows.numbers), self.inputs), self.net.dtype)
        self.net.net_inputs.join(joined, self.net.tables, rows.numbers, rows.ids, rows.terms)
        plan = ImagePlan(self.net.net_inputs.require_image(), (), self.net.parameters[:0], None, len(joined))
        execute(plan.plan_pixels(rows.images))
        joined[:, self.net.net_inputs.width :] = plan.pixels.reshape(-1, len(joined)).T
        return joined

    def baseline(self, mean: NDArray[np.floating]) -> NDArray[np.floating]:
        """The mean numbers and vectors of training rows, and a picture of the mean colour."""
        start = np.zeros(self.inputs, self.net.dtype)
        start[: self.net.net_inputs.width] = mean[: self.net.net_inputs.width]
        return start

    def evaluate(self, x: NDArray[np.floating], classes: NDArray[np.intp]) -> NDArray[np.float64]:
        """The number, or the probability of each row's class (rows,)."""
        output, values = ScalarOutput(self.net, self.target), np.empty(len(x), np.float64)
        for part in self._slices(len(x)):
            values[part] = output.evaluate(PixelPass(self.net, len(x[part])).join(x[part]), classes[part])
        return values

    def input_gradients(self, x: NDArray[np.floating], classes: NDArray[np.intp]) -> NDArray[np.floating]:
        """The gradient of the output by each value of each row (rows, inputs), by backpropagation to the pixels."""
        output, gradients, planned = ScalarOutput(self.net, self.target), np.empty_like(x), None
        for part in self._slices(len(x)):
            if planned is None or planned.rows != len(x[part]):
                planned = PixelPass(self.net, len(x[part]))
            by_joined = output.input_gradients(planned.join(x[part]), classes[part])
            planned.write_gradients(by_joined, gradients[part])
        return gradients

    def _slices(self, rows: int) -> list[slice]:
        return [slice(start, start + self.net.slice_rows) for start in range(0, rows, self.net.slice_rows)]


class PixelPass:
    """The forward pass from scaled pixels to a net's joined values, and the backward pass, for so many rows."""

    def __init__(self, net: NeuralNet, rows: int) -> None:
        image, layers = net.net_inputs.require_image(), list_inference_layers(net.image_layers)
        self.rows, self._width = rows, net.net_inputs.width
        self._plan = ImagePlan(image, layers, net.parameters[net.image_stretch], None, rows)
        self._features: NDArray[np.floating] = np.empty((net.inputs - self._width, rows), net.dtype)
        self._by_features: NDArray[np.floating] = np.empty_like(self._features)
        self._forward = self._plan.plan_layers(self._features)
        self._backward, self._by_pixels = self._plan.plan_pixel_gradients(self._features, self._by_features)

    @np.errstate(all="ignore")
    def join(self, x: NDArray[np.floating]) -> NDArray[np.floating]:
        """The joined values of the net (rows, net.inputs) for numbers, vectors and scaled pixels (rows, inputs)."""
        self._plan.pixels[...] = x[:, self._width :].T.reshape(self._plan.pixels.shape)
        execute(self._forward)
        return np.concatenate([x[:, : self._width], self._features.T], axis=1)

    @np.errstate(all="ignore")
    def write_gradients(self, by_joined: NDArray[np.floating], out: NDArray[np.floating]) -> None:
        """Write the gradient by what `join` was called with last into `out`, by that of the joined values."""
        out[:, : self._width] = by_joined[:, : self._width]
        self._by_features[...] = by_joined[:, self._width :].T
        execute(self._backward)
        out[:, self._width :] = self._by_pixels.reshape(-1, self.rows).T
