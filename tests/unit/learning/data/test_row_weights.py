"""Weights of rows: a row of weight 2 counts as two rows in training and metrics, and one of weight 0 not at all."""

from typing import Any

import numpy as np
import pytest

from learning.data.arrays import ArrayDataset
from learning.data.prepare import prepare
from learning.data.split_spec import SplitSpec
from learning.errors import UnusableColumn
from learning.frame import Frame
from learning.insight.baselines import fit_baselines
from learning.nn.layers import Dense
from learning.nn.net import NeuralNet
from learning.training.trainer import Epoch
from tests.unit.learning.data.test_prepare_in_chunks import Cut
from tests.unit.learning.frames import create_categorical, create_frame, create_numeric
from tests.unit.learning.rows import create_rows
from tests.unit.learning.trainings import create_trainer

RANDOM = np.random.default_rng(3)
ROWS = 40
TIMES = RANDOM.integers(1, 4, ROWS)
X = RANDOM.normal(size=(ROWS, 3)).astype(np.float32)


def dataset(classes: int, *, repeated: bool) -> ArrayDataset:
    y = RANDOM.permutation(np.arange(ROWS) % classes) if classes else X[:, :1].astype(np.float64) ** 2
    rows = np.repeat(np.arange(ROWS), TIMES if repeated else 1)
    weights = None if repeated else (TIMES / TIMES.mean()).astype(np.float32)
    return create_rows(X[rows], y[rows], classes=classes, scale=1.0 if classes else 2.0, weights=weights)


@pytest.fixture(params=[0, 2, 3])
def pair(request: pytest.FixtureRequest) -> tuple[ArrayDataset, ArrayDataset]:
    """The same rows, repeated and weighted."""
    global RANDOM  # noqa: PLW0603 - both have the same classes
    made = []
    for repeated in (True, False):
        RANDOM = np.random.default_rng(4)
        made.append(dataset(request.param, repeated=repeated))
    return made[0], made[1]


def test_metrics_count_a_row_as_often_as_its_weight_says(pair: tuple[ArrayDataset, ArrayDataset]):
    repeated, weighted = pair
    net = NeuralNet(3, [Dense(units=4)], repeated.outputs, seed=1)
    expected = repeated.compute_metrics(net.forward(repeated.x))
    assert weighted.compute_metrics(net.forward(weighted.x)) == pytest.approx(expected, rel=1e-5)


def test_a_step_over_weighted_rows_is_that_over_repeated_ones(pair: tuple[ArrayDataset, ArrayDataset]):
    nets, losses = [], []
    for data in pair:
        net = NeuralNet(3, [Dense(units=4)], data.outputs, seed=1)
        trainer = create_trainer(net, data, data, epochs=3, batch_size=1000)
        epochs = [moment for moment in trainer.run() if isinstance(moment, Epoch)]
        nets.append(net.parameters.copy())
        losses.append([(epoch.train_loss, epoch.validation_loss) for epoch in epochs])
    np.testing.assert_allclose(nets[0], nets[1], atol=2e-4)
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)


def test_baselines_are_weighted_as_the_net_is(pair: tuple[ArrayDataset, ArrayDataset]):
    one, other = (fit_baselines(data, data) for data in pair)
    assert one.naive.metrics == pytest.approx(other.naive.metrics, rel=0.05)
    assert one.linear.metrics == pytest.approx(other.linear.metrics, rel=0.05)


def table(weights: list[Any]) -> Frame:
    return create_frame(
        w=create_numeric(weights),
        x=create_numeric(range(len(weights))),
        y=create_categorical(["a", "b"] * (len(weights) // 2)),
    )


@pytest.mark.parametrize("size", [None, 7])
def test_weights_are_scaled_to_a_mean_of_one_and_rows_of_weight_zero_left_out(size: int | None):
    weights = RANDOM.integers(0, 4, 60).astype(float)
    frame = table(weights.tolist())
    prepared, doubled = (
        prepare(
            given if size is None else Cut(given, size), target="y", weight_column="w", split=SplitSpec(validation=0.25)
        )
        for given in (frame, table((1000 * weights).tolist()))
    )
    for data, other, rows in zip(
        (prepared.train, prepared.validation), (doubled.train, doubled.validation), prepared.rows.parts[:2], strict=True
    ):
        assert data.weights is not None
        np.testing.assert_allclose(data.weights, weights[rows] / weights[rows].mean(), rtol=1e-6)
        np.testing.assert_allclose(data.weights, other.weights, rtol=1e-6)
    used = np.concatenate(prepared.rows.parts)
    assert set(used.tolist()) == set(np.flatnonzero(weights).tolist())
    assert prepared.skipped[0].reason == f"{60 - len(used)} rows were left out: the weight 'w' is 0."
    assert [column.name for column in prepared.inputs.columns] == ["x"]


@pytest.mark.parametrize("size", [None, 3])
def test_missing_and_negative_weights_are_refused_with_their_rows(size: int | None):
    frame = table([1.0, None, 2.0, 1.0, -1.0, 1.0, 1.0, 1.0, 0.0, 1.0])
    with pytest.raises(UnusableColumn, match="'w' of") as caught:
        prepare(frame if size is None else Cut(frame, size), target="y", weight_column="w")
    if size is None:
        assert "2 rows are missing, negative or too large: row 2, 5." in caught.value.detail
    else:
        assert "1 row is missing, negative or too large: row 2." in caught.value.detail
