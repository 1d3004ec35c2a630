"""Estimates of memory and time against measurements."""

import tracemalloc

import numpy as np
import pytest

from learning.data.arrays import ArrayDataset
from learning.nn.layers import Conv, Dense, Dropout, Norm, Pool, Residual
from learning.nn.layers.inputs import ImageInput, NetInputs
from learning.nn.net import NeuralNet
from learning.optim import Adam
from learning.optim.schedules import Constant
from learning.tasks.classification import ClassTarget
from learning.training.estimate import estimate_training
from tests.unit.learning.rows import create_rows
from tests.unit.learning.trainings import create_trainer


@pytest.mark.parametrize("layers", [[], [Dense(units=64), Dropout(rate=0.2), Dense(units=3)]])
def test_parameters_are_counted_as_the_net_counts_them(layers):
    assert estimate_training(28, 3, layers, 1000, 32).parameters == NeuralNet(28, layers, 3, seed=0).parameter_count


@pytest.mark.parametrize(
    ("width", "layers", "rows", "batch_size"),
    [
        (20, [Dense(units=256, activation="gelu"), Dropout(rate=0.1), Dense(units=256)], 4096, 4096),
        (200, [Dense(units=600)], 500, 32),
        (100, [], 20_000, 64),
    ],
    ids=["large batch", "large net", "many rows"],
)
def test_memory_is_not_underestimated_and_not_much_overestimated(width, layers, rows, batch_size):
    random = np.random.default_rng(0)
    tracemalloc.start()
    try:
        x = random.standard_normal((rows, width), np.float32)
        data = create_rows(x, random.integers(0, 2, rows), 2)
        net = NeuralNet(width, layers, 1, seed=0)
        usual = {"optimizer": Adam(), "schedule": Constant(), "epochs": 1}
        list(create_trainer(net, data, batch_size=batch_size, weight_decay=0.1, **usual).run())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    foreseen = estimate_training(width, 1, layers, rows, batch_size).memory_bytes
    assert 0.4 * foreseen < peak < foreseen


@pytest.mark.parametrize(
    ("shape", "layers", "rows"),
    [
        ((1, 28, 28), [Conv(filters=16), Pool(), Conv(filters=32), Pool()], 160),
        ((3, 32, 32), [Conv(filters=32), Pool(), Residual(layers=(Norm(), Conv(filters=32))), Dense(units=9)], 100),
        ((3, 48, 48), [Conv(filters=8, kernel=5, stride=2, activation="gelu"), Norm(), Pool(size="global")], 3000),
    ],
    ids=["two sizes of batches", "norm", "many pictures"],
)
def test_memory_counts_pixels_and_what_convolutions_need(shape, layers, rows):
    random = np.random.default_rng(0)
    tracemalloc.start()
    try:
        target = ClassTarget(classes=("a", "b"))
        images = random.integers(0, 256, (rows, *shape), np.uint8)
        data = ArrayDataset(np.empty((rows, 0), np.float32), random.integers(0, 2, rows), target, images=images)
        inputs = NetInputs(0, image=ImageInput(shape, (0.5,) * shape[0], (0.2,) * shape[0]))
        net = NeuralNet(inputs, layers, 1, seed=0)
        held_out = data.take(np.arange(rows // 5))
        list(create_trainer(net, data, held_out, optimizer=Adam(), batch_size=100, epochs=1).run())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    foreseen = estimate_training(inputs, 1, layers, rows + len(held_out), 100).memory_bytes
    assert 0.4 * foreseen < peak < foreseen


def test_time_grows_with_rows_weights_and_the_number_of_batches():
    small = estimate_training(28, 1, [Dense(units=64)], 10_000, 64).seconds_per_epoch
    assert estimate_training(28, 1, [Dense(units=64)], 20_000, 64).seconds_per_epoch == pytest.approx(
        2 * small, rel=0.01
    )
    assert estimate_training(28, 1, [Dense(units=640)], 10_000, 64).seconds_per_epoch > 2 * small
    assert estimate_training(28, 1, [Dense(units=64)], 10_000, 1).seconds_per_epoch > 5 * small
