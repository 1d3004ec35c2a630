"""Nearest neighbours: the reference rows closest to a row in the net's encoded inputs.

Similar rows whose targets are known explain a prediction better than a number alone.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

CHUNK_CELLS: Final = 2**20
BLOCK_VALUES: Final = 64


def find_nearest(
    queries: NDArray[np.floating], reference: NDArray[np.floating], count: int, own_indices: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The nearest reference rows of each query row, by Euclidean distance, the nearest first.

    Candidates are selected by |a|^2 + |b|^2 - 2 a b, one matrix product for a chunk of queries. That sum loses digits
    where rows are alike, fewer after centring, so the distances returned are computed from the differences.

    Args:
        queries: The query rows (queries, width).
        reference: The rows to search (reference, width).
        count: The number of neighbours of each query.
        own_indices: The index of each query in the reference, which is left out; -1: none (queries,).

    Returns:
        Their indices and their distances (queries, k); k is less than `count` where there are no more.
    """
    k = min(count, len(reference) - bool(len(own_indices) and own_indices.max() >= 0))
    nearest = np.empty((len(queries), max(k, 0)), np.intp)
    distances = np.empty(nearest.shape, np.float64)
    if k <= 0:
        return nearest, distances
    centre = reference.mean(axis=0)
    centred = reference - centre
    squares = np.einsum("ij,ij->i", centred, centred)
    chunk_rows = max(1, CHUNK_CELLS // len(reference))
    for start in range(0, len(queries), chunk_rows):
        chunk, own = queries[start : start + chunk_rows], own_indices[start : start + chunk_rows]
        squared_distances = squares - 2 * ((chunk - centre) @ centred.T)
        has_own = np.flatnonzero(own >= 0)
        squared_distances[has_own, own[has_own]] = np.inf
        candidates = _smallest_indices(squared_distances, k)
        exact = np.sqrt(np.square(reference[candidates] - chunk[:, None, :], dtype=np.float64).sum(axis=2))
        order = np.argsort(exact, axis=1, kind="stable")
        nearest[start : start + chunk_rows] = np.take_along_axis(candidates, order, axis=1)
        distances[start : start + chunk_rows] = np.take_along_axis(exact, order, axis=1)
    return nearest, distances


def _smallest_indices(values: NDArray[np.floating], count: int) -> NDArray[np.intp]:
    """The indices of the smallest values of each row (rows, count), in any order.

    They lie in the blocks with the smallest minima, so that most values are read once and never sorted.
    """
    rows, width = values.shape
    blocks = width // BLOCK_VALUES
    if blocks < 4 * count:
        return np.argpartition(values, count - 1, axis=1)[:, :count]
    minima: NDArray[np.floating] = values[:, : blocks * BLOCK_VALUES].reshape(rows, blocks, BLOCK_VALUES).min(axis=2)
    chosen_blocks = np.argpartition(minima, count - 1, axis=1)[:, :count, None]
    candidates = np.empty((rows, count * BLOCK_VALUES + width - blocks * BLOCK_VALUES), np.intp)
    candidates[:, : count * BLOCK_VALUES] = (chosen_blocks * BLOCK_VALUES + np.arange(BLOCK_VALUES)).reshape(rows, -1)
    candidates[:, count * BLOCK_VALUES :] = np.arange(blocks * BLOCK_VALUES, width)
    smallest = np.argpartition(np.take_along_axis(values, candidates, axis=1), count - 1, axis=1)[:, :count]
    return np.take_along_axis(candidates, smallest, axis=1)
