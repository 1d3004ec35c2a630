"""Importance of settings."""

import numpy as np
import pytest

from learning.search.importance import measure_importance


def test_the_setting_that_decides_has_nearly_all_and_one_that_does_not_has_nothing() -> None:
    rng = np.random.default_rng(0)
    settings = [{"rate": float(rate), "batch": int(rng.choice([16, 32]))} for rate in rng.random(60)]
    errors = [each["rate"] for each in settings]
    found = measure_importance(settings, errors, frozenset({"rate"}))
    assert found["rate"] == pytest.approx(0.93, abs=0.05)
    assert found["batch"] is not None
    assert found["batch"] < 0.1


def test_it_is_omega_squared_of_the_ranks() -> None:
    settings = [{"a": value} for value in "xxxxyyyy"]
    errors = [1.0, 2.0, 3.0, 5.0, 4.0, 6.0, 7.0, 8.0]
    # by hand: ranks 1 2 3 5 and 4 6 7 8, means 2.75 and 6.25: between 24.5, total 42, within 17.5 / 6
    assert measure_importance(settings, errors, frozenset())["a"] == pytest.approx((24.5 - 17.5 / 6) / (42 + 17.5 / 6))


def test_of_few_trials_or_one_value_nothing_is_said() -> None:
    assert measure_importance([{"a": 1}] * 7, [1.0] * 7, frozenset()) == {"a": None}
    assert measure_importance([{"a": 1}] * 9, list(range(9)), frozenset()) == {"a": None}
    assert measure_importance([], [], frozenset()) == {}


def test_lists_are_values_like_any_others() -> None:
    settings = [{"layers": [{"units": 8}]}, {"layers": [{"units": 64}]}] * 5
    assert measure_importance(settings, [2.0, 1.0] * 5, frozenset())["layers"] == pytest.approx(1.0)
