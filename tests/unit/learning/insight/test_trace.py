"""The trace of a training step, against the net's own output and numeric gradients."""

from typing import get_args

import numpy as np
import pytest

from learning.insight.trace import trace_step
from learning.nn.activations import ActivationName
from learning.nn.layers import Conv, Dense, Dropout, Norm, Pool, Residual
from learning.nn.layers.inputs import ImageInput, NetInputs
from learning.nn.losses import create_loss
from learning.nn.net import NeuralNet

CASES = [("mse", 0, 0.7), ("mae", 0, 9.0), ("huber", 0, 0.2), ("cross_entropy", 2, 1), ("cross_entropy", 4, 2)]


def case(name, classes, y, layers, dtype=np.float64):
    """A net with biases, a row and what the loss compares with."""
    net = NeuralNet(3, layers, classes if classes > 2 else 1, seed=1, dtype=dtype)
    random = np.random.default_rng(4)
    net.parameters += random.normal(size=net.parameter_count).astype(dtype) / 4
    loss = create_loss(name, classes)
    return net, loss, random.normal(size=(1, 3)).astype(dtype), loss.targets(np.array([y]), dtype)


def numeric(function, at, step=1e-6):
    """The gradient of a function of an array, by central differences."""
    found = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        ends = []
        for sign in (1, -1):
            moved = at.copy()
            moved[place] += sign * step
            ends.append(function(moved))
        found[place] = (ends[0] - ends[1]) / (2 * step)
    return found


