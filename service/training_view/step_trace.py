"""One step of training with a person's own row, number by number, as it goes out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from contract.responses import FieldError
from contract.training_view import EncodedInput, TraceAnswer, TracedLayer, TracedUpdate, TraceRequest
from learning.encoding.columns import InputColumn
from learning.encoding.targets import RegressionTarget
from learning.frame import CategoricalColumn, Frame, NumericColumn
from learning.insight.graph_view import Shown, cut, strongest
from learning.insight.trace import LayerTrace, trace
from learning.model import Header
from learning.nn.losses import LossName, loss_for
from service.http.errors import Refused
from service.http.validation_errors import headline, nearest
from service.predict.responses import each
from service.predict.routes import frame_of_json
from service.request_bodies.strict_json import clipped, escaped
from service.training_view.json_numbers import number, plain, rows
from service.training_view.stored_nets import KeptNet
from store.jobs import epochs

MOST_SHOWN = 64


@dataclass(frozen=True)
class Practice:
    """A row to practise on: as numbers for the net (1, inputs), what is expected, and the same for the loss."""

    x: NDArray[np.float32]
    expected: float | str
    y: NDArray[np.generic]


def practice(header: Header, row: dict[str, object]) -> Practice:
    """A row with its target.

    Raises:
        Refused: `invalid`, if a column is unknown, a value does not fit, or the target is missing.
    """
    classes = header.classes
    aim = InputColumn(header.target, "numeric" if classes is None else "categorical", classes)
    frame = frame_of_json([row], [*header.inputs.describe(), aim], header.ignored, lambda _: "#/row")
    x = header.inputs.encode(frame)
    expected = _expected(header, frame)
    if isinstance(header.output, RegressionTarget):
        return Practice(x, expected, header.output.encode(np.array([expected], np.float64)))
    return Practice(x, expected, np.array([header.output.classes.index(str(expected))]))


def trace_answer(
    s: Session, kept: KeptNet, asked: TraceRequest, epoch: int, weights: NDArray[np.floating]
) -> TraceAnswer:
    """A step of training with a row, with the weights after an epoch.

    Raises:
        Refused: `invalid`, if the row does not fit.
    """
    header, spec = kept.header, kept.job.spec
    row = practice(header, dict(asked.row))
    net = header.net(weights)
    name: LossName = spec["loss"]
    loss = loss_for(name, len(header.classes or ()))
    targets = loss.targets(row.y, net.dtype)
    learning_rate = _learning_rate(s, kept, epoch)
    found = trace(net, loss, row.x, targets, learning_rate)
    shown = strongest(net.views, MOST_SHOWN)
    (prediction,) = each(header.read(found.logits))
    return TraceAnswer.model_validate(
        {
            "job_id": kept.job.id,
            "epoch": epoch,
            "row": asked.row,
            "encoded": [
                EncodedInput(name=name, value=value)
                for name, value in zip(header.inputs.names, plain(row.x[0]), strict=True)
            ],
            "layers": _layers(found.layers, shown),
            "prediction": prediction,
            "expected": row.expected,
            "target": float(targets[0, 0]),
            "loss_name": ("cross_entropy" if header.classes else "mse") if name == "auto" else name,
            "loss": number(found.loss),
            "update": TracedUpdate(
                optimizer=spec["optimizer"]["type"], learning_rate=learning_rate, loss_after=number(found.loss_after)
            ),
        }
    )


def _layers(layers: Sequence[LayerTrace], shown: Shown) -> list[TracedLayer]:
    found: list[TracedLayer] = []
    for place, layer in enumerate(layers):
        before, here = shown.layers[place - 1] if place else shown.inputs, shown.layers[place]
        found.append(
            TracedLayer(
                layer=place + 1,
                units=len(layer.z),
                activation=layer.activation,
                shown_inputs=before,
                shown=here,
                weights=rows(cut(layer.matrix, before, here)[:-1]),
                biases=plain(layer.matrix[-1]),
                inputs=plain(layer.inputs),
                z=plain(layer.z),
                a=plain(layer.a),
                dz=plain(layer.dz),
                da=plain(layer.da),
                dw=rows(cut(layer.gradient, before, here)[:-1]),
                db=plain(layer.gradient[-1]),
            )
        )
    return found


def _expected(header: Header, frame: Frame) -> float | str:
    """The target of the only row.

    Raises:
        Refused: it is missing, or no class of the net.
    """
    column = frame.column(header.target)
    if isinstance(column, NumericColumn):
        value = float(column.values[0])
        if np.isnan(value):
            raise _wrong(header, "is the target, and has to be there", "missing_target", None)
        return value
    assert isinstance(column, CategoricalColumn)  # noqa: S101 - as it was asked for
    code = int(column.codes[0])
    if code < 0:
        raise _wrong(header, "is the target, and has to be there", "missing_target", None)
    label, classes = column.categories[code], header.classes or ()
    if label not in classes:
        raise _wrong(header, "is not a class that the net knows", "unknown_class", label)
    return label


def _wrong(header: Header, detail: str, code: str, given: str | None) -> Refused:
    error = FieldError(
        pointer=f"#/row/{escaped(header.target)}",
        detail=detail,
        code=code,
        given=None if given is None else clipped(given),
        suggestion=None if given is None else nearest(given, header.classes or ()),
    )
    return Refused("invalid", headline([error]), errors=[error])


def _learning_rate(s: Session, kept: KeptNet, epoch: int) -> float:
    """The rate of the epoch, before the first of the first; until that is recorded the optimizer's own."""
    found, _ = epochs.page(s, kept.job.id, max(epoch, 1) - 1, 1)
    return found[0].learning_rate if found else float(kept.job.spec["optimizer"]["learning_rate"])
