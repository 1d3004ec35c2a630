"""Label errors: scores of rows whose label may be wrong, from the net's prediction and the neighbours' labels.

A wrong label teaches the net the wrong thing, and counts as an error where the net is right. A net can memorise a
wrong label; the labels of the nearest rows do not depend on it.
"""

import numpy as np
from numpy.typing import NDArray


def normalized_margins(probabilities: NDArray[np.float64], y: NDArray[np.intp]) -> NDArray[np.float64]:
    """The probability (rows, classes) of each row's own class y minus the highest of the others, -1 to 1 (rows,).

    It is the normalized margin of confident learning (Northcutt, Jiang & Chuang 2021).
    """
    others = probabilities.copy()
    own = np.take_along_axis(others, y[:, None], axis=1)[:, 0]
    np.put_along_axis(others, y[:, None], -1.0, axis=1)
    return own - others.max(axis=1)


def top_two_margins(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """The difference between the two highest class probabilities (rows, classes) of each row, 0 to 1 (rows,)."""
    top_two = np.partition(probabilities, -2, axis=1)[:, -2:]
    return top_two[:, 1] - top_two[:, 0]


def neighbour_margins(y: NDArray[np.generic], neighbour_labels: NDArray[np.generic]) -> NDArray[np.float64]:
    """The share of neighbours with the row's class minus that of the commonest other class, -1 to 1 (rows,).

    Args:
        y: The class of each row (rows,).
        neighbour_labels: The classes of its neighbours (rows, neighbours).
    """
    class_shares = (neighbour_labels[:, :, None] == neighbour_labels[:, None, :]).mean(
        axis=2
    )  # the share of neighbours with the same class as this one
    is_own_class = neighbour_labels == y[:, None]
    return is_own_class.mean(axis=1) - np.where(is_own_class, 0.0, class_shares).max(axis=1)


def score_class_labels(
    probabilities: NDArray[np.float64],
    y: NDArray[np.intp],
    neighbour_labels: NDArray[np.generic],
    *,
    are_trained: bool,
) -> NDArray[np.float64]:
    """The label error score of each row (rows,), -1 to 1: above 0 the evidence is against its class.

    It is minus the mean of the net's margin and the neighbours'. On a training row the net's margin is capped at the
    neighbours', since the net agrees with a label that it was trained on.

    Args:
        probabilities: The probability of each class (rows, classes).
        y: The class of each row (rows,).
        neighbour_labels: The classes of their nearest training rows (rows, neighbours).
        are_trained: Whether the rows are training rows.
    """
    neighbour_margin = neighbour_margins(y, neighbour_labels)
    net_margin = normalized_margins(probabilities, y)
    if are_trained:
        net_margin = np.minimum(net_margin, neighbour_margin)
    return -(net_margin + neighbour_margin) / 2


def score_numeric_targets(
    predicted: NDArray[np.float64],
    y: NDArray[np.float64],
    neighbour_targets: NDArray[np.float64],
    *,
    are_trained: bool,
) -> NDArray[np.float64]:
    """The label error score of each row (rows,), in standard deviations of the target.

    It is the distance of its target from the mean of the net's prediction and the median of its neighbours' targets.
    On a training row the median alone counts where the prediction is nearer to the target, as with classes.

    Args:
        predicted: The predictions (rows,).
        y: The standardised targets (rows,).
        neighbour_targets: Those of their nearest training rows (rows, neighbours).
        are_trained: Whether the rows are training rows.
    """
    neighbour_error: NDArray[np.float64] = np.median(neighbour_targets, axis=1) - y
    net_error = predicted - y
    if are_trained:
        net_error = np.where(np.abs(net_error) < np.abs(neighbour_error), neighbour_error, net_error)
    return np.abs(net_error + neighbour_error) / 2
