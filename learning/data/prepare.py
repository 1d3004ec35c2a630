"""From a table to what a net is trained on: rows set aside, encoders fitted on the rest, everything in numbers.

Here it is decided what is left out, and each such decision is kept as a sentence for the person who sent the table. A
table that is larger than memory comes in pieces and goes the same way, three times: to see what its target is, to fit
the encoders on a sample, and to be encoded.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.data.arrays import ArrayDataset
from learning.data.shuffle import ShardAssigner
from learning.data.split import Split, SplitAssigner, split_rows
from learning.encoding.eligibility import SkippedColumn
from learning.encoding.table import TableEncoder
from learning.encoding.target_type import TargetKind, infer_target
from learning.encoding.targets import ClassTarget, RegressionTarget, Target, Task
from learning.errors import NoFeatures, UnusableColumn
from learning.frame import Frame, Table, concat_frames
from learning.seeding import rng_for

SAMPLE_CELLS: Final = 2**23
"""The encoders of a table in pieces are fitted on so many cells of its training rows, drawn at random."""

MAX_HELD_OUT_ROWS: Final = 2**20
"""Of a table in pieces, no more rows than these are kept back for each purpose: more would say nothing more."""

Allocator = Callable[[tuple[int, ...], DTypeLike], NDArray[Any]]
"""What makes an array of a shape, in memory or in a file; what is in it at first does not matter."""


@dataclass(frozen=True)
class Encoding:
    """How a model's columns and its target are encoded, for who trains on from it."""

    inputs: TableEncoder
    output: Target


@dataclass(frozen=True, kw_only=True)
class PreparedData:
    """A table made ready for training.

    Attributes:
        target: The name of the column to predict.
        inputs: How the other columns are encoded; fitted on the training rows only.
        output: How the target is encoded; a number's mean and scale are those of the training rows.
        train, validation, test: The encoded rows; validation and test may be empty.
        rows: For each of the three, the number in the table of each of its encoded rows. They ascend, unless there are
            so many rows that they were dealt (`training.order`).
        skipped: What was left out: the column, and a sentence that says why.
        ignored: The table's columns that a row to predict need not have.
    """

    target: str
    inputs: TableEncoder
    output: Target
    train: ArrayDataset
    validation: ArrayDataset
    test: ArrayDataset
    rows: Split
    skipped: tuple[SkippedColumn, ...]
    ignored: tuple[str, ...]

    @property
    def task(self) -> Task:
        """Whether a number or a class is learned."""
        return self.output.task


@dataclass(frozen=True)
class TableChunk:
    """A piece of a table: its columns, what to learn of each row, and which rows are for what."""

    frame: Frame
    targets: NDArray[np.float64] | NDArray[np.int64]
    parts: Split


@dataclass(frozen=True)
class ChunkedTable:
    """A table's pieces; gone through again, they are divided in the same way."""

    table: Table
    names: Sequence[str]
    aim: TargetKind
    validation: float
    test: float
    seed: int

    def __iter__(self) -> Iterator[TableChunk]:
        divider = SplitAssigner(len(self.aim.classes) or 1, validation=self.validation, test=self.test, seed=self.seed)
        for frame in self.table.chunks([*self.names, self.aim.target]):
            targets = self.aim.read_values(frame)
            yield TableChunk(frame, targets, divider.assign(self.aim.strata(targets)))


def prepare(
    table: Table,
    *,
    target: str,
    features: Sequence[str] | None = None,
    task: Literal["auto", "regression", "classification"] = "auto",
    validation: float = 0.2,
    test: float = 0.0,
    seed: int = 0,
    allocate: Allocator = np.empty,
    encoding: Encoding | None = None,
) -> PreparedData:
    """Make a table ready for training.

    Args:
        table: The table: a frame, or what is too large for one.
        target: The column to predict; rows that lack it are left out.
        features: The columns to predict from; None: all others.
        task: "auto" learns a number from a numeric target, else a class.
        validation: The share of rows kept back to watch the training.
        test: The share of rows kept back for the end.
        seed: The same seed gives the same split.
        allocate: Makes the arrays of the encoded rows.
        encoding: How to encode the rows, as a model whose training goes on does; None: as fits the training rows.

    Raises:
        UnusableColumn: if the target or a feature is not there, or the target is among the features.
        ImpossibleTarget: if nothing can be learned of the target.
        TooFewRows: if there are not enough rows with a target.
        NoFeatures: if no feature tells one training row from another.
    """
    names = _list_features(table, target, features)
    aim = infer_target(table, target, task)
    if encoding is not None and isinstance(encoding.output, ClassTarget):
        encoding.output.check_labels(target, aim.classes)
        aim = replace(aim, classes=encoding.output.classes)
    notes: list[SkippedColumn] = []
    if unknown := table.rows - aim.labelled_rows:
        many = "1 row was" if unknown == 1 else f"{unknown} rows were"
        notes.append(SkippedColumn(target, f"{many} left out: the target '{target}' is missing."))

    if isinstance(table, Frame):
        whole = _split_frame(table, aim, validation, test, seed)
        pieces, sizes, learned = [whole], whole.parts.sizes, whole.targets[whole.parts.train]
        inputs, skipped = _fit_encoders(encoding, table, names, whole.parts.train)
    else:
        most = MAX_HELD_OUT_ROWS / max(aim.labelled_rows, 1)
        if max(validation, test) > most:
            notes.append(
                SkippedColumn(target, f"{MAX_HELD_OUT_ROWS:,} rows are kept back, and the others learned from.")
            )
        pieces = ChunkedTable(table, names, aim, min(validation, most), min(test, most), seed)
        sample, sizes = _draw_sample(pieces)
        learned = aim.read_values(sample)
        inputs, skipped = _fit_encoders(encoding, sample, names, None)
    if not inputs.columns:
        raise NoFeatures(
            " ".join(["There is no column to learn from.", *(reason for _, reason in skipped)]),
            "Add columns that say something about the target.",
        )
    if encoding is not None:
        output = encoding.output
    else:
        output = ClassTarget(classes=aim.classes) if aim.classes else RegressionTarget.fit(learned.astype(np.float64))
    rooms = [_allocate(rows, inputs.width, output, allocate) for rows in sizes]
    train, kept_back, tested = _encode(pieces, rooms, inputs, output, seed)
    numbers = Split(*[room.rows for room in rooms])
    used = {encoder.name for encoder in inputs.columns}
    return PreparedData(
        target=target,
        inputs=inputs,
        output=output,
        train=train,
        validation=kept_back,
        test=tested,
        rows=numbers,
        skipped=(*notes, *skipped),
        ignored=tuple([name for name in table if name not in used]),
    )


