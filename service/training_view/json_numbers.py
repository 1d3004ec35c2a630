"""Arrays of a net as plain numbers for JSON: in as few digits as tell a float32 from its neighbours.

A number that is not finite is null.
"""

import numpy as np
from numpy.typing import NDArray


def plain(vector: NDArray[np.floating]) -> list[float | None]:
    """The numbers of a vector (n,)."""
    texts: list[str] = vector.astype(np.float32).astype("U").tolist()
    finite: list[bool] = np.isfinite(vector).tolist()
    return [float(text) if sound else None for text, sound in zip(texts, finite, strict=True)]


def rows(matrix: NDArray[np.floating]) -> list[list[float | None]]:
    """The rows of a matrix (m, n)."""
    return [plain(row) for row in matrix]


def number(value: float) -> float | None:
    """A number, or null."""
    (found,) = plain(np.array([value]))
    return found
