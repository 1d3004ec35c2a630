"""Patches: changes of a spec that remedy a problem, as JSON merge patches (RFC 7396).

A merge patch changes objects field by field and replaces whole lists, so a patch of the layers lists all of them.
"""

from collections.abc import Sequence
from dataclasses import asdict, fields, replace

from learning.encoding.embedding_spec import DEFAULT_EMBEDDING
from learning.errors import LayerMisfit
from learning.insight.diagnosis.findings import Patch
from learning.insight.diagnosis.record import TrainingRecord
from learning.nn.activations import ActivationName
from learning.nn.ensemble import merge_layers
from learning.nn.layers import Conv, Dense, Layer, Residual, TokenEmbedding, flatten_layers
from learning.nn.layers.residual import InnerLayer
from learning.optim.schedules import Plateau
from learning.training.recipe import RECIPE_FIELDS, choose_nets


def lower_learning_rate(record: TrainingRecord, factor: float = 10.0) -> Patch:
    """Divide the learning rate by the factor, and cap it at the typical one."""
    return {
        "optimizer": {"learning_rate": min(_round_rate(record.learning_rate / factor), record.typical_learning_rate)}
    }


def cap_learning_rate(record: TrainingRecord) -> Patch:
    """Cap the learning rate at the typical one."""
    return (
        {"optimizer": {"learning_rate": record.typical_learning_rate}}
        if record.learning_rate > record.typical_learning_rate
        else {}
    )


def raise_learning_rate(record: TrainingRecord) -> Patch:
    """Multiply the learning rate by ten, to at least the typical one."""
    return {"optimizer": {"learning_rate": max(_round_rate(10 * record.learning_rate), record.typical_learning_rate)}}


def replace_layers(record: TrainingRecord, hidden_layers: Sequence[Layer]) -> Patch:
    """Replace the hidden layers, and drop the model to start from, which would not fit."""
    patch: Patch = {"layers": [asdict(layer) for layer in hidden_layers]}
    return {**patch, "start_from": None} if record.spec.warm_start else patch


def add_nets(record: TrainingRecord) -> Patch:
    """Train as many nets as the recipe for tables does; none where there are several, or they would not become one."""
    nets = _count_nets(record)
    try:
        merge_layers(record.spec.layers, nets)
    except LayerMisfit:
        return {}
    return {"nets": nets} if nets > 1 else {}


def use_recipe(record: TrainingRecord) -> Patch:
    """Train by the preset balanced, in place of one net and of what else the recipe chooses; of pictures several nets.

    None where there are several nets, or there cannot be.
    """
    if record.spec.image.size is not None:
        return add_nets(record)
    if _count_nets(record) == 1:
        return {}
    kept = {"embedding"} if record.spec.embedding != DEFAULT_EMBEDDING else set[str]()
    return {"preset": "balanced", **{name: None for name in RECIPE_FIELDS if name not in kept}}


def _count_nets(record: TrainingRecord) -> int:
    """How many nets the recipe trains on so many rows in place of one; 1 where there are several, or cannot be."""
    spec, stats = record.spec, record.dataset_stats
    if stats is None or record.is_rowless or record.is_of_ensemble or spec.warm_start or spec.nets > 1:
        return 1
    if spec.split.folds or spec.image.features is not None or not (spec.split.validation or spec.split.column):
        return 1
    return choose_nets(stats.train).value


def keep_two_layers(record: TrainingRecord) -> Patch | None:
    """Leave two dense layers; None if there are convolutions, of which each has a task of its own."""
    if any(isinstance(layer, Conv) for layer in flatten_layers(record.spec.layers)):
        return None
    return replace_layers(record, record.dense_layers[:2])


def replace_activation(record: TrainingRecord, activation: str) -> Patch:
    """Replace the activation, and with it the initializer."""
    name: ActivationName = "leaky_relu" if activation == "leaky_relu" else "relu"
    return replace_layers(
        record,
        [
            replace(layer, layers=tuple([_with_activation(inner, name) for inner in layer.layers]))
            if isinstance(layer, Residual)
            else layer
            if isinstance(layer, TokenEmbedding)
            else _with_activation(layer, name)
            for layer in record.spec.layers
        ],
    )


def _with_activation(layer: InnerLayer, name: ActivationName) -> InnerLayer:
    if isinstance(layer, Conv) and layer.activation != "linear":
        return replace(layer, activation=name)
    return (
        Dense(units=layer.units, activation=name)
        if isinstance(layer, Dense) and layer.activation != "linear"
        else layer
    )


def drop_columns(record: TrainingRecord, columns: Sequence[str]) -> Patch | None:
    """Leave these columns out of the features; None if no feature would be left."""
    left = [name for name in record.dataset_stats.columns if name not in columns] if record.dataset_stats else []
    if not left:
        return None
    patch: Patch = {"features": left}
    return {**patch, "start_from": None} if record.spec.warm_start else patch


def add_plateau_schedule(record: TrainingRecord, patience: int) -> Patch:
    """Use the plateau schedule; the previous schedule's fields are removed."""
    removed = {field.name: None for field in fields(record.spec.schedule)}
    return {"schedule": {**removed, **asdict(Plateau(patience=patience))}}


def _round_rate(rate: float) -> float:
    """Round to two digits: 0.0003 and not 0.00030000000000000003."""
    return float(f"{rate:.2g}")
