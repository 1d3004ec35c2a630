"""`ArrayDataset`: encoded rows as matrices of inputs and targets, without names, types or units."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from learning.data.dataset import gather_rows
from learning.data.windows import Windows
from learning.nn.layers.inputs import InputSpec, RowArrays, list_input_specs
from learning.tasks.task import Target


@dataclass(frozen=True)
class ArrayDataset:
    """Inputs and targets: the dataset of a table.

    Attributes:
        x: The numbers, float32 (rows, width), C-contiguous.
        y: The encoded targets (rows, …), of the target's shape and dtype.
        target: What they stand for.
        weights: How much each row counts, float32 (rows,), above 0 and with a mean of 1; None if all count the same.
        ids: For a net with embeddings the ids of each row, int32 (rows, columns), C-contiguous; None: there are none.
        images: The pixels of each row's picture, uint8 (rows, channels, height, width), C-contiguous; None: there are
            none.
        tokens: The tokens of each row, int32 (rows, context + 1), or the windows of a text that these are; None: there
            are none.
        terms: The terms of each row's texts, of dtype TERM (rows, slots), C-contiguous; None: there are none.

    Raises:
        ValueError: if the shapes do not fit each other, or a class number is out of range.
    """

    x: NDArray[np.floating]
    y: NDArray[Any]
    target: Target
    weights: NDArray[np.float32] | None = None
    ids: NDArray[np.int32] | None = None
    images: NDArray[np.uint8] | None = None
    tokens: NDArray[np.int32] | Windows | None = None
    terms: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        shape = self.target.shape(len(self.x))
        if self.x.ndim != 2 or self.y.shape != shape:
            raise ValueError(f"x {self.x.shape} and y {self.y.shape} do not fit: y should be {shape}")
        if self.ids is not None and (self.ids.ndim != 2 or len(self.ids) != len(self.x)):
            raise ValueError(f"x {self.x.shape} and ids {self.ids.shape} do not fit")
        if self.images is not None and (self.images.ndim != 4 or len(self.images) != len(self.x)):
            raise ValueError(f"x {self.x.shape} and images {self.images.shape} do not fit")
        if self.terms is not None and (self.terms.ndim != 2 or len(self.terms) != len(self.x)):
            raise ValueError(f"x {self.x.shape} and terms {self.terms.shape} do not fit")
        self.target.check_encoded(self.y)

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: NDArray[np.intp]) -> "ArrayDataset":
        """These rows, in their order."""
        weights = None if self.weights is None else self.weights[rows]
        x, ids, images, tokens, terms = self.arrays.take(rows)
        return replace(self, x=x, y=self.y[rows], weights=weights, ids=ids, images=images, tokens=tokens, terms=terms)

    @property
    def arrays(self) -> RowArrays:
        """The arrays of inputs, as a net takes them."""
        return RowArrays(self.x, self.ids, self.images, cast("NDArray[np.int32] | None", self.tokens), self.terms)

    @property
    def inputs(self) -> tuple[InputSpec, ...]:
        """The arrays that a row consists of: `numbers`, and `ids`, `images`, `tokens` and `terms` if there are any."""
        ids = 0 if self.ids is None else self.ids.shape[1]
        image = None if self.images is None else self.images.shape[1:]
        window = None if self.tokens is None else self.tokens.shape[1]
        slots = 0 if self.terms is None else self.terms.shape[1]
        return list_input_specs(self.x.shape[1], self.x.dtype, id_columns=ids, image=image, window=window, slots=slots)

    def gather(self, indices: NDArray[np.intp], out: Sequence[NDArray[Any]], epoch: int = 0) -> None:
        """Gather the rows of these numbers (n,) into one array for each input."""
        tokens = self.tokens.of_epoch(epoch) if isinstance(self.tokens, Windows) else self.tokens
        there = [array for array in (self.x, self.ids, self.images, tokens, self.terms) if array is not None]
        for array, memory in zip(there, out, strict=True):
            gather_rows(array, indices, memory)

    @property
    def width(self) -> int:
        """The number of numbers in a row."""
        return self.x.shape[1]

    @property
    def outputs(self) -> int:
        """The number of logits."""
        return self.target.outputs

    def compute_metrics(self, logits: NDArray[np.floating]) -> dict[str, float | None]:
        """The metrics of a net's logits (rows, outputs) for these rows; None where one is undefined."""
        return self.target.compute_metrics(logits, self.y, self.weights)
