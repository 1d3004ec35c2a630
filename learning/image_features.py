"""Features of pictures: numbers that a net, trained by others on millions of pictures, makes of each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class FeatureNet:
    """A net that makes features of pictures, as jobs and models name it.

    Attributes:
        sha256: The SHA-256 of its file, in hexadecimal.
        features: How many numbers it makes of a picture.
        size: Width and height of the pictures that it gets, in pixels.
    """

    sha256: str
    features: int
    size: int

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of the pictures that it gets."""
        return 3, self.size, self.size


@dataclass(frozen=True)
class FeaturesColumn:
    """The features of a column of pictures: `values` float32 (rows, features), 0 where there is none.

    `present` (rows,) says which rows have a picture.
    """

    values: NDArray[np.float32]
    present: NDArray[np.bool_]
    net: FeatureNet

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.present), self.net.features):
            raise ValueError(
                f"values {self.values.shape} of rows {self.present.shape} are no {self.net.features} features"
            )

    def __len__(self) -> int:
        return len(self.values)

    def cell(self, row: int) -> None:
        """None: features are no value that a list of cells could show."""

    def take(self, rows: NDArray[np.intp] | slice) -> "FeaturesColumn":
        """The column with these rows, in their order; of a slice a view."""
        return FeaturesColumn(self.values[rows], self.present[rows], self.net)

    def repeat(self, rows: int) -> "FeaturesColumn":
        """The column of one row as one of many, which takes no more memory."""
        shape = rows, self.net.features
        return FeaturesColumn(np.broadcast_to(self.values, shape), np.broadcast_to(self.present, rows), self.net)
