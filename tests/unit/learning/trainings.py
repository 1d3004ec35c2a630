"""Trains a job's spec on a frame within the test process, and records what diagnosis reads."""

from typing import Any

import numpy as np

from contract.specs import JobSpec
from learning.data.prepare import prepare
from learning.errors import Diverged
from learning.frame import CategoricalColumn, Frame, NumericColumn
from learning.insight.baselines import fit_baselines
from learning.insight.dataset_stats import compute_dataset_stats
from learning.insight.diagnosis.record import EpochRecord, LayerRecord, LayersRecord, TrainingRecord
from learning.insight.layer_stats import LayerMonitor, LayerStats
from learning.nn.net import NeuralNet
from learning.training.spec import TrainingSpec
from learning.training.trainer import Epoch, Trainer

DATASET = "ds_06f4bsa7x5vkn8q2m1w3c9tzre"


def create_trainer(net, data, validation=None, *, class_weights=None, cores=1, **settings: Any) -> Trainer:
    """A trainer of a net with these settings of its spec; without early stopping, unless it is among them."""
    spec = TrainingSpec(**{"early_stopping": None, **settings})
    return Trainer(net, data, validation, spec, class_weights=class_weights, cores=cores)


def create_job_spec(**options: Any) -> JobSpec:
    """The spec of a job with the target `y` and these options, as JSON values of the API."""
    return JobSpec.model_validate({"dataset_id": DATASET, "target": "y", **options}, strict=False)


def run_training(frame: Frame, **options: Any) -> TrainingRecord:
    """Run the training of a job with these options on a frame with the target `y`; of several nets the first."""
    spec = create_job_spec(**options)
    prepared = prepare(
        frame,
        target=spec.target,
        features=spec.features,
        task=spec.task,
        split=spec.split,
        seed=spec.seed,
    )
    net = NeuralNet(prepared.inputs.net_inputs, spec.layers, prepared.train.outputs, seed=spec.seed)
    trainer = Trainer(
        net,
        prepared.train,
        prepared.validation,
        spec.training,
        class_weights=prepared.output.resolve_class_weights(spec.class_weights, prepared.train.y),
    )
    found, facts = (
        fit_baselines(prepared.train, trainer.monitored_data),
        compute_dataset_stats(prepared, trainer, create_profiles(frame), frame.rows, frame),
    )
    watcher = LayerMonitor(trainer)
    seen, layers = list[EpochRecord](), list[LayersRecord]()
    diverged = False
    try:
        for moment in trainer.run():
            if isinstance(moment, Epoch):
                seen.append(_create_record(moment))
                layers.append(LayersRecord(moment.epoch, [*map(_layer_seen, watcher.measure(net.parameters, None))]))
    except Diverged:
        diverged = True
    return TrainingRecord(
        spec=spec.training,
        main_metric=prepared.output.choose_main_metric(1, balanced=spec.class_weights is not None, rated=False),
        has_ended=True,
        has_diverged=diverged,
        epochs=seen,
        best_epoch_number=trainer.best_epoch or None,
        layers=layers,
        is_of_ensemble=spec.nets > 1,
        dataset_stats=facts,
        baselines=found,
    )


def _create_record(epoch: Epoch) -> EpochRecord:
    return EpochRecord(
        epoch.epoch,
        epoch.train_loss,
        epoch.validation_loss,
        epoch.metrics,
        epoch.learning_rate,
        epoch.gradient_norm,
    )


def _layer_seen(layer: LayerStats) -> LayerRecord:
    return LayerRecord(layer.layer, layer.activation, layer.gradient_norm, layer.dead_share, layer.saturated_share)


def create_profiles(frame: Frame) -> list[dict[str, Any]]:
    """Of each column as much of its profile as rules read."""
    return [
        {
            "name": name,
            "type": "numeric",
            "min": float(column.values.min()),
            "max": float(column.values.max()),
            "mean": float(column.values.mean()),
            "std": float(column.values.std(ddof=1)),
            "quantiles": {f"p{n:02}": float(np.quantile(column.values, n / 100)) for n in (1, 25, 50, 75, 99)},
            "distinct": len(np.unique(column.values)),
        }
        if isinstance(column := frame.column(name), NumericColumn)
        else {"name": name, "type": "categorical"}
        for name in frame
    ]


def apply_patch(spec: Any, patch: Any) -> Any:
    """A JSON value with a merge patch applied, as RFC 7396 says in section 2."""
    if not isinstance(patch, dict):
        return patch
    result = dict(spec) if isinstance(spec, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = apply_patch(result.get(name), value)
    return result


def create_frame(**columns: Any) -> Frame:
    """A frame of numbers, and of words where words are given."""
    made = {}
    for name, values in columns.items():
        if isinstance(values[0], str):
            labels, codes = np.unique(values, return_inverse=True)
            made[name] = CategoricalColumn(codes.astype(np.int32), tuple(labels.tolist()))
        else:
            made[name] = NumericColumn(np.asarray(values, np.float64))
    return Frame(made, len(next(iter(columns.values()))))
