"""Patches: how to change a spec so that a trouble goes away, as JSON merge patches (RFC 7396).

A merge patch changes objects field by field and replaces lists whole, so layers are always given all together.
"""

from collections.abc import Sequence
from dataclasses import asdict, fields

from learning.insight.diagnosis.findings import Patch
from learning.insight.diagnosis.record import Record
from learning.nn.layers.specs import Dense, Dropout, Layer
from learning.optim.schedules import Plateau


def slower(record: Record, factor: float = 10.0) -> Patch:
    """A learning rate that is lower by the factor, and no more than sound."""
    return {"optimizer": {"learning_rate": min(_tidy(record.rate / factor), record.sound_rate)}}


def no_faster_than_sound(record: Record) -> Patch:
    """The sound learning rate, where a higher one was asked for."""
    return {"optimizer": {"learning_rate": record.sound_rate}} if record.rate > record.sound_rate else {}


def faster(record: Record) -> Patch:
    """A learning rate that is ten times as high, and no less than sound."""
    return {"optimizer": {"learning_rate": max(_tidy(10 * record.rate), record.sound_rate)}}


def layers(record: Record, wanted: Sequence[Layer]) -> Patch:
    """Other hidden layers; they fit no weights to start from."""
    patch: Patch = {"layers": [asdict(layer) for layer in wanted]}
    return patch if record.spec.start_from is None else {**patch, "start_from": None}


def bent_by(record: Record, activation: str) -> Patch:
    """The same layers with another activation, and the initial weights that suit it."""
    return layers(
        record,
        [
            layer
            if isinstance(layer, Dropout) or layer.activation == "linear"
            else Dense(units=layer.units, activation="leaky_relu" if activation == "leaky_relu" else "relu")
            for layer in record.spec.layers
        ],
    )


def without(record: Record, columns: Sequence[str]) -> Patch | None:
    """The features without these columns; None if none would be left."""
    left = [name for name in record.facts.columns if name not in columns] if record.facts else []
    if not left:
        return None
    patch: Patch = {"features": left}
    return patch if record.spec.start_from is None else {**patch, "start_from": None}


def plateau(record: Record, patience: int) -> Patch:
    """The schedule that lowers the rate where the loss stays; fields of the schedule before are taken out."""
    before = {field.name: None for field in fields(record.spec.schedule)}
    return {"schedule": {**before, **asdict(Plateau(patience=patience))}}


def _tidy(rate: float) -> float:
    """A rate in two digits: 0.0003 and not 0.00030000000000000003."""
    return float(f"{rate:.2g}")
