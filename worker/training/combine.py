"""Combining the nets of an ensemble, when all have ended, into one model, with the insights of out-of-fold predictions.

It is computed anew after an interruption, from the stored weights and the data alone, and so to the same bits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contract.specs import JobSpec
from contract.states import StopReason
from learning.data.prepare import PreparedData
from learning.encoding.eligibility import SkippedColumn
from learning.insight.conformal import fit_conformal_scores
from learning.insight.ensemble import create_ensemble
from learning.insight.eval_sample import EvalSample
from learning.insight.weight_history import decode_weights
from learning.nn.net import NeuralNet
from process.logs import Logger
from store.database import begin_read
from store.jobs import ensembles
from store.jobs.claims import JobClaim
from store.models.models import NewModel
from store.tables import JobRow, JsonObject
from worker.context import WorkerContext
from worker.lease import Lease
from worker.training.insights import compute_insights
from worker.training.prepare import load_inputs, prepare_data
from worker.training.records import build_model, null_non_finite
from worker.training.results import complete_baselines, read_results

REASONS: Final[tuple[StopReason, ...]] = ("finished_by_user", "time_limit", "all_epochs", "early_stopping")
"""Why nets stopped; the first that one of them has is that of the ensemble."""


@dataclass(frozen=True, kw_only=True)
class Combination:
    """What became of the nets of an ensemble: the arguments of `store.jobs.claims.succeed`."""

    model: NewModel
    stop_reason: StopReason
    best: JsonObject
    baselines: JsonObject | None
    skipped: tuple[SkippedColumn, ...]


def combine_nets(context: WorkerContext, claim: JobClaim, spec: JobSpec, lease: Lease, log: Logger) -> Combination:
    """Combine the nets of an ensemble into a model.

    Raises:
        LeaseLost: the claim no longer holds the job.
        LearningError: the data cannot be prepared any more.
    """
    dataset, _ = load_inputs(context, claim, spec, lease)
    rows, weights = _load_nets(context, claim, lease)

    def report(_share: float, _is_kept: bool) -> None:
        lease.check()

    prepared = prepare_data(context, spec, dataset, None, lease, report=report, all_folds=True)
    nets = {net - 1: _create_net(spec, prepared, data) for net, data in weights.items()}
    lease.check()
    ensemble = create_ensemble(nets, prepared)
    ordered_by = spec.split.order_by
    conformal = fit_conformal_scores(ensemble.prepared, ensemble.net, ensemble.sample, ordered_by)
    insight = {}
    if claim.reproduces is None:
        insight = compute_insights(
            ensemble.prepared,
            ensemble.net,
            dataset,
            files=context.files,
            epochs=claim.epochs // spec.nets,
            lease=lease,
            log=log,
            validation=ensemble.sample,
            conformal=conformal,
        )
    model = build_model(
        spec, dataset, ensemble.prepared, ensemble.net, insight, validation=ensemble.sample, conformal=conformal
    )
    baselines = _average_baselines([row.baselines for row in rows if row.baselines is not None])
    return Combination(
        model=model,
        stop_reason=next(reason for reason in REASONS if reason in {row.stop_reason for row in rows}),
        best=_describe_best(spec, ensemble.sample),
        baselines=complete_baselines(baselines, read_results(insight, ensemble.prepared.output)),
        skipped=prepared.skipped,
    )


def _load_nets(context: WorkerContext, claim: JobClaim, lease: Lease) -> tuple[list[JobRow], dict[int, bytes]]:
    """The rows of all nets, and the weights of those that have succeeded, by their numbers."""
    while True:
        with lease.guard(), begin_read(context.sessions) as s:
            return ensembles.list_nets(s, [claim.job_id])[claim.job_id], ensembles.load_weights(s, claim.job_id)


def _create_net(spec: JobSpec, prepared: PreparedData, weights: bytes) -> NeuralNet:
    inputs, outputs = prepared.inputs.net_inputs, prepared.train.outputs
    return NeuralNet(inputs, spec.layers, outputs, seed=spec.seed, parameters=decode_weights(weights))


def _describe_best(spec: JobSpec, sample: EvalSample) -> JsonObject:
    """The loss and metrics of rows as predicted by nets that did not learn from them."""
    data, logits = sample.data, sample.logits
    loss = data.target.create_loss(spec.loss)
    weights = None if data.weights is None else data.weights.reshape(-1, 1).astype(logits.dtype)
    total = loss.total(logits, loss.targets(data.y, logits.dtype), weights)
    found = null_non_finite({**data.compute_metrics(logits), "validation_loss": total / len(data)})
    return {"epoch": None, "validation_loss": found.pop("validation_loss"), "metrics": found}


def _average_baselines(baselines: Sequence[JsonObject]) -> JsonObject | None:
    """The mean of the metrics of baselines that were measured as the nets were, each on its own rows."""
    if not baselines:
        return None

    def average(kind: str) -> JsonObject:
        first: JsonObject = baselines[0][kind]
        metrics = {name: _mean([each[kind]["metrics"].get(name) for each in baselines]) for name in first["metrics"]}
        return {"name": first["name"], "metrics": metrics}

    return {"naive": average("naive"), "linear": average("linear"), "rows": sum(each["rows"] for each in baselines)}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) == len(values) else None
