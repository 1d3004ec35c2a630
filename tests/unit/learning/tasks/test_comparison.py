"""Intervals of metrics, and models side by side: how often they are right, and who is told to be better."""

import numpy as np
import pytest
from scipy import stats

from learning.tasks.comparison import Comparison, compare_metrics, estimate_intervals
from tests.unit.learning.rows import create_target


def compare_classes(y: np.ndarray, first: np.ndarray, second: np.ndarray) -> dict[str, Comparison]:
    """Two models that predict these classes of two, as sure of all."""
    target = create_target(2)
    both = [np.where(predicted == 1, 2.0, -2.0)[:, None] for predicted in (first, second)]
    metrics = [target.compute_metrics(logits, y, None) for logits in both]
    influences = [target.compute_influences(logits, y, None) for logits in both]
    return compare_metrics(metrics[0], influences[0], metrics[1], influences[1])


def flip(y: np.ndarray, rows: slice) -> np.ndarray:
    predicted = y.copy()
    predicted[rows] = 1 - predicted[rows]
    return predicted


@pytest.mark.parametrize(
    ("wrong", "others", "result"),
    [(slice(5), slice(2, 5), "tie"), (slice(20), slice(4), "worse"), (slice(0, 3), slice(50, 80), "better")],
)
def test_five_errors_against_three_are_a_tie(wrong: slice, others: slice, result: str):
    y = np.arange(114) % 2

    found = compare_classes(y, flip(y, wrong), flip(y, others))["accuracy"]

    assert found.result == result
    assert (found.low <= 0 <= found.high) == (result == "tie")
    assert found.difference == pytest.approx(
        ((others.stop - (others.start or 0)) - (wrong.stop - (wrong.start or 0))) / 114
    )


@pytest.mark.parametrize("rows", range(1, 15))
def test_the_interval_excludes_nothing_that_mcnemars_exact_test_does_not(rows: int):
    y = np.arange(200) % 2

    found = compare_classes(y, y, flip(y, slice(rows)))["accuracy"]

    assert (found.result == "better") == (stats.binomtest(0, rows).pvalue < 0.05)


def test_a_model_is_as_good_as_itself():
    y = np.arange(60) % 2
    found = compare_classes(y, flip(y, slice(4)), flip(y, slice(4)))

    assert {name: (one.difference, one.result) for name, one in found.items()} == dict.fromkeys(found, (0.0, "tie"))


def test_a_smaller_error_is_better():
    chance, target = np.random.default_rng(0), create_target(scale=2.0)
    y = chance.normal(size=(300, 1))
    net, line = y + 0.1 * chance.normal(size=y.shape), y + 0.3 * chance.normal(size=y.shape)
    metrics = [target.compute_metrics(logits, y, None) for logits in (net, line)]
    influences = [target.compute_influences(logits, y, None) for logits in (net, line)]

    found = compare_metrics(metrics[0], influences[0], metrics[1], influences[1])

    assert {name: one.result for name, one in found.items()} == {"rmse": "better", "mae": "better", "r2": "better"}
    assert found["rmse"].high < 0 < found["r2"].low


@pytest.mark.parametrize("metric", ["rmse", "mae", "r2"])
def test_intervals_hold_the_true_metric_as_often_as_promised(metric: str):
    chance, target, held = np.random.default_rng(3), create_target(), 0
    truth = {"rmse": 0.5, "mae": 0.5 * np.sqrt(2 / np.pi), "r2": 0.75}[metric]
    for _ in range(400):
        y = chance.normal(size=(80, 1))
        logits = y + 0.5 * chance.normal(size=y.shape)
        found = estimate_intervals(target.compute_metrics(logits, y, None), target.compute_influences(logits, y, None))
        held += found[metric].low <= truth <= found[metric].high

    assert 0.91 <= held / 400 <= 0.98


def test_no_mistakes_are_no_certainty():
    y, target = np.arange(69) % 3, create_target(3)
    logits = 9 * np.eye(3)[y]

    found = estimate_intervals(target.compute_metrics(logits, y, None), target.compute_influences(logits, y, None))

    theirs = stats.binomtest(69, 69).proportion_ci(method="wilson")
    assert (found["accuracy"].low, found["accuracy"].high) == (pytest.approx(theirs.low), 1.0)
    assert found["macro_f1"].low < 0.95


def test_a_single_row_has_an_interval_of_its_share_alone():
    target = create_target()
    logits, y = np.array([[1.0]]), np.array([[2.0]])

    assert estimate_intervals(target.compute_metrics(logits, y, None), target.compute_influences(logits, y, None)) == {}
