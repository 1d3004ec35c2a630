"""Preparation of a table for training: the split, encoders fitted on training rows, and all rows encoded.

Every column and row that is left out has a sentence for the person who sent the table. A table larger than memory is
read in chunks, three times: to infer the target, to fit the encoders on a sample, and to be encoded.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from learning.column_format import NamedFormat
from learning.data.arrays import ArrayDataset
from learning.data.row_weights import leave_out_weightless, read_weights
from learning.data.shuffle import ShardAssigner
from learning.data.split import Split
from learning.data.split_spec import RANDOM_SPLIT, SplitSpec
from learning.data.split_table import check_sizes, describe_split, split_frame
from learning.data.table_chunks import ChunkedTable, TableChunk, draw_sample
from learning.encoding.eligibility import SkippedColumn
from learning.encoding.embedding_spec import DEFAULT_EMBEDDING, EmbeddingSpec
from learning.encoding.numeric_spec import DEFAULT_NUMERIC, NumericSpec
from learning.encoding.table import TableEncoder
from learning.errors import NoFeatures, UnusableColumn
from learning.frame import Frame, Table
from learning.language.token_encoder import TokenEncoder
from learning.nn.layers.embedding_bag import TERM
from learning.recommendation.history import HistoryEncoder
from learning.spelling import quote_names
from learning.tasks import TASKS, infer_target
from learning.tasks.reader import Values
from learning.tasks.task import Target
from learning.tasks.task_guess import TaskName

MAX_HELD_OUT_ROWS: Final = 2**20
"""Maximum validation or test rows of a chunked table: more would not make losses more certain."""

Allocator = Callable[[tuple[int, ...], DTypeLike], NDArray[Any]]
"""Allocates an uninitialized array of a shape and dtype, in memory or in a file."""


@dataclass(frozen=True)
class Encoding:
    """The encoding of a model's inputs and target, for a warm start."""

    inputs: TableEncoder
    output: Target


@dataclass(frozen=True, kw_only=True)
class PreparedData:
    """A table prepared for training.

    Attributes:
        targets: The names of the target columns.
        inputs: The encoder of the input columns, fitted on the training rows, or with `shared_encoding` on validation
            rows, too; or of choices, or of a text.
        output: The encoding of the target, fitted on the same rows.
        train, validation, test: The encoded rows; validation and test may be empty.
        rows: The numbers in the table of the encoded rows; ascending, unless assigned to windows (`ShardAssigner`).
        skipped: The columns or rows that were left out, and those with values that are learned as one, with a sentence
            that says so.
        ignored: The columns that a row to predict need not have.
        formats: How the cells of the inputs and the target are written, where not plainly.
        validation_sample: The validation rows that are measured after every epoch; None: all.
        calibration_rows: Which of the validation rows were kept from this, ascending; None: none.
    """

    targets: tuple[str, ...]
    inputs: TableEncoder | HistoryEncoder | TokenEncoder
    output: Target
    train: ArrayDataset
    validation: ArrayDataset
    test: ArrayDataset
    rows: Split
    skipped: tuple[SkippedColumn, ...]
    ignored: tuple[str, ...]
    formats: tuple[NamedFormat, ...]
    validation_sample: ArrayDataset | None = None
    calibration_rows: NDArray[np.intp] | None = None

    @property
    def epoch_sample(self) -> ArrayDataset:
        """The validation rows that are measured after every epoch; there may be none."""
        return self.validation if self.validation_sample is None else self.validation_sample

    @property
    def task(self) -> TaskName:
        """Regression or classification."""
        return self.output.task


