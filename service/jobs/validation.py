"""Checks of a job's spec against its dataset's profile, one for each part of the spec.

A check yields findings: errors with their places, or warnings as sentences. None of them reads rows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Final

from contract.responses import ColumnResponse, Estimate, FieldError
from contract.specs import JobSpec
from learning.encoding.eligibility import is_id_name
from learning.errors import LayerMisfit
from learning.nn.layers import Dense, Residual, flatten_layers
from learning.optim import Sgd
from learning.optim.schedules import Cosine, Plateau, Step
from learning.spelling import MAX_LISTED_NAMES, NameIndex
from service.http.strict_json import MAX_ERRORS
from service.jobs.candidate import JobCandidate, unknown_column_error
from service.jobs.ensemble_validation import check_nets
from service.jobs.job_size import check_net_size, estimate_job
from service.jobs.language import check_language, check_no_language
from service.jobs.pictures import check_pictures
from service.jobs.recommendation import check_no_recommendation, check_recommendation
from service.jobs.split_validation import check_split_columns, check_weight_column
from service.jobs.target_validation import (
    Finding,
    check_class_weights,
    check_loss,
    check_targets,
    check_task,
    format_rows,
    has_too_many_classes,
)

MAX_TIME_RATIO: Final = 4.0
"""An epoch is refused if it is estimated this many times longer than its limit: the estimate may be far off."""


def check_job(job: JobCandidate, memory_bytes: int) -> tuple[list[Finding], Estimate | None]:
    """The findings about a job that may take `memory_bytes`, and its estimate, if its layers fit each other."""
    checks = _CHECKS_BY_TASK.get(job.task, _CHECKS)
    try:
        estimate = estimate_job(job, memory_bytes)
    except LayerMisfit as misfit:
        findings = chain([_describe_misfit(misfit)], chain.from_iterable(check(job) for check in checks))
        return list(stop_after_errors(findings)), None
    findings = chain(
        chain.from_iterable(check(job) for check in checks),
        check_net_size(estimate, memory_bytes),
        _check_time(job.spec, estimate),
    )
    return list(stop_after_errors(findings)), estimate


def stop_after_errors(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings up to the error after the last that is listed: of the others it is only known that they exist."""
    errors = 0
    for finding in findings:
        yield finding
        errors += isinstance(finding, FieldError)
        if errors > MAX_ERRORS:
            return


def check_features(spec: JobSpec, columns: Mapping[str, ColumnResponse]) -> Iterator[FieldError]:
    """Whether the features that were named are there, once, and can be learned from."""
    seen: set[str] = set()
    targets = spec.target_names
    known = NameIndex(name for name in columns if name not in targets)
    for place, name in enumerate(spec.features or ()):
        pointer = f"#/features/{place}"
        if name in targets:
            detail = "is the target; predicting it from itself teaches nothing"
            yield FieldError(pointer=pointer, detail=detail, code="target_as_feature", given=name)
        elif name in seen:
            yield FieldError(pointer=pointer, detail="is named twice", code="duplicate_feature", given=name)
        elif name not in columns:
            yield unknown_column_error(pointer, name, known)
        seen.add(name)


def _describe_misfit(misfit: LayerMisfit) -> FieldError:
    """The error that a layer does not fit what comes before it, with the layer's place."""
    return FieldError(
        pointer=f"#/layers/{misfit.place}", detail=f"{misfit.reason}; {misfit.remedy}", code="layer_misfit"
    )


def _check_time(spec: JobSpec, cost: Estimate) -> Iterator[Finding]:
    """Whether an epoch fits into the time that the job may take, and all of them do."""
    limit, epoch = spec.time_limit_seconds, cost.seconds_per_epoch * spec.nets
    if limit is None:
        return
    if epoch > MAX_TIME_RATIO * limit:
        detail = (
            f"is {limit:g} seconds, and one epoch{' of all nets' * (spec.nets > 1)} takes about {epoch:,.3g} seconds: "
            "allow more, or use fewer rows or columns or a smaller net"
        )
        yield FieldError(pointer="#/time_limit_seconds", detail=detail, code="too_little_time", given=limit)
    elif epoch * spec.epochs > limit:
        total = epoch * spec.epochs
        yield f"time_limit_seconds is {limit:g}, and {spec.epochs:,} epochs take about {total:,.3g} seconds."


