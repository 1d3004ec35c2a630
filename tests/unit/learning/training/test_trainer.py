"""The trainer: convergence, stopping, the best epoch, and determinism to the bit."""

import itertools
from functools import partial

import numpy as np
import pytest

from learning.errors import Diverged, LearningError
from learning.nn.layers import Dense, Dropout
from learning.nn.losses import balance_class_weights, create_loss
from learning.nn.net import NeuralNet
from learning.optim import Adam, AdamW, RmsProp, Sgd
from learning.optim.schedules import Constant, Cosine, Plateau
from learning.training.spec import EarlyStopping
from learning.training.train_step import TrainStep
from learning.training.trainer import Epoch, Progress
from tests.unit.learning.rows import create_rows
from tests.unit.learning.trainings import create_trainer

HIDDEN = (Dense(units=16),)
USUAL = {"optimizer": Adam(learning_rate=0.01), "schedule": Constant(), "epochs": 5, "batch_size": 32}


def numbers(n=200, width=4, noise=0.1, seed=0, dtype=np.float32):
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, width))
    y = np.sin(x[:, :1]) + x[:, 1:2] * x[:, 2:3] + noise * random.normal(size=(n, 1))
    return create_rows(x.astype(dtype), y.astype(dtype), mean=10.0, scale=5.0)


def classes(n=200, k=2, seed=0, dtype=np.float32):
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 4))
    y = (x[:, 0] * x[:, 1] > 0).astype(np.int64) + (x[:, 2] > 1) * (k > 2)
    return create_rows(x.astype(dtype), y.astype(np.int64), k)


def net_for(data, layers=HIDDEN, seed=0):
    return NeuralNet(data.width, layers, data.outputs, seed=seed, dtype=data.x.dtype)


def train(data, validation=None, layers=HIDDEN, seed=0, **settings):
    trainer = create_trainer(net_for(data, layers, seed), data, validation, seed=seed, **{**USUAL, **settings})
    return trainer, [moment for moment in trainer.run() if isinstance(moment, Epoch)]


def test_epochs_come_in_order_with_their_records():
    trainer, epochs = train(numbers(), numbers(50, seed=1))
    assert [epoch.epoch for epoch in epochs] == [1, 2, 3, 4, 5]
    assert {epoch.rows for epoch in epochs} == {200}
    assert {epoch.learning_rate for epoch in epochs} == {0.01}
    assert all(set(epoch.metrics) == {"rmse", "mae", "r2"} and epoch.gradient_norm > 0 for epoch in epochs)
    assert epochs[-1].validation_loss < epochs[0].validation_loss
    assert trainer.stop_reason == "all_epochs"


@pytest.mark.parametrize("optimizer", [Sgd(momentum=0.9, nesterov=True), RmsProp(), Adam(), AdamW()])
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(optimizer):
    layers = (Dense(units=16), Dropout(rate=0.3), Dense(units=8, activation="gelu"))
    runs = [train(classes(), classes(60, seed=1), layers, seed, optimizer=optimizer) for seed in (7, 7, 8)]
    bits = [trainer.net.parameters.tobytes() for trainer, _ in runs]
    assert bits[0] == bits[1] != bits[2]
    assert runs[0][1] == runs[1][1] != runs[2][1]


def test_an_epoch_does_not_depend_on_how_many_are_to_follow():
    assert train(classes(), epochs=3)[1] == train(classes(), epochs=9)[1][:3]


@pytest.mark.parametrize("batch_size", [1, 7, 64, 199, 200, 201, 10_000])
def test_every_batch_size_steps_once_for_every_row(batch_size):
    n, rate = 200, 0.5
    far = create_rows(np.eye(n), np.full((n, 1), 1e6))  # each row has a weight of its own, and |z - y| a slope of -1
    net = net_for(far, layers=())
    before = net.parameters.copy()
    steps = {**USUAL, "optimizer": Sgd(learning_rate=rate), "epochs": 1, "batch_size": batch_size}
    list(create_trainer(net, far, loss="mae", **steps).run())
    full, rest = divmod(n, min(batch_size, n))
    expected = [rate / min(batch_size, n)] * (n - rest) + [rate / max(rest, 1)] * rest
    moved = net.parameters - before
    np.testing.assert_allclose(np.sort(moved[:-1]), sorted(expected))
    assert moved[-1] == pytest.approx(rate * (full + bool(rest)))


