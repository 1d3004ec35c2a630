"""Matrices in a flat vector of parameters: where they are, and shards that cut none of them.

Most update rules take all parameters alike; one that makes steps orthogonal must see a whole matrix at once.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

MATRIX_COST: Final = 5
"""How many times as long the update of a parameter in a matrix takes; measured with matrices of 128 rows."""


class MatrixStretch(NamedTuple):
    """A matrix (rows, columns) in a flat vector, from `start` on; or as many side by side as there are groups."""

    start: int
    rows: int
    columns: int
    groups: int = 1

    @property
    def stop(self) -> int:
        """Where it ends."""
        return self.start + self.rows * self.columns


def iterate_stretches(count: int, matrices: Sequence[MatrixStretch]) -> Iterator[tuple[slice, MatrixStretch | None]]:
    """Iterate over all of `count` parameters: matrices, which ascend, and what lies between them."""
    start = 0
    for matrix in matrices:
        if matrix.start > start:
            yield slice(start, matrix.start), None
        yield slice(matrix.start, matrix.stop), matrix
        start = matrix.stop
    if start < count:
        yield slice(start, count), None


def cut_shards(count: int, shards: int, matrices: Sequence[MatrixStretch]) -> list[slice]:
    """Cut `count` parameters into shards whose updates take about as long, between matrices."""
    costs = [
        (part, matrix, (part.stop - part.start) * (1 if matrix is None else MATRIX_COST))
        for part, matrix in iterate_stretches(count, matrices)
    ]
    total, bounds = sum(cost for *_, cost in costs), [0]
    for number in range(1, shards):
        rest, bound = total * number // shards, count
        for part, matrix, cost in costs:
            if rest < cost:
                ahead = rest if matrix is None else (part.stop - part.start) * (2 * rest > cost)
                bound = part.start + ahead
                break
            rest -= cost
        bounds.append(max(bound, bounds[-1]))
    return [slice(start, stop) for start, stop in zip(bounds, [*bounds[1:], count], strict=True)]


def find_within(matrices: Sequence[MatrixStretch], shard: slice) -> list[MatrixStretch]:
    """Return the matrices of a shard, counted from its beginning on."""
    own = [matrix for matrix in matrices if shard.start <= matrix.start < shard.stop]
    return [matrix._replace(start=matrix.start - shard.start) for matrix in own]
