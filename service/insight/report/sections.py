"""The sections of a report, for a reader who has never trained a net."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contract.specs import JobSpec
from learning.insight.baselines import Baselines
from learning.insight.diagnosis.findings import Finding
from learning.insight.diagnosis.record import TrainingRecord
from learning.insight.formatting import format_number, format_percent
from learning.insight.verdict import describe_baseline
from learning.nn.activations import ACTIVATIONS
from learning.nn.layers import Dense
from learning.nn.losses import LOSS_DESCRIPTIONS
from service.http.responses import rfc3339
from service.insight.report.glossary import METRICS, REASONS
from service.insight.report.parts import Code, Curve, Curves, Heading, Paragraph, Part, Table
from store.tables import DatasetRow, JobRow, ModelRow

MAX_COLUMNS: Final = 60
MAX_CLASSES: Final = 30


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """What a report is made from.

    Attributes:
        dataset: None if it was deleted since.
        model: None if there is none, or it was deleted since.
    """

    job: JobRow
    spec: JobSpec
    record: TrainingRecord
    findings: list[Finding]
    verdict: str | None
    dataset: DatasetRow | None
    model: ModelRow | None

    @property
    def is_classification(self) -> bool:
        """Whether a class is predicted."""
        return (
            bool(self.record.dataset_stats.classes) if self.record.dataset_stats else self.spec.task == "classification"
        )


def build_report(data: ReportData) -> list[Part]:
    """The whole report."""
    sections = (
        _summary_section,
        _training_section,
        _evaluation_section,
        _diagnosis_section,
        _net_section,
        _data_section,
        _reproduction_section,
    )
    return [part for section in sections for part in section(data)]


def _summary_section(data: ReportData) -> Iterator[Part]:
    job, spec, facts = data.job, data.spec, data.record.dataset_stats
    yield Heading(f"Training report: {spec.target}")
    task = "Classification" if data.is_classification else "Regression"
    kind = "the class of a row" if data.is_classification else "a number"
    yield Paragraph(
        f"{task}: a neural net {'was' if data.record.has_ended else 'is being'} trained to predict “{spec.target}”, "
        f"{kind}, from the other columns of {_dataset_name(data)}."
        + (f" Training rows: {facts.train:,}; validation rows: {facts.validation:,}." if facts else "")
    )
    if data.verdict is not None:
        yield Paragraph(data.verdict, lead="Result:")
    yield Paragraph(_describe_status(data))
    if job.error is not None:
        yield Paragraph(str(job.error.get("detail", "")), lead=f"{job.error.get('title', 'It failed')}.")


def _describe_status(data: ReportData) -> str:
    job, best = data.job, data.record.best_epoch
    done = f"{job.epoch} of {job.epochs} epochs"
    kept = f" The weights of the best epoch, {best.epoch}, are kept." if best else ""
    match job.status:
        case "queued":
            return "It has not started yet." if not job.epoch else f"It is queued to continue after {done}."
        case "running" | "paused":
            return f"It is {job.status}, after {done}.{kept}"
        case "succeeded":
            return f"It ended after {done}. {REASONS.get(job.stop_reason or '', '')}{kept}"
        case "cancelled":
            return f"It was cancelled after {done}, so no model was kept."
        case "failed":
            return f"It failed after {done}, so no model was kept."


def _training_section(data: ReportData) -> Iterator[Part]:
    epochs = data.record.epochs
    yield Heading("Training: loss and metrics")
    if not epochs:
        yield Paragraph("No epoch has ended yet.")
        return
    losses = [Curve("training loss", [(seen.epoch, seen.train_loss) for seen in epochs])]
    if any(seen.validation_loss is not None for seen in epochs):
        losses.append(Curve("validation loss", [(seen.epoch, seen.validation_loss) for seen in epochs]))
    yield Paragraph(
        "An epoch is one pass over all training rows. After each batch of them, backpropagation finds the gradient of "
        "the loss, and the optimizer moves every weight a small step against it. The loss measures how wrong the "
        "predictions are: lower is better."
        + (
            " Where the validation loss rises while the training loss keeps falling, the net overfits: it memorises "
            "the training rows."
            if len(losses) > 1
            else ""
        )
    )
    yield Curves("The loss after each epoch.", losses)
    name = "accuracy" if data.is_classification else "rmse"
    shown = Curve("the net", [(seen.epoch, seen.metrics.get(name)) for seen in epochs])
    if data.record.baselines is not None and any(value is not None for _, value in shown.points):
        levels = [
            Curve(label, [(epochs[0].epoch, value), (epochs[-1].epoch, value)], is_reference=True)
            for label, value in _baseline_values(data.record.baselines, name)
        ]
        yield Curves(f"{name}, {METRICS[name]}. Dashed: the baselines.", [shown, *levels])


def _baseline_values(baselines: Baselines, name: str) -> list[tuple[str, float | None]]:
    return [
        (describe_baseline(baselines.linear.name), baselines.linear.metrics.get(name)),
        (describe_baseline(baselines.naive.name), baselines.naive.metrics.get(name)),
    ]


def _evaluation_section(data: ReportData) -> Iterator[Part]:
    best, baselines = data.record.best_epoch, data.record.baselines
    if best is None:
        return
    yield Heading("Metrics and baselines")
    test: Mapping[str, Any] = data.model.metrics.get("test", {}) if data.model is not None else {}
    rows = "validation rows" if data.spec.split.validation else "training rows"
    headings = ["metric", f"net, {rows}"]
    columns: list[Mapping[str, float | None]] = [best.metrics]
    if test:
        headings.append("net, test rows")
        columns.append(test)
    if baselines is not None:
        headings += [describe_baseline(each.name) for each in (baselines.linear, baselines.naive)]
        columns += [baselines.linear.metrics, baselines.naive.metrics]
    yield Table(headings, [[name, *(_format_metric(column.get(name)) for column in columns)] for name in best.metrics])
    for name in best.metrics:
        if name in METRICS:
            yield Paragraph(f"{METRICS[name]}.", lead=f"{name}:")


def _diagnosis_section(data: ReportData) -> Iterator[Part]:
    yield Heading("Diagnosis")
    if not data.findings:
        yield Paragraph("No problems found.")
    for finding in data.findings:
        yield Paragraph(f"{finding.detail} {finding.advice}", lead=f"{finding.title}.")
        if finding.suggested_patch is not None:
            yield Paragraph("Train again with these changes, a JSON merge patch of the job's spec:")
            yield Code(json.dumps(finding.suggested_patch, ensure_ascii=False, indent=2))


def _net_section(data: ReportData) -> Iterator[Part]:
    spec, facts = data.spec, data.record.dataset_stats
    yield Heading("The net")
    size = f" Parameters: {facts.parameters:,}; inputs: {facts.inputs:,}." if facts else ""
    yield Paragraph(
        "Each neuron multiplies the outputs of the layer before by its weights, adds a bias, and applies its "
        f"activation function.{size}"
    )
    rows = [
        [str(number), "dense", f"{layer.units:,} neurons", layer.activation]
        if isinstance(layer, Dense)
        else [str(number), "dropout", f"{format_percent(layer.rate)} of the outputs set to 0 in training", ""]
        for number, layer in enumerate(spec.layers, start=1)
    ]
    outputs = f"{len(facts.classes):,} neurons" if facts and len(facts.classes) > 2 else "1 neuron"
    yield Table(["layer", "kind", "size", "activation"], [*rows, ["output", "dense", outputs, "linear"]])
    rate = format_number(spec.optimizer.learning_rate)
    yield Paragraph(
        f"Learning rate: {rate} ({spec.schedule.type} schedule). Batch size: {spec.batch_size:,}. Loss: {spec.loss}."
    )
    for choice in (spec.optimizer, spec.schedule):
        yield Paragraph(f"{choice.__doc__}", lead=f"{choice.type}:")
    dense_layers = [layer for layer in spec.layers if isinstance(layer, Dense)]
    activations = {layer.activation: ACTIVATIONS[layer.activation].description for layer in dense_layers}
    for name, description in activations.items():
        yield Paragraph(description, lead=f"{name}:")
    if spec.loss != "auto":
        yield Paragraph(LOSS_DESCRIPTIONS[spec.loss], lead=f"{spec.loss}:")


def _data_section(data: ReportData) -> Iterator[Part]:
    dataset, facts = data.dataset, data.record.dataset_stats
    yield Heading("The data")
    if dataset is None:
        yield Paragraph("The dataset has been deleted.")
    else:
        rejected = f"; {_count_rows(dataset.rows_rejected)} could not be read" if dataset.rows_rejected else ""
        yield Paragraph(
            f"{_dataset_name(data)} has {_count_rows(dataset.rows or 0)} and {len(dataset.columns or [])} "
            f"columns{rejected}."
        )
    for warning in data.job.warnings:
        yield Paragraph(warning, lead="Note:")
    if facts is not None and facts.classes:
        counts = sorted(facts.classes.items(), key=lambda item: -item[1])
        yield Table(["class", "training rows"], [[label, f"{count:,}"] for label, count in counts[:MAX_CLASSES]])
        yield from _more_note(len(counts), MAX_CLASSES, "classes")
    if dataset is not None:
        columns = dataset.columns or []
        yield Table(
            ["column", "type", "missing", "use"],
            [
                [column["name"], column["type"], f"{column['missing']:,}", _column_use(data, column["name"])]
                for column in columns[:MAX_COLUMNS]
            ],
        )
        yield from _more_note(len(columns), MAX_COLUMNS, "columns")
    if facts is not None and facts.strengths:
        yield Paragraph(
            "How much each column by itself explains of the target, by a simple model: 0% is no better than guessing, "
            "100% is all of it. The net may find more in several columns together."
        )
        yield Table(["column", "explains"], [[name, format_percent(share)] for name, share in facts.strengths.items()])


def _column_use(data: ReportData, name: str) -> str:
    if name == data.spec.target:
        return "target"
    if data.record.dataset_stats is None:
        return ""
    return "input" if name in data.record.dataset_stats.columns else "not used"


def _more_note(count: int, shown: int, what: str) -> Iterator[Part]:
    if count > shown:
        yield Paragraph(f"And {count - shown:,} more {what}.")


def _reproduction_section(data: ReportData) -> Iterator[Part]:
    job = data.job
    yield Heading("Reproducing this training")
    yield Paragraph(
        "The same spec, data and seed give the same weights, bit for bit, on the same kind of processor. Submit this "
        "spec again, or run this command, which compares the weights after every epoch:"
    )
    yield Code(f"gradus reproduce {job.id}")
    yield Code(json.dumps(data.spec.model_dump(mode="json"), ensure_ascii=False, indent=2))
    known = {
        "job": job.id,
        "submitted": rfc3339(job.created_at),
        "ended": None if job.finished_at is None else rfc3339(job.finished_at),
        "model": job.model_id,
        "SHA-256 of the weights": job.weights_sha256,
        "SHA-256 of the dataset": data.dataset.sha256
        if data.dataset
        else data.model.dataset_sha256
        if data.model
        else None,
        "seed": str(data.spec.seed),
        **{name: _format_value(value) for name, value in (job.fingerprint or {}).items()},
    }
    yield Table(["", ""], [[name, value] for name, value in known.items() if value])
    if not job.reproducible:
        yield Paragraph("It was trained on more than one kind of machine, so the last bits may differ.")


def _format_value(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON
    return "" if value is None else str(value)


def _dataset_name(data: ReportData) -> str:
    return f"“{data.dataset.name}”" if data.dataset else "a dataset that has been deleted"


def _count_rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _format_metric(value: float | None) -> str:
    return "" if value is None else format_number(value)
