"""A job's training as the rules of `learning.insight.diagnosis` read it, out of what the store remembers.

However long the training was, the rules see some thousand epochs of it, so that an answer takes the same time for all.
"""

from typing import Final

from sqlalchemy.orm import Session

from contract.responses import Baselines
from contract.specs import JobSpec
from contract.states import TERMINAL
from learning.insight import baselines as learned
from learning.insight.dataset_stats import Facts
from learning.insight.diagnosis.record import LayerSeen, LayersSeen, Record, Seen
from learning.insight.verdict import verdict
from store.jobs import epochs, layer_stats, pretraining_reports
from store.rows import JobRow, JsonObject

MOST_EPOCHS: Final = 1000
MOST_LOOKS: Final = 50
DIVERGED: Final = "/problems/diverged"


def record_of(s: Session, row: JobRow) -> Record:
    """The record of a job, as far as it has come."""
    found = pretraining_reports.get_dataset_stats(s, row.id)
    return Record(
        spec=JobSpec.model_validate(row.spec, strict=False),
        over=row.status in TERMINAL,
        diverged=(row.error or {}).get("type") == DIVERGED,
        epochs=[
            Seen(
                epoch=seen.epoch,
                train_loss=seen.train_loss,
                validation_loss=seen.validation_loss,
                metrics=seen.metrics,
                learning_rate=seen.learning_rate,
                gradient_norm=seen.gradient_norm,
            )
            for seen in epochs.list_sample(s, row.id, row.epoch, MOST_EPOCHS)
        ],
        layers=[
            LayersSeen(
                seen.epoch,
                [
                    LayerSeen(
                        layer=layer["layer"],
                        activation=layer["activation"],
                        gradient_norm=layer["gradient_norm"],
                        dead_share=layer["dead_share"],
                        saturated_share=layer["saturated_share"],
                    )
                    for layer in seen.layers
                ],
            )
            for seen in layer_stats.list_latest(s, row.id, MOST_LOOKS)
        ],
        facts=None if found is None else Facts(**found),
        baselines=None if row.baselines is None else baselines_of(row.baselines),
    )


def baselines_of(kept: JsonObject) -> learned.Baselines:
    """Baselines as rules and verdicts read them."""
    answer = Baselines.model_validate(kept)
    naive, linear = (learned.Baseline(each.name, each.metrics) for each in (answer.naive, answer.linear))
    return learned.Baselines(naive, linear)


def verdict_of(row: JobRow) -> str | None:
    """How the best epoch of a job compares with its baselines, in a sentence; None before there is one."""
    if row.baselines is None or row.best is None or row.status in {"failed", "cancelled"}:
        return None
    alike = row.spec.get("class_weights") is not None
    return verdict(row.best.get("metrics", {}), baselines_of(row.baselines), alike=alike)
