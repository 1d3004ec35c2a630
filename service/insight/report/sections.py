"""What a report tells of a job, chapter by chapter, in words that somebody reads who has never trained a net."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contract.specs import JobSpec
from learning.insight.baselines import Baselines
from learning.insight.diagnosis.findings import Finding
from learning.insight.diagnosis.record import Record
from learning.insight.formatting import figure, percent
from learning.nn.layers.specs import Dense
from service.http.timestamps import rfc3339
from service.insight.report.glossary import METRICS, OPTIMIZERS, REASONS
from service.insight.report.parts import Code, Curve, Curves, Heading, Part, Table, Words
from store.rows import DatasetRow, JobRow, ModelRow

MOST_COLUMNS: Final = 60
MOST_CLASSES: Final = 30


@dataclass(frozen=True, kw_only=True)
class Told:
    """All that a report is made of.

    Attributes:
        dataset: None if it was deleted since.
        model: None if there is none, or it was deleted since.
    """

    job: JobRow
    spec: JobSpec
    record: Record
    findings: list[Finding]
    verdict: str | None
    dataset: DatasetRow | None
    model: ModelRow | None

    @property
    def classes(self) -> bool:
        """Whether a class is predicted."""
        return bool(self.record.facts.classes) if self.record.facts else self.spec.task == "classification"


def report(told: Told) -> list[Part]:
    """The whole report."""
    chapters = (_summary, _learning, _quality, _findings, _net, _data, _reproducing)
    return [part for chapter in chapters for part in chapter(told)]


def _summary(told: Told) -> Iterator[Part]:
    job, spec, facts = told.job, told.spec, told.record.facts
    yield Heading(f"What was learned about “{spec.target}”")
    kind = "which class a row belongs to" if told.classes else "a number"
    yield Words(
        f"A neural net {'was' if told.record.over else 'is being'} trained to tell “{spec.target}”, {kind}, from the "
        f"other columns of {_dataset_name(told)}. "
        + (f"It learns from {_rows(facts.train)}, and sees each of them once in every epoch" if facts else "")
        + (
            f"; {_rows(facts.validation)} were kept back to see whether it understood."
            if facts and facts.validation
            else "."
            if facts
            else ""
        )
    )
    if told.verdict is not None:
        yield Words(told.verdict, lead="In short:")
    yield Words(_state(told))
    if job.error is not None:
        yield Words(str(job.error.get("detail", "")), lead=f"{job.error.get('title', 'It failed')}.")


def _state(told: Told) -> str:
    job, best = told.job, told.record.best
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


def _learning(told: Told) -> Iterator[Part]:
    epochs = told.record.epochs
    yield Heading("How it learned")
    if not epochs:
        yield Words("There is no epoch to show yet.")
        return
    losses = [Curve("rows it learns from", [(seen.epoch, seen.train_loss) for seen in epochs])]
    if any(seen.validation_loss is not None for seen in epochs):
        losses.append(Curve("rows kept back", [(seen.epoch, seen.validation_loss) for seen in epochs]))
    yield Words(
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
    name = "accuracy" if told.classes else "rmse"
    shown = Curve("the net", [(seen.epoch, seen.metrics.get(name)) for seen in epochs])
    if told.record.baselines is not None and any(value is not None for _, value in shown.points):
        levels = [
            Curve(label, [(epochs[0].epoch, value), (epochs[-1].epoch, value)], level=True)
            for label, value in _beside(told.record.baselines, name)
        ]
        yield Curves(f"{name}, {METRICS[name]}; dashed, what one gets without a net.", [shown, *levels])


def _beside(baselines: Baselines, name: str) -> list[tuple[str, float | None]]:
    return [
        (f"a {baselines.linear.name} model", baselines.linear.metrics.get(name)),
        ("always saying the same", baselines.naive.metrics.get(name)),
    ]


def _quality(told: Told) -> Iterator[Part]:
    best, baselines = told.record.best, told.record.baselines
    if best is None:
        return
    yield Heading("How good it is")
    test: Mapping[str, Any] = told.model.metrics.get("test", {}) if told.model is not None else {}
    where = "rows kept back" if told.spec.split.validation else "rows it learned from"
    headings = ["", f"the net, on {where}"]
    columns: list[Mapping[str, float | None]] = [best.metrics]
    if test:
        headings.append("the net, on test rows")
        columns.append(test)
    if baselines is not None:
        headings += [f"a {baselines.linear.name} model", "always saying the same"]
        columns += [baselines.linear.metrics, baselines.naive.metrics]
    yield Table(headings, [[name, *(_figure(column.get(name)) for column in columns)] for name in best.metrics])
    for name in best.metrics:
        if name in METRICS:
            yield Words(f"{METRICS[name]}.", lead=f"{name}:")


def _findings(told: Told) -> Iterator[Part]:
    yield Heading("What stands out")
    if not told.findings:
        yield Words("Nothing is known to be wrong.")
    for finding in told.findings:
        yield Words(f"{finding.detail} {finding.advice}", lead=f"{finding.title}.")
        if finding.suggested_patch is not None:
            yield Words("To try instead, change the job's spec by this JSON merge patch, and submit it again:")
            yield Code(json.dumps(finding.suggested_patch, ensure_ascii=False, indent=2))


def _net(told: Told) -> Iterator[Part]:
    spec, facts = told.spec, told.record.facts
    yield Heading("The net")
    size = f" It has {facts.parameters:,} weights, and a row is {facts.inputs:,} numbers to it." if facts else ""
    yield Words(
        "Each neuron weighs all the numbers that come from the layer before, adds them, and bends the sum by its "
        f"activation function.{size}"
    )
    rows = [
        [str(number), "dense", f"{layer.units:,} neurons", layer.activation]
        if isinstance(layer, Dense)
        else [str(number), "dropout", f"{percent(layer.rate)} silenced in training", ""]
        for number, layer in enumerate(spec.layers, start=1)
    ]
    outputs = "one number for each class" if facts and len(facts.classes) > 2 else "one number"
    yield Table(["layer", "kind", "size", "activation"], [*rows, ["last", "dense", outputs, "linear"]])
    rate = figure(spec.optimizer.learning_rate)
    yield Words(
        f"It was trained by {OPTIMIZERS[spec.optimizer.type]}, at a learning rate of {rate}"
        + (f" ({spec.schedule.type} schedule)" if spec.schedule.type != "constant" else "")
        + f", in batches of {spec.batch_size:,} rows; the loss is {spec.loss}."
    )


def _data(told: Told) -> Iterator[Part]:
    dataset, facts = told.dataset, told.record.facts
    yield Heading("The data")
    if dataset is None:
        yield Words("The dataset was deleted since.")
    else:
        rejected = f"; {_rows(dataset.rows_rejected)} could not be read" if dataset.rows_rejected else ""
        yield Words(
            f"{_dataset_name(told)} has {_rows(dataset.rows or 0)} and {len(dataset.columns or [])} columns{rejected}."
        )
    for warning in told.job.warnings:
        yield Words(warning, lead="Note:")
    if facts is not None and facts.classes:
        counts = sorted(facts.classes.items(), key=lambda item: -item[1])
        yield Table(["class", "rows to learn from"], [[label, f"{count:,}"] for label, count in counts[:MOST_CLASSES]])
        yield from _more(len(counts), MOST_CLASSES, "classes")
    if dataset is not None:
        columns = dataset.columns or []
        yield Table(
            ["column", "type", "missing", "use"],
            [
                [column["name"], column["type"], f"{column['missing']:,}", _use(told, column["name"])]
                for column in columns[:MOST_COLUMNS]
            ],
        )
        yield from _more(len(columns), MOST_COLUMNS, "columns")
    if facts is not None and facts.strengths:
        yield Words(
            "How much single columns tell of the target, each by itself and in the simplest way: 0 % is no more than "
            "guessing, 100 % all of it. The net may find more in several of them together."
        )
        yield Table(["column", "tells"], [[name, percent(share)] for name, share in facts.strengths.items()])


def _use(told: Told, name: str) -> str:
    if name == told.spec.target:
        return "to predict"
    if told.record.facts is None:
        return ""
    return "learned from" if name in told.record.facts.columns else "not used"


def _more(count: int, shown: int, what: str) -> Iterator[Part]:
    if count > shown:
        yield Words(f"And {count - shown:,} more {what}.")


def _reproducing(told: Told) -> Iterator[Part]:
    job = told.job
    yield Heading("How to get the same again")
    yield Words(
        "The same spec, data and seed give the same weights, bit for bit, on the same kind of processor. Submit this "
        "spec again, or let the service do it and compare the weights after every epoch:"
    )
    yield Code(f"gradus reproduce {job.id}")
    yield Code(json.dumps(told.spec.model_dump(mode="json"), ensure_ascii=False, indent=2))
    known = {
        "job": job.id,
        "submitted": rfc3339(job.created_at),
        "ended": None if job.finished_at is None else rfc3339(job.finished_at),
        "model": job.model_id,
        "SHA-256 of the weights": job.weights_sha256,
        "SHA-256 of the dataset": told.dataset.sha256
        if told.dataset
        else told.model.dataset_sha256
        if told.model
        else None,
        "seed": str(told.spec.seed),
        **{name: _said(value) for name, value in (job.fingerprint or {}).items()},
    }
    yield Table(["", ""], [[name, value] for name, value in known.items() if value])
    if not job.reproducible:
        yield Words("It was trained on more than one kind of machine, so the last bits may not come out the same.")


def _said(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON
    return "" if value is None else str(value)


def _dataset_name(told: Told) -> str:
    return f"“{told.dataset.name}”" if told.dataset else "a dataset that was deleted since"


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _figure(value: float | None) -> str:
    return "" if value is None else figure(value)
