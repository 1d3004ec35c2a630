"""Whether a row's label may be the mistake, and not the net: what the net and the rows around it say of it.

A wrong label teaches a net the wrong thing and counts against it where it is right. A net can learn a wrong label by
heart, but its neighbours cannot.
"""

import numpy as np
from numpy.typing import NDArray

from learning.insight.eval_sample import EvalSample


def normalized_margins(sample: EvalSample) -> NDArray[np.float64]:
    """How much likelier the net finds each row's own class than any other, -1 to 1 (rows,).

    It is the normalized margin of confident learning (Northcutt, Jiang & Chuang 2021).
    """
    shares, y = sample.probabilities.copy(), sample.data.y.astype(np.intp)[:, None]
    own = np.take_along_axis(shares, y, axis=1)[:, 0]
    np.put_along_axis(shares, y, -1.0, axis=1)
    return own - shares.max(axis=1)


def top_two_margins(sample: EvalSample) -> NDArray[np.float64]:
    """How much likelier the net finds the most probable class of each row than the next, 0 to 1 (rows,)."""
    two = np.partition(sample.probabilities, -2, axis=1)[:, -2:]
    return two[:, 1] - two[:, 0]


def neighbour_margins(y: NDArray[np.generic], neighbour_labels: NDArray[np.generic]) -> NDArray[np.float64]:
    """How many more of a row's neighbours are of its class than of any other, as a share of them, -1 to 1 (rows,).

    Args:
        y: The class of each row (rows,).
        neighbour_labels: The classes of its neighbours (rows, neighbours).
    """
    alike = (neighbour_labels[:, :, None] == neighbour_labels[:, None, :]).mean(
        axis=2
    )  # the share of each neighbour's class
    own = neighbour_labels == y[:, None]
    return own.mean(axis=1) - np.where(own, 0.0, alike).max(axis=1)


def score_class_labels(
    sample: EvalSample, rows: NDArray[np.intp], neighbour_labels: NDArray[np.generic]
) -> NDArray[np.float64]:
    """How much speaks against the class of each of these rows, -1 to 1; above 0 more speaks against it than for it.

    It is minus the mean of the net's margin and the neighbours'. That a net agrees with a row that it has learned from
    says nothing, for the label itself has taught it: of such a row its margin counts as no more than the neighbours'.

    Args:
        sample: Rows that were looked at.
        rows: Which of them to judge (judged,).
        neighbour_labels: The classes of their nearest training rows (judged, neighbours).
    """
    around = neighbour_margins(sample.data.y[rows], neighbour_labels)
    said = normalized_margins(sample)[rows]
    if sample.split == "train":
        said = np.minimum(said, around)
    return -(said + around) / 2


def score_numeric_targets(
    sample: EvalSample, rows: NDArray[np.intp], neighbour_targets: NDArray[np.floating]
) -> NDArray[np.float64]:
    """How far the target of each of these rows is from what speaks against it, in standard deviations of the target.

    It is the distance to the mean of what the net says and of the median of the neighbours' targets. Of a row that the
    net has learned from, the median alone counts where the net is nearer, as with classes.

    Args:
        sample: Rows that were looked at.
        rows: Which of them to judge (judged,).
        neighbour_targets: The standardised targets of their nearest training rows (judged, neighbours).
    """
    y = sample.data.y[rows, 0].astype(np.float64)
    around: NDArray[np.float64] = np.median(neighbour_targets, axis=1) - y
    said = sample.logits[rows, 0].astype(np.float64) - y
    if sample.split == "train":
        said = np.where(np.abs(said) < np.abs(around), around, said)
    return np.abs(said + around) / 2
