"""Metrics of rankings against definitions written as loops, and against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from learning.recommendation.bags import Bags
from learning.recommendation.linear_items import predict_linear_items
from learning.recommendation.ranking import compute_ranking_metrics, rank_best, rank_first

RANDOM = np.random.default_rng(1)
USERS, ITEMS = 40, 30


def bags_of(dense):
    owners, items = np.nonzero(dense)
    return Bags.group(owners, items, np.ones(len(items)), len(dense))


def test_metrics_are_those_of_their_definitions():
    scores = RANDOM.normal(size=(USERS, ITEMS))
    seen = RANDOM.random((USERS, ITEMS)) < 0.2
    chosen = (RANDOM.random((USERS, ITEMS)) < 0.2) & ~seen
    chosen[5] = False
    recalls, gains, precisions = [], [], []
    for user in np.flatnonzero(chosen.any(axis=1)):
        order = [item for item in np.argsort(-scores[user]) if not seen[user, item]][:10]
        hits = [bool(chosen[user, item]) for item in order]
        count = int(chosen[user].sum())
        recalls.append(sum(hits) / count)
        right = [sum(hits[: k + 1]) / (k + 1) for k in range(10) if hits[k]]
        precisions.append(sum(right) / min(count, 10))
        left = ~seen[user]
        gains.append(ndcg_score(chosen[user][None, left], scores[user][None, left], k=10))
    metrics = compute_ranking_metrics(scores, bags_of(chosen), bags_of(seen))
    assert metrics["recall_at_10"] == pytest.approx(np.mean(recalls))
    assert metrics["map_at_10"] == pytest.approx(np.mean(precisions))
    assert metrics["ndcg_at_10"] == pytest.approx(np.mean(gains))


def test_without_anything_chosen_metrics_are_undefined():
    nothing = bags_of(np.zeros((3, 5)))
    assert set(compute_ranking_metrics(np.zeros((3, 5)), nothing, nothing).values()) == {None}


def test_of_equal_scores_the_first_items_are_ranked_first():
    assert rank_first(np.array([[1.0, 3.0, 3.0, 2.0, 3.0]]), 3).tolist() == [[1, 2, 4]]
    assert rank_first(np.array([[1.0, 2.0]]), 10).tolist() == [[1, 0]]


def test_linear_item_model_is_ridge_regression_of_each_item_on_all_others():
    dense = RANDOM.random((USERS, 6)) < 0.5
    scores = predict_linear_items(bags_of(dense), bags_of(dense), 6)
    penalty, x = 10 * np.sqrt(USERS), dense.astype(float)
    for item in range(6):
        others = np.delete(np.arange(6), item)
        gram = x[:, others].T @ x[:, others] + penalty * np.eye(5)
        weights = np.linalg.solve(gram, x[:, others].T @ x[:, item])
        np.testing.assert_allclose(scores[:, item], x[:, others] @ weights, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("items", [1, 31, 64, 1000, 4001])
@pytest.mark.parametrize("count", [1, 10, 100])
@pytest.mark.parametrize("values", [3, 10**9])
def test_the_best_of_many_items_are_those_that_sorting_all_finds(items, count, values):
    scores = np.random.default_rng(items).integers(0, values, items).astype(np.float32)
    scores[:: max(2, items // 5)] = -np.inf
    found = rank_best(scores, count)
    assert len(set(found.tolist())) == min(count, items)
    np.testing.assert_array_equal(scores[found], np.sort(scores)[::-1][:count])
