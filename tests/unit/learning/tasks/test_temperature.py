"""Temperature scaling: the one number with the least log loss."""

import numpy as np
import pytest

from learning.nn.losses import compute_probabilities
from learning.tasks.temperature import MAX_TEMPERATURE, MIN_ROWS, fit_temperature

ROWS = 4000


def draw(classes, seed=0):
    """Logits, and classes drawn by their probabilities."""
    random = np.random.default_rng(seed)
    logits = random.normal(size=(ROWS, classes if classes > 2 else 1)) * 2
    shares = compute_probabilities(logits).cumsum(axis=1)
    return logits, (random.random((ROWS, 1)) > shares).sum(axis=1).clip(max=classes - 1)


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("factor", [1.2, 1.6, 3.0])
def test_logits_that_are_too_large_by_a_factor_are_divided_by_it(classes, factor):
    logits, y = draw(classes)
    assert fit_temperature(factor * logits, y, None, classes) == pytest.approx(factor, rel=0.06)


@pytest.mark.parametrize("classes", [2, 5])
def test_no_other_temperature_has_a_lower_log_loss(classes):
    logits, y = draw(classes)
    weights = np.random.default_rng(1).uniform(0, 3, ROWS).astype(np.float32)
    found = fit_temperature(2.5 * logits.astype(np.float32), y, weights, classes)

    def log_loss(temperature):
        own = compute_probabilities(2.5 * logits / temperature)[np.arange(ROWS), y]
        return np.average(-np.log(own), weights=weights)

    assert log_loss(found) <= min(log_loss(found * factor) for factor in (0.5, 0.99, 1.01, 2)) + 1e-9


def test_weights_are_respected():
    logits, y = draw(2)
    logits *= 2
    both, doubled = np.concatenate([logits, 3 * logits]), np.concatenate([y, y])
    weights = np.repeat([1.0, 0.0], ROWS)
    assert fit_temperature(both, doubled, weights, 2) == pytest.approx(fit_temperature(logits, y, None, 2), rel=1e-6)


def test_it_stays_within_bounds_and_needs_rows():
    logits, y = draw(3)
    assert fit_temperature(1e4 * logits, y, None, 3) == pytest.approx(MAX_TEMPERATURE, rel=1e-5)
    assert fit_temperature(logits / 3, y, None, 3) == 1.0
    assert fit_temperature(np.full((ROWS, 1), 1e30), y % 2, None, 2) == pytest.approx(MAX_TEMPERATURE, rel=1e-5)
    assert fit_temperature(logits[: MIN_ROWS - 1] * 9, y[: MIN_ROWS - 1], None, 3) == 1.0
