"""What a report tells of a job, chapter by chapter, in words that somebody reads who has never trained a net."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contract.specs import JobSpec
from learning.insight.baselines import Baselines
from learning.insight.diagnosis.findings import Finding
from learning.insight.diagnosis.record import TrainingRecord
from learning.insight.formatting import format_number, format_percent
from learning.nn.layers import Dense
from service.http.timestamps import rfc3339
from service.insight.report.glossary import METRICS, OPTIMIZERS, REASONS
from service.insight.report.parts import Code, Curve, Curves, Heading, Paragraph, Part, Table
from store.tables import DatasetRow, JobRow, ModelRow

MAX_COLUMNS: Final = 60
MAX_CLASSES: Final = 30


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """All that a report is made of.

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
    chapters = (
        _summary_section,
        _training_section,
        _evaluation_section,
        _diagnosis_section,
        _net_section,
        _data_section,
        _reproduction_section,
    )
    return [part for chapter in chapters for part in chapter(data)]


def _summary_section(data: ReportData) -> Iterator[Part]:
    job, spec, facts = data.job, data.spec, data.record.dataset_stats
    yield Heading(f"What was learned about “{spec.target}”")
    kind = "which class a row belongs to" if data.is_classification else "a number"
    yield Paragraph(
        f"A neural net {'was' if data.record.has_ended else 'is being'} trained to tell “{spec.target}”, "
        f"{kind}, from the "
        f"other columns of {_dataset_name(data)}. "
        + (f"It learns from {_count_rows(facts.train)}, and sees each of them once in every epoch" if facts else "")
        + (
            f"; {_count_rows(facts.validation)} were kept back to see whether it understood."
            if facts and facts.validation
            else "."
            if facts
            else ""
        )
    )
    if data.verdict is not None:
        yield Paragraph(data.verdict, lead="In short:")
    yield Paragraph(_describe_status(data))
    if job.error is not None:
        yield Paragraph(str(job.error.get("detail", "")), lead=f"{job.error.get('title', 'It failed')}.")


def _describe_status(data: ReportData) -> str:
    job, best = data.job, data.record.best_epoch
    done = f"{job.epoch} of {job.epochs} epochs"
    kept = f" The weights of epoch {best.epoch} were the best, and are the ones that are kept." if best else ""
    match job.status:
        case "queued":
            return "It has not begun yet." if not job.epoch else f"It waits to go on after {done}."
        case "running" | "paused":
            return f"It {'runs' if job.status == 'running' else 'is paused'}, after {done}.{kept}"
        case "succeeded":
            return f"It has ended after {done}. {REASONS.get(job.stop_reason or '', '')}{kept}"
        case "cancelled":
            return f"It was cancelled after {done}, so no model was kept."
        case "failed":
            return f"It failed after {done}, so no model was kept."


