"""Each optimizer's steps against the formula in its paper, written out step by step in double precision."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from learning.nn.layers import Dense, place_net
from learning.nn.layers.stack import find_hidden_matrices
from learning.optim import Adam, AdamW, Muon, RmsProp, Sgd
from learning.optim.matrices import MatrixStretch, cut_shards, find_within
from learning.optim.optimizer import CHUNK_SIZE, ParameterUpdater

SIZE = 9
RATES = [0.1, 0.1, 0.05, 0.2, 0.01] * 6
"""A rate that changes on the way tells velocities in weights from velocities in gradients."""


def gradient_at(p, step):
    """A gradient that depends on where one is, as real ones do."""
    return np.sin(p * 3 + step) + 0.2 * p


def optimize(optimizer, decay=None, dtype=np.float64):
    p = np.linspace(-1, 1, SIZE).astype(dtype)
    g = np.zeros_like(p)
    descent = ParameterUpdater(optimizer, p, g, decay)
    for step, rate in enumerate(RATES):
        g[...] = gradient_at(p, step)
        descent.step(rate)
    return p


def textbook(move, decay=0.0, decoupled=False):
    """Walk each weight alone, in Python's numbers; `move(gradient, rate, step, memory)` returns what is added to it."""
    ends = []
    for weight in np.linspace(-1, 1, SIZE):
        p, memory = float(weight), {"m": 0.0, "v": 0.0}
        for step, rate in enumerate(RATES):
            g = float(gradient_at(p, step))
            if decoupled:
                p -= rate * decay * p
            else:
                g += decay * p
            p += move(g, rate, step + 1, memory)
        ends.append(p)
    return np.array(ends)


def sgd(momentum, nesterov):
    def move(g, rate, _step, memory):
        memory["v"] = momentum * memory["v"] - rate * g
        return momentum * memory["v"] - rate * g if nesterov else memory["v"]

    return move


def rmsprop(decay, epsilon):
    def move(g, rate, _step, memory):
        memory["v"] = decay * memory["v"] + (1 - decay) * g**2
        return -rate * g / (math.sqrt(memory["v"]) + epsilon)

    return move


def adam(beta1, beta2, epsilon):
    def move(g, rate, step, memory):
        memory["m"] = beta1 * memory["m"] + (1 - beta1) * g
        memory["v"] = beta2 * memory["v"] + (1 - beta2) * g**2
        return -rate * (memory["m"] / (1 - beta1**step)) / (math.sqrt(memory["v"] / (1 - beta2**step)) + epsilon)

    return move


BETAS = st.floats(0, 0.9999)
DECAYS = st.sampled_from([0.0, 0.03])


@settings(max_examples=30)
@given(momentum=st.floats(0, 0.95), nesterov=st.booleans(), decay=DECAYS)
def test_sgd_steps_as_its_formula(momentum, nesterov, decay):
    found = optimize(Sgd(momentum=momentum, nesterov=nesterov), np.full(SIZE, decay))
    np.testing.assert_allclose(found, textbook(sgd(momentum, nesterov), decay), rtol=1e-8, atol=1e-10)


@settings(max_examples=30)
@given(keep=st.floats(0, 0.99), epsilon=st.sampled_from([1e-8, 1e-3]), decay=DECAYS)
def test_rmsprop_steps_as_its_formula(keep, epsilon, decay):
    found = optimize(RmsProp(decay=keep, epsilon=epsilon), np.full(SIZE, decay))
    np.testing.assert_allclose(found, textbook(rmsprop(keep, epsilon), decay), rtol=1e-5, atol=1e-7)


