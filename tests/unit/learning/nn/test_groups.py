"""Dense layers of several groups: smaller dense layers side by side, in every way that a net is run."""

import numpy as np
import pytest

from learning.errors import LayerMisfit
from learning.nn.inference import DenseChainPlan, LayersPlan, plan_inference
from learning.nn.layers import Dense, Dropout, Norm
from learning.nn.net import NeuralNet
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
    assert from_json(Dense, to_json(Dense(units=6, groups=2))) == Dense(units=6, groups=2)


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
        LayerMisfit, match=rf"^The layer layers/{place} cannot divide .* Let units and .* multiples of [25]"
    ):
        NeuralNet(INPUTS, layers, 1, seed=0)
