"""Layer statistics: every figure against its definition, without changing a bit of training."""

from dataclasses import astuple, replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from learning.insight.layer_stats import LayerMonitor
from learning.model import compute_weights_sha256
from learning.nn.layers import Dense, Dropout, Norm, Residual
from learning.nn.net import NeuralNet
from learning.optim import Adam, AdamW, Sgd
from learning.optim.schedules import Constant
from learning.training.parallel import SUPPORTED
from learning.training.trainer import Epoch
from tests.unit.learning.rows import create_rows
from tests.unit.learning.trainings import create_trainer

LAYERS = [
    Dense(units=12),
    Dropout(rate=0.3),
    Dense(units=9, activation="tanh"),
    Dense(units=7, activation="sigmoid"),
]


def rows(n=400, classes=3, dtype=np.float32):
    random = np.random.default_rng(0)
    x = random.normal(size=(n, 5)).astype(dtype)
    return create_rows(x, np.digitize(x[:, 0] * x[:, 1], [-0.3, 0.3]), classes)


def trainer_of(data, layers=LAYERS, **settings):
    net = NeuralNet(data.width, layers, data.outputs, seed=0, dtype=data.x.dtype)
    usual = {"optimizer": Adam(learning_rate=0.01), "schedule": Constant(), "epochs": 4, "batch_size": 32}
    return create_trainer(net, data, **{**usual, **settings})


def hashes(trainer, *, watched):
    watcher = LayerMonitor(trainer) if watched else None
    found = []
    for moment in trainer.run():
        if watcher:
            watcher.measure(trainer.net.parameters, trainer.state.before)
        if isinstance(moment, Epoch):
            found.append(compute_weights_sha256(trainer.net.parameters))
    return found


@pytest.mark.parametrize("optimizer", [Sgd(momentum=0.9, nesterov=True), Adam(), AdamW()])
def test_layer_statistics_change_no_bit_of_the_weights(optimizer):
    settings = {"optimizer": optimizer, "weight_decay": 0.01, "gradient_clip_norm": 1.0}
    watched, unwatched = (hashes(trainer_of(rows(), **settings), watched=watch) for watch in (True, False))
    assert watched == unwatched
    assert len(set(watched)) == 4


@pytest.mark.skipif(not SUPPORTED, reason="hands need Linux on x86-64")
def test_layer_statistics_change_no_bit_of_parallel_training():
    layers = [Dense(units=400), Dropout(rate=0.2), Dense(units=160)]
    with threadpool_limits(1):
        trainers = [trainer_of(rows(1000), layers, batch_size=192, cores=2) for _ in range(2)]
        assert {trainer.workers for trainer in trainers} == {2}
        found = [hashes(trainer, watched=watch) for trainer, watch in zip(trainers, (True, False), strict=True)]
    assert found[0] == found[1]


@pytest.mark.parametrize("groups", [1, 3])
def test_gradients_are_those_of_the_samples_mean_loss(groups):
    layers = [*LAYERS[:2], replace(LAYERS[2], groups=groups), LAYERS[3]]
    trainer = trainer_of(rows(100, dtype=np.float64), layers, class_weights=np.array([1.0, 2.0, 5.0]))
    watcher = LayerMonitor(trainer)
    w = trainer.net.parameters.copy()
    found = watcher.measure(w, None)
    sample, net = (
        trainer.rows,
        NeuralNet(5, [layer for layer in layers if isinstance(layer, Dense)], 3, seed=1, dtype=float),
    )

    def loss(weights):
        net.parameters[...] = weights
        return trainer.loss.total(net.forward(trainer.monitored_data.x), sample.targets, sample.weights) / len(sample)

    numeric = np.array([(loss(w + step) - loss(w - step)) / 2e-5 for step in 1e-5 * np.eye(len(w))])
    np.testing.assert_allclose(watcher.gradients, numeric, atol=1e-8)
    norms = [np.linalg.norm(matrix) for matrix in net.weight_views(numeric)]
    assert [layer.gradient_norm for layer in found] == pytest.approx(norms, rel=1e-5)


