"""From a frame to what a net is trained on: rows set aside, encoders fitted on the rest, everything in numbers.

Here it is decided what is left out, and each such decision is kept as a sentence for the person who sent the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from learning.errors import NoFeatures, UnusableColumn
from learning.frame import Frame
from learning.preparation.encoders.columns import Skipped
from learning.preparation.encoders.table import TableEncoder
from learning.preparation.split import Split, split
from learning.preparation.targets import ClassTarget, RegressionTarget, Target, Task, labels_of, numbers_of, task_of
from learning.training.data import TrainingData


@dataclass(frozen=True)
class Encoding:
    """How a model's columns and its target are encoded, for who trains on from it."""

    inputs: TableEncoder
    output: Target


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A table made ready for training.

    Attributes:
        target: The name of the column to predict.
        inputs: How the other columns are encoded; fitted on the training rows only.
        output: How the target is encoded; a number's mean and scale are those of the training rows.
        train, validation, test: The encoded rows; validation and test may be empty.
        rows: For each of the three, the numbers of its rows in the frame.
        skipped: What was left out: the column, and a sentence that says why.
        ignored: The frame's columns that a row to predict need not have.
    """

    target: str
    inputs: TableEncoder
    output: Target
    train: TrainingData
    validation: TrainingData
    test: TrainingData
    rows: Split
    skipped: tuple[Skipped, ...]
    ignored: tuple[str, ...]

    @property
    def task(self) -> Task:
        """Whether a number or a class is learned."""
        return self.output.task


def prepare(
    frame: Frame,
    *,
    target: str,
    features: Sequence[str] | None = None,
    task: Literal["auto", "regression", "classification"] = "auto",
    validation: float = 0.2,
    test: float = 0.0,
    seed: int = 0,
    encoding: Encoding | None = None,
) -> Prepared:
    """Make a table ready for training.

    Args:
        frame: The table.
        target: The column to predict; rows that lack it are left out.
        features: The columns to predict from; None: all others.
        task: "auto" learns a number from a numeric target, else a class.
        validation: The share of rows kept back to watch the training.
        test: The share of rows kept back for the end.
        seed: The same seed gives the same split.
        encoding: How to encode the rows, as a model whose training goes on does; None: as fits the training rows.

    Raises:
        UnusableColumn: if the target or a feature is not there, or the target is among the features.
        ImpossibleTarget: if nothing can be learned of the target.
        TooFewRows: if there are not enough rows with a target.
        NoFeatures: if no feature tells one training row from another.
    """
    names = _features(frame, target, features)
    column = frame.column(target)
    chosen = task_of(target, column, task)
    if chosen == "regression":
        values = numbers_of(target, column)
        strata, classes = np.where(np.isnan(values), -1, 0), ()
    else:
        values = np.empty(0)
        strata, classes = labels_of(target, column)
        if encoding is not None and isinstance(encoding.output, ClassTarget):
            strata, classes = encoding.output.numbered(target, strata, classes), encoding.output.classes
    known = np.flatnonzero(strata >= 0)
    parts = split(strata[known], validation=validation, test=test, seed=seed)
    rows = Split(known[parts.train], known[parts.validation], known[parts.test])

    skipped: tuple[Skipped, ...] = ()
    if encoding is not None:
        inputs = encoding.inputs
    else:
        inputs, skipped = TableEncoder.fit(frame, names, rows.train)
    if not inputs.columns:
        raise NoFeatures(
            " ".join(["There is no column to learn from.", *(reason for _, reason in skipped)]),
            "Add columns that say something about the target.",
        )
    if encoding is not None:
        output = encoding.output
    else:
        output = ClassTarget(classes=classes) if classes else RegressionTarget.fit(values[rows.train])
    y = output.encode(values) if isinstance(output, RegressionTarget) else strata

    if unknown := frame.rows - len(known):
        many = "1 row was" if unknown == 1 else f"{unknown} rows were"
        skipped = (Skipped(target, f"{many} left out: the target '{target}' is missing."), *skipped)

    def data(part: NDArray[np.intp]) -> TrainingData:
        x = inputs.encode(frame, part)
        if isinstance(output, RegressionTarget):
            return TrainingData(x, y[part], mean=output.mean, scale=output.scale)
        return TrainingData(x, y[part], classes=len(output.classes))

    used = {encoder.name for encoder in inputs.columns}
    return Prepared(
        target=target,
        inputs=inputs,
        output=output,
        train=data(rows.train),
        validation=data(rows.validation),
        test=data(rows.test),
        rows=rows,
        skipped=skipped,
        ignored=tuple([name for name in frame if name not in used]),
    )


def _features(frame: Frame, target: str, features: Sequence[str] | None) -> list[str]:
    if features is None:
        return [name for name in frame if name != target]
    if target in features:
        raise UnusableColumn(
            f"The target '{target}' is among the features, and would be predicted from itself.",
            "Take it out of features.",
        )
    return list(dict.fromkeys(features))
