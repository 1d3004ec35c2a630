"""Encoder of a column of pictures by features: numbers that a net trained by others makes of a picture."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Final, Literal

import numpy as np
from annotated_types import Ge, Gt, Le, MaxLen
from numpy.typing import NDArray

from learning.encoding.columns import InputColumn, WarningList, missing_flag_name, require_type
from learning.encoding.eligibility import MIN_ROWS_PER_OUTPUT, SkippedColumn, skip_constant, skip_empty
from learning.errors import UnusableColumn
from learning.frame import Column
from learning.image_features import FeatureNet, FeaturesColumn

MAX_FEATURES: Final = 8192
"""The most features that a net may make of a picture, each of which is an input."""

MIN_DEVIATION: Final = 1e-3
"""The least deviation that features are divided by, of those whose own is smaller: they hardly differ."""

_CHUNK_ROWS: Final = 1024
_DIGITS: Final = 6


@dataclass(frozen=True, kw_only=True)
class ImageFeaturesEncoder:
    """Encodes a column of pictures by features, each minus its mean in training rows, divided by its deviation.

    A row without a picture has the mean features; it is flagged if enough training rows had none.

    Attributes:
        net: The SHA-256 of the file of the net that made the features.
        size: Width and height at which that net sees pictures, in pixels.
        means, deviations: The mean and the standard deviation of each feature in training rows.
        flag: Whether there is an input that is 1 where the picture is missing.
    """

    type: Literal["image_features"] = "image_features"
    name: str
    net: Annotated[str, MaxLen(64)]
    size: Annotated[int, Ge(1), Le(1024)]
    means: Annotated[tuple[float, ...], MaxLen(MAX_FEATURES)]
    deviations: Annotated[tuple[Annotated[float, Gt(0.0)], ...], MaxLen(MAX_FEATURES)]
    flag: bool

    def __post_init__(self) -> None:
        if len(self.means) != len(self.deviations) or not self.means:
            raise ValueError(f"{self.name} has {len(self.means)} means and {len(self.deviations)} deviations")

    @classmethod
    def fit(cls, name: str, column: Column) -> "ImageFeaturesEncoder | SkippedColumn":
        """Fit to the training rows."""
        column = require_type(column, FeaturesColumn, name)
        rows = np.flatnonzero(column.present)
        if not len(rows):
            return skip_empty(name)
        missing = len(column) - len(rows)
        sums, squares = np.zeros((2, column.values.shape[1]))
        first = column.values[rows[0]].astype(np.float64)  # so that squares are of small numbers
        for start in range(0, len(rows), _CHUNK_ROWS):
            part = column.values[rows[start : start + _CHUNK_ROWS]] - first
            sums += part.sum(axis=0)
            squares += np.square(part).sum(axis=0)
        means = sums / len(rows)
        deviations = np.sqrt(np.maximum(squares / len(rows) - means**2, 0.0))
        if not missing and not deviations.any():
            return skip_constant(name, value="the same picture")
        return cls(
            name=name,
            net=column.net.sha256,
            size=column.net.size,
            means=_round(means + first),
            deviations=_round(np.maximum(deviations, MIN_DEVIATION)),
            flag=missing >= MIN_ROWS_PER_OUTPUT,
        )

    @property
    def width(self) -> int:
        """The number of inputs of the column."""
        return len(self.means) + self.flag

    @property
    def output_names(self) -> list[str]:
        """The name of each input."""
        names = [f"{self.name} feature {number}" for number in range(1, len(self.means) + 1)]
        return names + [missing_flag_name(self.name)] * self.flag

    @property
    def typical_value(self) -> None:
        """None: there is no typical picture."""

    def describe(self) -> InputColumn:
        """The description of the column for callers of predict."""
        return InputColumn(self.name, "image", image_shape=self.feature_net.image_shape, feature_net=self.feature_net)

    def encode(self, column: Column, out: NDArray[np.float32], warnings: WarningList | None = None) -> None:
        """Encode the column into `out` (rows, width), and add warnings about rows to `warnings`.

        Raises:
            UnusableColumn: the features were made by another net.
        """
        column = require_type(column, FeaturesColumn, self.name)
        if column.net != self.feature_net:
            raise UnusableColumn(
                f"The features of column '{self.name}' are of the net {column.net.sha256[:12]}… at {column.net.size} "
                f"pixels, and the model learned from those of {self.net[:12]}… at {self.size}.",
                "Make them by that net.",
            )
        features = out[:, : len(self.means)]
        np.subtract(column.values, self._means, out=features)
        np.divide(features, self._deviations, out=features)
        features[~column.present] = 0.0
        if self.flag:
            np.logical_not(column.present, out[:, -1])
        elif warnings is not None:
            warnings.add_missing(np.flatnonzero(~column.present), self.name, "it is treated as one of mean features")

    def find_missing(self, column: Column) -> NDArray[np.intp]:
        """The rows that have no picture."""
        return np.flatnonzero(~require_type(column, FeaturesColumn, self.name).present)

    def grid(self, _encoded: NDArray[np.floating], _points: int) -> None:
        """None: there are no typical pictures to vary the column over."""

    @cached_property
    def feature_net(self) -> FeatureNet:
        """The net that made the features."""
        return FeatureNet(self.net, len(self.means), self.size)

    @cached_property
    def _means(self) -> NDArray[np.float32]:
        return np.array(self.means, np.float32)

    @cached_property
    def _deviations(self) -> NDArray[np.float32]:
        return np.array(self.deviations, np.float32)


def _round(values: NDArray[np.float64]) -> tuple[float, ...]:
    """The numbers with few digits, which a model's header has thousands of."""
    return tuple([float(f"{value:.{_DIGITS}g}") for value in values.tolist()])
