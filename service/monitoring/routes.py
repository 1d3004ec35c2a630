"""Feedback on predictions, and how a model does in use: accuracy over time, and drift."""

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from contract.monitoring import (
    FEEDBACK_EXAMPLE,
    AccuracyResponse,
    Actual,
    ColumnDriftResponse,
    DriftBinResponse,
    DriftTestResponse,
    FeedbackRequest,
    FeedbackResponse,
    MonitoringResponse,
)
from contract.responses import FieldError, rfc3339
from learning.model import Model
from learning.monitoring.distribution import Distribution
from learning.monitoring.drift import MIN_PSI, MIN_ROWS, SIGNIFICANCE, Drift
from learning.monitoring.reference import Reference, compare_bins
from learning.tasks.numbers import MAX_ABS_TARGET
from learning.tasks.task import Target
from service.http.pagination import Query
from service.http.routing import Routes
from service.http.strict_json import shorten
from service.http.validation_errors import invalid_fields
from service.prediction_log import MAX_LISTED, WINDOW_ROWS, decode_bins, encode_numbers, load_reference
from service.services import Context, load_model
from store import predictions as log
from store.models import models

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
MAX_HOURLY_DAYS: Final = 3.0
"""Up to so many days accuracy is told by hours, and else by days."""
EARLIER: Final = (
    "The model was trained by an earlier version, which kept no distributions of its columns: train it again to see "
    "drift. Accuracy is told all the same."
)

routes = Routes("monitoring", "What came true, accuracy over time, and drift.")


class MonitoringQuery(Query):
    """How far back one looks."""

    days: float = Field(default=30.0, gt=0.0, le=3650.0, description="Accuracy of so many days.")
    rows: int = Field(default=WINDOW_ROWS, ge=1, le=100_000, description="Drift of so many of the newest predictions.")


@routes.post(
    "/v1/models/{ref}/feedback",
    scope="predict",
    summary="What came true",
    problems=("not-found", "not-for-task"),
    example=FEEDBACK_EXAMPLE,
)
def feedback(context: Context, ref: str, body: FeedbackRequest) -> FeedbackResponse:
    """Keep what came true of predictions that were asked for with `record=true`, by their ids.

    A class that the model does not know is kept as one that it cannot predict.
    """
    resolved, model = load_model(context, ref)
    output = model.encoding.output
    numbers, news = _read_actual(output, model.targets, body.actual)
    with context.begin_write() as s:
        known = log.set_actual(s, resolved.id, dict(zip(body.actual, encode_numbers(numbers), strict=True)))
    unknown = [one for one in body.actual if one not in known]
    return FeedbackResponse(model_id=resolved.id, accepted=len(known), unknown=unknown, new_classes=news[:MAX_LISTED])


@routes.get(
    "/v1/models/{ref}/monitoring",
    scope="read",
    summary="How a model does in use",
    problems=("not-found", "not-for-task"),
)
def report(context: Context, ref: str, query: MonitoringQuery) -> MonitoringResponse:
    """Accuracy over time, and the drift of inputs and predictions, of predictions made with `record=true`.

    The newest predictions are compared with the training rows. A column has drifted where its population stability
    index is above `threshold`.
    """
    resolved, model = load_model(context, ref)
    output, reference = model.encoding.output, load_reference(context, resolved.id, model)
    with context.begin_read() as s:
        row = models.get(s, context.owner, resolved.id)
        kept = log.list_newest(s, resolved.id, context.services.settings.monitoring_rows)
    since = time.time() - query.days * DAY
    recent = [record for record in kept if record.created_at >= since]
    codes = None if reference is None else decode_bins(kept[: query.rows], reference)
    held_out: Mapping[str, Any] = row.metrics.get("test") or row.metrics.get("validation") or {}
    names = _list_metrics(output, model)
    return MonitoringResponse(
        model_id=resolved.id,
        name=resolved.name,
        version=resolved.version,
        predictions=len(kept),
        outcomes=sum(record.actual is not None for record in kept),
        baseline={name: held_out.get(name) for name in names},
        accuracy=_measure_accuracy(output, model, recent, HOUR if query.days <= MAX_HOURLY_DAYS else DAY),
        test=DriftTestResponse(min_psi=MIN_PSI, significance=SIGNIFICANCE, min_rows=MIN_ROWS),
        reference_rows=None if reference is None else _count_rows(reference),
        recent_rows=0 if codes is None else len(codes),
        drift=[] if reference is None or codes is None else _describe_drift(reference, codes),
        unavailable=EARLIER if reference is None else None,
    )


