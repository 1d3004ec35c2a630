"""Backpropagation against finite differences, for every activation with every loss, dropout and weighted rows."""

from dataclasses import replace
from itertools import product
from typing import get_args

import numpy as np
import pytest

from learning.nn.activations import ActivationName
from learning.nn.backpropagation import Backpropagation, Batch
from learning.nn.layers import Attention, Conv, Dense, Dropout, Layer, Norm, Pool, Residual, TokenEmbedding
from learning.nn.losses import create_loss
from learning.nn.net import NeuralNet
from learning.nn.plan import execute
from learning.seeding import rng_for
from tests.unit.learning.nn.finite_differences import compare_gradients

ROWS, INPUTS = 7, 3
TASKS = [("mse", 0), ("mae", 0), ("huber", 0), ("cross_entropy", 2), ("cross_entropy", 3)]


def batch_for(loss, classes, seed=1):
    random = np.random.default_rng(seed)
    y = random.integers(0, classes, ROWS) if classes else random.normal(size=(ROWS, 1)) * 2
    targets, outputs = loss.targets(y, np.float64), classes if classes > 2 else 1
    answers = loss.target_buffer(targets, outputs)
    loss.encode_targets(targets, answers)
    weights, logits = random.uniform(0.2, 3, (ROWS, 1)), np.empty((ROWS, outputs))
    return Batch(random.normal(size=(ROWS, INPUTS)), answers, weights, logits), targets


def with_ones(batch):
    return replace(batch, x=np.column_stack([batch.x, np.ones(ROWS)]))


LAYERS = [
    Dense(units=INPUTS, activation="gelu"),
    Dense(units=INPUTS, activation="tanh", groups=INPUTS),
    Dropout(rate=0.3),
    Norm(),
    Residual(layers=(Norm(), Dense(units=5, activation="silu"), Dropout(rate=0.2), Dense(units=INPUTS))),
    Residual(layers=(Dropout(rate=0.4),)),
]
"""One of each but those that see pictures or tokens, which any other can follow."""


@pytest.mark.parametrize("activation", get_args(ActivationName))
@pytest.mark.parametrize(("name", "classes"), TASKS)
def test_every_gradient_is_the_limit_of_finite_differences(activation, name, classes):
    layers = [
        Dropout(rate=0.2),
        Dense(units=5, activation=activation),
        Dropout(rate=0.4),
        Dense(units=4, activation=activation),
    ]
    compare_all_gradients(layers, name, classes)


@pytest.mark.parametrize("layers", [*([layer] for layer in LAYERS), *product(LAYERS, repeat=2)])
def test_gradients_pass_through_every_pair_of_layers(layers):
    assert {type(layer) for layer in LAYERS} == set(get_args(Layer)) - {Conv, Pool, TokenEmbedding, Attention}
    compare_all_gradients([Dense(units=INPUTS, activation="tanh"), *layers], "cross_entropy", 3)
    compare_all_gradients(layers, "mse", 0)


@pytest.mark.parametrize("activation", get_args(ActivationName))
def test_gradients_pass_through_layers_of_several_groups(activation):
    grouped = [Dense(units=units, activation=activation, groups=2) for units in (6, 8)]
    compare_all_gradients([Dense(units=4), grouped[0], Dropout(rate=0.2), grouped[1]], "cross_entropy", 3)
    compare_all_gradients([Dense(units=9, groups=3, activation=activation)], "mse", 0)


def compare_all_gradients(layers, name, classes):
    """Compare all gradients of a net with finite differences."""
    net = NeuralNet(INPUTS, layers, classes if classes > 2 else 1, seed=3, dtype=np.float64)
    net.parameters += np.random.default_rng(2).normal(size=net.parameter_count) * 0.1  # biases, too, are not zero
    loss = create_loss(name, classes)
    batch, targets = batch_for(loss, classes)
    compare_gradients(net, loss, Backpropagation(net, loss, ROWS), batch, targets)