def test_the_order_of_the_rows_changes_from_epoch_to_epoch():
    data = numbers(40)
    net = net_for(data)
    trainer = create_trainer(net, data, **{**USUAL, "optimizer": Sgd(learning_rate=1e-30), "batch_size": 8})
    norms = [epoch.gradient_norm for epoch in trainer.run() if isinstance(epoch, Epoch)]
    assert len(set(norms)) == len(norms)  # the net stands still, yet its batches differ


def test_the_train_loss_is_that_of_each_row_before_its_batchs_step():
    data = numbers(dtype=np.float64)
    net, loss = net_for(data), create_loss("mse", 0)
    expected = loss.total(net.forward(data.x), data.y, None) / len(data)
    _, epochs = train(data, epochs=1, batch_size=len(data))
    assert epochs[0].train_loss == pytest.approx(expected)


@pytest.mark.parametrize("name", ["mse", "mae", "huber"])
def test_the_validation_loss_and_metrics_are_those_of_the_net_after_the_epoch(name):
    data, held = numbers(), numbers(77, seed=1)
    trainer, epochs = train(data, held, (Dense(units=8), Dropout(rate=0.5)), loss=name)
    logits = trainer.net.forward(held.x).astype(float)
    loss = create_loss(name, 0).total(logits, held.y.astype(float), None) / 77
    assert epochs[-1].validation_loss == pytest.approx(loss, rel=1e-5)
    assert epochs[-1].metrics["mae"] == pytest.approx(5.0 * np.abs(logits - held.y).mean(), rel=1e-5)


def test_without_validation_rows_the_training_rows_are_monitored():
    none, empty = train(classes()), train(classes(), classes(0))
    assert none[1] == empty[1]
    last = none[1][-1]
    assert last.validation_loss is None
    assert last.metrics["log_loss"] == pytest.approx(last.train_loss, rel=1e-5)
    assert set(last.metrics) == {"accuracy", "macro_f1", "log_loss", "auc"}


def test_a_linear_net_finds_the_least_squares_solution():
    data = numbers(dtype=np.float64)
    trainer, _ = train(data, layers=(), epochs=600, batch_size=200, optimizer=Sgd(learning_rate=0.1, momentum=0.9))
    with_ones = np.column_stack([data.x, np.ones(len(data))])
    expected = np.linalg.lstsq(with_ones, data.y, rcond=None)[0]
    np.testing.assert_allclose(trainer.net.weights[0], expected, atol=1e-8)


def test_a_net_learns_a_nonlinear_function():
    xor = create_rows(np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32), np.array([0, 1, 1, 0]), 2)
    _, deep = train(xor, layers=(Dense(units=16, activation="tanh"),), epochs=300, batch_size=4)
    _, flat = train(xor, layers=(), epochs=300, batch_size=4)
    assert deep[-1].metrics["accuracy"] == 1.0
    assert deep[-1].train_loss < 0.1
    assert flat[-1].train_loss > 0.6


def test_class_weights_act_as_if_the_rows_were_there_that_often():
    data = classes(90, 3, dtype=np.float64)
    times = np.array([1, 3, 2])
    often = np.repeat(np.arange(90), times[data.y])
    repeated = create_rows(data.x[often], data.y[often], 3)
    steps = {"epochs": 10, "optimizer": Sgd(learning_rate=0.5)}
    weighted, _ = train(data, batch_size=90, class_weights=times * 17.0, **steps)
    plain, _ = train(repeated, batch_size=len(often), **steps)
    np.testing.assert_allclose(weighted.net.parameters, plain.net.parameters, rtol=1e-9, atol=1e-12)


def test_balanced_weights_find_more_of_a_rare_class():
    random = np.random.default_rng(0)
    y = (random.random(600) < 0.05).astype(np.int64)
    x = (random.normal(size=(600, 2)) + 1.2 * y[:, None]).astype(np.float32)
    data, held = create_rows(x[:400], y[:400], 2), create_rows(x[400:], y[400:], 2)
    found = []
    for weights in (None, balance_class_weights(data.y, 2)):
        trainer, _ = train(data, layers=(), epochs=40, class_weights=weights)
        found.append(int((trainer.net.forward(held.x)[held.y == 1] > 0).sum()))
    assert found[1] > found[0] + 2


