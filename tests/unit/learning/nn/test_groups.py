"""Layers of several groups: smaller layers of their kind side by side, in every way that a net is run."""

from dataclasses import replace

import numpy as np
import pytest

from learning.errors import LayerMisfit
from learning.nn.inference import DenseChainPlan, LayersPlan, plan_inference
from learning.nn.layers import Conv, Dense, Dropout, Norm, Pool
from learning.nn.layers.inputs import ImageInput, NetInputs
from learning.nn.net import NeuralNet
from learning.nn.plan import execute
from learning.serialization import from_json, to_json

INPUTS = 12


def rows(count, width=INPUTS):
    return np.random.default_rng(1).normal(size=(count, width)).astype(np.float32)


def compute_by_groups(net, x):
    """The logits of a net of dense layers, each group computed by itself."""
    for layer, stretch in zip(net.dense_layers, net.dense_stretches, strict=True):
        matrix = layer.view_matrix(net.parameters[stretch]).astype(np.float64)
        parts = zip(np.split(x, layer.groups, 1), np.split(matrix, layer.groups, 1), strict=True)
        x = np.hstack([part @ own[:-1] + own[-1] for part, own in parts])
        x = np.maximum(x, 0) if layer.activation == "relu" else x
    return x


@pytest.mark.parametrize("count", [1, 2, 300])
@pytest.mark.parametrize(
    ("layers", "plan"),
    [
        ([Dense(units=8), Dense(units=20, groups=4), Dense(units=10, groups=5)], DenseChainPlan),
        ([Dense(units=8), Dense(units=20, groups=4)], DenseChainPlan),
        ([Dense(units=6, groups=3), Dense(units=4, groups=2)], LayersPlan),
    ],
)
def test_each_neuron_reads_the_inputs_of_its_group_alone(layers, plan, count):
    net = NeuralNet(INPUTS, layers, 2, seed=3)
    net.parameters += np.random.default_rng(2).normal(size=net.parameter_count).astype(np.float32)
    x = rows(count)
    assert isinstance(plan_inference(net.inference_layers, net.parameters, INPUTS, count), plan)
    np.testing.assert_allclose(net.forward(x), compute_by_groups(net, x), rtol=2e-5, atol=2e-4)


def test_one_group_is_the_same_net_to_the_bit_and_needs_no_field_in_json():
    old = from_json(Dense, {"type": "dense", "units": 6, "activation": "silu", "initializer": "auto"})
    assert old == Dense(units=6, activation="silu")
    assert "groups" not in to_json(old)
    for layer in (Dense(units=6, groups=2), Conv(filters=6, groups=2), Norm(groups=2)):
        assert from_json(type(layer), to_json(layer)) == layer
        assert "groups" not in to_json(replace(layer, groups=1))


def test_a_net_of_groups_has_the_weights_of_a_net_with_zeros_between_them():
    net = NeuralNet(INPUTS, [Dense(units=8), Norm(), Dense(units=4, groups=2)], 1, seed=0)
    assert [matrix.shape for matrix in net.weights] == [(13, 8), (9, 4), (5, 1)]
    assert net.parameter_count == 13 * 8 + 16 + 5 * 4 + 5
    spread = net.weights[1]
    assert not spread[:4, 2:].any()
    assert not spread[4:8, :2].any()
    assert np.count_nonzero(spread) == 16
    plain = NeuralNet(INPUTS, [Dense(units=8), Norm(), Dense(units=4)], 1, seed=0)
    start, stretches = plain.dense_stretches[1].start, net.dense_stretches
    plain.parameters[:start] = net.parameters[:start]
    plain.weights[1][...], plain.weights[2][...] = spread, net.weights[2]
    np.testing.assert_allclose(plain.forward(rows(9)), net.forward(rows(9)), rtol=1e-5, atol=1e-7)
    assert stretches[2].start - start == 20


