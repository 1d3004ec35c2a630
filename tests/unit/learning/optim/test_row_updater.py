"""Updates of touched rows: as of the whole table where all are touched, and by the formula of lazy Adam elsewhere."""

import numpy as np
import pytest

from learning.nn.layers.embedding import Embedding
from learning.nn.layers.table_gradient import TableGradient
from learning.optim import Adam, AdamW, RmsProp, Sgd
from learning.optim.optimizer import ParameterUpdater
from learning.optim.row_updater import RowUpdater

IDS, UNITS, STEPS = 12, 5, 20
OPTIMIZERS = [Sgd(), Sgd(momentum=0.9), Sgd(momentum=0.9, nesterov=True), RmsProp(), Adam(), AdamW()]


class Table:
    """A table with an updater of its touched rows; beside it an updater of a layer with one parameter."""

    def __init__(self, optimizer, decay=0.0):
        self.vectors = np.random.default_rng(0).normal(size=(IDS, UNITS)).astype(np.float32)
        self.gradient = TableGradient(Embedding(ids=IDS, units=UNITS), self.vectors.dtype)
        self.gradient.reserve(100)
        self.state = [np.zeros_like(self.vectors) for _ in range(optimizer.state_slots)]
        self.layers = ParameterUpdater(optimizer, np.zeros(1, np.float32), np.zeros(1, np.float32))
        self.updater = RowUpdater(self.layers, self.vectors, self.gradient, decay, self.state)

    def step(self, ids, gradients):
        """Take a step of batches that read these ids (n,), with the gradients of what they read (n, units)."""
        self.gradient.sum(ids, gradients)
        self.layers.step(0.01)
        self.updater.step()


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_where_every_row_is_touched_updates_have_the_bits_of_the_whole_table(optimizer, decay):
    table, random = Table(optimizer, decay), np.random.default_rng(1)
    whole, gradients = table.vectors.flatten(), np.empty(IDS * UNITS, np.float32)
    decays = np.full(IDS * UNITS, decay, np.float32) if decay else None
    dense = ParameterUpdater(optimizer, whole, gradients, decays)
    for _ in range(STEPS):
        ids, values = random.permutation(IDS), random.normal(size=(IDS, UNITS)).astype(np.float32)
        gradients.reshape(IDS, UNITS)[ids] = values
        dense.step(0.01)
        table.step(ids, values)
    np.testing.assert_array_equal(table.vectors, whole.reshape(IDS, UNITS))


def test_adam_updates_touched_rows_as_sparse_adam_does():
    """The formula of PyTorch's SparseAdam in float64, row by row: moments change where there is a gradient."""
    optimizer, random = Adam(), np.random.default_rng(2)
    table = Table(optimizer)
    p, (m, v) = table.vectors.astype(np.float64), np.zeros((2, IDS, UNITS))
    for step in range(1, STEPS + 1):
        ids = random.integers(0, IDS // 2, 4)
        gradients = random.normal(size=(4, UNITS)).astype(np.float32)
        table.step(ids, gradients)
        for row in np.unique(ids):
            g = gradients[ids == row].sum(axis=0, dtype=np.float64)
            m[row] += (1 - optimizer.beta1) * (g - m[row])
            v[row] += (1 - optimizer.beta2) * (g * g - v[row])
            rate = 0.01 * np.sqrt(1 - optimizer.beta2**step) / (1 - optimizer.beta1**step)
            p[row] -= rate * m[row] / (np.sqrt(v[row]) + optimizer.epsilon)
    np.testing.assert_allclose(table.vectors, p, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_untouched_rows_keep_their_vectors_and_their_state(optimizer):
    table = Table(optimizer, decay=0.1)
    before = table.vectors.copy()
    for _ in range(3):
        table.step(np.array([1, 4, 4]), np.ones((3, UNITS), np.float32))
    untouched = np.setdiff1d(np.arange(IDS), [1, 4])
    np.testing.assert_array_equal(table.vectors[untouched], before[untouched])
    assert not any(slot[untouched].any() for slot in table.state)
    assert (table.vectors[[1, 4]] != before[[1, 4]]).all()
