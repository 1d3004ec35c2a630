"""Checks of a job's targets against its dataset's profile, and of the task, loss and weights that follow from them."""

from collections.abc import Iterator, Mapping
from typing import Final

from contract.responses import ColumnResponse, FieldError
from contract.specs import JobSpec
from learning.insight.target_outlier import describe_outlier, find_target_outlier
from learning.spelling import NameIndex, cut_name
from learning.tasks import TASKS
from learning.tasks.labels import max_classes
from learning.tasks.task_guess import MAX_COUNTED_VALUES, MAX_GUESSED_CLASSES
from service.http.strict_json import escape_pointer
from service.jobs.candidate import JobCandidate, count_values, list_known_classes, unknown_column_error

Finding = FieldError | str
"""An error with its place, or a warning as a sentence."""

WARNING_CLASSES: Final = 50


def check_target_names(spec: JobSpec, columns: Mapping[str, ColumnResponse]) -> list[FieldError]:
    """Errors if it is not said once what is to be predicted, or there is no such column."""
    if spec.target is not None and spec.targets is not None:
        detail = "are given beside target; give one of them"
        return [FieldError(pointer="#/targets", detail=detail, code="one_of")]
    if not spec.target_names:
        return [FieldError(pointer="#/target", detail="is missing: name the column to predict", code="missing")]
    errors: list[FieldError] = []
    known = NameIndex(columns)
    for place, name in enumerate(spec.target_names):
        pointer = "#/target" if spec.targets is None else f"#/targets/{place}"
        if name not in columns:
            errors.append(unknown_column_error(pointer, name, known))
        elif name in spec.target_names[:place]:
            detail = "is named twice"
            errors.append(FieldError(pointer=pointer, detail=detail, code="duplicate_target", given=name))
    return errors


def check_targets(job: JobCandidate) -> Iterator[Finding]:
    """Whether each target can be predicted, and what of it is odd."""
    for place, target in enumerate(job.targets):
        pointer = "#/target" if job.spec.targets is None else f"#/targets/{place}"
        fault = _find_target_fault(target, job.rows - target.missing, is_alone=len(job.targets) == 1)
        if fault is not None:
            detail, code = fault
            yield FieldError(pointer=pointer, detail=detail, code=code, given=target.name)
            continue
        if target.missing:
            verb = "is" if target.missing == 1 else "are"
            yield f"{format_rows(target.missing)} without a value of '{target.name}' {verb} left out."
        outlier = find_target_outlier(vars(target), job.rows) if job.spec.task == "regression" else None
        if outlier is not None:
            yield (
                f"{describe_outlier(target.name, outlier)}, so next to it all others look the same; correct it or "
                "leave its row out, or set loss to huber if it is right."
            )


def _find_target_fault(target: ColumnResponse, labelled_rows: int, *, is_alone: bool) -> tuple[str, str] | None:
    """Why a column cannot be a target, and the code of this error."""
    if target.type in {"image", "datetime"}:
        what = "a date" if target.type == "datetime" else "an image"
        return f"{what} cannot be the target; choose a numeric or categorical column", "impossible_target"
    if not is_alone and target.type != "numeric":
        detail = f"is {target.type}, and several targets are numbers; predict it alone, as target"
        return detail, "impossible_target"
    if labelled_rows == 0:
        return "has no value in any row", "all_missing"
    if count_values(target, labelled_rows) == 1:
        return "has the same value in all rows, so there is nothing to learn", "one_value"
    return None


def check_task(job: JobCandidate) -> Iterator[Finding]:
    """Whether the target is one of the task, and how it is read if nobody said."""
    if len(job.targets) > 1:
        if job.spec.task == "classification":
            detail = "predicts one class; several targets are numbers, and their task is regression"
            yield FieldError(
                pointer="#/task", detail=detail, code="task_unfit", given=job.spec.task, suggestion="regression"
            )
        return
    target, task, classes = job.target, job.spec.task, job.classes or 0
    numeric = target.type == "numeric"
    if task == "regression" and not numeric:
        detail = f"needs a numeric target, and '{target.name}' is {target.type}"
        yield FieldError(pointer="#/task", detail=detail, code="task_unfit", given=task, suggestion="classification")
    elif has_too_many_classes(job):
        yield FieldError(
            pointer="#/task" if numeric else "#/target",
            detail=f"'{target.name}' has {classes:,} different values in {format_rows(job.labelled_rows)}, "
            f"too many to be classes: of so many rows there may be {max_classes(job.labelled_rows):,}",
            code="too_many_classes",
            given=task if numeric else target.name,
            suggestion="regression" if numeric else None,
        )
    elif task == "classification" and classes > WARNING_CLASSES:
        yield f"'{target.name}' has {classes:,} classes; with few rows of each they are hard to learn."
    if numeric and "task" not in job.sent_fields:
        yield from _describe_guess(job)


def _describe_guess(job: JobCandidate) -> Iterator[str]:
    """How a target of few different numbers is read, which only a person can know for sure."""
    target, distinct = job.target, job.target.distinct or 0
    if not 2 <= distinct <= (2 if target.rarest is None else MAX_COUNTED_VALUES) or 2 * distinct > job.labelled_rows:
        return
    numbers = "numbers" if target.rarest is None else "whole numbers"
    start = f"'{target.name}' has {distinct} different {numbers} in {format_rows(job.labelled_rows)}"
    if job.spec.task == "classification":
        yield f"{start}, so it is read as classes; set task to regression to predict it as a number."
    else:
        once = ", some only once" if target.rarest == 1 and distinct <= MAX_GUESSED_CLASSES else ""
        yield f"{start}{once}, so it is predicted as a number; set task to classification if they are classes."


def has_too_many_classes(job: JobCandidate) -> bool:
    """Whether there are more classes than rows could teach."""
    classes = job.classes or 0
    return job.spec.task == "classification" and classes > max_classes(job.labelled_rows)


def check_loss(job: JobCandidate) -> Iterator[Finding]:
    """Whether the loss is one of the task, and goes with quantiles if there are some."""
    fitting = TASKS[job.task].losses
    if job.spec.loss not in fitting:
        detail = f"does not fit {job.spec.task}, which takes {' or '.join(fitting)}"
        yield FieldError(pointer="#/loss", detail=detail, code="loss_unfit", given=job.spec.loss, suggestion=fitting[0])
    elif job.spec.quantiles is not None and job.spec.loss != "quantile":
        detail = f"are those of the loss quantile, and the loss is {job.spec.loss}"
        yield FieldError(pointer="#/quantiles", detail=detail, code="loss_unfit", given=job.spec.quantiles)


def check_class_weights(job: JobCandidate) -> Iterator[Finding]:
    """Whether the weights are those of classes."""
    weights = job.spec.class_weights
    if weights is not None and job.spec.task == "regression":
        detail = "are for classification, and the target is a number"
        yield FieldError(pointer="#/class_weights", detail=detail, code="task_unfit")
    elif isinstance(weights, dict) and (labels := list_known_classes(job.target)):
        known = NameIndex(sorted(labels))
        for label in weights:
            if label not in labels:
                yield FieldError(
                    pointer=f"#/class_weights/{escape_pointer(label)}",
                    detail=f"is not a class of '{job.target.name}'",
                    code="unknown_class",
                    given=cut_name(label),
                    suggestion=known.suggest(label),
                )


def format_rows(count: int) -> str:
    """A number of rows in words."""
    return "1 row" if count == 1 else f"{count:,} rows"
