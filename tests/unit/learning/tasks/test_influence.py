"""Influence of rows against what leaving each of them out does to a metric."""

from collections.abc import Callable

import numpy as np
import pytest

from learning.tasks.influence import Influence
from learning.tasks.regression import RegressionTarget
from learning.tasks.task import Target
from tests.unit.learning.rows import create_target

ROWS = 200


def leave_out_each(
    measure: Callable[[np.ndarray], dict[str, float | None]],
) -> dict[str, np.ndarray]:
    """The jackknife's estimate of each row's influence on each metric."""
    every = np.arange(ROWS)
    whole = measure(every)
    parts = [measure(np.delete(every, row)) for row in every]
    return {name: (ROWS - 1) * np.array([whole[name] - part[name] for part in parts]) for name in whole}


def check(target: Target, logits: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> dict[str, Influence]:
    def measure(rows: np.ndarray) -> dict[str, float | None]:
        return target.compute_metrics(logits[rows], y[rows], None if weights is None else weights[rows])

    found = target.compute_influences(logits, y, weights)
    jackknife = leave_out_each(measure)

    assert found.keys() == jackknife.keys()
    for name, influence in found.items():
        error = np.sqrt(np.square(jackknife[name] - jackknife[name].mean()).sum()) / ROWS
        assert influence.standard_error == pytest.approx(error, rel=0.05), name
        assert influence.values.mean() == pytest.approx(0, abs=1e-9)
        assert np.corrcoef(influence.values, jackknife[name])[0, 1] > 0.999
    return found


@pytest.fixture(params=["alike", "weighed"])
def weights(request: pytest.FixtureRequest) -> np.ndarray | None:
    own = np.random.default_rng(5).uniform(0.5, 2.0, ROWS)
    return own / own.mean() if request.param == "weighed" else None


@pytest.mark.parametrize("classes", [2, 4])
def test_influences_on_metrics_of_classes_are_what_leaving_rows_out_does(classes: int, weights: np.ndarray | None):
    chance = np.random.default_rng(classes)
    y = chance.integers(0, classes, ROWS)
    logits = chance.normal(size=(ROWS, 1 if classes == 2 else classes)).round(1)  # with ties
    logits += (2 * y[:, None] - 1) if classes == 2 else 1.5 * np.eye(classes)[y]

    found = check(create_target(classes), logits, y, weights)

    assert ("auc" in found) == (classes == 2)


def test_influences_on_metrics_of_numbers_are_what_leaving_rows_out_does(weights: np.ndarray | None):
    chance = np.random.default_rng(9)
    y = chance.normal(size=(ROWS, 1))

    check(create_target(mean=10.0, scale=3.0), y + chance.normal(size=(ROWS, 1)), y, weights)


def test_influences_on_quantiles_and_on_several_numbers(weights: np.ndarray | None):
    chance = np.random.default_rng(11)
    y = chance.normal(size=(ROWS, 2))
    target = RegressionTarget(mean=(1.0, 2.0), scale=(3.0, 4.0), names=("a", "b"), quantiles=(0.1, 0.5, 0.9))

    found = check(target, np.repeat(y, 3, axis=1) + chance.normal(size=(ROWS, 6)), y, weights)

    assert {"rmse", "pinball", "coverage", "rmse_a", "r2_b"} <= found.keys()