@pytest.mark.parametrize(("channels", "filters"), [(4, 6), (32, 48)])  # the larger ones take Winograd's products
def test_a_convolution_of_groups_is_one_with_zeros_between_them(channels, filters):
    inputs = NetInputs(0, image=ImageInput((3, 9, 8), (0.5,) * 3, (0.2,) * 3))
    images = np.random.default_rng(1).integers(0, 256, (5, 3, 9, 8)).astype(np.uint8)
    nets = [
        NeuralNet(inputs, [Conv(filters=channels), Conv(filters=filters, groups=groups), Pool()], 2, seed=3)
        for groups in (1, 2)
    ]
    plain, grouped = ([placed.cut_parameters(net.parameters) for placed in net.placed] for net in nets)
    weights = grouped[1]["weights"]
    assert weights.shape == (2, 3, 3, channels // 2, filters // 2)
    spread = nets[1].placed[1].layer.spread_groups(weights)
    np.testing.assert_array_equal(spread[:, :, channels // 2 :, filters // 2 :], weights[1])
    assert np.count_nonzero(spread) == weights.size == spread.size // 2
    grouped[1]["bias"][...] = plain[1]["bias"][...] = np.linspace(-1, 1, filters)
    plain[1]["weights"][...] = spread
    for number in (0, 3):
        for name, values in plain[number].items():
            values[...] = grouped[number][name]
    found = [net.forward(np.empty((5, 0), np.float32), None, images) for net in nets]
    np.testing.assert_allclose(found[1], found[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("positions", [(), (3, 2)])
def test_normalization_by_groups_is_that_of_each_by_itself(positions):
    random, rows = np.random.default_rng(7), 4
    parameters, x = random.normal(size=(2, 6)), random.normal(size=(6, *positions, rows))
    found, expected = np.empty_like(x), []
    shape = 6, *positions
    execute(Norm(groups=2).plan(parameters.reshape(-1), None, shape, rows).forward(x, found))
    for own in (slice(0, 3), slice(3, 6)):
        part = np.empty_like(x[own])
        plan = Norm().plan(parameters[:, own].reshape(-1), None, (3, *positions), rows)
        execute(plan.forward(x[own], part))
        expected.append(part)
    np.testing.assert_array_equal(found, np.concatenate(expected))


def test_first_weights_are_those_of_dense_layers_of_the_size_of_a_group():
    net = NeuralNet(400, [Dense(units=800, activation="tanh", groups=4)], 1, seed=0)
    (matrix, _) = net.dense_stretches
    weights = net.dense_layers[0].view_matrix(net.parameters[matrix])[:-1]
    assert weights.var() == pytest.approx(2 / (100 + 200), rel=0.02)
    assert len(np.unique(weights)) > 0.99 * weights.size  # no group is like another


@pytest.mark.parametrize(
    ("layers", "place"),
    [
        ([Dense(units=10, groups=5)], "0"),
        ([Dense(units=10), Dense(units=12, groups=5)], "1"),
        ([Dense(units=10), Dropout(rate=0.1), Dense(units=9, groups=2)], "2"),
    ],
)
def test_groups_that_do_not_divide_inputs_and_units_are_refused_with_what_to_do(layers, place):
    with pytest.raises(
        LayerMisfit,
        match=rf"^The layer layers/{place} cannot divide .* Let the numbers of inputs and units be .* of [25]",
    ):
        NeuralNet(INPUTS, layers, 1, seed=0)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (Conv(filters=4, groups=3), "cannot divide 4 channels and 4 filters into 3"),
        (Norm(groups=3), "cannot divide 4 channels into 3 equal groups. Let the numbers of channels be multiples of 3"),
    ],
)
def test_groups_that_do_not_divide_channels_are_refused(layer, words):
    inputs = NetInputs(0, image=ImageInput((1, 5, 5), (0.5,), (0.2,)))
    with pytest.raises(LayerMisfit, match=words):
        NeuralNet(inputs, [Conv(filters=4), layer], 1, seed=0)


def test_a_norm_of_groups_of_one_value_is_refused():
    with pytest.raises(LayerMisfit, match="values of a group with each other, and there is one in each"):
        NeuralNet(4, [Dense(units=4), Norm(groups=4)], 1, seed=0)
