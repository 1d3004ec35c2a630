"""The inputs of a net: arrays of numbers and of ids, of which each id has a vector of its own in a table.

A row's numbers and the vectors of its ids, one behind the other, are the joined values (width,) that the first layer
reads. So whoever looks at a net from its joined values on, such as an attribution, needs to know of no ids.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.nn.layers.embedding import Embedding
from learning.nn.layers.layer import Shape


@dataclass(frozen=True)
class InputSpec:
    """One of the arrays that a row of a dataset consists of.

    Attributes:
        name: Its name: `numbers` or `ids`.
        shape: The shape of a row's values in it.
        dtype: Their dtype: numbers have that of the net, ids are int32.
    """

    name: str
    shape: Shape
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        return f"{self.size} {self.name} of {self.dtype}"

    @property
    def size(self) -> int:
        """How many values a row has."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class NetInputs:
    """What goes into a net.

    Attributes:
        numbers: The number of numbers.
        embeddings: The table of each column of ids; a row has an id from 0 to `ids` - 1 for each.
    """

    numbers: int
    embeddings: tuple[Embedding, ...] = ()

    @property
    def width(self) -> int:
        """The number of joined values: the numbers, and behind them the vector of each id."""
        return self.numbers + sum(embedding.units for embedding in self.embeddings)

    @property
    def table_parameters(self) -> int:
        """How many numbers all tables have."""
        return sum(embedding.ids * embedding.units for embedding in self.embeddings)

    def list_specs(self, dtype: DTypeLike) -> tuple[InputSpec, ...]:
        """List the arrays that a dataset needs to have for a net of this dtype."""
        return list_input_specs(self.numbers, len(self.embeddings), dtype)

    def vector_slices(self) -> list[slice]:
        """Return where the vector of each column of ids lies among the joined values."""
        ends = list(accumulate((embedding.units for embedding in self.embeddings), initial=self.numbers))
        return [slice(start, end) for start, end in pairwise(ends)]

    def join(
        self,
        out: NDArray[np.floating],
        tables: Sequence[NDArray[np.floating]],
        numbers: NDArray[np.floating],
        ids: NDArray[np.integer] | None = None,
    ) -> None:
        """Write the joined values of rows into `out` (rows, width): numbers (rows, numbers), ids (rows, columns)."""
        out[:, : self.numbers] = numbers
        if ids is None:
            return
        for column, (part, table) in enumerate(zip(self.vector_slices(), tables, strict=True)):
            out[:, part] = table.take(ids[:, column], 0, mode="clip")


def list_input_specs(numbers: int, id_columns: int, dtype: DTypeLike) -> tuple[InputSpec, ...]:
    """List the arrays of rows with so many numbers of this dtype and columns of ids; those without ids have one."""
    specs = InputSpec("numbers", (numbers,), np.dtype(dtype)), InputSpec("ids", (id_columns,), np.dtype(np.int32))
    return specs if id_columns else specs[:1]


def to_net_inputs(inputs: int | NetInputs) -> NetInputs:
    """Return inputs that may be given as their number, if all are numbers."""
    return NetInputs(inputs) if isinstance(inputs, int) else inputs
