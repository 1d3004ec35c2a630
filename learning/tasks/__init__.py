"""Tasks: what is learned from a target. `task` is their protocol, and each task is one file that obeys it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final, Literal

from learning.frame import Column, NumericColumn, Table
from learning.tasks.classes import ClassReader
from learning.tasks.classification import ClassTarget
from learning.tasks.language import LanguageTarget
from learning.tasks.numbers import NumberReader
from learning.tasks.predictions import Predictions
from learning.tasks.reader import TargetReader
from learning.tasks.recommendation import RecommendationTarget
from learning.tasks.regression import RegressionTarget
from learning.tasks.task import Target
from learning.tasks.task_guess import TaskName, guess_task_of

__all__ = ["TASKS", "Predictions", "Target", "TargetReader", "TaskName", "infer_target", "infer_task"]

TASKS: Final[Mapping[TaskName, type[Target]]] = {
    "regression": RegressionTarget,
    "classification": ClassTarget,
    "recommendation": RecommendationTarget,
    "language": LanguageTarget,
}
"""The targets of all tasks, by the task's name."""


def infer_task(columns: Iterator[Column]) -> TaskName:
    """The task that a target, given in parts, is for: classification, unless it holds numbers that are not classes."""
    first = next(columns, None)
    if first is None or not isinstance(first, NumericColumn):
        return "classification"
    return guess_task_of(column.values for column in chain([first], columns) if isinstance(column, NumericColumn))


def infer_target(table: Table, targets: Sequence[str], task: Literal["auto", TaskName]) -> TargetReader:
    """Infer from columns how their targets are read; several are numbers.

    Raises:
        UnusableColumn: the column does not exist.
        ImpossibleTarget: the column cannot be predicted.
    """
    name, *others = targets
    if others:
        return NumberReader.infer(table, tuple(targets))
    chosen = infer_task(frame.column(name) for frame in table.chunks([name])) if task == "auto" else task
    return NumberReader.infer(table, (name,)) if chosen == "regression" else ClassReader.infer(table, name)