@pytest.mark.parametrize("layer", LAYERS)
def test_gradients_by_the_inputs_are_the_limit_of_finite_differences(layer):
    net = NeuralNet(INPUTS, [layer, Dense(units=4, activation="tanh")], 1, seed=3, dtype=np.float64)
    x, h, logits = np.random.default_rng(1).normal(size=(ROWS, INPUTS)), 1e-6, np.empty((1, ROWS))
    stack = net.plan_layers(ROWS)
    execute(stack.forward(x.T, logits))
    np.testing.assert_allclose(logits.T, net.forward(x), rtol=1e-12)
    backward, found = stack.backward(x.T, logits, np.ones((1, ROWS)), input_gradient=True)
    execute(backward)
    steps = h * np.eye(INPUTS)
    expected = np.hstack([(net.forward(x + step) - net.forward(x - step)) / (2 * h) for step in steps])
    np.testing.assert_allclose(found.T, expected, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("activation", get_args(ActivationName))
def test_the_forward_pass_of_training_gives_the_logits_of_inference(activation):
    net = NeuralNet(INPUTS, [Dense(units=6, activation=activation)] * 2, 2, seed=0)
    x = np.random.default_rng(0).normal(size=(ROWS, INPUTS)).astype(np.float32)
    batch = Batch(x, np.empty((ROWS, 2), np.float32), None, np.empty((ROWS, 2), np.float32))
    execute(Backpropagation(net, create_loss("cross_entropy", 3), ROWS).plan_forward(batch))
    np.testing.assert_array_equal(batch.logits, net.forward(x))


@pytest.mark.parametrize("layers", [[], [Dense(units=6)], [Dense(units=6), Dropout(rate=0.5), Dense(units=5)]])
def test_rows_that_end_in_a_one_give_the_same_gradients(layers):
    net = NeuralNet(INPUTS, layers, 1, seed=0, dtype=np.float64)
    net.parameters += np.random.default_rng(2).normal(size=net.parameter_count) * 0.1
    batch, _ = batch_for(create_loss("mse", 0), 0)
    backpropagation, gradients = Backpropagation(net, create_loss("mse", 0), ROWS), []
    for rows in (batch, with_ones(batch)):
        backpropagation.seed_with(rng_for(0, "dropout"))
        execute(backpropagation.plan_step(rows))
        gradients.append(net.gradients.copy())
    np.testing.assert_allclose(gradients[0], gradients[1], rtol=1e-12)
    assert np.abs(gradients[0]).min() < np.abs(gradients[0]).max()


def test_rows_without_weights_have_weight_one():
    net = NeuralNet(INPUTS, [Dense(units=4)], 1, seed=0, dtype=np.float64)
    loss = create_loss("mse", 0)
    batch, _ = batch_for(loss, 0)
    backpropagation = Backpropagation(net, loss, ROWS)
    execute(backpropagation.plan_step(replace(batch, weights=None)))
    unweighted = net.gradients.copy()
    execute(backpropagation.plan_step(replace(batch, weights=np.ones((ROWS, 1)))))
    np.testing.assert_allclose(unweighted, net.gradients, rtol=1e-14)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9, 0.9999999])
def test_dropout_zeroes_its_share_and_keeps_the_expected_sum(rate):
    net = NeuralNet(400, [Dropout(rate=rate), Dense(units=2)], 1, seed=0)
    backpropagation = Backpropagation(net, create_loss("mse", 0), 500)
    backpropagation.seed_with(rng_for(1, "dropout"))
    (dropout,) = backpropagation.random_layers
    y = np.empty((400, 500), np.float32)
    execute([dropout.resample, *dropout.forward(np.ones((400, 500), np.float32), y)])
    spread = np.sqrt(max(rate * (1 - rate), 1e-5) / y.size)
    assert abs((y == 0).mean() - rate) < 5 * spread
    assert len(np.unique(y[y > 0])) == 1
    assert y.dtype == np.float32
    if rate < 0.99:
        assert y.max() == pytest.approx(1 / (1 - rate), rel=1e-3)


def test_the_same_seed_purpose_and_epoch_drop_the_same_values():
    net = NeuralNet(9, [Dense(units=33), Dropout(rate=0.5), Dense(units=5)], 1, seed=0)
    backpropagation, masks = Backpropagation(net, create_loss("mse", 0), 11), []
    (dropout,) = backpropagation.random_layers
    for seed, epoch in [(4, 2), (4, 2), (4, 3), (5, 2)]:
        backpropagation.seed_with(rng_for(seed, "dropout", epoch))
        dropout.resample()
        masks.append(dropout.mask.copy())
    assert np.array_equal(masks[0], masks[1])
    assert not np.array_equal(masks[0], masks[2])
    assert not np.array_equal(masks[0], masks[3])
