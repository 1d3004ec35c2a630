"""Nets trained by Gradus and by scikit-learn, on the same rows with the same layers and the same scale of weights.

Both depend on the luck of their first weights and orders; so each trains with several seeds, and on average
ours must be as good, to within the spread.
"""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from learning.nn.layers import Dense
from learning.nn.net import NeuralNet
from learning.optim import Adam, Sgd
from learning.optim.schedules import Constant
from learning.training.trainer import Epoch
from tests.unit.learning.rows import create_rows
from tests.unit.learning.trainings import create_trainer

SEEDS = range(3)


def split(x, y):
    order = np.random.default_rng(0).permutation(len(x))
    learn, held = order[len(x) // 4 :], order[: len(x) // 4]
    x = (x - x[learn].mean(0)) / np.maximum(x[learn].std(0), 1e-6)
    return x[learn].astype(np.float32), y[learn], x[held].astype(np.float32), y[held]


def digits():
    return split(*load_digits(return_X_y=True))


def diabetes():
    x, y = load_diabetes(return_X_y=True)
    return split(x, ((y - y.mean()) / y.std()).astype(np.float32))


def wavy():
    random = np.random.default_rng(0)
    x = random.uniform(-2, 2, (1600, 3))
    y = np.sin(2 * x[:, 0]) * x[:, 1] + np.abs(x[:, 2]) + 0.1 * random.normal(size=1600)
    return split(x, y.astype(np.float32))


def train_gradus(rows, units, metric, seed, activation, optimizer, settings):
    x, y, held_x, held_y = rows
    if metric == "accuracy":
        data, held = create_rows(x, y, 10), create_rows(held_x, held_y, 10)
    else:
        data, held = create_rows(x, y[:, None]), create_rows(held_x, held_y[:, None])
    layers = [Dense(units=n, activation=activation, initializer="glorot_uniform") for n in units]
    net = NeuralNet(data.width, layers, data.outputs, seed=seed)
    trainer = create_trainer(net, data, held, optimizer=optimizer, schedule=Constant(), seed=seed, **settings)
    return [moment for moment in trainer.run() if isinstance(moment, Epoch)][-1].metrics[metric]


def theirs(rows, units, metric, seed, activation, optimizer, settings):
    x, y, held_x, held_y = rows
    mlp = (MLPClassifier if metric == "accuracy" else MLPRegressor)(
        hidden_layer_sizes=units,
        activation=activation,
        solver=optimizer.type,
        learning_rate_init=optimizer.learning_rate,
        alpha=0.0,
        max_iter=settings["epochs"],
        n_iter_no_change=settings["epochs"],
        batch_size=settings["batch_size"],
        nesterovs_momentum=False,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # all epochs are wanted, converged or not
        mlp.fit(x, y)
    return mlp.score(held_x, held_y)


@pytest.mark.parametrize(
    ("make", "units", "metric", "activation", "optimizer", "settings"),
    [
        (digits, [32], "accuracy", "relu", Adam(learning_rate=0.003), {"epochs": 10, "batch_size": 32}),
        (digits, [32], "accuracy", "tanh", Sgd(learning_rate=0.05, momentum=0.9), {"epochs": 10, "batch_size": 32}),
        (diabetes, [16], "r2", "relu", Adam(learning_rate=0.003), {"epochs": 30, "batch_size": 32}),
        (wavy, [32, 32], "r2", "relu", Adam(learning_rate=0.005), {"epochs": 40, "batch_size": 64}),
    ],
    ids=["digits relu adam", "digits tanh momentum", "diabetes", "wavy deep"],
)
def test_a_trained_net_is_as_good_as_scikit_learns(make, units, metric, activation, optimizer, settings):
    rows = make()
    found = [train_gradus(rows, units, metric, seed, activation, optimizer, settings) for seed in SEEDS]
    expected = [theirs(rows, units, metric, seed, activation, optimizer, settings) for seed in SEEDS]
    spread = max(np.std(found), np.std(expected), 0.003)
    assert np.mean(found) > np.mean(expected) - 2 * spread
    assert np.mean(found) > 0.4
