"""The records of a job besides its epochs: the report before training, and the model of a job that succeeded."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import TypedDict

from contract.ids import new_id
from contract.specs import JobSpec
from learning.data.prepare import PreparedData
from learning.data.split import encode_parts
from learning.encoding.table import TableEncoder
from learning.frame import Frame
from learning.insight.baselines import Baseline, fit_baselines
from learning.insight.dataset_stats import compute_dataset_stats
from learning.insight.eval_sample import EvalSample
from learning.model import create_model
from learning.nn.net import NeuralNet
from learning.tasks.conformal import ConformalScores
from learning.training.trainer import Trainer
from store.models.models import NewModel, compress_insights
from store.tables import DatasetRow, JsonObject


class PretrainingReport(TypedDict):
    """The arguments of `store.jobs.claims.add_pretraining_report`."""

    baselines: JsonObject
    facts: JsonObject
    parts: bytes


def compute_pretraining_report(
    prepared: PreparedData, trainer: Trainer, dataset: DatasetRow, first_rows: Frame
) -> PretrainingReport:
    """The baselines, with which the net is compared from the first epoch on, and statistics and split of the rows.

    `first_rows` are the first of the dataset, with all its columns.
    """
    bins = prepared.inputs.bins if isinstance(prepared.inputs, TableEncoder) else None
    baselines = fit_baselines(prepared.train, trainer.monitored_data, bins)
    stats = compute_dataset_stats(prepared, trainer, dataset.columns or [], dataset.rows or 0, first_rows)
    return {
        "baselines": {
            "naive": _baseline_json(baselines.naive),
            "linear": _baseline_json(baselines.linear),
            "rows": baselines.rows,
        },
        "facts": asdict(stats),
        "parts": encode_parts(prepared.rows, dataset.rows or 0),
    }


def build_model(
    spec: JobSpec,
    dataset: DatasetRow,
    prepared: PreparedData,
    net: NeuralNet,
    insight: Mapping[str, bytes],
    *,
    validation: EvalSample | None = None,
    conformal: ConformalScores | None = None,
) -> NewModel:
    """The model of a net with the weights of its best epoch, its metrics and its insights.

    Test rows are used for evaluation alone, after training has ended. `validation` is the sample of validation rows,
    if other nets predicted these, and `conformal` what intervals and sets rest on.
    """
    model = create_model(prepared, net, conformal)
    return NewModel(
        id=new_id("mdl"),
        name=spec.model_name or "model",
        task=model.task,
        target=model.targets[0],
        targets=list(model.targets) if len(model.targets) > 1 else None,
        classes=None if model.classes is None else list(model.classes),
        inputs=[asdict(column) for column in model.inputs],
        parameters=model.parameter_count,
        weights_sha256=model.weights_sha256,
        dataset_sha256=dataset.sha256,
        metrics=_metrics(prepared, net, validation),
        weights=model.to_bytes(),
        insights=compress_insights(insight),
    )


def _metrics(prepared: PreparedData, net: NeuralNet, validation: EvalSample | None) -> JsonObject:
    """Metrics of the validation and test rows, by split; of the training rows if there are no held-out rows."""
    held_out = {"validation": prepared.validation, "test": prepared.test}
    splits = {name: data for name, data in held_out.items() if len(data)} or {"train": prepared.train}
    own = {} if validation is None else {"validation": validation.data.compute_metrics(validation.logits)}
    others = {name: data for name, data in splits.items() if name not in own}
    found = own | {name: data.compute_metrics(net.forward(*data.arrays)) for name, data in others.items()}
    return {name: null_non_finite(metrics) for name, metrics in found.items()}


def _baseline_json(baseline: Baseline) -> JsonObject:
    return {"name": baseline.name, "metrics": null_non_finite(baseline.metrics)}


def null_non_finite(metrics: Mapping[str, float | None]) -> dict[str, float | None]:
    """The metrics, with null for values that are not finite."""
    return {name: value if value is not None and math.isfinite(value) else None for name, value in metrics.items()}
