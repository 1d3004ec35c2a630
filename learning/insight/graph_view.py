"""The part of a net that is drawn as a graph: the units with the largest weights, incoming and outgoing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class VisibleUnits:
    """Indices of the inputs, and of the units of each dense layer, ascending."""

    inputs: list[int]
    layers: list[list[int]]


def select_strongest_units(matrices: Sequence[NDArray[np.floating]], max_units: int) -> VisibleUnits:
    """Select the inputs and the units of each layer with the largest norms of their weights.

    Args:
        matrices: The matrix of each dense layer (inputs + 1, units), its last row the biases.
        max_units: The maximum number of inputs, and of units in each layer.
    """
    squares = [np.square(matrix[:-1], dtype=np.float64) for matrix in matrices]
    incoming = [np.zeros(len(squares[0])), *(layer.sum(axis=0) for layer in squares)]
    outgoing = [*(layer.sum(axis=1) for layer in squares), np.zeros(squares[-1].shape[1])]
    inputs, *layers = [_largest_indices(to + away, max_units) for to, away in zip(incoming, outgoing, strict=True)]
    return VisibleUnits(inputs, layers)


def visible_weights(matrix: NDArray[np.floating], before: Sequence[int], here: Sequence[int]) -> NDArray[np.floating]:
    """The part of a layer's matrix (inputs + 1, units) between the visible inputs and units, biases last."""
    return matrix[np.ix_([*before, len(matrix) - 1], here)]


def _largest_indices(strengths: NDArray[np.float64], count: int) -> list[int]:
    """The indices of the largest values, ascending; ties go to the first."""
    return np.sort(np.argsort(-strengths, kind="stable")[:count]).tolist()
