"""The rows that are most like a given one, by what the net is told of them.

A person believes "it said no, and these three that look the same were no" where a number alone says nothing.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

CHUNK_CELLS: Final = 2**20
BLOCK_VALUES: Final = 64


def find_nearest(
    queries: NDArray[np.floating], reference: NDArray[np.floating], count: int, own_indices: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The nearest known rows of each row that is asked about, by Euclidean distance, the nearest first.

    Distances are found as |a|^2 + |b|^2 - 2 a b, one matrix product for many of them, and those of the nearest are then
    computed from the differences, as that sum loses digits where rows are alike; fewer of them around the centre.

    Args:
        queries: The rows that are asked about (queries, width).
        reference: The rows among which to look (reference, width).
        count: How many to find of each.
        own_indices: Which reference row each one is itself, and is not counted; -1: none (queries,).

    Returns:
        Their numbers and their distances (queries, found); found is less than `count` where there are no more.
    """
    found = min(count, len(reference) - bool(len(own_indices) and own_indices.max() >= 0))
    places = np.empty((len(queries), max(found, 0)), np.intp)
    distances = np.empty(places.shape, np.float64)
    if found <= 0:
        return places, distances
    centre = reference.mean(axis=0)
    centred = reference - centre
    squares = np.einsum("ij,ij->i", centred, centred)
    step = max(1, CHUNK_CELLS // len(reference))
    for start in range(0, len(queries), step):
        part, selves = queries[start : start + step], own_indices[start : start + step]
        far = squares - 2 * ((part - centre) @ centred.T)
        is_known = np.flatnonzero(selves >= 0)
        far[is_known, selves[is_known]] = np.inf
        close = _smallest_indices(far, found)
        exact = np.sqrt(np.square(reference[close] - part[:, None, :], dtype=np.float64).sum(axis=2))
        order = np.argsort(exact, axis=1, kind="stable")
        places[start : start + step] = np.take_along_axis(close, order, axis=1)
        distances[start : start + step] = np.take_along_axis(exact, order, axis=1)
    return places, distances


def _smallest_indices(values: NDArray[np.floating], count: int) -> NDArray[np.intp]:
    """The places of the least values of each row (rows, count), in any order.

    They lie in the blocks whose least values are least, so that most values are read once and never sorted.
    """
    rows, width = values.shape
    blocks = width // BLOCK_VALUES
    if blocks < 4 * count:
        return np.argpartition(values, count - 1, axis=1)[:, :count]
    least: NDArray[np.floating] = values[:, : blocks * BLOCK_VALUES].reshape(rows, blocks, BLOCK_VALUES).min(axis=2)
    chosen = np.argpartition(least, count - 1, axis=1)[:, :count, None]
    places = np.empty((rows, count * BLOCK_VALUES + width - blocks * BLOCK_VALUES), np.intp)
    places[:, : count * BLOCK_VALUES] = (chosen * BLOCK_VALUES + np.arange(BLOCK_VALUES)).reshape(rows, -1)
    places[:, count * BLOCK_VALUES :] = np.arange(blocks * BLOCK_VALUES, width)
    closest = np.argpartition(np.take_along_axis(values, places, axis=1), count - 1, axis=1)[:, :count]
    return np.take_along_axis(places, closest, axis=1)
