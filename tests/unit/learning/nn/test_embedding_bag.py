"""Embedding bags: gradients against finite differences, and sums beside a dense layer on the same matrix."""

import numpy as np
import pytest

from learning.nn.backpropagation import Backpropagation, Batch
from learning.nn.layers import Dense
from learning.nn.layers.embedding import Embedding
from learning.nn.layers.embedding_bag import TERM, EmbeddingBag
from learning.nn.layers.inputs import NetInputs
from learning.nn.losses import SquaredError
from learning.nn.net import NeuralNet
from tests.unit.learning.nn.finite_differences import compare_gradients

ROWS = 20
BAGS = (EmbeddingBag(ids=9, units=3, slots=5), EmbeddingBag(ids=4, units=2, slots=2))


def create_terms(seed=0):
    """Terms of rows, of which the first has none, and their weights as a dense matrix of both bags."""
    random = np.random.default_rng(seed)
    terms, dense = np.zeros((ROWS, 7), TERM), np.zeros((ROWS, 13))
    for row in range(1, ROWS):
        for bag, start, first in ((BAGS[0], 0, 0), (BAGS[1], 5, 9)):
            count = random.integers(0, bag.slots + 1)
            ids, weights = first + random.permutation(bag.ids)[:count], random.random(count).astype(np.float32) + 0.5
            terms["id"][row, start : start + count], terms["weight"][row, start : start + count] = ids, weights
            dense[row, ids] = weights
    return terms, dense


@pytest.mark.parametrize("embeddings", [(), (Embedding(ids=3, units=4), Embedding(ids=5, units=2))])
def test_every_gradient_is_the_limit_of_finite_differences(embeddings):
    inputs = NetInputs(2, embeddings, bags=BAGS)
    net = NeuralNet(inputs, [Dense(units=4, activation="tanh")], 1, seed=3, dtype=np.float64)
    random = np.random.default_rng(1)
    net.parameters += random.normal(size=net.parameter_count) * 0.3
    ids = np.column_stack([random.integers(0, each.ids, ROWS) for each in embeddings]) if embeddings else None
    terms, _ = create_terms()
    loss, targets = SquaredError(), random.normal(size=(ROWS, 1))
    batch = Batch(random.normal(size=(ROWS, 2)), targets, None, np.empty((ROWS, 1)), ids, terms=terms)
    compare_gradients(net, loss, Backpropagation(net, loss, ROWS), batch)


def test_the_joined_values_are_those_of_a_product_with_the_dense_matrix():
    net = NeuralNet(NetInputs(1, bags=BAGS), [Dense(units=4)], 1, seed=3)
    terms, dense = create_terms()
    first, second = net.tables
    joined = net.join(np.ones((ROWS, 1), np.float32), terms=terms)
    np.testing.assert_allclose(joined[:, 1:4], dense[:, :9] @ first, atol=1e-6)
    np.testing.assert_allclose(joined[:, 4:], dense[:, 9:] @ second, atol=1e-6)
    assert (joined[0, 1:] == 0).all()
    for row in range(ROWS):  # whatever rows stand beside it
        alone = net.join(np.ones((1, 1), np.float32), terms=terms[row : row + 1])
        np.testing.assert_array_equal(alone, joined[row : row + 1])
