"""What is found out at the outset of a job, before it trains: how far one gets without a net, and facts of its rows.

It takes milliseconds, and says from the first epoch on what the net has to beat.
"""

from dataclasses import asdict
from typing import TypedDict

from learning.data.prepare import PreparedData
from learning.insight.baselines import Baseline, fit_baselines
from learning.insight.dataset_stats import compute_dataset_stats
from learning.training.trainer import Trainer
from store.tables import DatasetRow, JsonObject
from worker.training.model_record import null_non_finite


class PretrainingReport(TypedDict):
    """The baselines and the facts as they are kept."""

    baselines: JsonObject
    facts: JsonObject


def compute_pretraining_report(prepared: PreparedData, trainer: Trainer, dataset: DatasetRow) -> PretrainingReport:
    """Find them out; numbers that are not finite are null."""
    found = fit_baselines(prepared.train, trainer.monitored_data)
    facts = compute_dataset_stats(prepared, trainer, dataset.columns or [], dataset.rows or 0)
    return {
        "baselines": {"naive": _baseline_json(found.naive), "linear": _baseline_json(found.linear), "rows": found.rows},
        "facts": asdict(facts),
    }


def _baseline_json(baseline: Baseline) -> JsonObject:
    return {"name": baseline.name, "metrics": null_non_finite(baseline.metrics)}
