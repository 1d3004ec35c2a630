"""Arrays as JSON numbers with the shortest digits that identify a float32; null where a number is not finite."""

import numpy as np
from numpy.typing import NDArray


def to_json_numbers(vector: NDArray[np.floating]) -> list[float | None]:
    """The numbers of a vector (n,)."""
    texts: list[str] = vector.astype(np.float32).astype("U").tolist()
    finite: list[bool] = np.isfinite(vector).tolist()
    return [float(text) if sound else None for text, sound in zip(texts, finite, strict=True)]


def to_json_rows(matrix: NDArray[np.floating]) -> list[list[float | None]]:
    """The rows of a matrix (m, n)."""
    return [to_json_numbers(row) for row in matrix]


def to_json_number(value: float) -> float | None:
    """A number, or null."""
    (found,) = to_json_numbers(np.array([value]))
    return found
