"""The linear item model: each item's score is a weighted sum of what a user chose, without the item itself.

The weights have a closed form (EASE: Steck 2019, arXiv:1905.03375), which takes the inverse of a matrix of items by
items, so that only the most popular ones are looked at. It is a baseline.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.recommendation.bags import Bags

MAX_ITEMS: Final = 2000
MAX_CELLS: Final = 2**22
PENALTY: Final = 10.0
"""L2 penalty of the weights, times the root of the number of users."""


def predict_linear_items(train: Bags, seen: Bags, items: int) -> NDArray[np.float64]:
    """The scores (users, items) for users that have `seen` these items, fitted to the bags of training.

    Items that are not among the 2,000 most popular have a score below all others.
    """
    counts = np.bincount(train.items, minlength=items)
    popular = np.sort(np.argsort(-counts, kind="stable")[:MAX_ITEMS])
    gram = np.zeros((len(popular), len(popular)))
    for rows in _walk(train, popular, items):
        gram += (rows.T @ rows).astype(np.float64)
    gram[np.diag_indices_from(gram)] += PENALTY * np.sqrt(max(len(train), 1))
    inverse = np.linalg.inv(gram)
    weights = (inverse / -np.diag(inverse)).astype(np.float32)
    np.fill_diagonal(weights, 0)
    known = np.concatenate([rows @ weights for rows in _walk(seen, popular, items)])
    scores = np.full((len(seen), items), float(known.min(initial=0.0)) - 1.0)
    scores[:, popular] = known
    return scores


def _walk(bags: Bags, popular: NDArray[np.intp], items: int) -> Iterator[NDArray[np.float32]]:
    """The bags in pieces of dense rows (bags, popular items), 1 for each that is in the bag."""
    places = np.full(items, -1)
    places[popular] = np.arange(len(popular))
    step = max(1, MAX_CELLS // len(popular))
    for start in range(0, len(bags), step):
        numbers = np.arange(start, min(start + step, len(bags)))
        owners, entries = bags.find_entries(numbers)
        columns = places[bags.items[entries]]
        piece = np.zeros((len(numbers), len(popular)), np.float32)
        piece[owners[columns >= 0], columns[columns >= 0]] = 1
        yield piece