@settings(max_examples=30)
@given(beta1=st.floats(0, 0.95), beta2=st.floats(0.5, 0.9999), epsilon=st.sampled_from([1e-8, 1e-3]), decay=DECAYS)
def test_adam_steps_as_its_formula_with_decay_in_the_gradient(beta1, beta2, epsilon, decay):
    found = optimize(Adam(beta1=beta1, beta2=beta2, epsilon=epsilon), np.full(SIZE, decay))
    np.testing.assert_allclose(found, textbook(adam(beta1, beta2, epsilon), decay), rtol=1e-5, atol=1e-7)


@settings(max_examples=30)
@given(beta1=st.floats(0, 0.95), beta2=st.floats(0.5, 0.9999), decay=st.sampled_from([0.0, 0.03, 1.0]))
def test_adamw_steps_as_its_formula_with_decay_apart_from_the_gradient(beta1, beta2, decay):
    found = optimize(AdamW(beta1=beta1, beta2=beta2), np.full(SIZE, decay))
    expected = textbook(adam(beta1, beta2, 1e-8), decay, decoupled=True)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Sgd(momentum=0.9), lambda p: SGDOptimizer(p, 0.01, momentum=0.9, nesterov=False)),
        (Sgd(momentum=0.9, nesterov=True), lambda p: SGDOptimizer(p, 0.01, momentum=0.9, nesterov=True)),
        (Adam(), lambda p: AdamOptimizer(p, 0.01)),
    ],
    ids=["momentum", "nesterov", "adam"],
)
def test_steps_equal_scikit_learns(ours, theirs):
    p, g = np.linspace(-1, 1, SIZE), np.zeros(SIZE)
    q = [p.copy()]
    descent, other = ParameterUpdater(ours, p, g), theirs(q)
    for step in range(50):
        g[...] = gradient_at(p, step)
        other.update_params(q, [gradient_at(q[0], step)])
        descent.step(0.01)
    np.testing.assert_allclose(p, q[0], rtol=1e-6)


@pytest.mark.parametrize("optimizer", [Sgd(momentum=0.5), RmsProp(), Adam(), AdamW()])
def test_single_precision_stays_single_and_close_to_double(optimizer):
    found = optimize(optimizer, np.full(SIZE, 0.01, np.float32), np.float32)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, optimize(optimizer, np.full(SIZE, 0.01)), atol=1e-3)


@pytest.mark.parametrize("optimizer", [Sgd(), RmsProp(), Adam(), AdamW()])
def test_parameters_without_decay_are_not_decayed(optimizer):
    decay = np.zeros(SIZE)
    decay[::2] = 0.1
    pulled, free = optimize(optimizer, decay), optimize(optimizer)
    assert np.array_equal(pulled[1::2], free[1::2])
    assert (pulled[::2] != free[::2]).all()


@pytest.mark.parametrize("optimizer", [Sgd(momentum=0.5, nesterov=True), RmsProp(), Adam(), AdamW()])
def test_chunks_of_a_long_vector_are_updated_as_vectors_of_their_own(optimizer):
    size, random = 2 * CHUNK_SIZE + 5, np.random.default_rng(0)
    p, g = random.normal(size=size).astype(np.float32), np.empty(size, np.float32)
    decay = random.random(size).astype(np.float32)
    part = slice(CHUNK_SIZE - 3, CHUNK_SIZE + 4)
    q, h = p[part].copy(), np.empty(7, np.float32)
    long, short = ParameterUpdater(optimizer, p, g, decay), ParameterUpdater(optimizer, q, h, decay[part])
    for _ in range(3):
        g[...] = random.normal(size=size)
        h[...] = g[part]
        long.step(0.01)
        short.step(0.01)
    np.testing.assert_array_equal(p[part], q)


@pytest.mark.parametrize("optimizer", [Sgd(), Sgd(momentum=0.9), RmsProp(), Adam(), AdamW()])
def test_every_optimizer_minimizes_a_quadratic(optimizer):
    p = np.array([3.0, -2.0, 0.5])
    g, floor = np.empty(3), np.array([1.0, 1.0, -1.0])
    descent = ParameterUpdater(optimizer, p, g)
    for step in range(2000):
        g[...] = (p - floor) * [1, 5, 10]
        descent.step(0.05 * 0.995**step)
    np.testing.assert_allclose(p, floor, atol=1e-3)


