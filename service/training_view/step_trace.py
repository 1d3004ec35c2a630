"""The trace of one training step with a single row: forward pass, loss, backward pass, update."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from contract.responses import FieldError
from contract.training_view import (
    EncodedInput,
    TracedImageLayer,
    TracedLayer,
    TracedUpdate,
    TraceRequest,
    TraceResponse,
)
from learning.insight.capabilities import list_unavailable
from learning.insight.graph_view import VisibleUnits, select_strongest_units, visible_weights
from learning.insight.image_trace import ImageLayerTrace
from learning.insight.layer_numbers import number_layers
from learning.insight.trace import LayerTrace, trace_step
from learning.model_header import ModelHeader
from learning.nn.layers.inputs import RowArrays
from learning.nn.losses import LossChoice
from learning.spelling import suggest_name
from service.http.errors import ProblemError
from service.http.strict_json import escape_pointer, shorten
from service.http.validation_errors import invalid_fields
from service.request_bodies.strict_rows import build_frame
from service.training_view.responses import to_json_number, to_json_numbers, to_json_rows
from service.training_view.stored_nets import StoredNet
from service.unavailable import refuse_unavailable

MAX_SHOWN_UNITS = 64


@dataclass(frozen=True)
class TrainingExample:
    """A row with its target, as it was sent and as the loss takes it; `arrays` are what a net takes."""

    arrays: RowArrays
    expected: float | str
    y: NDArray[np.generic]


def encode_example(header: ModelHeader, row: dict[str, object]) -> TrainingExample:
    """Encode a row with its target.

    Raises:
        ProblemError: `invalid`, if a column is unknown, a value does not fit, or the target is missing.
    """
    frame = build_frame([row], [*header.input_columns, *header.target_columns], header.ignored, "#/row")
    arrays = header.inputs.encode_arrays(frame)
    reader = header.output.create_reader(header.targets, 1)
    expected, values = frame.column(header.targets[0]).cell(0), reader.read_values(frame)
    if expected is None:
        raise _target_error(header, "is the target, and has to be there", "missing_target", None)
    if reader.strata(values)[0] < 0:
        raise _target_error(header, "is not a class that the net knows", "unknown_class", str(expected))
    return TrainingExample(arrays, expected, header.output.encode(values))


def trace_response(
    s: Session, kept: StoredNet, request: TraceRequest, epoch: int, weights: NDArray[np.floating]
) -> TraceResponse:
    """The trace of a step with the weights after an epoch.

    Raises:
        ProblemError: `invalid`, if the row does not fit; `not-for-task`, if there are several targets.
    """
    header, spec = kept.header, kept.job.spec
    refuse_unavailable("trace", list_unavailable(header.output.task, header.output.columns))
    row = encode_example(header, dict(request.row))
    net = header.create_net(weights)
    x = net.join(*row.arrays)
    name: LossChoice = spec["loss"]
    loss = header.output.create_loss(name)
    targets = loss.targets(row.y, net.dtype)
    learning_rate = kept.find_learning_rate(s, epoch)
    trace = trace_step(net, loss, x, targets, learning_rate, images=row.arrays.images)
    shown, numbers = select_strongest_units(net.weights, MAX_SHOWN_UNITS), number_layers(net)
    (prediction,) = header.decode(trace.logits).list_rows()
    return TraceResponse.model_validate(
        {
            "job_id": kept.job_id,
            "epoch": epoch,
            "row": request.row,
            "encoded": [
                EncodedInput(name=name, value=value)
                for name, value in zip(header.name_joined(net.inputs), to_json_numbers(x[0]), strict=True)
            ],
            "image_layers": [
                _traced_image_layer(number, layer)
                for number, layer in zip(numbers.image, trace.image_layers, strict=True)
            ],
            "layers": _traced_layers(numbers.dense, trace.layers, shown),
            "prediction": prediction,
            "expected": row.expected,
            "target": float(targets[0, 0]),
            "loss_name": header.output.fitting_losses[0] if name == "auto" else name,
            "loss": to_json_number(trace.loss),
            "update": TracedUpdate(
                optimizer=spec["optimizer"]["type"],
                learning_rate=learning_rate,
                loss_after=to_json_number(trace.loss_after),
            ),
        }
    )


def _traced_layers(numbers: Sequence[int], layers: Sequence[LayerTrace], shown: VisibleUnits) -> list[TracedLayer]:
    traced: list[TracedLayer] = []
    for place, layer in enumerate(layers):
        before, here = shown.layers[place - 1] if place else shown.inputs, shown.layers[place]
        traced.append(
            TracedLayer(
                layer=numbers[place],
                units=len(layer.z),
                activation=layer.activation,
                shown_inputs=before,
                shown=here,
                weights=to_json_rows(visible_weights(layer.matrix, before, here)[:-1]),
                biases=to_json_numbers(layer.matrix[-1]),
                inputs=to_json_numbers(layer.inputs),
                z=to_json_numbers(layer.z),
                a=to_json_numbers(layer.a),
                dz=to_json_numbers(layer.dz),
                da=to_json_numbers(layer.da),
                dw=to_json_rows(visible_weights(layer.gradient, before, here)[:-1]),
                db=to_json_numbers(layer.gradient[-1]),
            )
        )
    return traced


def _traced_image_layer(number: int | None, layer: ImageLayerTrace) -> TracedImageLayer:
    channels, height, width = layer.shape
    weight_norms, dw_norms, db = (
        None if numbers is None else to_json_numbers(numbers)
        for numbers in (layer.weight_norms, layer.dw_norms, layer.db)
    )
    return TracedImageLayer(
        layer=number,
        type=layer.type,
        channels=channels,
        height=height,
        width=width,
        activation=layer.activation,
        a=to_json_numbers(layer.a),
        da=to_json_numbers(layer.da),
        weight_norms=weight_norms,
        dw_norms=dw_norms,
        db=db,
    )


def _target_error(header: ModelHeader, detail: str, code: str, given: str | None) -> ProblemError:
    error = FieldError(
        pointer=f"#/row/{escape_pointer(header.targets[0])}",
        detail=detail,
        code=code,
        given=None if given is None else shorten(given),
        suggestion=None if given is None else suggest_name(given, header.classes or ()),
    )
    return invalid_fields([error])
