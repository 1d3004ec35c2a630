"""The model of a training that succeeded, with its metrics on held-out rows.

The weights are those of the best epoch; the test rows are used here for the first and only time.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict

from contract.ids import new_id
from contract.specs import JobSpec
from learning.data.prepare import PreparedData
from learning.model import create_model
from learning.nn.net import NeuralNet
from learning.training.metrics import compute_metrics
from store.models.insights import compress_parts
from store.models.models import NewModel
from store.tables import DatasetRow, JsonObject


def build_model(
    spec: JobSpec, dataset: DatasetRow, prepared: PreparedData, net: NeuralNet, insight: Mapping[str, bytes]
) -> NewModel:
    """The model of a net that holds its best weights, with what was found out about it."""
    model = create_model(prepared, net)
    return NewModel(
        id=new_id("mdl"),
        name=spec.model_name or "model",
        task=model.task,
        target=model.target,
        classes=None if model.classes is None else list(model.classes),
        inputs=[asdict(column) for column in model.inputs],
        parameters=model.parameter_count,
        weights_sha256=model.weights_sha256,
        dataset_sha256=dataset.sha256,
        metrics=_metrics(prepared, net),
        weights=model.to_bytes(),
        insights=compress_parts(insight),
    )


def _metrics(prepared: PreparedData, net: NeuralNet) -> JsonObject:
    """Metrics of the validation and test rows, by their names; of the training rows if there are no others."""
    kept_back = {"validation": prepared.validation, "test": prepared.test}
    parts = {name: data for name, data in kept_back.items() if len(data)} or {"train": prepared.train}
    return {name: null_non_finite(compute_metrics(net.forward(data.x), data)) for name, data in parts.items()}


def null_non_finite(metrics: Mapping[str, float | None]) -> dict[str, float | None]:
    """Metrics, with null for those that are not finite."""
    return {name: value if value is not None and math.isfinite(value) else None for name, value in metrics.items()}
