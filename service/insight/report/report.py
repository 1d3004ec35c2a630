"""The report of a job, as HTML or Markdown: what the templates beside this module are given, and their filters.

The page of HTML stands alone: it can be saved, mailed and opened years later, and runs nothing.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from contract.evaluation import EvaluationResponse, SlicesResponse
from contract.responses import rfc3339
from contract.specs import JobSpec
from learning.insight.baselines import Baseline
from learning.insight.diagnosis.findings import Finding
from learning.insight.diagnosis.record import TrainingRecord
from learning.insight.formatting import format_number, format_percent
from learning.insight.verdict import describe_baseline
from learning.nn.activations import ACTIVATIONS
from learning.nn.losses import LOSS_DESCRIPTIONS
from service.insight.report.curves import Curve, render_svg
from service.insight.report.scores import ScoreTable, tabulate_scores, tabulate_worse_slices
from store.tables import DatasetRow, JobRow, ModelRow

Format = Literal["html", "markdown"]

STYLE: Final = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'"
)
"""Nothing but the page's own style: it holds in the saved page too, which names it itself."""

MARKDOWN_SPECIAL: Final = re.compile(r"[\\`*_\[\]|~<>&#@]|:(?=//)")
"""Characters with a meaning in Markdown, or in the HTML that it may hold; a backslash escapes them."""

MAX_MARKDOWN_EPOCHS: Final = 12


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """The sources of a report; what there is not, was deleted, or not kept by an older version, is None or empty."""

    job: JobRow
    spec: JobSpec
    record: TrainingRecord
    findings: list[Finding]
    verdict: str | None
    dataset: DatasetRow | None
    model: ModelRow | None
    evaluations: Mapping[str, EvaluationResponse]
    slices: SlicesResponse | None


def render_report(data: ReportData, format: Format) -> str:  # noqa: A002 - the name in the query
    """The whole report."""
    stats = data.record.dataset_stats
    is_classification = bool(stats.classes) if stats else data.spec.task == "classification"
    metric, listed = "accuracy" if is_classification else "rmse", _list_baselines(data.record)
    text = (
        _environment(format)
        .get_template("report.jinja")
        .render(
            vars(data),
            is_classification=is_classification,
            metric=metric,
            loss_curves=_loss_curves(data.record),
            metric_curves=_metric_curves(data.record, metric),
            scores=_list_scores(data),
            worse=None if data.slices is None else tabulate_worse_slices(data.slices),
            baseline_notes={describe_baseline(each.name): each.note for each in listed if each.note},
            provenance=_provenance(data),
        )
    )
    return text.strip() + "\n"


def _loss_curves(record: TrainingRecord) -> list[Curve]:
    train = [(seen.epoch, seen.train_loss) for seen in record.epochs]
    validation = [(seen.epoch, seen.validation_loss) for seen in record.epochs]
    curves = [Curve("training loss", train), Curve("validation loss", validation)]
    return curves if len(record.validation_losses) else curves[:1]


def _metric_curves(record: TrainingRecord, metric: str) -> list[Curve]:
    """A metric after each epoch beside the baselines; none if there is nothing to compare."""
    values = [(seen.epoch, seen.metrics.get(metric)) for seen in record.epochs]
    if record.baselines is None or all(value is None for _, value in values):
        return []
    curves = [Curve("the net", values)]
    for baseline in (*record.baselines.models, record.baselines.naive):
        level = [(epoch, baseline.metrics.get(metric)) for epoch in (values[0][0], values[-1][0])]
        curves.append(Curve(describe_baseline(baseline.name), level, is_reference=True))
    return curves


def _list_scores(data: ReportData) -> ScoreTable:
    """The net's metrics beside those of its baselines, the best first."""
    best, record = data.record.best_epoch, data.record
    measured = data.evaluations.get("validation")
    if measured is not None and measured.baselines:
        return tabulate_scores(measured, data.evaluations.get("test"))
    columns: dict[str, Any] = {}
    if record.model_metrics is not None:
        columns[f"{data.spec.nets} nets, rows that each did not see"] = record.model_metrics
    elif best is not None:
        columns[f"net, {'validation' if data.spec.split.validation else 'training'} rows"] = best.metrics
    if data.model is not None and data.model.metrics.get("test"):
        columns["net, test rows"] = data.model.metrics["test"]
    columns |= {describe_baseline(each.name): each.metrics for each in _list_baselines(record)}
    names = [] if best is None else list(best.metrics)
    rows = {name: [_format_metric(metrics.get(name)) for metrics in columns.values()] for name in names}
    return ScoreTable(list(columns), rows)


def _list_baselines(record: TrainingRecord) -> Sequence[Baseline]:
    """The baselines, the best first; none if they are not known."""
    found = record.baselines
    return () if found is None else (*reversed(found.models), found.naive)


def _provenance(data: ReportData) -> dict[str, Any]:
    """The identity of the training, its data and its machine."""
    job, source = data.job, data.dataset.sha256 if data.dataset else data.model and data.model.dataset_sha256
    return {
        "job": job.id,
        "submitted": rfc3339(job.created_at),
        "ended": job.finished_at and rfc3339(job.finished_at),
        "model": job.model_id,
        "SHA-256 of the weights": job.weights_sha256,
        "SHA-256 of the dataset": source,
        "seed": str(data.spec.seed),
        **(job.fingerprint or {}),
    }


@cache
def _environment(format: Format) -> Environment:  # noqa: A002
    """The templates, with what they use; in Markdown their macros escape every text themselves."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=format == "html",  # noqa: S701
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    values: dict[str, Any] = {
        "format": format,
        "style": STYLE,
        "policy": POLICY,
        "activations": ACTIVATIONS,
        "loss_descriptions": LOSS_DESCRIPTIONS,
    }
    filters: dict[str, Any] = {
        "number": _format_metric,
        "percent": format_percent,
        "thousands": "{:,}".format,
        "pretty_json": partial(json.dumps, ensure_ascii=False, indent=2),
        "svg": render_svg,
        "md": _escape_markdown,
        "fenced": _fence_markdown,
        "sample_rows": _sample_rows,
    }
    environment.globals.update(values)
    environment.filters.update(filters)
    return environment


def _format_metric(value: object) -> str:
    return format_number(value) if isinstance(value, float | int) else ""


def _escape_markdown(value: object) -> str:
    """Words that mean nothing but themselves, on one line."""
    return MARKDOWN_SPECIAL.sub(r"\\\g<0>", " ".join(str(value).split()))


def _fence_markdown(code: str) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", code)), default=0))
    return f"{fence}\n{code}\n{fence}"


def _sample_rows(curves: Sequence[Curve]) -> Iterator[list[str]]:
    """The values of curves at some epochs, both ends among them."""
    epochs = sorted({epoch for curve in curves for epoch, _ in curve.points})
    count = min(len(epochs), MAX_MARKDOWN_EPOCHS)
    for number in range(count):
        epoch = epochs[number * (len(epochs) - 1) // max(count - 1, 1)]
        values = [curve.points[0][1] if curve.is_reference else dict(curve.points).get(epoch) for curve in curves]
        yield [f"{epoch:,.0f}", *map(_format_metric, values)]
