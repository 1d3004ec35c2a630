"""Bags against dense matrices, and their losses against definitions and finite differences."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from learning.nn.plan import execute
from learning.packing import pack_array, unpack_array
from learning.recommendation.bags import BagMatrix, Bags
from learning.recommendation.losses import ChoiceLoss, RatingLoss, WholeBagLoss

RANDOM = np.random.default_rng(0)
USERS, ITEMS = 7, 11
IS_THERE = RANDOM.random((USERS, ITEMS)) < 0.4
IS_THERE[3] = False
DENSE = np.where(IS_THERE, RANDOM.normal(size=(USERS, ITEMS)), 0).astype(np.float32)
OWNERS, PLACES = np.nonzero(IS_THERE)
BAGS = Bags.group(OWNERS, PLACES, DENSE[IS_THERE], USERS)
LEVELS = RANDOM.normal(size=ITEMS)
SHARES = RANDOM.uniform(0.5, 2, USERS).astype(np.float32)
LOSSES = pytest.mark.parametrize(
    "loss",
    [RatingLoss(BAGS, SHARES), ChoiceLoss(BAGS, SHARES, LEVELS), WholeBagLoss(BAGS, SHARES, LEVELS)],
    ids=["ratings", "choices", "whole bags"],
)


def test_rows_of_a_matrix_are_the_dense_ones_in_any_order():
    matrix, rows = BagMatrix(BAGS, ITEMS), np.array([5, 3, 3, 0])
    out = np.full((4, ITEMS), np.nan, np.float32)
    assert (matrix.gather(rows, out) == DENSE[rows]).all()
    assert (matrix[2:5] == DENSE[2:5]).all()
    assert (BAGS.sizes == IS_THERE.sum(axis=1)).all()
    again = BagMatrix(Bags.concat([BAGS.take(rows), BAGS]), ITEMS)
    assert (again[:] == np.concatenate([DENSE[rows], DENSE])).all()


def test_arrays_survive_as_text_and_no_other_text_passes():
    numbers = RANDOM.integers(0, 1000, 50).astype(np.int32)
    text = pack_array(numbers, np.int32)
    assert (unpack_array(text, np.int32, 50) == numbers).all()
    for broken, size in [(text, 49), (text, 51), (text[:-4], 50), ("?", 1), ("", 0)]:
        with pytest.raises(ValueError, match="an array"):
            unpack_array(broken, np.int32, size)


@LOSSES
def test_gradient_is_the_limit_of_finite_differences(loss):
    numbers, h = np.array([4, 0, 3, 6]), 1e-5
    logits, targets = RANDOM.normal(size=(4, ITEMS)), loss.targets(numbers, np.float64)
    encoded, found = loss.target_buffer(targets, ITEMS), np.empty((4, ITEMS))
    loss.encode_targets(targets, encoded)
    execute(loss.gradient(logits, encoded, found))
    expected = np.empty_like(found)
    for place in np.ndindex(logits.shape):
        above, below = logits.copy(), logits.copy()
        above[place] += h
        below[place] -= h
        expected[place] = (loss.total(above, targets, None) - loss.total(below, targets, None)) / (2 * h)
    np.testing.assert_allclose(found * loss.gradient_scale, expected, atol=1e-6)


def test_loss_of_ratings_is_the_squared_error_of_those_that_are_there():
    logits = RANDOM.normal(size=(USERS, ITEMS))
    losses = RatingLoss(BAGS, SHARES).values(logits, np.arange(USERS, dtype=float)[:, None])
    expected = np.where(IS_THERE, (logits - DENSE) ** 2, 0).sum(axis=1) * SHARES
    np.testing.assert_allclose(losses, expected, rtol=1e-6)


def test_loss_of_whole_bags_is_the_squared_error_of_all_items():
    logits = RANDOM.normal(size=(USERS, ITEMS))
    losses = WholeBagLoss(BAGS, SHARES, LEVELS).values(logits, np.arange(USERS, dtype=float)[:, None])
    np.testing.assert_allclose(losses, ((logits + LEVELS - DENSE) ** 2).sum(axis=1), rtol=1e-6)


def test_loss_of_choices_is_the_cross_entropy_of_each():
    logits = RANDOM.normal(size=(USERS, ITEMS))
    losses = ChoiceLoss(BAGS, SHARES, LEVELS).values(logits, np.arange(USERS, dtype=float)[:, None])
    scores = np.exp(logits + LEVELS)
    shares = scores / scores.sum(axis=1, keepdims=True)
    assert losses[3] == 0.0
    for user in (0, 1, 2, 4, 5, 6):
        chosen = np.flatnonzero(IS_THERE[user])
        repeated = np.repeat(shares[user : user + 1], len(chosen), axis=0)
        expected = log_loss(chosen, repeated, labels=range(ITEMS)) * len(chosen) * SHARES[user]
        assert losses[user] == pytest.approx(expected, rel=1e-6)