def _list_features(table: Table, target: str, features: Sequence[str] | None) -> list[str]:
    if features is None:
        return [name for name in table if name != target]
    if target in features:
        raise UnusableColumn(
            f"The target '{target}' is among the features, and would be predicted from itself.",
            "Take it out of features.",
        )
    return list(dict.fromkeys(features))


def _fit_encoders(
    encoding: Encoding | None, frame: Frame, names: Sequence[str], rows: NDArray[np.intp] | None
) -> tuple[TableEncoder, tuple[SkippedColumn, ...]]:
    return TableEncoder.fit(frame, names, rows) if encoding is None else (encoding.inputs, ())


def _split_frame(frame: Frame, aim: TargetKind, validation: float, test: float, seed: int) -> TableChunk:
    """A frame as the only piece, divided exactly as asked."""
    targets = aim.read_values(frame)
    strata = aim.strata(targets)
    known = np.flatnonzero(strata >= 0)
    parts = split_rows(strata[known], validation=validation, test=test, seed=seed)
    return TableChunk(frame, targets, Split(known[parts.train], known[parts.validation], known[parts.test]))


def _draw_sample(pieces: ChunkedTable) -> tuple[Frame, tuple[int, int, int]]:
    """Some of the training rows, drawn at random, and how many rows each part has."""
    drawn: list[Frame] = []
    sizes = np.zeros(3, np.int64)
    share = SAMPLE_CELLS / (len(pieces.names) + 1) / max(pieces.aim.labelled_rows, 1)
    for number, piece in enumerate(pieces):
        train = piece.parts.train
        chance = rng_for(pieces.seed, "sample", number)
        drawn.append(piece.frame.take(train[chance.random(len(train)) < share]))
        sizes += piece.parts.sizes
    return concat_frames(drawn), (int(sizes[0]), int(sizes[1]), int(sizes[2]))


def _encode(
    pieces: Iterable[TableChunk], rooms: Sequence["EncodedBuffers"], inputs: TableEncoder, output: Target, seed: int
) -> list[ArrayDataset]:
    """The rows for training, validation and test, encoded, each where it was dealt."""
    dealers = [ShardAssigner(len(room.x), inputs.width, seed) for room in rooms]
    before = 0
    for piece in pieces:
        targets = piece.targets
        answers = output.encode(targets.astype(np.float64)) if isinstance(output, RegressionTarget) else targets
        for room, rows, dealer in zip(rooms, piece.parts.parts, dealers, strict=True):
            for hand, place in dealer.assign(len(rows)):
                inputs.encode(piece.frame, rows[hand], room.x[place])
                room.y[place] = answers[rows[hand]]
                room.rows[place] = rows[hand] + before
        before += piece.frame.rows
    if isinstance(output, RegressionTarget):
        return [ArrayDataset(room.x, room.y, mean=output.mean, scale=output.scale) for room in rooms]
    return [ArrayDataset(room.x, room.y, classes=len(output.classes)) for room in rooms]


class EncodedBuffers(NamedTuple):
    """Where one part's rows will lie: inputs (rows, width), targets (rows, 1) or class numbers (rows,), row numbers."""

    x: NDArray[np.float32]
    y: NDArray[np.float32] | NDArray[np.int64]
    rows: NDArray[np.intp]


def _allocate(rows: int, width: int, output: Target, space: Allocator) -> EncodedBuffers:
    regression = isinstance(output, RegressionTarget)
    y = space((rows, 1), np.float32) if regression else space((rows,), np.int64)
    return EncodedBuffers(space((rows, width), np.float32), y, space((rows,), np.intp))
