"""The protocol of a dataset: rows that consist of one or several arrays, gathered by their numbers."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from learning.nn.layers.inputs import InputSpec


class Dataset(Protocol):
    """Rows for a net, in memory or in a file."""

    @property
    def inputs(self) -> tuple[InputSpec, ...]:
        """The arrays that a row consists of."""
        ...

    def __len__(self) -> int:
        """Return the number of rows."""
        ...

    def gather(self, indices: NDArray[np.intp], out: Sequence[NDArray[Any]], epoch: int = 0) -> None:
        """Gather the rows of these numbers (n,) into one array for each input (n, *shape), of its dtype.

        An index out of range is taken for the nearest. Rows of a text are other stretches of it in each epoch.
        """
        ...


class RowSource(Protocol):
    """Rows that stand where a dataset has an array, and are made as they are gathered."""

    def gather(self, indices: NDArray[Any], out: NDArray[Any]) -> NDArray[Any]:
        """Write the rows of these numbers (n,) into `out` (n, …), and return it."""
        ...


def gather_rows(rows: NDArray[Any] | RowSource, indices: NDArray[np.intp], out: NDArray[Any]) -> None:
    """Write the rows of these numbers (n,) into `out` (n, …); of an array, one out of range is the nearest."""
    if isinstance(rows, np.ndarray):
        rows.take(indices, 0, out, "clip")  # "clip" checks no index, and so needs no copy of all rows
    else:
        rows.gather(indices, out)


def count_words(dataset: Dataset) -> int:
    """Return how many values of 4 bytes take as much memory as a row."""
    return sum(spec.words for spec in dataset.inputs)
