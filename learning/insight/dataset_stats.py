"""Statistics of the training data: rows, classes, how well single columns predict the target, columns of row numbers.

They are computed once, before training, within milliseconds, and many problems of a training show in them already.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from learning.data.arrays import ArrayDataset
from learning.data.prepare import PreparedData
from learning.encoding.eligibility import is_id_name
from learning.encoding.table import TableEncoder
from learning.frame import Frame
from learning.insight.column_strengths import MAX_ROWS, column_strengths
from learning.insight.related_rows import find_related_rows
from learning.insight.target_outlier import find_target_outlier
from learning.training.trainer import Trainer

MAX_STRENGTHS: Final = 10
MIN_ID_ROWS: Final = 20


@dataclass(frozen=True, kw_only=True)
class DatasetStats:
    """Statistics of the prepared rows before training.

    Attributes:
        train, validation, test: Numbers of rows.
        guess_loss: The job's loss of the best constant prediction on training rows.
        columns: The columns that are inputs.
        classes: Training rows of each class; none for regression.
        strengths: The share of the target that each of the strongest columns explains alone, strongest first.
        ids: Numeric columns that only number the rows.
        target_outlier: The figures of a `TargetOutlier`, if a number is predicted and one value of it is too far.
        related_rows: The figures of `RelatedRows` among the first rows; None where they were not looked at.
    """

    train: int
    validation: int
    test: int
    inputs: int
    parameters: int
    guess_loss: float
    columns: Sequence[str]
    classes: Mapping[str, int]
    strengths: Mapping[str, float]
    ids: Sequence[str]
    target_outlier: Mapping[str, float] | None = None
    related_rows: Mapping[str, Any] | None = None


def compute_dataset_stats(
    prepared: PreparedData,
    trainer: Trainer,
    profile: Iterable[Mapping[str, Any]],
    rows: int,
    first_rows: Frame | None = None,
) -> DatasetStats:
    """The statistics, given the profiles of the table's columns, its number of rows and the first of them."""
    train = prepared.train
    if not isinstance(prepared.inputs, TableEncoder):
        return DatasetStats(
            train=len(train),
            validation=len(prepared.validation),
            test=len(prepared.test),
            inputs=train.width,
            parameters=trainer.net.parameter_count,
            guess_loss=_constant_loss(trainer, train),
            columns=tuple([column.name for column in prepared.inputs.describe()]),
            classes={},
            strengths={},
            ids=(),
        )
    profiles = {column["name"]: column for column in profile}
    used = tuple([encoder.name for encoder in prepared.inputs.columns])
    output = prepared.output
    counts = output.count_labels(train.y)
    related, relations = None, None
    if first_rows is not None:
        target, *others = prepared.targets  # of several the first stands for all
        frame = Frame({name: first_rows[name] for name in first_rows if name not in others}, first_rows.rows)
        found, numbers = find_related_rows(frame, target, prepared.rows, are_classes=bool(counts))
        train_rows = prepared.rows.train
        related, relations = asdict(found), np.full(len(train_rows), -1, np.int64)
        among_first = train_rows < first_rows.rows
        relations[among_first] = numbers[train_rows[among_first]]
    strengths = sorted(column_strengths(prepared.inputs, train, relations), key=lambda item: -item[1])[:MAX_STRENGTHS]
    return DatasetStats(
        train=len(train),
        validation=len(prepared.validation),
        test=len(prepared.test),
        inputs=trainer.net.inputs,
        parameters=trainer.net.parameter_count,
        guess_loss=_constant_loss(trainer, train),
        columns=used,
        classes=counts,
        strengths=dict(strengths),
        related_rows=related,
        target_outlier=None if counts else _find_first_outlier([profiles.get(name) for name in prepared.targets], rows),
        ids=tuple(
            [column["name"] for column in profiles.values() if column["name"] in used and is_row_number(column, rows)]
        ),
    )


def _find_first_outlier(targets: Iterable[Mapping[str, Any] | None], rows: int) -> Mapping[str, float] | None:
    found = [find_target_outlier(target, rows) for target in targets if target is not None]
    return next((asdict(outlier) for outlier in found if outlier is not None), None)


def is_row_number(column: Mapping[str, Any], rows: int) -> bool:
    """Whether a column, given its profile, only numbers the rows.

    Its values are whole and distinct, and it is named like an id or they fill nine tenths of its range.
    """
    low, high, distinct = column.get("min"), column.get("max"), column.get("distinct")
    if column["type"] != "numeric" or not isinstance(low, float) or not isinstance(high, float):
        return False
    if rows < MIN_ID_ROWS or distinct != rows or low % 1 or high % 1:
        return False
    return is_id_name(column["name"]) or rows >= 0.9 * (high - low + 1)


def _constant_loss(trainer: Trainer, train: ArrayDataset) -> float:
    """The mean loss of the best constant prediction on training rows, with their weights."""
    rows = np.linspace(0, len(train) - 1, min(len(train), MAX_ROWS)).astype(np.intp)
    targets, weights = trainer.rows.targets[rows], trainer.rows.weights
    weights = None if weights is None else weights[rows]
    constant = train.target.constant_logits(train.y[rows], None if weights is None else weights[:, 0])
    logits = np.broadcast_to(constant, (len(rows), len(constant)))
    return trainer.loss.total(logits, targets, weights) / len(rows)
