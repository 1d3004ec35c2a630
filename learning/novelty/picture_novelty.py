"""The novelty of a picture: its distance from those that a net learned from, beside pictures that were held out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from learning.data.arrays import ArrayDataset
from learning.nn.net import NeuralNet
from learning.novelty.packed_array import PackedArray
from learning.novelty.picture_stats import compute_picture_stats, shrink
from learning.novelty.principal_axes import PrincipalAxes

MAX_TRAINING_ROWS: Final = 512
MAX_HELD_OUT_ROWS: Final = 1024
"""The most pictures that the distance is fitted to, and the most of each part that it is calibrated by."""
MAX_CELLS: Final = 2**24
MIN_TRAINING_ROWS: Final = 32
MIN_HELD_OUT_ROWS: Final = 10

MIN_DEVIATION: Final = 0.05
"""The least deviation of a statistic: all pictures may be alike in one, as in having no colours."""
RIDGE: Final = 0.01
"""What is added to the variance of each standardised statistic, so that their covariance has an inverse."""

MAX_UNFAMILIAR: Final = 0.01
"""Where a smaller share of held-out pictures is as unusual, a picture is unfamiliar."""


@dataclass(frozen=True, kw_only=True)
class PictureNovelty:
    """How unlike a net's training pictures a picture is.

    A picture is described by a few statistics of its own, and by the logarithms of its distances from the training
    pictures, as features and as a thumbnail; where another net makes the features, by the distance
    of these alone. Its distance is that of Mahalanobis among these descriptions, so that one which is nearer than
    pictures are, such as an empty one among photographs, is unusual too.

    Attributes:
        features: The principal axes of the features that the image layers, or another net, make.
        thumbnails: Those of pictures of 8 x 8 pixels; None where another net made features.
        mean: The mean description of training pictures (statistics,).
        whitening: A matrix (statistics, statistics), by which descriptions become uncorrelated, with a variance of 1.
        held_out: The distances of the held-out pictures, ascending (pictures,).
    """

    features: PrincipalAxes
    thumbnails: PrincipalAxes | None
    mean: PackedArray
    whitening: PackedArray
    held_out: PackedArray

    def __post_init__(self) -> None:
        (count,) = self.mean.shape
        if self.whitening.shape != (count, count) or len(self.held_out.shape) != 1 or not self.held_out.shape[0]:
            raise ValueError(f"a whitening {self.whitening.shape} of {count} statistics")

    @classmethod
    def fit(
        cls,
        net: NeuralNet,
        places: slice,
        train: ArrayDataset,
        held_out: Sequence[ArrayDataset],
        folds: NDArray[np.integer] | None = None,
    ) -> "PictureNovelty | None":
        """Fit to the training pictures of a net, and calibrate by held-out ones; None if either are too few.

        `places` is where the features of pictures are among the net's joined values. `folds` (rows,) are those of
        training pictures that nets of an ensemble held out, each one of them: those of a fold count as held out, too,
        with their distances from the pictures of other folds (cross-conformal; Vovk 2015).
        """
        count = sum(map(len, held_out)) + (0 if folds is None else len(train))
        if len(train) < MIN_TRAINING_ROWS or count < MIN_HELD_OUT_ROWS:
            return None
        pixels = 0 if train.images is None else train.images[0].size
        max_rows = max(MAX_CELLS // max(net.inputs, pixels), MIN_TRAINING_ROWS)
        chosen = _space_evenly(len(train), min(max_rows, MAX_TRAINING_ROWS))
        pictures = _pass_pictures(net, places, train.take(chosen))
        space = _Space.fit(*pictures)
        distances: list[NDArray[np.float64]] = []
        for part in held_out:
            rows = _space_evenly(len(part), min(max_rows, MAX_HELD_OUT_ROWS))
            distances += [space.measure(*_pass_pictures(net, places, part.take(rows)))] if len(rows) else []
        if folds is not None:
            distances += _measure_folds(*pictures, folds[chosen])
        return cls(
            features=space.features,
            thumbnails=space.thumbnails,
            mean=PackedArray.pack(space.mean),
            whitening=PackedArray.pack(space.whitening),
            held_out=PackedArray.pack(np.sort(np.concatenate(distances))),
        )

    def measure_typicality(
        self, images: NDArray[np.uint8] | None, features: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """The typicality of pictures (rows, channels, height, width) with these features (rows, width): from 0 to 1.

        It is (1 + how many of n held-out pictures are at least as far) / (n + 1), a conformal p-value (Vovk, Gammerman
        & Shafer 2005): of pictures like these a share of at most p has one of p or less.
        """
        space = _Space(self.features, self.thumbnails, self.mean.values, self.whitening.values)
        held_out = self.held_out.values
        nearer = np.searchsorted(held_out, space.measure(images, features), side="left")
        return (1 + len(held_out) - nearer) / (len(held_out) + 1)

    @property
    def max_unfamiliar(self) -> float:
        """Up to this typicality a picture is unfamiliar: 0.01, or the least that so few held-out pictures can show."""
        return max(MAX_UNFAMILIAR, 1 / (self.held_out.shape[0] + 1))

    def describe(self, typicality: float) -> str:
        """What to say of an unfamiliar picture."""
        count = self.held_out.shape[0]
        share = f"{typicality:.1%} of {count:,} held-out pictures are as unusual"
        if typicality <= 1 / (count + 1):
            share = f"it is more unusual than all {count:,} held-out pictures"
        return f"the picture is unlike those that the net learned: {share}; expect little of its prediction"


class _Space(NamedTuple):
    """What pictures are described and measured by: the fields of `PictureNovelty` of the same names."""

    features: PrincipalAxes
    thumbnails: PrincipalAxes | None
    mean: NDArray[np.float64]
    whitening: NDArray[np.float64]

    @classmethod
    def fit(cls, images: NDArray[np.uint8] | None, features: NDArray[np.float64]) -> "_Space":
        """Fit to pictures and their features."""
        axes, thumbnails = PrincipalAxes.fit(features), None if images is None else PrincipalAxes.fit(shrink(images))
        described = _describe(images, features, axes, thumbnails)
        mean, scale = described.mean(axis=0), np.maximum(described.std(axis=0), MIN_DEVIATION)
        standardised = (described - mean) / scale
        covariance: NDArray[np.float64] = standardised.T @ standardised / len(described) + RIDGE * np.eye(len(mean))
        lower = np.linalg.cholesky(covariance)
        return cls(axes, thumbnails, mean, np.linalg.inv(lower).T / scale[:, None])

    def measure(self, images: NDArray[np.uint8] | None, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """The squared Mahalanobis distance of the descriptions of pictures (rows,)."""
        described = _describe(images, features, self.features, self.thumbnails)
        return np.square((described - self.mean) @ self.whitening).sum(axis=1)


def _measure_folds(
    images: NDArray[np.uint8] | None, features: NDArray[np.float64], folds: NDArray[np.integer]
) -> list[NDArray[np.float64]]:
    """The distances of the pictures of each fold from those of the others."""
    distances: list[NDArray[np.float64]] = []
    for fold in np.unique(folds):
        own, others = folds == fold, folds != fold
        space = _Space.fit(None if images is None else images[others], features[others])
        distances.append(space.measure(None if images is None else images[own], features[own]))
    return distances


def _space_evenly(count: int, max_rows: int) -> NDArray[np.intp]:
    """The numbers of at most so many of the rows, evenly spaced."""
    return np.linspace(0, count - 1, min(count, max_rows)).astype(np.intp)


def _pass_pictures(
    net: NeuralNet, places: slice, part: ArrayDataset
) -> tuple[NDArray[np.uint8] | None, NDArray[np.float64]]:
    """The pictures of a dataset, if the net sees them, and their features (rows, width)."""
    return part.images, net.join(*part.arrays)[:, places].astype(np.float64)


def _describe(
    images: NDArray[np.uint8] | None,
    features: NDArray[np.floating],
    axes: PrincipalAxes,
    thumbnails: PrincipalAxes | None,
) -> NDArray[np.float64]:
    """The descriptions of pictures (rows, statistics)."""
    distance = axes.measure_log_distance(features)
    if images is None or thumbnails is None:
        return distance[:, None]
    return np.column_stack([compute_picture_stats(images), distance, thumbnails.measure_log_distance(shrink(images))])