@pytest.mark.parametrize(("name", "classes", "y"), CASES)
@pytest.mark.parametrize("activation", get_args(ActivationName))
def test_every_gradient_is_the_numeric_one(name, classes, y, activation):
    net, loss, x, target = case(name, classes, y, [Dense(units=5, activation=activation), Dense(units=4)])
    found = trace_step(net, loss, x, target, 0.1)

    def compute_loss(parameters):
        other = NeuralNet(3, net.dense_layers[:-1], net.outputs, seed=0, dtype=float)
        other.parameters[...] = parameters
        return loss.values(other.forward(x), target)[0]

    gradients = net.weight_views(numeric(compute_loss, net.parameters))
    for layer, gradient in zip(found.layers, gradients, strict=True):
        np.testing.assert_allclose(layer.gradient, gradient, atol=1e-7)
        np.testing.assert_allclose(layer.dz, gradient[-1], atol=1e-7)
    last = found.layers[-1]
    by_logits = numeric(lambda z: loss.values(z, target)[0], found.logits)
    np.testing.assert_allclose(last.da, by_logits[0], atol=1e-7)
    hidden = found.layers[1]
    by_outputs = numeric(lambda a: loss.values(a @ last.matrix[:-1] + last.matrix[-1], target)[0], hidden.a[None])
    np.testing.assert_allclose(hidden.da, by_outputs[0], atol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_traced_forward_pass_is_that_of_inference_without_dropout(dtype):
    layers = [Dense(units=6, activation="tanh"), Dropout(rate=0.5), Dense(units=4, activation="gelu")]
    net, loss, x, target = case("cross_entropy", 4, 2, layers, dtype)
    before = net.parameters.copy()
    found = trace_step(net, loss, x, target, 0.05)
    first, second, last = found.layers

    np.testing.assert_allclose(found.logits, net.forward(x), rtol=1e-6)
    np.testing.assert_allclose(first.a, np.tanh(first.z), rtol=1e-5)
    np.testing.assert_array_equal(second.inputs, first.a)
    np.testing.assert_array_equal(last.a, last.z)
    np.testing.assert_array_equal(net.parameters, before)
    assert {layer.gradient.dtype for layer in found.layers} == {np.dtype(dtype)}


def test_layers_within_others_are_traced_in_their_order():
    inner = (Norm(), Dense(units=4, activation="tanh", groups=2), Dense(units=6, activation="linear"))
    layers = [Dense(units=6, activation="gelu"), Residual(layers=inner), Norm()]
    net, loss, x, target = case("cross_entropy", 4, 2, layers)
    found = trace_step(net, loss, x, target, 0.1)
    assert [layer.activation for layer in found.layers] == ["gelu", "tanh", "linear", "linear"]
    assert [len(layer.a) for layer in found.layers] == [6, 4, 6, 4]
    np.testing.assert_array_equal(found.layers[2].inputs, found.layers[1].a)

    def compute_loss(parameters):
        other = NeuralNet(3, layers, net.outputs, seed=0, dtype=float, parameters=parameters)
        return loss.values(other.forward(x), target)[0]

    gradients = net.weight_views(numeric(compute_loss, net.parameters))
    for layer, gradient in zip(found.layers, gradients, strict=True):
        np.testing.assert_allclose(layer.gradient, gradient, atol=1e-7)


def test_a_step_against_the_gradient_makes_the_row_less_wrong_by_its_square():
    """For small steps the loss falls by the learning rate times the squared length of the gradient."""
    net, loss, x, target = case("mse", 0, 3.0, [Dense(units=8, activation="silu")])
    found = trace_step(net, loss, x, target, 1e-6)
    squares = sum(np.square(layer.gradient).sum() for layer in found.layers)

    assert (found.loss - found.loss_after) / 1e-6 == pytest.approx(squares, rel=1e-3)
    assert trace_step(net, loss, x, target, 0.0).loss_after == found.loss


def norm_filters(weights):
    """The norm of each filter, of patterns (kernel, kernel, channels, filters), or those of each group."""
    grouped = weights.reshape(-1, *weights.shape[-4:])
    return np.concatenate([np.linalg.norm(own.reshape(-1, own.shape[-1]), axis=0) for own in grouped])


@pytest.mark.parametrize("groups", [1, 2])
def test_convolutions_are_traced_channel_by_channel_against_finite_differences(groups):
    second_layer = Conv(filters=2, activation="linear", groups=groups)
    layers = [Conv(filters=4, activation="tanh"), Dropout(rate=0.5), second_layer, Pool()]
    inputs = NetInputs(2, image=ImageInput((1, 6, 5), (0.5,), (0.25,)))
    net = NeuralNet(inputs, [*layers, Dense(units=3)], 1, seed=1, dtype=np.float64)
    random = np.random.default_rng(4)
    net.parameters += random.normal(size=net.parameter_count) / 4
    numbers, images = random.normal(size=(1, 2)), random.integers(0, 256, (1, 1, 6, 5)).astype(np.uint8)
    loss = create_loss("mse", 0)
    target = loss.targets(np.array([0.7]), np.float64)
    found = trace_step(net, loss, net.join(numbers, None, images), target, 0.1, images=images)

    def compute_loss(parameters):
        other = NeuralNet(inputs, [*layers, Dense(units=3)], 1, seed=0, dtype=np.float64, parameters=parameters)
        return loss.values(other.forward(numbers, None, images), target)[0]

    gradient = numeric(compute_loss, net.parameters)
    first, second, pool = found.image_layers
    assert [layer.shape for layer in found.image_layers] == [(4, 6, 5), (2, 6, 5), (2, 3, 2)]
    for layer, placed in ((first, net.placed[0]), (second, net.placed[2])):
        weights, own = placed.cut_parameters(net.parameters), placed.cut_parameters(gradient)
        np.testing.assert_allclose(layer.db, own["bias"], atol=1e-7)
        np.testing.assert_allclose(layer.dw_norms, norm_filters(own["weights"]), atol=1e-7)
        np.testing.assert_allclose(layer.weight_norms, norm_filters(weights["weights"]))
    part = NeuralNet(inputs, layers[:1], 1, seed=0, dtype=np.float64)
    part.parameters[: net.placed[0].stretch.stop] = net.parameters[: net.placed[0].stretch.stop]
    values = part.join(numbers, None, images)[0, 2:].reshape(4, -1)
    np.testing.assert_allclose(first.a, values.mean(axis=1))
    np.testing.assert_allclose(second.da, second.db)  # linear
    np.testing.assert_allclose(pool.da, second.da)  # a maximum passes its gradient on
    assert (pool.type, pool.activation, pool.db, pool.dw_norms) == ("pool", None, None, None)
    assert found.loss == pytest.approx(compute_loss(net.parameters))
    assert found.loss_after == pytest.approx(compute_loss(net.parameters - 0.1 * gradient), abs=1e-7)
