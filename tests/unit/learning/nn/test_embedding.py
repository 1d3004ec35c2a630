"""Embeddings: gradients against finite differences and sums in float64, and the joined values of a row."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning.nn.backpropagation import Backpropagation, Batch
from learning.nn.layers import Dense, Dropout, Norm, Residual, count_parameters
from learning.nn.layers.embedding import Embedding
from learning.nn.layers.inputs import NetInputs
from learning.nn.layers.table_gradient import TableGradient
from learning.nn.losses import SquaredError
from learning.nn.net import NeuralNet
from tests.unit.learning.nn.finite_differences import compare_gradients

ROWS = 40
INPUTS = NetInputs(2, (Embedding(ids=3, units=4), Embedding(ids=50, units=3)))
FIRST_LAYERS = [
    Dense(units=5, activation="tanh"),
    Dropout(rate=0.3),
    Norm(),
    Residual(layers=(Dense(units=INPUTS.width, activation="gelu"),)),
]


def create_inputs(seed=0):
    """Numbers and ids of rows, of which the first column has ids that occur many times."""
    random = np.random.default_rng(seed)
    ids = np.column_stack([random.integers(0, 2, ROWS), random.integers(0, 50, ROWS)])
    return random.normal(size=(ROWS, INPUTS.numbers)), ids.astype(np.int32)


@pytest.mark.parametrize("layer", FIRST_LAYERS)
def test_every_gradient_is_the_limit_of_finite_differences(layer):
    net = NeuralNet(INPUTS, [layer, Dense(units=4, activation="tanh")], 1, seed=3, dtype=np.float64)
    net.parameters += np.random.default_rng(2).normal(size=net.parameter_count) * 0.3
    loss, (numbers, ids) = SquaredError(), create_inputs()
    targets = np.random.default_rng(1).normal(size=(ROWS, 1))
    batch = Batch(numbers, targets, None, np.empty((ROWS, 1)), ids)
    compare_gradients(net, loss, Backpropagation(net, loss, ROWS), batch)
    assert {len(gradient.rows) for gradient in net.table_gradients} == {2, len(np.unique(ids[:, 1]))}


@settings(max_examples=60)
@given(st.integers(1, 300), st.integers(1, 120), st.sampled_from([0, 1, 3]), st.integers(0, 2**16))
def test_the_gradient_of_a_vector_is_the_sum_over_its_rows(rows, ids, power, seed):
    random = np.random.default_rng(seed)
    chosen = (ids * random.random(rows) ** (power + 1)).astype(np.intp)  # the larger the power, the more are equal
    gradients = random.normal(size=(rows, 5))
    gradient = TableGradient(Embedding(ids=ids, units=5), np.dtype(np.float64))
    gradient.reserve(rows)
    gradient.sum(chosen, gradients)
    expected = np.zeros((ids, 5))
    for row, values in zip(chosen, gradients, strict=True):
        expected[row] += values
    assert sorted(gradient.rows) == np.unique(chosen).tolist()
    np.testing.assert_allclose(gradient.values, expected[gradient.rows], rtol=1e-12, atol=1e-12)
    square = np.zeros(())
    gradient.add_square(square)
    assert square == pytest.approx(np.square(expected).sum())


def test_a_rows_ids_become_vectors_behind_its_numbers():
    net = NeuralNet(INPUTS, [Dense(units=5)], 2, seed=0)
    numbers, ids = create_inputs()
    first, second = net.tables
    joined = np.hstack([numbers.astype(np.float32), first[ids[:, 0]], second[ids[:, 1]]])
    np.testing.assert_array_equal(net.join(numbers, ids), joined)
    np.testing.assert_array_equal(net.forward(numbers.astype(np.float32), ids), net.forward(joined))
    assert np.shares_memory(first, net.parameters)


def test_many_rows_with_ids_are_predicted_in_chunks():
    net = NeuralNet(INPUTS, [Norm(), Dense(units=2048)], 2, seed=0, dtype=np.float64)
    numbers, ids = (np.tile(array, (20, 1)) for array in create_inputs())
    assert len(ids) > net.chunk_rows
    np.testing.assert_allclose(net.forward(numbers, ids)[-ROWS:], net.forward(*create_inputs()), rtol=1e-10)


def test_the_training_of_ids_alone_needs_no_numbers():
    net = NeuralNet(NetInputs(0, (Embedding(ids=4, units=2),)), [], 1, seed=0)
    assert net.forward(np.empty((3, 0), np.float32), np.array([[0], [1], [3]], np.int32)).shape == (3, 1)


def test_tables_lie_behind_the_parameters_of_the_layers():
    layers = [Dense(units=5)]
    net = NeuralNet(INPUTS, layers, 2, seed=0)
    plain = NeuralNet(INPUTS.width, layers, 2, seed=0)
    np.testing.assert_array_equal(net.parameters[: plain.parameter_count], plain.parameters)
    assert net.parameter_count == plain.parameter_count + 3 * 4 + 50 * 3 == count_parameters(INPUTS, layers, 2)
    assert net.decay_mask().tolist() == plain.decay_mask().tolist()
    assert not np.array_equal(net.tables[0][0], net.tables[0][1])
