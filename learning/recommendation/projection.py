"""Projection of item vectors onto a plane, to be drawn as a map: the two principal components (Hotelling 1933)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ItemMap:
    """Items on the plane in which their vectors differ most.

    Attributes:
        numbers: The items that are shown (shown,), those of most training rows first.
        positions: Where each is, float64 (shown, 2); the mean of all is 0.
        explained_share: The share of the variance of their vectors that the plane has; 0 where they are all alike.
    """

    numbers: NDArray[np.intp]
    positions: NDArray[np.float64]
    explained_share: float


def project_items(
    find_vectors: Callable[[NDArray[np.intp]], NDArray[np.floating]], counts: NDArray[np.integer], limit: int
) -> ItemMap:
    """Project the items of the most training rows, at most `limit`, onto the principal components of their vectors.

    The sign of a component is such that its largest coordinate is positive. Vectors that are not finite have no map:
    all positions are 0.

    Args:
        find_vectors: The vectors of items by number (items, units), as those of all may take much memory.
        counts: The training rows of each item (items,).
        limit: The maximum number of items, which bounds the time.
    """
    numbers = np.argsort(-counts.astype(np.int64), kind="stable")[:limit]
    chosen = find_vectors(numbers).astype(np.float64)
    if not np.isfinite(chosen).all():
        return ItemMap(numbers, np.zeros((len(numbers), 2)), 0.0)
    chosen -= chosen.mean(axis=0)
    squares, axes = np.linalg.eigh(chosen @ chosen.T)  # as many as items are shown, however wide the vectors are
    squares = np.maximum(squares[:-3:-1], 0.0)
    positions = np.zeros((len(numbers), 2))
    positions[:, : len(squares)] = axes[:, :-3:-1] * np.sqrt(squares)
    largest = np.take_along_axis(positions, np.abs(positions).argmax(axis=0)[None], 0)
    total = float(np.square(chosen).sum())
    return ItemMap(
        numbers,
        np.where(largest < 0, -positions, positions),
        float(squares.sum()) / total if total > 0 else 0.0,
    )