def test_muon_steps_are_orthogonal_for_matrices_and_those_of_adamw_for_the_rest():
    matrices = [MatrixStretch(3, 4, 6), MatrixStretch(30, 5, 2)]
    random = np.random.default_rng(0)
    p, g = random.normal(size=43), np.empty(43)
    q, decay = p.copy(), np.full(43, 0.01)
    muon = ParameterUpdater(Muon(momentum=0.9), p, g, decay, matrices=matrices)
    adamw = ParameterUpdater(AdamW(), q, g, decay)
    momenta = [np.zeros((each.rows, each.columns)) for each in matrices]
    for rate in RATES[:4]:
        g[...] = random.normal(size=43)
        before = p.copy()
        muon.step(rate)
        adamw.step(rate)
        for at, matrix in enumerate(matrices):
            part, shape = slice(matrix.start, matrix.stop), (matrix.rows, matrix.columns)
            gradient = g[part].reshape(shape)
            momenta[at] = momenta[at] * 0.9 + gradient
            step = (before[part] * (1 - 0.01 * rate) - p[part]).reshape(shape) / rate / 0.2 / np.sqrt(max(shape))
            u, _, v = np.linalg.svd(momenta[at] * 0.9 + gradient, full_matrices=False)
            found = u.T @ step @ v.T  # the same directions, and how far it goes in each
            np.testing.assert_allclose(found, np.diag(np.diag(found)), atol=1e-9)
            assert ((np.diag(found) > 0.6) & (np.diag(found) < 1.3)).all()
    rest = [*range(3), *range(27, 30), *range(40, 43)]
    np.testing.assert_allclose(p[rest], q[rest], rtol=1e-12)


def test_muon_takes_each_group_of_a_matrix_for_itself():
    random = np.random.default_rng(0)
    parts, gradients = random.normal(size=(2, 3, 4, 2))
    alone = []
    for part, gradient in zip(parts, gradients, strict=True):
        p = part.flatten()
        ParameterUpdater(Muon(), p, gradient.ravel(), matrices=[MatrixStretch(0, 4, 2)]).step(0.1)
        alone.append(p.reshape(4, 2))
    p = np.hstack(parts).ravel()
    ParameterUpdater(Muon(), p, np.hstack(gradients).ravel(), matrices=[MatrixStretch(0, 4, 6, 3)]).step(0.1)
    np.testing.assert_allclose(p.reshape(4, 6), np.hstack(alone), rtol=1e-12)
    (found,) = find_hidden_matrices(place_net(6, [Dense(units=6), Dense(units=9, groups=3)], 1).layers)
    assert (found.rows, found.columns, found.groups) == (2, 9, 3)


@pytest.mark.parametrize("shards", [1, 2, 3, 7])
def test_shards_cut_no_matrix_and_take_about_as_long(shards):
    matrices = [MatrixStretch(1000, 10, 10), MatrixStretch(1100, 10, 20), MatrixStretch(1400, 10, 10)]
    cut = cut_shards(2000, shards, matrices)
    assert [part.start for part in cut] == [0, *(part.stop for part in cut[:-1])]
    assert cut[-1].stop == 2000
    own = [find_within(matrices, part) for part in cut]
    assert sum(map(len, own)) == 3
    assert all(matrix.stop <= part.stop - part.start for part, found in zip(cut, own, strict=True) for matrix in found)
    costs = [part.stop - part.start + sum(4 * m.rows * m.columns for m in own[at]) for at, part in enumerate(cut)]
    assert max(costs) <= sum(costs) / shards + 1000
    assert cut_shards(2000, shards, []) == [slice(2000 * n // shards, 2000 * (n + 1) // shards) for n in range(shards)]
