"""Metrics of rankings: of the ten items that are ranked first among all that a user has not seen, which were chosen.

Recall, normalized discounted cumulative gain (Järvelin & Kekäläinen 2002) and mean average precision, at 10.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.recommendation.bags import Bags

LENGTH: Final = 10
RANKING_METRICS: Final = ("recall_at_10", "ndcg_at_10", "map_at_10")
MAX_CELLS: Final = 2**22
"""The maximum scores that are looked at at once."""
BLOCK_ITEMS: Final = 32
"""Items of whose scores only the maximum is looked at first."""


def rank_first(scores: NDArray[np.floating], count: int) -> NDArray[np.intp]:
    """The items of the highest scores of each user (users, count), the highest first, and of equal ones the first."""
    count = min(count, scores.shape[1])
    found = np.sort(np.argpartition(-scores, count - 1, axis=1)[:, :count], axis=1)
    order = np.argsort(-np.take_along_axis(scores, found, 1), axis=1, kind="stable")
    return np.take_along_axis(found, order, 1)


def rank_best(scores: NDArray[np.floating], count: int) -> NDArray[np.intp]:
    """The items of the highest scores of one user (count,) as `rank_first` ranks them, several times as fast.

    Of the items dealt into blocks, at least `count` score no less than the count-th of the blocks' maxima.
    """
    blocks = len(scores) // BLOCK_ITEMS
    if blocks < count:
        return rank_first(scores[None], count)[0]
    maxima = scores[: blocks * BLOCK_ITEMS].reshape(BLOCK_ITEMS, blocks).max(axis=0)
    maxima.partition(blocks - count)
    candidates = np.flatnonzero(scores >= maxima[blocks - count])
    return candidates[rank_first(scores[candidates][None], count)[0]] if len(candidates) else candidates


def compute_ranking_metrics(scores: NDArray[np.floating], chosen: Bags, seen: Bags) -> dict[str, float | None]:
    """The means over users of recall, ndcg and average precision at 10.

    Args:
        scores: The score of each item for each user (users, items); it is not changed.
        chosen: What each user chose that was held out; a user without any does not count.
        seen: What each is known to have chosen, which is not ranked.
    """
    scored = score_rankings(scores, chosen, seen)
    values: list[float | None] = scored.mean(axis=0).tolist() if len(scored) else [None] * 3
    return dict(zip(RANKING_METRICS, values, strict=True))


def score_rankings(scores: NDArray[np.floating], chosen: Bags, seen: Bags) -> NDArray[np.float64]:
    """The three metrics of each user who counts (users, 3); the arguments are those of `compute_ranking_metrics`."""
    scored = [np.empty((0, 3))]
    step = max(1, MAX_CELLS // scores.shape[1])
    for start in range(0, len(scores), step):
        numbers = np.arange(start, min(start + step, len(scores)))
        numbers = numbers[chosen.sizes[numbers] > 0]
        part = scores[numbers].astype(np.float64)
        places, entries = seen.find_entries(numbers)
        part[places, seen.items[entries]] = -np.inf
        right = np.zeros(part.shape, np.bool_)
        places, entries = chosen.find_entries(numbers)
        right[places, chosen.items[entries]] = True
        hits = np.take_along_axis(right, rank_first(part, LENGTH), 1)
        scored.append(_score_hits(hits, chosen.sizes[numbers]))
    return np.concatenate(scored)


def _score_hits(hits: NDArray[np.bool_], sizes: NDArray[np.integer]) -> NDArray[np.float64]:
    """The three metrics of each user (users, 3), by whether each of the first items was chosen (users, items)."""
    places: NDArray[np.float64] = np.arange(1.0, hits.shape[1] + 1)
    most: NDArray[np.integer] = np.minimum(sizes, hits.shape[1])
    discounts = 1 / np.log2(places + 1)
    recall = hits.sum(axis=1) / sizes
    ndcg = (hits @ discounts) / np.cumsum(discounts)[most - 1]
    precision: NDArray[np.float64] = (np.cumsum(hits, axis=1) / places * hits).sum(axis=1) / most
    return np.stack([recall, ndcg, precision], axis=1)
