"""The split: every row in one part, stratified by class, and the same for the same seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.data.split import Split, split_rows
from learning.errors import TooFewRows


def parts(found: Split) -> list[np.ndarray]:
    return [found.train, found.validation, found.test]


@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=300),
    st.sampled_from([0.0, 0.1, 0.2, 0.5]),
    st.sampled_from([0.0, 0.1, 0.3]),
    st.integers(0, 2**53 - 1),
)
def test_every_row_is_in_one_part_and_every_class_is_learned(
    strata: list[int], validation: float, test: float, seed: int
):
    given_strata = np.array(strata)
    try:
        found = split_rows(given_strata, validation=validation, test=test, seed=seed)
    except TooFewRows:
        assert (1 - validation - test) * len(strata) <= 7 + 2
        return
    assert sorted(np.concatenate(parts(found)).tolist()) == list(range(len(strata)))
    assert all((np.diff(part) > 0).all() for part in parts(found))
    assert set(given_strata[found.train].tolist()) == set(strata)
    for share, part in ((validation, found.validation), (test, found.test)):
        assert len(part) == (max(1, round(share * len(strata))) if share else 0)


def test_classes_are_in_each_part_in_proportion():
    strata = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], [700, 200, 100]))
    found = split_rows(strata, validation=0.2, test=0.1, seed=3)
    for part, size in zip(parts(found), (700, 200, 100), strict=True):
        np.testing.assert_allclose(np.bincount(strata[part]), np.array([0.7, 0.2, 0.1]) * size, atol=2)


def test_many_small_classes_still_give_the_requested_share():
    found = split_rows(np.repeat(np.arange(100), 2), validation=0.2, test=0.0, seed=0)
    assert len(found.validation) == 40


def test_a_class_of_one_row_is_learned_from():
    strata = np.array([0] * 50 + [1])
    for seed in range(20):
        assert 50 in split_rows(strata, validation=0.5, test=0.0, seed=seed).train


def test_the_seed_decides():
    strata = np.zeros(100, dtype=np.int64)
    first, again, other = (split_rows(strata, validation=0.2, test=0.2, seed=seed) for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(parts(first), parts(again), strict=True))
    assert not all((a == b).all() for a, b in zip(parts(first), parts(other), strict=True))


def test_over_many_seeds_each_row_is_held_out_equally_often():
    strata = np.repeat([0, 1], [20, 10])
    times = np.zeros(30)
    for seed in range(2000):
        times[split_rows(strata, validation=0.2, test=0.0, seed=seed).validation] += 1
    assert np.abs(times / 2000 - 0.2).max() < 0.045  # five standard errors


def test_over_many_seeds_each_of_many_small_classes_is_held_out():
    strata = np.repeat(np.arange(5), 2)
    times = np.zeros(5)
    for seed in range(500):
        times += np.bincount(strata[split_rows(strata, validation=0.2, test=0.0, seed=seed).validation], minlength=5)
    assert np.abs(times / 500 - 0.4).max() < 0.11  # five standard errors


def test_nothing_is_held_out_by_shares_of_zero():
    found = split_rows(np.zeros(5, dtype=np.int64), validation=0.0, test=0.0, seed=0)
    assert [len(part) for part in parts(found)] == [5, 0, 0]


@pytest.mark.parametrize(
    ("strata", "validation", "test"),
    [([], 0.2, 0.0), ([0], 0.0, 0.0), ([0, 1], 0.5, 0.0), ([0, 0, 0], 0.2, 0.2), ([0, 1, 2], 0.2, 0.0)],
)
def test_too_few_rows_are_refused_with_advice(strata: list[int], validation: float, test: float):
    with pytest.raises(TooFewRows, match="too few") as caught:
        split_rows(np.array(strata, dtype=np.int64), validation=validation, test=test, seed=0)
    assert "Add rows" in caught.value.advice