def test_early_stopping_waits_for_its_patience_and_is_the_stop_reason():
    data, held = numbers(60, noise=1.0), numbers(60, noise=1.0, seed=1)
    trainer, epochs = train(data, held, (Dense(units=64),), epochs=1000, early_stopping=EarlyStopping(patience=7))
    assert trainer.stop_reason == "early_stopping"
    assert len(epochs) == trainer.best_epoch + 7
    losses = [epoch.validation_loss for epoch in epochs]
    assert losses.index(min(losses)) + 1 == trainer.best_epoch


def test_early_stopping_watches_the_training_loss_when_nothing_is_held_back():
    trainer, epochs = train(numbers(), epochs=50, early_stopping=EarlyStopping(patience=3, min_delta=100.0))
    assert trainer.stop_reason == "early_stopping"
    assert len(epochs) == 4
    assert train(numbers(), epochs=50)[0].stop_reason == "all_epochs"


def test_the_best_epoch_is_kept_and_restored_on_finish():
    data, held = numbers(60, noise=1.0), numbers(60, noise=1.0, seed=1)
    trainer, epochs = train(data, held, (Dense(units=64),), epochs=80)
    best = min(epochs, key=lambda epoch: epoch.validation_loss)
    assert trainer.best_epoch == best.epoch < 80
    lowest = itertools.accumulate((epoch.validation_loss for epoch in epochs), min)
    assert [epoch.best for epoch in epochs] == [
        epoch.validation_loss == low for epoch, low in zip(epochs, lowest, strict=True)
    ]
    trainer.finish()
    loss = create_loss("mse", 0).total(trainer.net.forward(held.x), held.y, None) / len(held)
    assert loss == pytest.approx(best.validation_loss, rel=1e-6)


@pytest.mark.parametrize(("data", "loss"), [(numbers(), "mse"), (classes(), "cross_entropy"), (classes(k=3), "auto")])
def test_a_diverging_loss_ends_training_with_the_epoch_and_a_remedy(data, loss):
    layers, wild = [Dense(units=16, activation="leaky_relu")] * 2, Sgd(learning_rate=100.0, momentum=0.99)
    with pytest.raises(Diverged, match=r"epoch \d+") as diverged:
        train(data, layers=layers, loss=loss, epochs=500, optimizer=wild)
    assert diverged.value.epoch >= 1
    assert "learning rate" in diverged.value.advice


def test_inputs_that_are_not_numbers_count_as_divergence():
    data = numbers()
    data.x[3, 1] = np.nan
    with pytest.raises(Diverged) as diverged:
        train(data)
    assert diverged.value.epoch == 1


def test_weights_that_overflow_in_the_very_last_step_count_as_divergence():
    with pytest.raises(Diverged):
        train(numbers(), epochs=1, batch_size=200, optimizer=Sgd(learning_rate=1e45))


def test_clipped_steps_are_no_longer_than_the_clip():
    data = numbers(dtype=np.float64)
    net = net_for(data)
    before = net.parameters.copy()
    steps = {**USUAL, "optimizer": Sgd(learning_rate=1.0), "epochs": 1, "batch_size": 200}
    epoch = next(create_trainer(net, data, gradient_clip_norm=1e-3, **steps).run())
    assert np.linalg.norm(net.parameters - before) == pytest.approx(1e-3)
    assert epoch.gradient_norm > 0.01

    free, _ = train(data, **steps)
    loose, _ = train(data, **steps, gradient_clip_norm=1e6)
    assert np.array_equal(free.net.parameters, loose.net.parameters)


def test_weight_decay_shrinks_weights_and_spares_biases():
    data = create_rows(np.zeros((10, 2)), np.zeros((10, 1)))
    net = NeuralNet(2, [Dense(units=3)], 1, seed=0, dtype=np.float64)
    net.weights[0][-1] = -5.0  # the neurons are silent and the answer is right: there is nothing to learn
    before = net.parameters.copy()
    steps = {**USUAL, "optimizer": Sgd(learning_rate=0.1), "epochs": 1, "batch_size": 10}
    list(create_trainer(net, data, weight_decay=0.5, **steps).run())
    expected = np.where(net.decay_mask() == 1, before * 0.95, before)
    np.testing.assert_allclose(net.parameters, expected, rtol=1e-12)


