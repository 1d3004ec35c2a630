"""The record of a job's training for the rules of `learning.insight.diagnosis`, from the store.

It has a sample of at most about a thousand epochs, so that the time of a diagnosis is bounded.
"""

from typing import Final

from sqlalchemy.orm import Session

from contract.responses import Baseline, Baselines
from contract.specs import JobSpec
from contract.states import TERMINAL
from learning.insight import baselines as learned
from learning.insight.dataset_stats import DatasetStats
from learning.insight.diagnosis.record import EpochRecord, LayerRecord, LayersRecord, TrainingRecord
from learning.insight.verdict import compose_verdict
from learning.tasks.comparison import Comparison
from learning.tasks.intervals import ConfidenceInterval
from store.jobs import epochs, jobs, layer_stats
from store.jobs.main_metric import choose_main_metric
from store.tables import JobRow, JsonObject

MAX_EPOCHS: Final = 1000
MAX_LAYER_RECORDS: Final = 50
DIVERGED_PROBLEM: Final = "/problems/diverged"


def load_training_record(s: Session, row: JobRow) -> TrainingRecord:
    """The record of a job up to its last epoch."""
    stats = jobs.get_dataset_stats(s, row.id)
    whole = row if row.ensemble_id is None else s.get(JobRow, row.ensemble_id)
    has_model = whole is not None and whole is not row and whole.best is not None and whole.baselines is not None
    measured = whole if has_model and whole is not None else row
    best_epoch = None if row.best is None else row.best["epoch"]
    return TrainingRecord(
        spec=JobSpec.model_validate(row.spec, strict=False).training,
        main_metric=choose_main_metric(row.spec),
        has_ended=row.status in TERMINAL,
        has_diverged=(row.error or {}).get("type") == DIVERGED_PROBLEM,
        epochs=[
            EpochRecord(
                epoch=seen.epoch,
                train_loss=seen.train_loss,
                validation_loss=seen.validation_loss,
                metrics=seen.metrics,
                learning_rate=seen.learning_rate,
                gradient_norm=seen.gradient_norm,
            )
            for seen in epochs.list_sample(s, row.id, row.epoch, MAX_EPOCHS, best_epoch)
        ],
        best_epoch_number=best_epoch,
        is_of_ensemble=row.ensemble_id is not None,
        is_rowless=row.spec.get("task") in {"recommendation", "language"},
        selection_metric=None if row.best is None else row.best.get("selected_by"),
        layers=[
            LayersRecord(
                seen.epoch,
                [
                    LayerRecord(
                        layer=layer["layer"],
                        activation=layer["activation"],
                        gradient_norm=layer["gradient_norm"],
                        dead_share=layer["dead_share"],
                        saturated_share=layer["saturated_share"],
                    )
                    for layer in seen.layers
                ],
            )
            for seen in layer_stats.list_latest(s, row.id, MAX_LAYER_RECORDS)
        ],
        dataset_stats=None if stats is None else DatasetStats(**stats),
        baselines=None if measured.baselines is None else parse_baselines(measured.baselines),
        model_metrics=(measured.best or {}).get("metrics") if measured is not row else None,
    )


def parse_baselines(kept: JsonObject) -> learned.Baselines:
    """The baselines of a job from their stored JSON."""
    answer = Baselines.model_validate(kept)
    boosted = None if answer.boosted is None else _parse_baseline(answer.boosted)
    net = answer.net and learned.NetScore(
        answer.net.metrics,
        {name: ConfidenceInterval(**interval.model_dump()) for name, interval in answer.net.intervals.items()},
    )
    naive, linear = _parse_baseline(answer.naive), _parse_baseline(answer.linear)
    return learned.Baselines(naive, linear, kept.get("rows"), boosted, net)


def _parse_baseline(answer: Baseline) -> learned.Baseline:
    comparisons = {name: Comparison(**found.model_dump()) for name, found in (answer.comparisons or {}).items()}
    return learned.Baseline(answer.name, answer.metrics, comparisons, answer.note)


def compose_job_verdict(row: JobRow) -> str | None:
    """The verdict on the best epoch of a job beside its baselines; None if either is missing, or it failed."""
    if row.baselines is None or row.best is None or row.status in {"failed", "cancelled"}:
        return None
    held_out = row.spec.get("split", {}).get("validation", 0.0) > 0.0
    main = choose_main_metric(row.spec)
    return compose_verdict(row.best.get("metrics", {}), parse_baselines(row.baselines), main, held_out=held_out)
