"""`PictureNet`: what makes features of pictures, whatever computes it."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class PictureNet(Protocol):
    """A net that makes features of pictures; safe for many threads at once."""

    @property
    def sha256(self) -> str:
        """The SHA-256 of its file, in hexadecimal."""
        ...

    @property
    def features(self) -> int:
        """How many numbers it makes of a picture."""
        ...

    @property
    def only_size(self) -> int | None:
        """The only width and height in pixels that it takes; None if it takes any."""
        ...

    def compute(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The features (features,) of a picture (3, size, size); those of a picture have the same bits each time."""
        ...
