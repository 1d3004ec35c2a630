"""The forward and backward pass of all tables of a net, from ids and terms to vectors, and back."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from learning.nn.layers.embedding import AnyGroup, AnyLookups
from learning.nn.layers.table_gradient import TableGradient
from learning.nn.plan import Operation

ALL_ROWS: Final = slice(None)


class EmbeddingPlan:
    """The forward and backward pass of all tables of a net, for batches of `rows` rows.

    Args:
        groups: The tables, in groups.
        gradients: What their gradients are summed into.
        parameters: The net's parameters.
        rows: Rows per batch.
        lookups: Memory for what a batch looks up in each group, whose gradients the caller adds up; None: its own.
    """

    def __init__(
        self,
        groups: Sequence[AnyGroup],
        gradients: Sequence[TableGradient],
        parameters: NDArray[np.floating],
        rows: int,
        lookups: Sequence[AnyLookups] | None = None,
    ) -> None:
        self.gradients = gradients if lookups is None else ()
        self.lookups = lookups or [group.allocate(rows, parameters.dtype) for group in groups]
        self.groups, self.tables = groups, [group.view(parameters) for group in groups]
        for gradient, each in zip(self.gradients, self.lookups, strict=False):
            gradient.reserve(each.count)

    def take(self, ids: NDArray[np.integer] | None, terms: NDArray[Any] | None) -> list[Operation]:
        """Plan how the vectors of ids (rows, columns), and the sums of those of terms, are taken from the tables."""
        operations: list[Operation] = []
        for group, table, each in zip(self.groups, self.tables, self.lookups, strict=True):
            operations += each.plan_take(cast("Any", group), table, ids, terms)
        return operations

    def join(self, joined: NDArray[np.floating], rows: slice = ALL_ROWS) -> list[Operation]:
        """Plan how those of these rows are written behind the numbers in `joined` (rows, width)."""
        parts = zip(self.groups, self.lookups, strict=True)
        return [partial(np.copyto, joined[:, group.part], each.flat_values[rows]) for group, each in parts]

    def collect(self, by_inputs: NDArray[np.floating], rows: slice = ALL_ROWS) -> list[Operation]:
        """Plan how the gradient by the joined values (width, rows) becomes that of the vectors of these rows."""
        parts = zip(self.groups, self.lookups, strict=True)
        return [partial(np.copyto, each.flat_values[rows], by_inputs[group.part].T) for group, each in parts]

    def sum(self) -> list[Operation]:
        """Plan how the gradients of all vectors become those of the tables, unless the caller adds them up."""
        return [
            partial(gradient.sum_lookups, each) for gradient, each in zip(self.gradients, self.lookups, strict=False)
        ]
