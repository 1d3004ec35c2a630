"""Asynchronous successive halving: which trials go on."""

import numpy as np

from learning.search.halving import goes_on, list_rungs


def test_rungs_are_thirds_of_the_epochs_and_none_is_too_early() -> None:
    assert list_rungs(100) == (4, 12, 34)
    assert list_rungs(12) == (4,)
    assert list_rungs(3) == ()


def test_the_best_third_goes_on_and_the_first_two_always_do() -> None:
    assert goes_on(9.0, [])
    assert goes_on(9.0, [1.0])
    assert not goes_on(9.0, [1.0, 2.0])
    assert goes_on(0.5, [1.0, 2.0])
    assert [goes_on(error, [1, 2, 3, 4, 5]) for error in (0, 1.5, 2.5)] == [True, True, False]


def test_the_best_of_many_trials_reaches_the_end_in_any_order() -> None:
    for seed in range(20):
        reached: list[float] = []
        kept: list[float] = []
        for error in np.random.default_rng(seed).permutation(30).tolist():
            if goes_on(error, reached):
                kept.append(error)
            reached.append(error)
        assert 0 in kept
        assert len(kept) < 20
