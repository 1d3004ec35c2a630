"""Predictions as they go out, in JSON and in CSV; made without models of pydantic, because there may be many."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from learning.model import Predictions
from learning.preparation.encoders.columns import Doubt
from service.models.tabular import csv_chunks
from store.refs import Served

WARNINGS_AT_MOST: Final = 100


def prediction_json(model: Served, predictions: Predictions, doubts: Sequence[Doubt]) -> bytes:
    """A `contract.answers.PredictionAnswer` as JSON.

    Args:
        model: which model it was.
        predictions: what it said of each row.
        doubts: what makes rows uncertain; after a hundred a last one says that there are more.
    """
    return msgspec.json.encode(
        {
            "object": "prediction",
            "model_id": model.id,
            "name": model.name,
            "version": model.version,
            "predictions": _predictions(predictions),
            "warnings": _warnings(doubts),
        }
    )


def prediction_csv(predictions: Predictions, doubts: Iterable[Doubt]) -> Iterator[bytes]:
    """The same as CSV, a line for each row: the value, or the label and each class's probability; then the warnings."""
    warnings: dict[int, list[str]] = {}
    for doubt in doubts:
        warnings.setdefault(doubt.row, []).append(f"{doubt.column}: {doubt.detail}")
    said = ["label", *(f"probability_{name}" for name in predictions.classes)] if predictions.classes else ["value"]
    lines = ([*line, "; ".join(warnings.get(row, ()))] for row, line in enumerate(_lines(predictions)))
    return csv_chunks([*said, "warnings"], lines)


def _lines(predictions: Predictions) -> Iterator[Sequence[str | float]]:
    if predictions.values is not None:
        yield from ([value] for value in predictions.values.tolist())
    if predictions.probabilities is not None:
        shares: list[list[float]] = predictions.probabilities.tolist()
        yield from ([label, *row] for label, row in zip(predictions.labels, shares, strict=True))


def _predictions(predictions: Predictions) -> list[dict[str, Any]]:
    if predictions.probabilities is None:
        return [{"value": value} for (value,) in _lines(predictions)]
    classes = predictions.classes
    return [
        {"label": label, "probabilities": dict(zip(classes, shares, strict=True))}
        for label, *shares in _lines(predictions)
    ]


def _warnings(doubts: Sequence[Doubt]) -> list[dict[str, Any]]:
    told = [doubt._asdict() for doubt in doubts[:WARNINGS_AT_MOST]]
    if len(doubts) > WARNINGS_AT_MOST:
        next_one = doubts[WARNINGS_AT_MOST]
        detail = f"from here on there are more warnings; these are the first {WARNINGS_AT_MOST}"
        told.append({"row": next_one.row, "column": next_one.column, "code": "more_warnings", "detail": detail})
    return told
