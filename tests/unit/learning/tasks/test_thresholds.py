"""Thresholds of two classes: counts by hand."""

import numpy as np
import pytest

from learning.tasks.thresholds import MAX_THRESHOLDS, tabulate_thresholds


@pytest.mark.parametrize("rows", [7, 5000])
def test_counts_are_those_of_the_rows_from_each_threshold_on(rows: int):
    chance = np.random.default_rng(rows)
    positive = chance.random(rows) < 0.3
    scores = np.clip(chance.normal(0.3 + 0.3 * positive, 0.2), 0, 1)

    found = tabulate_thresholds("yes", scores, positive)

    assert (found.positives, found.negatives) == (positive.sum(), (~positive).sum())
    assert min(rows, MAX_THRESHOLDS) * 0.9 <= len(found.points) <= MAX_THRESHOLDS + 1
    bounds = [point.threshold for point in found.points]
    assert bounds == sorted(bounds, reverse=True)
    assert 0.5 in bounds
    for point in found.points:
        assert point.true_positives == (positive & (scores >= point.threshold)).sum()
        assert point.false_positives == (~positive & (scores >= point.threshold)).sum()
    assert (found.points[-1].true_positives, found.points[-1].false_positives) == (positive.sum(), (~positive).sum())


def test_the_most_probable_tenths_hold_so_many_of_the_class():
    scores = np.linspace(1, 0, 100)
    positive = np.arange(100) < 25

    found = tabulate_thresholds("yes", scores, positive)

    assert [(part.share, part.rows, part.positives) for part in found.gains[:4]] == [
        (0.1, 10, 10),
        (0.2, 20, 20),
        (0.3, 30, 25),
        (0.4, 40, 25),
    ]
    assert len(found.gains) == 10