def test_dense_layers_within_others_have_statistics_of_their_own():
    inner = (Norm(), Dense(units=4, activation="tanh"), Dense(units=6, activation="linear"))
    trainer = trainer_of(rows(100, dtype=np.float64), [Dense(units=6), Residual(layers=inner), Norm()])
    net, x = trainer.net, trainer.monitored_data.x
    found = LayerMonitor(trainer).measure(net.parameters, None)
    first, second, third, _ = (matrix[:-1] for matrix in net.weights)
    y = np.maximum(x @ first, 0)  # the first biases are 0, gain is 1 and shift 0
    normal = (y - y.mean(axis=1, keepdims=True)) / np.sqrt(y.var(axis=1, keepdims=True) + 1e-5)
    values = [y, np.tanh(normal @ second), np.tanh(normal @ second) @ third]
    assert [layer.units for layer in found] == [6, 4, 6, 3]
    assert [layer.activation_std for layer in found[:3]] == pytest.approx([each.std() for each in values])
    assert all(layer.gradient_norm > 0 for layer in found)


@pytest.mark.parametrize(
    "settings", [{"optimizer": Sgd(learning_rate=0.1)}, {"optimizer": AdamW(), "weight_decay": 0.1}]
)
def test_the_update_ratio_is_that_of_the_last_step(settings):
    """An epoch of two steps, and one that ends after the first of them: between them is the last step."""
    data = rows(64)
    trainer = trainer_of(data, epochs=1, batch_size=32, **settings)
    half = trainer_of(data, epochs=1, batch_size=32, **settings)
    half.block_rows = half.state.__dict__["block_rows"] = 32
    (*_,) = trainer.run()
    moments = half.run()
    next(moments)  # it looks up from work after the first step
    after_one = half.net.parameters.copy()
    found = LayerMonitor(trainer).measure(trainer.net.parameters, trainer.state.before)

    steps = zip(trainer.net.weights, trainer.net.weight_views(after_one), strict=True)
    wanted = [np.linalg.norm(now - then) / np.linalg.norm(now) for now, then in steps]
    assert [layer.update_ratio for layer in found] == pytest.approx(wanted, rel=1e-4)


def test_before_the_first_step_the_update_ratio_is_unknown():
    trainer = trainer_of(rows())
    watcher = LayerMonitor(trainer)
    for before in (None, trainer.state.before):
        assert all(np.isnan(layer.update_ratio) for layer in watcher.measure(trainer.net.parameters, before))


def test_inactive_units_are_dead_and_units_at_their_bounds_saturated():
    trainer = trainer_of(rows())
    first, second, third, _ = trainer.net.weights
    first[:, :3], first[-1, :3] = 0.0, -1.0  # never positive
    second[:, :4], second[-1, :4] = 0.0, 9.0  # tanh 9 is all but 1
    third[:, :], third[-1] = 0.0, [0.0, 5.0, 5.5, -5.0, -5.5, 9.0, -9.0]  # sigmoid 5 = 0.9933, 5.5 = 0.9959
    watcher = LayerMonitor(trainer)
    relu, tanh, sigmoid, linear = watcher.measure(trainer.net.parameters, None)

    assert relu.dead_share == pytest.approx(3 / 12)
    assert watcher.dead[0].tolist() == [True] * 3 + [False] * 9
    assert tanh.saturated_share >= 4 / 9
    assert sigmoid.saturated_share == pytest.approx(4 / 7)
    assert (tanh.dead_share, sigmoid.dead_share, linear.dead_share) == (0.0, 0.0, 0.0)
    assert (relu.saturated_share, linear.saturated_share) == (0.0, 0.0)
    assert sigmoid.activation_mean == pytest.approx((0.5 + 0.99331 + 0.99593 + 0.00669 + 0.00407 + 1 + 0) / 7, abs=1e-3)


def test_layer_statistics_of_the_same_weights_are_the_same_for_any_number_of_rows():
    for n in (1, 255, 257, 5000):
        trainer = trainer_of(rows(n))
        watcher = LayerMonitor(trainer)
        one, other = (watcher.measure(trainer.net.parameters, trainer.net.parameters) for _ in range(2))
        assert [astuple(layer) for layer in one] == [astuple(layer) for layer in other]
        assert [(layer.layer, layer.units, layer.activation) for layer in one] == [
            (1, 12, "relu"),
            (2, 9, "tanh"),
            (3, 7, "sigmoid"),
            (4, 3, "linear"),
        ]
        assert {layer.update_ratio for layer in one} == {0.0}
