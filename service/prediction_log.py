"""The log of predictions that callers want to be recorded, and the check whether what they are of has drifted.

A prediction is recorded before it is answered, in one transaction with the event of a drift that it reveals.
"""

from collections.abc import Sequence
from typing import Final
from weakref import WeakKeyDictionary

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from contract.responses import FieldError
from learning.frame import Frame
from learning.model import Model
from learning.monitoring.drift import MIN_ROWS
from learning.monitoring.reference import Reference, compare_bins
from learning.serialization import from_json
from learning.tasks import Predictions
from service.http.validation_errors import invalid_fields
from service.services import Context
from store import predictions as log
from store.models import models
from store.models.lookup import ResolvedModel
from store.webhooks import events
from tables import BadCells

MAX_ROWS: Final = 1000
"""The most predictions that a request may have recorded."""
CHECK_ROWS: Final = 100
"""After so many predictions the drift is measured anew."""
WINDOW_ROWS: Final = 1000
"""The newest predictions that are compared with the training rows."""
MAX_LISTED: Final = 20
REFERENCE: Final = "reference"
"""The part of a model's insights that has its reference."""

_references: Final[WeakKeyDictionary[Model, Reference | None]] = WeakKeyDictionary()


def load_reference(context: Context, model_id: str, model: Model) -> Reference | None:
    """What a model's inputs and predictions are compared with; None if an earlier version trained it."""
    if model not in _references:
        with context.begin_read() as s:
            stored = models.get_insights(s, model_id, [REFERENCE])
        plain = msgspec.json.decode(stored[REFERENCE]) if stored else None
        known = None if plain is None else from_json(Reference, plain)
        _references[model] = known and known.with_pictures(model.inputs, model.header.novelty)
    return _references[model]


def require_few_rows(rows: int) -> None:
    """Return if so many predictions may be recorded at once.

    Raises:
        ProblemError: `invalid`, with the most.
    """
    if rows > MAX_ROWS:
        detail = f"records at most {MAX_ROWS:,} predictions of a request, and this one has {rows:,} rows"
        raise invalid_fields([FieldError(pointer="?record", detail=detail, code="too_many_rows", given=rows)])


def record_predictions(
    context: Context,
    resolved: ResolvedModel,
    model: Model,
    frame: Frame,
    predictions: Predictions,
    *,
    bad: BadCells | None = None,
) -> list[str | None]:
    """Record the prediction of each row; returns their ids, None for those of rows with faults.

    Raises:
        NotForTask: the model recommends or writes.
    """
    output, reference = model.encoding.output, load_reference(context, resolved.id, model)
    skipped = set[int]() if bad is None else bad.rows
    kept = [row for row in range(frame.rows) if row not in skipped]
    numbers = predictions.choices[:, None] if output.labels else predictions.numbers[:, : output.columns]
    said = encode_numbers(numbers[kept])
    codes = None if reference is None else reference.assign(frame, predictions)[kept]
    bins = [b""] * len(kept) if codes is None else [row.tobytes() for row in codes]
    ids: list[str | None] = [None] * frame.rows
    if kept:
        with context.begin_write() as s:
            max_rows = context.services.settings.monitoring_rows
            for row, one in zip(kept, log.add(s, resolved.id, bins, said, max_rows=max_rows), strict=True):
                ids[row] = one
            if log.count_unchecked(s, resolved.id, len(kept)) >= CHECK_ROWS and reference is not None:
                _check_drift(s, context.owner, resolved, reference)
    return ids


def encode_numbers(numbers: NDArray[np.generic]) -> list[bytes]:
    """Each row of numbers (rows, targets) as it is kept."""
    return [row.tobytes() for row in numbers.astype("<f8")]


def decode_bins(records: Sequence[log.PredictionRecord], reference: Reference) -> NDArray[np.uint8]:
    """The bins of predictions (predictions, distributions)."""
    width = len(reference.distributions)
    joined = b"".join([record.bins for record in records if len(record.bins) == width])
    return np.frombuffer(joined, np.uint8).reshape(-1, width)


def _check_drift(s: Session, owner: str, resolved: ResolvedModel, reference: Reference) -> None:
    """Measure the drift, and record an event if columns have drifted that had not before."""
    codes = decode_bins(log.list_newest(s, resolved.id, WINDOW_ROWS), reference)
    if len(codes) < MIN_ROWS:
        return
    found = compare_bins(reference, codes)
    drifts = [
        known.name
        for known, (_, drift) in zip(reference.distributions, found, strict=True)
        if drift is not None and drift.is_found
    ]
    monitor = log.get_monitor(s, resolved.id)
    before = set[str]() if monitor is None else set(monitor.drifts)
    if news := [name for name in drifts if name not in before]:
        data = {"object": "model", "id": resolved.id, "name": resolved.name, "version": resolved.version}
        columns = {"columns": news[:MAX_LISTED], "drifted": len(drifts)}
        events.add(s, owner, "drift.detected", {**data, **columns})
    log.set_drifts(s, resolved.id, drifts)