def prepare(
    table: Table,
    *,
    target: str | Sequence[str],
    features: Sequence[str] | None = None,
    task: Literal["auto", "regression", "classification"] = "auto",
    quantiles: Sequence[float] = (),
    split: SplitSpec = RANDOM_SPLIT,
    weight_column: str | None = None,
    seed: int = 0,
    allocate: Allocator = np.empty,
    encoding: Encoding | None = None,
    embedding: EmbeddingSpec = DEFAULT_EMBEDDING,
    numeric: NumericSpec = DEFAULT_NUMERIC,
    shared_encoding: bool = False,
    all_folds: bool = False,
) -> PreparedData:
    """Split and encode a table.

    Args:
        table: The table: a frame, or one larger than memory.
        target: The target column, or several columns of numbers; rows without one of them are left out.
        features: The input columns; None: all others but those that say the split.
        task: "auto" is classification, unless the target holds numbers that are not classes.
        quantiles: The quantiles to predict of each number, ascending; none: a single value.
        split: Which rows are held out.
        weight_column: The column that says how much each row counts; rows of weight 0 are left out.
        seed: The seed of the split.
        allocate: Allocates the arrays of the encoded rows.
        encoding: The encoding of a warm start's model; None: one fitted on the training rows.
        embedding: Which columns get embeddings, where no encoding is given.
        numeric: Into how many bins numbers are divided, where no encoding is given.
        shared_encoding: Whether encoders are fitted on training and validation rows: then those of all folds are equal,
            and nets that validate on different ones can become one.
        all_folds: Whether the rows of all folds are training rows, so that none is left for validation; `rows.folds`
            has the fold of each. Without folds the split stays.

    Raises:
        UnusableColumn: if the target or a feature does not exist, or the target is among the features.
        ImpossibleTarget: if the target cannot be learned.
        TooFewRows: if there are not enough rows with a target.
        UnusableSplit: if a column cannot say the split.
        NoFeatures: if no feature tells training rows apart.
    """
    targets = (target,) if isinstance(target, str) else tuple(target)
    names = _list_features(table, targets, features, (*split.columns, weight_column))
    reader = infer_target(table, targets, "regression" if quantiles else task)
    if encoding is not None:
        encoding.output.check_reader(reader)
        reader = encoding.output.create_reader(targets, reader.labelled_rows)

    def fit_inputs(frame: Frame, rows: NDArray[np.intp] | None) -> tuple[TableEncoder, tuple[SkippedColumn, ...]]:
        return TableEncoder.fit(frame, names, rows, embedding, numeric) if encoding is None else (encoding.inputs, ())

    notes: list[SkippedColumn] = []
    if unlabelled := table.rows - reader.labelled_rows:
        many = "1 row was" if unlabelled == 1 else f"{unlabelled} rows were"
        which = f"the target '{targets[0]}'" if len(targets) == 1 else f"one of the targets {quote_names(targets)}"
        notes.append(SkippedColumn(targets[0], f"{many} left out: {which} is missing."))

    if isinstance(table, Frame):
        values = reader.read_values(table)
        strata = reader.strata(values)
        weights = read_weights(table, weight_column, strata)
        parts = split_frame(table, leave_out_weightless(strata, weights), split, seed)
        check_sizes(parts.sizes, split)
        parts = parts.train_on_all_folds() if all_folds else parts
        chunks, sizes = [TableChunk(table, values, parts, weights)], parts.sizes
        seen = parts.without_test if shared_encoding else parts.train
        learned, seen_targets = reader.find_learned(values[parts.train]), values[seen]
        inputs, skipped = fit_inputs(table, seen)
    else:
        max_share = MAX_HELD_OUT_ROWS / max(reader.labelled_rows, 1)
        validation = split.validation if split.folds is None else 0.0
        if max(validation, split.test) > max_share and split.column is None:
            notes.append(
                SkippedColumn(targets[0], f"{MAX_HELD_OUT_ROWS:,} rows are held out, and the others are training rows.")
            )
        most = replace(split, validation=min(split.validation, max_share), test=min(split.test, max_share))
        chunks = ChunkedTable(table, names, reader, most, seed, weight_column, all_folds=all_folds)
        sample, sizes, learned = draw_sample(chunks, with_validation=shared_encoding)
        if not all_folds:  # of which none is held out
            check_sizes(sizes, split)
        seen_targets = reader.read_values(sample)
        inputs, skipped = fit_inputs(sample, None)
    notes += describe_split(split, weight_column, reader, sizes, learned)
    if not inputs.columns:
        raise NoFeatures(
            " ".join(["There is no column to learn from.", *(reason for _, reason in skipped)]),
            "Add columns that say something about the target.",
        )
    output = encoding.output if encoding else TASKS[reader.task].create(reader, seen_targets, tuple(quantiles))
    buffers = [_allocate(rows, inputs, output, allocate, weighted=weight_column is not None) for rows in sizes]
    (train, validation_rows, test_rows), folds = _encode(chunks, buffers, inputs, output, seed)
    notes += inputs.list_pooling()
    used = {encoder.name for encoder in inputs.columns}
    return PreparedData(
        targets=targets,
        inputs=inputs,
        output=output,
        train=train,
        validation=validation_rows,
        test=test_rows,
        rows=Split(*[buffer.rows for buffer in buffers], folds=folds),
        skipped=(*notes, *skipped),
        ignored=tuple([name for name in table if name not in used]),
        formats=tuple([NamedFormat(name, table.formats[name]) for name in table.formats if name in {*used, *targets}]),
    )


