"""A net: its parameter vector, its initialization, and its predictions."""

import threading

import numpy as np
import pytest

from learning.nn.layers import Dense, Dropout
from learning.nn.net import NeuralNet
from learning.seeding import rng_for


def rows(n, width, seed=0):
    return np.random.default_rng(seed).normal(size=(n, width)).astype(np.float32)


def test_parameters_are_one_vector_that_all_layers_are_views_of():
    net = NeuralNet(3, [Dense(units=5), Dropout(rate=0.5), Dense(units=4)], 2, seed=0)
    assert [matrix.shape for matrix in net.weights] == [(4, 5), (6, 4), (5, 2)]
    assert net.parameter_count == len(net.parameters) == len(net.gradients) == 4 * 5 + 6 * 4 + 5 * 2
    net.parameters[...] = np.arange(net.parameter_count)
    assert net.weights[1][0, 0] == 20
    net.weight_views(net.gradients)[2][...] = 7
    assert net.gradients[-10:].tolist() == [7.0] * 10
    assert net.parameters.dtype == net.gradients.dtype == np.float32


def test_a_prediction_is_the_activated_weighted_sum_layer_by_layer():
    net = NeuralNet(
        3, [Dense(units=5, activation="tanh"), Dropout(rate=0.9), Dense(units=4, activation="relu")], 2, seed=1
    )
    net.parameters += 0.1
    x = rows(6, 3)
    first, second, last = (matrix.astype(float) for matrix in net.weights)
    y = np.tanh(x @ first[:-1] + first[-1])
    y = np.maximum(y @ second[:-1] + second[-1], 0)
    np.testing.assert_allclose(net.forward(x), y @ last[:-1] + last[-1], rtol=1e-5, atol=1e-6)
    assert net.forward(x).dtype == np.float32


def test_without_hidden_layers_a_net_is_a_linear_model():
    net = NeuralNet(3, [], 1, seed=0, dtype=np.float64)
    net.parameters[...] = [1, 2, 3, 4]
    assert net.forward(np.array([[1.0, 1.0, 1.0], [0.0, 0.0, 2.0]])).tolist() == [[10.0], [10.0]]


def test_the_same_seed_gives_the_same_first_weights_and_another_seed_others():
    first, again, other = (NeuralNet(4, [Dense(units=8)], 1, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(first.parameters, again.parameters)
    assert not np.array_equal(first.parameters, other.parameters)


@pytest.mark.parametrize(
    ("activation", "initializer", "variance", "uniform"),
    [
        ("relu", "auto", 2 / 300, False),
        ("gelu", "auto", 2 / 300, False),
        ("tanh", "auto", 2 / 500, True),
        ("sigmoid", "auto", 2 / 500, True),
        ("linear", "auto", 2 / 500, True),
        ("tanh", "he_normal", 2 / 300, False),
        ("tanh", "he_uniform", 2 / 300, True),
        ("relu", "glorot_normal", 2 / 500, False),
        ("relu", "glorot_uniform", 2 / 500, True),
    ],
)
def test_first_weights_have_the_variance_and_shape_of_their_initializer(activation, initializer, variance, uniform):
    net = NeuralNet(300, [Dense(units=200, activation=activation, initializer=initializer)], 1, seed=5)
    weights, biases = net.weights[0][:-1], net.weights[0][-1]
    assert weights.var() == pytest.approx(variance, rel=0.03)
    assert abs(weights.mean()) < 5 * np.sqrt(variance / weights.size)
    assert not biases.any()
    edge = np.sqrt(3 * variance)
    assert (np.abs(weights).max() <= edge * 1.0001) is np.bool_(uniform)


def test_signals_neither_fade_nor_explode_through_thirty_layers():
    net = NeuralNet(100, [Dense(units=100)] * 30, 100, seed=0)
    assert 0.05 < 10 * net.forward(rows(200, 100)).std() < 20  # the output layer begins ten times smaller


def test_a_new_nets_outputs_are_near_zero():
    assert np.abs(NeuralNet(20, [Dense(units=64)], 5, seed=0).forward(rows(100, 20))).max() < 1


def test_the_decay_mask_is_one_for_weights_and_zero_for_biases():
    net = NeuralNet(2, [Dense(units=3)], 1, seed=0)
    assert net.decay_mask().tolist() == [1] * 6 + [0] * 3 + [1] * 3 + [0]


def test_many_rows_are_predicted_as_one_by_one():
    net = NeuralNet(5, [Dense(units=7, activation="silu")], 3, seed=0, dtype=np.float64)
    at_once = net.chunk_rows
    x = np.random.default_rng(0).normal(size=(2 * at_once + 3, 5))
    found = net.forward(x)
    assert found.shape == (len(x), 3)
    for i in (0, at_once - 1, at_once, len(x) - 1):
        np.testing.assert_allclose(found[i : i + 1], net.forward(x[i : i + 1]), rtol=1e-12)
    assert net.forward(x[:0]).shape == (0, 3)


def test_threads_predict_concurrently():
    net = NeuralNet(6, [Dense(units=32, activation="gelu"), Dense(units=32)], 2, seed=0)
    inputs = [rows(50, 6, seed) for seed in range(8)]
    expected = [net.forward(x) for x in inputs]
    wrong = []

    def predict(x, answer):
        wrong.extend(1 for _ in range(50) if not np.array_equal(net.forward(x), answer))

    threads = [threading.Thread(target=predict, args=pair) for pair in zip(inputs, expected, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_inputs_that_overflow_give_no_warning():
    net = NeuralNet(2, [Dense(units=4)], 1, seed=0)
    net.forward(np.array([[3e38, -3e38]], np.float32))


def test_randomness_depends_on_seed_purpose_and_epoch_alone():
    first = rng_for(1, "order", 2).random(5).tolist()
    assert rng_for(1, "order", 2).random(5).tolist() == first
    others = [rng_for(2, "order", 2), rng_for(1, "dropout", 2), rng_for(1, "order", 1), rng_for(12, "order")]
    assert all(other.random(5).tolist() != first for other in others)
    assert rng_for(11, "order", 2).random() != rng_for(1, "order", 12).random()
