"""Tests of a difference between two models against SciPy's distributions."""

import math

import pytest
from scipy import stats

from learning.insight.significance import has_larger_errors, is_wrong_more_often


@pytest.mark.parametrize("errors", range(1, 40, 3))
@pytest.mark.parametrize("others", [0, 2, 9, 17])
def test_wrong_rows_are_compared_by_the_exact_sign_test(errors: int, others: int):
    chance = stats.binomtest(errors, errors + others, 0.5, alternative="greater").pvalue
    assert is_wrong_more_often(errors, others) == (errors > others and chance < 0.05)


def test_many_wrong_rows_are_compared_by_its_normal_approximation():
    for errors in range(5000, 5400, 20):
        chance = stats.binomtest(errors, errors + 5000, 0.5, alternative="greater").pvalue
        assert is_wrong_more_often(errors, 5000) == (errors > 5000 and chance < 0.05)


@pytest.mark.parametrize("rows", [30, 300])
@pytest.mark.parametrize("ratio", [1.0, 1.05, 1.1, 1.2, 1.5])
def test_normal_errors_are_compared_by_the_variance_ratio(rows: int, ratio: float):
    mae = math.sqrt(2 / math.pi)
    chance = stats.f.sf(ratio**2, rows, rows)
    assert has_larger_errors(ratio, ratio * mae, 1.0, mae, rows) == (chance < 0.05)


def test_an_error_that_rests_on_one_row_tells_nothing():
    assert not has_larger_errors(100.0, 1.0, 1.0, 0.8, 10_000)
    assert has_larger_errors(100.0, 80.0, 1.0, 0.8, 10_000)


def test_any_error_is_larger_than_none():
    assert has_larger_errors(1.0, 0.8, 0.0, 0.0, 50)
    assert not has_larger_errors(0.0, 0.0, 0.0, 0.0, 50)
    assert not has_larger_errors(1.0, 1.0, 0.0, 0.0, 1)