def test_the_schedule_sets_the_rate_of_each_epoch():
    _, epochs = train(numbers(), epochs=4, schedule=Cosine(warmup_epochs=1))
    assert [epoch.learning_rate for epoch in epochs] == pytest.approx([0.005, 0.01, 0.0075, 0.0025])
    _, epochs = train(numbers(), epochs=6, schedule=Plateau(patience=2, factor=0.5, min_delta=100.0))
    assert [epoch.learning_rate for epoch in epochs] == [0.01, 0.01, 0.01, 0.005, 0.005, 0.0025]


def test_a_plateau_is_one_of_the_validation_loss():
    data, held = numbers(60, noise=1.0), numbers(60, noise=1.0, seed=1)
    _, epochs = train(data, held, (Dense(units=64),), epochs=60, schedule=Plateau(patience=5), batch_size=60)
    losses = [epoch.train_loss for epoch in epochs]
    assert losses == sorted(losses, reverse=True)  # no plateau there
    assert epochs[-1].learning_rate < 0.01


def test_a_long_epoch_reports_progress_and_a_short_one_does_not():
    data, held = numbers(300), numbers(150, seed=1)
    steps = {**USUAL, "epochs": 2, "batch_size": 1}
    moments = list(create_trainer(net_for(data), data, held, **steps).run())
    advances = [Progress(1, 128), Progress(1, 256), Progress(1, 300)]
    assert moments[:3] == advances
    assert [type(moment) for moment in moments] == ([Progress] * 3 + [Epoch]) * 2
    short = create_trainer(net_for(data), data, held, **{**steps, "batch_size": 64})
    assert [type(moment) for moment in short.run()] == [Epoch, Epoch]


def test_progress_leaves_numpys_error_handling_as_it_was():
    data, before = numbers(1200), np.geterr()
    for _ in create_trainer(net_for(data), data, **{**USUAL, "epochs": 2, "batch_size": 1}).run():
        assert np.geterr() == before


def test_training_in_single_precision_lets_no_double_in():
    data, held = classes(k=3), classes(50, 3, seed=1)
    layers = [Dense(units=9, activation=name) for name in ("gelu", "silu", "elu", "softplus", "leaky_relu", "sigmoid")]
    layers.append(Dropout(rate=0.2))
    for optimizer in (Sgd(momentum=0.9), RmsProp(), Adam(), AdamW()):
        net = net_for(data, layers)
        weights = np.array([1.0, 2.0, 3.0])
        trainer = create_trainer(
            net, data, held, weight_decay=0.1, class_weights=weights, **{**USUAL, "optimizer": optimizer}
        )
        list(trainer.run())
        step, state = TrainStep(trainer.state), trainer.state
        seen, found = [step.steps, step.last_step, step.updater, state.memory, net], set()
        seen += [state.rows.targets, state.rows.weights, trainer.monitored_logits]
        while seen:
            thing = seen.pop()
            if isinstance(thing, np.ndarray):
                found.add(thing.dtype.name)
            elif isinstance(thing, partial):
                seen.extend([thing.func, *thing.args, *thing.keywords.values()])
            elif isinstance(thing, dict):
                seen.extend(thing.values())
            elif isinstance(thing, list | tuple):
                seen.extend(thing)
            elif hasattr(thing, "__dict__"):
                seen.extend(vars(thing).values())
        assert found <= {"float32", "int32", "uint16"}


def test_invalid_training_data_is_refused():
    data = numbers()
    with pytest.raises(ValueError, match="no rows"):
        train(numbers(0))
    with pytest.raises(ValueError, match="the net takes 9"):
        create_trainer(NeuralNet(9, [], 1, seed=0), data, **USUAL)
    with pytest.raises(ValueError, match="float64"):
        create_trainer(NeuralNet(4, [], 1, seed=0, dtype=np.float64), data, **USUAL)
    with pytest.raises(LearningError, match="cross_entropy"):
        train(data, loss="cross_entropy")


def test_class_numbers_and_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="should be"):
        create_rows(np.zeros((3, 2), np.float32), np.zeros(3, np.float32))
    with pytest.raises(ValueError, match="from 0 to 1"):
        create_rows(np.zeros((3, 2), np.float32), np.array([0, 1, 2]), 2)