def _read_actual(
    output: Target, targets: Sequence[str], actual: Mapping[str, Actual]
) -> tuple[NDArray[np.float64], list[str]]:
    """What came true as numbers (outcomes, targets), -1 of new classes, and these.

    Raises:
        ProblemError: `invalid`, with the place of each fault.
    """
    numbers = np.full((len(actual), output.columns), -1.0)
    class_of = {label: number for number, label in enumerate(output.labels)}
    errors: list[FieldError] = []
    news: dict[str, None] = {}
    for place, (one, value) in enumerate(actual.items()):
        pointer = f"#/actual/{one}"
        if output.labels:
            if isinstance(value, dict):
                errors.append(_fault(pointer, "must be the class that came true", value))
                continue
            label = _to_label(value)
            numbers[place] = class_of.get(label, -1)
            if label not in class_of:
                news[label] = None
            continue
        given = value if isinstance(value, dict) and len(targets) > 1 else {targets[0]: value}
        if given.keys() != set(targets):
            errors.append(_fault(pointer, f"must have a number of each target: {', '.join(targets[:10])}", value))
        elif not all(map(_is_number, given.values())):
            errors.append(_fault(pointer, f"must be a number of at most {MAX_ABS_TARGET:g}", value))
        else:
            numbers[place] = [given[name] for name in targets]
    if errors:
        raise invalid_fields(errors[:100])
    return numbers, list(news)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MAX_ABS_TARGET


def _to_label(value: object) -> str:
    """A class as the text of a cell: true as `true`, and whole numbers without a point."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _fault(pointer: str, detail: str, value: object) -> FieldError:
    return FieldError(pointer=pointer, detail=detail, code="wrong_outcome", given=shorten(value))


def _list_metrics(output: Target, model: Model) -> list[str]:
    """The names of the metrics that are told over time."""
    if output.labels:
        return ["accuracy"]
    endings = [""] if len(model.targets) == 1 else [f"_{name}" for name in model.targets]
    return [f"{metric}{ending}" for metric in ("rmse", "mae") for ending in endings]


def _measure_accuracy(
    output: Target, model: Model, records: Sequence[log.PredictionRecord], width: float
) -> list[AccuracyResponse]:
    """How good predictions were, by parts of time of so many seconds, the oldest first."""
    parts: dict[int, list[log.PredictionRecord]] = {}
    for record in reversed(records):
        parts.setdefault(math.floor(record.created_at / width), []).append(record)
    found: list[AccuracyResponse] = []
    for part, own in sorted(parts.items()):
        outcomes = [(record.predicted, record.actual) for record in own if record.actual is not None]
        metrics: dict[str, float] = {}
        if outcomes:
            predicted, actual = (
                np.frombuffer(b"".join(side), "<f8").reshape(len(outcomes), -1) for side in zip(*outcomes, strict=True)
            )
            if output.labels:
                metrics["accuracy"] = float((predicted == actual).mean())
            else:
                errors = predicted - actual
                values = [*np.sqrt(np.square(errors).mean(axis=0)).tolist(), *np.abs(errors).mean(axis=0).tolist()]
                metrics = dict(zip(_list_metrics(output, model), values, strict=True))
        start = rfc3339(part * width)
        found.append(AccuracyResponse(start=start, predictions=len(own), outcomes=len(outcomes), metrics=metrics))
    return found


def _describe_drift(reference: Reference, codes: NDArray[np.uint8]) -> list[ColumnDriftResponse]:
    """The drift of each distribution, what has drifted first."""
    found = [
        _describe_column(known, "input" if place < len(reference.inputs) else "output", recent, drift)
        for place, (known, (recent, drift)) in enumerate(
            zip(reference.distributions, compare_bins(reference, codes), strict=True)
        )
    ]
    return sorted(found, key=lambda each: (not each.has_drifted, -(each.psi or 0.0)))


def _describe_column(
    known: Distribution, kind: Any, recent: NDArray[np.int64], drift: Drift | None
) -> ColumnDriftResponse:
    before, after = max(sum(known.counts), 1), int(recent.sum())
    last = known.missing_bin - 1
    bins: list[DriftBinResponse] = []
    for number, count in enumerate(known.counts):
        place: dict[str, Any] = {"is_missing": number == known.missing_bin}
        if number < known.missing_bin and known.labels is not None:
            place["label"] = known.labels[number] if number < last else None
        elif number < known.missing_bin:
            place["above"] = known.edges[number - 1] if number else None
            place["up_to"] = known.edges[number] if number < last else None
        share = int(recent[number]) / after if after else None
        bins.append(DriftBinResponse(**place, reference=count / before, recent=share))
    return ColumnDriftResponse(
        column=known.name,
        kind=kind,
        type=known.type,
        statistic=known.statistic,
        psi=None if drift is None else drift.psi,
        threshold=None if drift is None else drift.threshold,
        has_drifted=drift is not None and drift.is_found,
        bins=bins,
    )


def _count_rows(reference: Reference) -> int:
    """The training rows that the reference is of."""
    return max((sum(each.counts) for each in reference.inputs if each.statistic != "typicality"), default=0)
