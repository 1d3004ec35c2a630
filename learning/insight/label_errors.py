"""Label errors: scores of rows whose label may be wrong, from the net's prediction and the neighbours' labels.

A wrong label teaches the net the wrong thing, and counts as an error where the net is right. A net can memorise a
wrong label; the labels of the nearest rows do not depend on it.
"""

import numpy as np
from numpy.typing import NDArray

from learning.insight.eval_sample import EvalSample


def normalized_margins(sample: EvalSample) -> NDArray[np.float64]:
    """The probability of each row's own class minus the highest of the other classes, -1 to 1 (rows,).

    It is the normalized margin of confident learning (Northcutt, Jiang & Chuang 2021).
    """
    class_probabilities, y = sample.probabilities.copy(), sample.data.y.astype(np.intp)[:, None]
    own = np.take_along_axis(class_probabilities, y, axis=1)[:, 0]
    np.put_along_axis(class_probabilities, y, -1.0, axis=1)
    return own - class_probabilities.max(axis=1)


def top_two_margins(sample: EvalSample) -> NDArray[np.float64]:
    """The difference between the two highest class probabilities of each row, 0 to 1 (rows,)."""
    top_two = np.partition(sample.probabilities, -2, axis=1)[:, -2:]
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
    sample: EvalSample, rows: NDArray[np.intp], neighbour_labels: NDArray[np.generic]
) -> NDArray[np.float64]:
    """The label error score of each of these rows, -1 to 1: above 0 the evidence is against its class.

    It is minus the mean of the net's margin and the neighbours'. On a training row the net's margin is capped at the
    neighbours', since the net agrees with a label that it was trained on.

    Args:
        sample: The evaluated rows.
        rows: Indices of the rows to score (scored,).
        neighbour_labels: The classes of their nearest training rows (scored, neighbours).
    """
    neighbour_margin = neighbour_margins(sample.data.y[rows], neighbour_labels)
    net_margin = normalized_margins(sample)[rows]
    if sample.split == "train":
        net_margin = np.minimum(net_margin, neighbour_margin)
    return -(net_margin + neighbour_margin) / 2


def score_numeric_targets(
    sample: EvalSample, rows: NDArray[np.intp], neighbour_targets: NDArray[np.floating]
) -> NDArray[np.float64]:
    """The label error score of each of these rows, in standard deviations of the target.

    It is the distance of its target from the mean of the net's prediction and the median of its neighbours' targets.
    On a training row the median alone counts where the prediction is nearer to the target, as with classes.

    Args:
        sample: The evaluated rows.
        rows: Indices of the rows to score (scored,).
        neighbour_targets: The standardised targets of their nearest training rows (scored, neighbours).
    """
    y = sample.data.y[rows, 0].astype(np.float64)
    neighbour_error: NDArray[np.float64] = np.median(neighbour_targets, axis=1) - y
    net_error = sample.logits[rows, 0].astype(np.float64) - y
    if sample.split == "train":
        net_error = np.where(np.abs(net_error) < np.abs(neighbour_error), neighbour_error, net_error)
    return np.abs(net_error + neighbour_error) / 2