def _check_features(job: JobCandidate) -> Iterator[Finding]:
    yield from check_features(job.spec, job.columns)
    skipped = job.skip_reasons
    if len(skipped) == len(job.features):
        reasons = islice(skipped.values(), MAX_LISTED_NAMES)
        detail = " ".join(["leave no column to learn from.", *reasons]).removesuffix(".")
        yield FieldError(pointer="#/features", detail=detail, code="no_features")
        return
    for column, stats in zip(job.features, job.feature_stats, strict=True):
        is_embedded = stats.is_embedded(job.spec.embedding.min_categories)
        pooling = stats.describe_pooling() if column.type == "categorical" and not is_embedded else None
        if column.name in skipped:
            yield skipped[column.name]
        elif pooling is not None:
            yield pooling
        elif column.type == "numeric" and not is_embedded and is_id_name(column.name):
            yield f"Column '{column.name}' is named like an id; if it is one, leave it out of the features."


def _check_split(job: JobCandidate) -> Iterator[Finding]:
    if job.spec.split.column is not None:
        return
    left, folds = job.labelled_rows - job.held_out_rows, job.spec.split.folds
    if folds is not None and folds > job.labelled_rows > 0:
        detail = f"is {folds}, and there are only {format_rows(job.labelled_rows)} with a target to divide"
        yield FieldError(pointer="#/split/folds", detail=detail, code="too_few_rows", given=folds)
        return
    least = max(2, job.classes or 2) if job.spec.task == "classification" else 2
    if job.labelled_rows and left < least and not has_too_many_classes(job):
        detail = (
            f"keeps {job.held_out_rows:,} of {format_rows(job.labelled_rows)} with a target for validation and test; "
            f"at least {least:,} must be left to learn from"
        )
        yield FieldError(pointer="#/split", detail=detail, code="too_few_rows")
    elif job.spec.batch_size > left > 0 and "batch_size" in job.sent_fields:
        rows = format_rows(left)
        yield f"batch_size is {job.spec.batch_size:,}, and there are {rows} to learn from: each step takes all."


def _check_schedule(job: JobCandidate) -> Iterator[Finding]:
    match job.spec.schedule:
        case Cosine(warmup_epochs=epochs):
            yield from _check_within_epochs("schedule.warmup_epochs", epochs, job, "the rate only ever climbs")
        case Step(step_epochs=epochs):
            yield from _check_within_epochs("schedule.step_epochs", epochs, job, "the rate never steps down")
        case Plateau(patience=epochs):
            yield from _check_within_epochs("schedule.patience", epochs, job, "the rate never falls")
        case _:
            pass
    if (stopping := job.spec.early_stopping) is not None and "early_stopping" in job.sent_fields:
        yield from _check_within_epochs("early_stopping.patience", stopping.patience, job, "it never stops early")
        if job.spec.split.validation == 0.0 and job.spec.split.column is None:
            yield "split.validation is 0, so early_stopping watches the training loss, which tells nothing of new rows."


def _check_net(job: JobCandidate) -> Iterator[Finding]:
    optimizer = job.spec.optimizer
    if isinstance(optimizer, Sgd) and optimizer.nesterov and optimizer.momentum == 0.0:
        yield "optimizer.nesterov does nothing without optimizer.momentum."
    for place, layer in enumerate(job.spec.layers):
        if isinstance(layer, Residual) and not layer.layers:
            detail = "is empty, so that the residual layer would only double its input; add layers, or remove it"
            yield FieldError(pointer=f"#/layers/{place}/layers", detail=detail, code="too_short")
    dense = [layer for layer in flatten_layers(job.spec.layers) if isinstance(layer, Dense)]
    is_linear = "layers" in job.sent_fields and {layer.activation for layer in dense} == {"linear"}
    if is_linear and min(layer.units for layer in dense) >= min(job.net_inputs.width, job.outputs):
        yield "All layers are linear, and together they can do no more than none; choose another activation."


_CHECKS: Final[tuple[Callable[[JobCandidate], Iterator[Finding]], ...]] = (
    check_no_recommendation,
    check_no_language,
    check_targets,
    _check_features,
    check_pictures,
    check_task,
    check_loss,
    check_class_weights,
    check_nets,
    check_split_columns,
    check_weight_column,
    _check_split,
    _check_schedule,
    _check_net,
)
"""All checks that need no estimate, in the order of their importance."""

_CHECKS_BY_TASK: Final[dict[str, tuple[Callable[[JobCandidate], Iterator[Finding]], ...]]] = {
    "recommendation": (
        check_recommendation,
        check_no_language,
        check_nets,
        check_split_columns,
        _check_split,
        _check_schedule,
        _check_net,
    ),
    "language": (check_language, check_no_recommendation, check_nets, _check_schedule, _check_net),
}
"""Those of jobs whose nets have rows of their own."""


def _check_within_epochs(field: str, epochs: int, job: JobCandidate, therefore: str) -> Iterator[str]:
    if epochs >= job.spec.epochs:
        yield f"{field} is {epochs:,} and epochs is {job.spec.epochs:,}: {therefore}."
