"""Confidence intervals against SciPy's and their definitions, and how often they hold what is true."""

import math

import numpy as np
import pytest
from scipy import stats

from learning.tasks.intervals import (
    ConfidenceInterval,
    find_area_interval,
    find_critical,
    find_error_interval,
    find_f1_interval,
    find_share_interval,
    subtract,
)


@pytest.mark.parametrize(("right", "rows"), [(0, 5), (109, 114), (69, 69), (1, 2), (5000, 10_000)])
def test_the_interval_of_a_share_is_that_of_wilson(right: int, rows: int):
    theirs = stats.binomtest(right, rows).proportion_ci(method="wilson")

    found = find_share_interval(right / rows, rows)

    assert (found.low, found.high) == (pytest.approx(theirs.low, abs=1e-12), pytest.approx(theirs.high))
    assert found.low <= right / rows <= found.high


def test_nothing_is_known_of_a_share_of_no_rows():
    assert find_share_interval(0.0, 0) == find_area_interval(0.5, 0, 7) == ConfidenceInterval(0.0, 1.0)


@pytest.mark.parametrize("rows", [5, 24, 1000])
def test_the_critical_value_is_that_of_students_distribution(rows: int):
    assert find_critical(rows=rows) == pytest.approx(stats.t.ppf(0.975, rows - 1), rel=0.03)
    assert find_critical(0.99) == pytest.approx(stats.norm.ppf(0.995))


def test_the_bounds_of_an_area_are_areas_whose_own_error_reaches_it():
    area, positives, negatives = 0.9, 12, 40

    found = find_area_interval(area, positives, negatives)

    for bound in (found.low, found.high):
        half = (positives + negatives) / 2 - 1
        factor = 1 + half * (1 - bound) / (2 - bound) + half * bound / (1 + bound)
        error = math.sqrt(bound * (1 - bound) * factor / (positives * negatives))
        assert abs(bound - area) == pytest.approx(stats.norm.ppf(0.975) * error, rel=1e-6)
    assert find_area_interval(1.0, 5, 100).low < 0.95


def test_an_f1_score_lies_in_its_interval_which_holds_the_true_one_as_often_as_promised():
    chance, held = np.random.default_rng(1), 0
    for _ in range(400):
        actual = chance.random(200) < 0.3
        predicted = np.where(chance.random(200) < 0.85, actual, ~actual)
        correct = int((actual & predicted).sum())
        found = find_f1_interval(correct, int(predicted.sum()), int(actual.sum()))
        assert found.low <= 2 * correct / (predicted.sum() + actual.sum()) <= found.high
        held += found.low <= 2 * 0.3 * 0.85 / (0.3 * 0.85 + 0.7 * 0.15 + 0.3) <= found.high
    assert 0.92 <= held / 400 <= 0.99


def test_the_interval_of_an_error_is_never_below_nothing():
    found = find_error_interval(2.0, 3.0, 10)

    assert 0 < found.low < 2 < found.high
    assert find_error_interval(0.0, 0.0, 10) == ConfidenceInterval(0.0, 0.0)


def test_the_interval_of_a_difference_is_that_of_newcombe():
    first, second = find_share_interval(56 / 70, 70), find_share_interval(48 / 80, 80)

    found = subtract(56 / 70, first, 48 / 80, second)

    assert (found.low, found.high) == (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))