def _training_section(data: ReportData) -> Iterator[Part]:
    epochs = data.record.epochs
    yield Heading("How it learned")
    if not epochs:
        yield Paragraph("There is no epoch to show yet.")
        return
    losses = [Curve("rows it learns from", [(seen.epoch, seen.train_loss) for seen in epochs])]
    if any(seen.validation_loss is not None for seen in epochs):
        losses.append(Curve("rows kept back", [(seen.epoch, seen.validation_loss) for seen in epochs]))
    yield Paragraph(
        "An epoch is one look at all the rows to learn from. After each small batch of them the net compares what it "
        "said with what is right, and changes every weight a little in the direction that would have been less wrong. "
        "The loss says how wrong it is: the lower the line, the better."
        + (
            " Where the line of the rows that were kept back turns up while the other goes on falling, the net has "
            "begun to learn rows by heart."
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
        yield Curves(f"{name}, {METRICS[name]}; dashed, what one gets without a net.", [shown, *levels])


def _baseline_values(baselines: Baselines, name: str) -> list[tuple[str, float | None]]:
    return [
        (f"a {baselines.linear.name} model", baselines.linear.metrics.get(name)),
        ("always saying the same", baselines.naive.metrics.get(name)),
    ]


def _evaluation_section(data: ReportData) -> Iterator[Part]:
    best, baselines = data.record.best_epoch, data.record.baselines
    if best is None:
        return
    yield Heading("How good it is")
    test: Mapping[str, Any] = data.model.metrics.get("test", {}) if data.model is not None else {}
    where = "rows kept back" if data.spec.split.validation else "rows it learned from"
    headings = ["", f"the net, on {where}"]
    columns: list[Mapping[str, float | None]] = [best.metrics]
    if test:
        headings.append("the net, on test rows")
        columns.append(test)
    if baselines is not None:
        headings += [f"a {baselines.linear.name} model", "always saying the same"]
        columns += [baselines.linear.metrics, baselines.naive.metrics]
    yield Table(headings, [[name, *(_format_metric(column.get(name)) for column in columns)] for name in best.metrics])
    for name in best.metrics:
        if name in METRICS:
            yield Paragraph(f"{METRICS[name]}.", lead=f"{name}:")


def _diagnosis_section(data: ReportData) -> Iterator[Part]:
    yield Heading("What stands out")
    if not data.findings:
        yield Paragraph("Nothing is known to be wrong.")
    for finding in data.findings:
        yield Paragraph(f"{finding.detail} {finding.advice}", lead=f"{finding.title}.")
        if finding.suggested_patch is not None:
            yield Paragraph("To try instead, change the job's spec by this JSON merge patch, and submit it again:")
            yield Code(json.dumps(finding.suggested_patch, ensure_ascii=False, indent=2))


def _net_section(data: ReportData) -> Iterator[Part]:
    spec, facts = data.spec, data.record.dataset_stats
    yield Heading("The net")
    size = f" It has {facts.parameters:,} weights, and a row is {facts.inputs:,} numbers to it." if facts else ""
    yield Paragraph(
        "Each neuron weighs all the numbers that come from the layer before, adds them, and bends the sum by its "
        f"activation function.{size}"
    )
    rows = [
        [str(number), "dense", f"{layer.units:,} neurons", layer.activation]
        if isinstance(layer, Dense)
        else [str(number), "dropout", f"{format_percent(layer.rate)} silenced in training", ""]
        for number, layer in enumerate(spec.layers, start=1)
    ]
    outputs = "one number for each class" if facts and len(facts.classes) > 2 else "one number"
    yield Table(["layer", "kind", "size", "activation"], [*rows, ["last", "dense", outputs, "linear"]])
    rate = format_number(spec.optimizer.learning_rate)
    yield Paragraph(
        f"It was trained by {OPTIMIZERS[spec.optimizer.type]}, at a learning rate of {rate}"
        + (f" ({spec.schedule.type} schedule)" if spec.schedule.type != "constant" else "")
        + f", in batches of {spec.batch_size:,} rows; the loss is {spec.loss}."
    )


def _data_section(data: ReportData) -> Iterator[Part]:
    dataset, facts = data.dataset, data.record.dataset_stats
    yield Heading("The data")
    if dataset is None:
        yield Paragraph("The dataset was deleted since.")
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
        yield Table(["class", "rows to learn from"], [[label, f"{count:,}"] for label, count in counts[:MAX_CLASSES]])
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
            "How much single columns tell of the target, each by itself and in the simplest way: 0 % is no more than "
            "guessing, 100 % all of it. The net may find more in several of them together."
        )
        yield Table(["column", "tells"], [[name, format_percent(share)] for name, share in facts.strengths.items()])


def _column_use(data: ReportData, name: str) -> str:
    if name == data.spec.target:
        return "to predict"
    if data.record.dataset_stats is None:
        return ""
    return "learned from" if name in data.record.dataset_stats.columns else "not used"


def _more_note(count: int, shown: int, what: str) -> Iterator[Part]:
    if count > shown:
        yield Paragraph(f"And {count - shown:,} more {what}.")


def _reproduction_section(data: ReportData) -> Iterator[Part]:
    job = data.job
    yield Heading("How to get the same again")
    yield Paragraph(
        "The same spec, data and seed give the same weights, bit for bit, on the same kind of processor. Submit this "
        "spec again, or let the service do it and compare the weights after every epoch:"
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
        yield Paragraph("It was trained on more than one kind of machine, so the last bits may not come out the same.")


def _format_value(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON
    return "" if value is None else str(value)


def _dataset_name(data: ReportData) -> str:
    return f"“{data.dataset.name}”" if data.dataset else "a dataset that was deleted since"


def _count_rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _format_metric(value: float | None) -> str:
    return "" if value is None else format_number(value)
