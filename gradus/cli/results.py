"""Results of trainings as they are printed: a model, its metrics and how it is used, or how a reproduction differs."""

import shlex
from datetime import datetime
from typing import TYPE_CHECKING

from gradus.cli.output import (
    format_count,
    format_duration,
    format_example,
    format_metric_name,
    format_number,
    print_next,
    print_table,
    print_text,
)

if TYPE_CHECKING:
    from contract.responses import JobResponse, ModelInput, ModelResponse


MAX_TYPED = 20
"""The cells of a row that somebody may type."""

TASK_WORDS = {"class": "classification", "number": "regression"}
"""Plain words for the tasks."""


def describe_task(job: "JobResponse") -> str:
    """What a job predicts: a class, a number, several numbers, or who likes what."""
    if job.spec.task == "recommendation":
        what = "chooses" if job.spec.rating_column is None else "rates"
        return f"recommendation: which '{job.spec.item}' each '{job.spec.user}' {what}"
    if job.spec.task == "language":
        return f"language: learns to write from '{job.spec.text}'"
    words = {task: word for word, task in TASK_WORDS.items()}
    names = ", ".join(f"'{name}'" for name in job.spec.target_names)
    what = f"as a {words[job.spec.task]}" if job.spec.target else "as numbers"
    how = f", by {format_count(len(job.spec.quantiles), 'quantile')}" if job.spec.quantiles else ""
    return f"{job.spec.task}: predicts {names} {what}{how}"


def print_reasons(job: "JobResponse") -> None:
    """Print why settings that the job left open are as they are, where they depend on the data."""
    for name, reason in job.reasons.items():
        print_text(f"{name}: ", bold=True, nl=False, err=True)
        print_text(reason, err=True)


def print_reproduction(job: "JobResponse") -> None:
    """Print whether the reproduction has the same weights."""
    found = job.reproduction
    if found is None:
        print_text(f"{job.reproduces} was deleted in the meantime, so there is nothing to compare with.")
    elif found.match:
        epochs = format_count(job.progress.epoch, "epoch")
        print_text(f"match: the same weights after every one of {epochs}", bold=True)
    else:
        where = "only when combined" if found.first_difference is None else f"from epoch {found.first_difference} on"
        print_text(f"differs from {job.reproduces} {where}", bold=True, colour="yellow")


def print_result(job: "JobResponse", model: "ModelResponse") -> None:
    """Print the result of a training: the model, its verdict and its metrics."""
    trained = sum(net.epoch for net in job.nets) if job.nets else job.progress.epoch
    epochs = format_count(trained, "epoch")
    if job.nets:
        epochs, best = f"{len(job.nets)} nets, {epochs} together", ", which became one model"
    else:
        best = f", the best was epoch {job.best.epoch}" if job.best else ""
    reasons = {
        "early_stopping": " (early stopping: no more improvement)",
        "finished_by_user": " (finished early, at your request)",
        "time_limit": " (time limit reached)",
    }
    why = reasons.get(job.stop_reason or "", "")
    took = ""
    if job.started_at is not None and job.finished_at is not None:
        seconds = (datetime.fromisoformat(job.finished_at) - datetime.fromisoformat(job.started_at)).total_seconds()
        took = f" in {format_duration(seconds)}"
    print_text(f"{model.name}:{model.version}  {model.id}", bold=True)
    print_text(f"{epochs}{took}{why}{best}; {model.parameters:,} parameters")
    if job.verdict is not None:
        print_text(job.verdict)
    splits = [name for name in ("train", "validation", "test") if model.metrics.get(name)]
    names = list(dict.fromkeys(metric for split in splits for metric in model.metrics[split]))
    print_table(
        ["metric", *splits],
        [
            [format_metric_name(name), *(format_number(model.metrics[split].get(name)) for split in splits)]
            for name in names
        ],
    )
    print_next(describe_use(model.name, model))


def describe_use(ref: str, model: "ModelResponse") -> str:
    """The command that asks a model for an answer, as typed."""
    if [column.type for column in model.inputs] == ["image"]:
        return f"gradus predict {ref} PICTURE.jpg"
    if model.task == "language":
        return f"gradus generate {ref}"
    if model.task != "recommendation" and len(model.inputs) > MAX_TYPED:
        return f"gradus predict {ref} --csv FILE.csv"
    if model.task != "recommendation":
        return f"gradus predict {ref} --row {example_row(model.inputs)}"
    return f"gradus recommend {ref} --user {shlex.quote(_example_value(model.inputs[0]))}"


def example_row(inputs: "list[ModelInput]") -> str:
    """An example row for a model, as typed after `--row`."""
    return " ".join(shlex.quote(f"{column.name}={_example_value(column)}") for column in inputs)


def _example_value(column: "ModelInput") -> str:
    if column.categories:
        return column.categories[0]
    if column.minimum is not None and column.maximum is not None:
        if column.type == "datetime":
            return format_example(column.minimum, column.maximum)
        middle = (column.minimum + column.maximum) / 2
        whole = column.minimum.is_integer() and column.maximum.is_integer()
        return str(round(middle)) if whole else f"{middle:.4g}"
    return {"boolean": "true", "datetime": "2024-01-31"}.get(column.type, "text")
