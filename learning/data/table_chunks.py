"""Chunks of a table larger than memory: each with the target and the split of its rows, and a sample of them all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learning.data.row_weights import leave_out_weightless, read_weights
from learning.data.split import Split
from learning.data.split_spec import SplitSpec
from learning.data.split_table import create_assigner, list_split_columns
from learning.frame import Frame, Table, concat_frames, count_pixels
from learning.seeding import rng_for
from learning.tasks.reader import TargetReader, Values

SAMPLE_CELLS: Final = 2**23
SAMPLE_PIXEL_BYTES: Final = 2**27
"""Cells, and bytes of pixels, of random training rows that the encoders of a chunked table are fitted on."""


@dataclass(frozen=True)
class TableChunk:
    """A chunk of a table: its columns, the target of each row, and its split."""

    frame: Frame
    targets: Values
    parts: Split
    weights: NDArray[np.float64] | None


@dataclass(frozen=True)
class ChunkedTable:
    """The chunks of a table, which each iteration splits in the same way."""

    table: Table
    names: Sequence[str]
    reader: TargetReader
    split: SplitSpec
    seed: int
    weight_column: str | None
    all_folds: bool = False
    """Whether the rows of all folds are training rows."""

    def __iter__(self) -> Iterator[TableChunk]:
        assign = create_assigner(self.table, self.reader, self.split, self.seed)
        columns = [*self.names, *self.reader.names, *list_split_columns(self.table, self.split)]
        columns += [] if self.weight_column is None else [self.weight_column]
        first_row = 0
        for frame in self.table.chunks([*dict.fromkeys(columns)]):
            targets = self.reader.read_values(frame)
            strata = self.reader.strata(targets)
            weights = read_weights(frame, self.weight_column, strata, first_row)
            parts = assign(frame, leave_out_weightless(strata, weights))
            yield TableChunk(frame, targets, parts.train_on_all_folds() if self.all_folds else parts, weights)
            first_row += frame.rows


def draw_sample(
    chunks: ChunkedTable, *, with_validation: bool
) -> tuple[Frame, tuple[int, int, int], NDArray[np.bool_]]:
    """A random sample of the training rows, the number of rows of each part, and which classes are learned.

    The sample is of training and validation rows `with_validation`.
    """
    samples: list[Frame] = []
    sizes, learned = np.zeros(3, np.int64), np.zeros(len(chunks.reader.labels), np.bool_)
    for number, chunk in enumerate(chunks):
        train = chunk.parts.train
        rows = SAMPLE_CELLS / (len(chunks.names) + 1)
        if pixels := count_pixels(chunk.frame):
            rows = min(rows, SAMPLE_PIXEL_BYTES / pixels)
        share = rows / max(chunks.reader.labelled_rows, 1)
        random, seen = rng_for(chunks.seed, "sample", number), chunk.parts.without_test if with_validation else train
        samples.append(chunk.frame.take(seen[random.random(len(seen)) < share]))
        sizes += chunk.parts.sizes
        learned |= chunks.reader.find_learned(chunk.targets[train])
    return concat_frames(samples), (int(sizes[0]), int(sizes[1]), int(sizes[2])), learned
