"""A replay: the predictions for rows by a job's net after some of its epochs.

It is bounded by the numbers of its response, of which each row and epoch has one for every output.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, cast

import numpy as np
from sqlalchemy.orm import Session

from contract.responses import FieldError
from contract.specs import RowToPredict
from contract.training_view import ReplayRequest
from learning.insight.weight_history import decode_weights
from learning.model_header import ModelHeader
from learning.nn.layers.inputs import RowArrays
from service.http import bodies, strict_json
from service.http.validation_errors import invalid_fields
from service.predictions import encode_predictions
from service.request_bodies.strict_rows import WRAPPED, build_frame, check_rows
from service.training_view.stored_nets import StoredNet
from store.jobs import weight_history

MAX_NUMBERS: Final = 2**20
"""The most numbers in a replay's response."""


def parse_replay(raw: bytes) -> tuple[ReplayRequest, str]:
    """The rows and epochs of a body, and the pointer of a row."""
    tree = strict_json.parse_json(raw, lines=True)
    if isinstance(tree, dict) and isinstance(cast("dict[str, Any]", tree).get("rows"), list | dict):
        check_rows({"rows": tree["rows"]})  # names a faulty cell once, where a union of models would name it thrice
        return bodies.parse_model(raw, ReplayRequest, lines=True), WRAPPED
    rows, pointer = check_rows(tree)
    return ReplayRequest.model_construct(rows=rows), pointer


def encode_rows(
    header: ModelHeader, rows: Sequence[RowToPredict], pointer: str, defaults: RowToPredict | None = None
) -> RowArrays:
    """Rows as the arrays that the net takes; the cells that they leave out are those of `defaults`.

    Raises:
        ProblemError: `invalid`, with the pointer of each fault.
    """
    if defaults:
        build_frame([defaults], header.input_columns, header.ignored, "#/defaults")  # names its faults once
        rows = [{**defaults, **row} for row in rows]
    return header.inputs.encode_arrays(build_frame(rows, header.input_columns, header.ignored, pointer))


def replay_epochs(s: Session, kept: StoredNet, request: ReplayRequest, pointer: str) -> Iterator[dict[str, object]]:
    """The predictions for the rows with the weights after each of the epochs that are wanted.

    Raises:
        ProblemError: `invalid`: an epoch is not kept, the answer would be too large, or a row does not fit.
    """
    epochs = _resolve_epochs(kept, request)
    _require_few_numbers(kept, len(request.rows), len(epochs))
    arrays = encode_rows(kept.header, request.rows, pointer, request.defaults)
    net = kept.header.create_net(np.zeros(kept.header.parameter_count, np.float32))
    for epoch, weights_then in weight_history.iterate_weights(s, kept.job.id, epochs):
        net.parameters[...] = decode_weights(weights_then)
        yield {"epoch": epoch, "predictions": encode_predictions(kept.header.decode(net.forward(*arrays)))}


def _resolve_epochs(kept: StoredNet, request: ReplayRequest) -> list[int]:
    """The requested epochs, oldest first."""
    if request.epochs == "all":
        return kept.epochs
    if request.epochs == "latest":
        return kept.epochs[-1:]
    return sorted({kept.resolve_epoch(epoch, f"#/epochs/{place}") for place, epoch in enumerate(request.epochs)})


def _require_few_numbers(kept: StoredNet, rows: int, epochs: int) -> None:
    """Refuse a replay whose response would be too large."""
    numbers = rows * epochs * len(kept.header.output_names)
    if numbers > MAX_NUMBERS:
        detail = f"would be answered with {numbers:,} numbers, and more than {MAX_NUMBERS:,} are too many"
        error = FieldError(pointer="#/rows", detail=f"{detail}; send fewer rows, or name fewer epochs", code="too_long")
        raise invalid_fields([error])