def _list_features(
    table: Table, targets: Sequence[str], features: Sequence[str] | None, others: Sequence[str | None]
) -> list[str]:
    if features is None:
        return [name for name in table if name not in targets and name not in others]
    if own := [name for name in targets if name in features]:
        raise UnusableColumn(
            f"The target '{own[0]}' is among the features, and would be predicted from itself.",
            "Take it out of features.",
        )
    return list(dict.fromkeys(features))


def _encode(
    chunks: Iterable[TableChunk], buffers: Sequence["EncodedBuffers"], inputs: TableEncoder, output: Target, seed: int
) -> tuple[list[ArrayDataset], NDArray[np.int8] | None]:
    """Encode the training, validation and test rows, each at its assigned position; and the fold of each row."""
    words = sum(spec.words for spec in inputs.net_inputs.list_specs(np.float32))
    assigners = [ShardAssigner(len(buffer.x), words, seed) for buffer in buffers]
    first_row, folds = 0, list[NDArray[np.int8]]()
    for chunk in chunks:
        encoded = output.encode(chunk.targets)
        for buffer, rows, assigner in zip(buffers, chunk.parts.parts, assigners, strict=True):
            for own, positions in assigner.assign(len(rows)):
                inputs.encode(chunk.frame, rows[own], buffer.x[positions])
                if buffer.ids is not None:
                    inputs.encode_ids(chunk.frame, rows[own], buffer.ids[positions])
                if buffer.images is not None:
                    inputs.encode_images(chunk.frame, rows[own], buffer.images[positions])
                if buffer.terms is not None:
                    inputs.encode_terms(chunk.frame, rows[own], buffer.terms[positions])
                buffer.y[positions] = encoded[rows[own]]
                buffer.rows[positions] = rows[own] + first_row
                if buffer.weights is not None and chunk.weights is not None:
                    buffer.weights[positions] = chunk.weights[rows[own]]
        first_row += chunk.frame.rows
        folds += [] if chunk.parts.folds is None else [chunk.parts.folds]
    return [_create_dataset(buffer, output) for buffer in buffers], np.concatenate(folds) if folds else None


def _create_dataset(buffer: "EncodedBuffers", output: Target) -> ArrayDataset:
    """The rows of a part, their weights scaled to a mean of 1."""
    x, y, _, weights, ids, images, terms = buffer
    if weights is not None and len(weights):
        weights /= weights.mean(dtype=np.float64)
    scaled = None if weights is None else weights.astype(np.float32)
    return ArrayDataset(x, y, output, scaled, ids, images, terms=terms)


class EncodedBuffers(NamedTuple):
    """The memory of a part: numbers (rows, width), targets (rows, …), row numbers, weights, ids, pixels, terms."""

    x: NDArray[np.float32]
    y: Values
    rows: NDArray[np.intp]
    weights: NDArray[np.float64] | None
    ids: NDArray[np.int32] | None
    images: NDArray[np.uint8] | None
    terms: NDArray[Any] | None


def _allocate(rows: int, inputs: TableEncoder, output: Target, space: Allocator, *, weighted: bool) -> EncodedBuffers:
    y = space(output.shape(rows), output.values_dtype)
    weights = np.empty(rows, np.float64) if weighted else None
    ids = space((rows, len(inputs.id_encoders)), np.int32) if inputs.id_encoders else None
    images = None if (image := inputs.image_encoder) is None else space((rows, *image.shape), np.uint8)
    terms = space((rows, slots), TERM) if (slots := inputs.net_inputs.slots) else None
    x, numbers = space((rows, inputs.width), np.float32), space((rows,), np.intp)
    return EncodedBuffers(x, y, numbers, weights, ids, images, terms)
