"""Principal axes of rows: the directions in which they vary most, and how far a row is from them all."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.novelty.packed_array import PackedArray

MAX_AXES: Final = 32
MAX_AXIS_VALUES: Final = 2**17
"""The most numbers in all axes, which are stored with a model: half a megabyte."""

MIN_ROWS_PER_AXIS: Final = 8
MIN_VARIANCE_SHARE: Final = 1e-6
"""A variance is at least this share of the total one, so that nothing is divided by zero."""


@dataclass(frozen=True)
class PrincipalAxes:
    """A normal distribution with a few directions of their own, and one variance for all others.

    Attributes:
        mean: The mean row (width,).
        axes: The directions, of length 1 (axes, width).
        variances: The variance along each, and at the end that of any other direction (axes + 1,).
    """

    mean: PackedArray
    axes: PackedArray
    variances: PackedArray

    def __post_init__(self) -> None:
        (width,), (count, axis_width) = self.mean.shape, self.axes.shape
        if axis_width != width or self.variances.shape != (count + 1,) or self.variances.values.min() <= 0:
            raise ValueError(f"axes {self.axes.shape} and variances {self.variances.shape} of {width} values")

    @classmethod
    def fit(cls, rows: NDArray[np.floating]) -> "PrincipalAxes":
        """Fit to rows (rows, width), at least two; there are at most 32 axes.

        The eigenvectors of the rows' products with each other give those of their covariance, which may be far larger.
        """
        mean = rows.mean(axis=0, dtype=np.float64)
        centred = rows - mean
        count, width = centred.shape
        eigenvalues, eigenvectors = np.linalg.eigh(centred @ centred.T)
        total = max(float(np.square(centred).sum()), np.finfo(np.float32).tiny)
        eigenvalues = np.maximum(eigenvalues[::-1], 0.0)
        kept = min(MAX_AXES, count // MIN_ROWS_PER_AXIS, width, MAX_AXIS_VALUES // width)
        kept = min(kept, int((eigenvalues > MIN_VARIANCE_SHARE * total).sum()))
        axes = eigenvectors[:, ::-1][:, :kept].T @ centred / np.sqrt(eigenvalues[:kept])[:, None]
        rest = (total - eigenvalues[:kept].sum()) / max(width - kept, 1)
        variances = np.maximum([*eigenvalues[:kept], rest], MIN_VARIANCE_SHARE * total / width) / count
        variances = np.maximum(variances, np.finfo(np.float32).tiny)
        return cls(PackedArray.pack(mean), PackedArray.pack(axes), PackedArray.pack(variances))

    @property
    def width(self) -> int:
        """The number of values of a row."""
        return self.mean.shape[0]

    def measure_log_distance(self, rows: NDArray[np.floating]) -> NDArray[np.float64]:
        """The logarithm of the squared distance of each row (rows,) from the mean, in units of its deviations.

        It is the Mahalanobis distance of probabilistic principal component analysis (Tipping & Bishop 1999): the sum of
        the squares along the axes, each by its variance, and of what is left, by that of all other directions.
        """
        axes, variances = self.axes.values, self.variances.values
        centred = rows - self.mean.values
        along = centred @ axes.T
        left = np.square(centred - along @ axes).sum(axis=1)
        squares = (np.square(along) / variances[:-1]).sum(axis=1) + left / variances[-1]
        return np.log(squares + self.width * MIN_VARIANCE_SHARE)
