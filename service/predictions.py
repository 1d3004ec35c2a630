"""Predictions as JSON and as CSV, encoded without pydantic models, because there may be thousands."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from learning.encoding.columns import InputWarning
from learning.model import Predictions
from service.http.csv_output import encode_csv_line
from service.http.strict_json import shorten, to_printable
from store.models.lookup import ResolvedModel
from tables import BadCells

MAX_WARNINGS: Final = 100
MAX_CSV_WARNINGS: Final = 100_000
CHUNK_ROWS: Final = 4096
MAX_ROWS_AS_OBJECTS: Final = 16


def encode_prediction_json(
    model: ResolvedModel, predictions: Predictions, warnings: Sequence[InputWarning], bad: BadCells | None = None
) -> bytes:
    """A `contract.responses.PredictionResponse` as JSON; after a hundred warnings a last one says there are more.

    Rows with faults, which `bad` collects if they are skipped, have no prediction.
    """
    response: dict[str, Any] = {
        "object": "prediction",
        "model_id": model.id,
        "name": model.name,
        "version": model.version,
        "predictions": encode_predictions(predictions),
        "warnings": _list_warnings(warnings) if warnings else [],
    }
    if bad is not None:
        skipped = bad.rows
        if skipped:
            listed = enumerate(list_predictions(predictions))
            response["predictions"] = [None if row in skipped else prediction for row, prediction in listed]
            response["warnings"] = _list_warnings([warning for warning in warnings if warning.row not in skipped])
        response["errors"] = [
            {**cell._asdict(), "column": cell.column and to_printable(cell.column), "value": shorten(cell.value)}
            for cell in bad
        ]
    return msgspec.json.encode(response)


def encode_prediction_csv(
    predictions: Predictions, warnings: Sequence[InputWarning], bad: BadCells | None = None
) -> Iterator[bytes]:
    """Predictions as CSV, a line for each row: the value, or the label and each class's probability; then warnings.

    After MAX_CSV_WARNINGS a last one says that there are more. Rows with faults, as above, have only these.
    """
    skipped = set[int]() if bad is None else bad.rows
    texts: dict[int, list[str]] = {row: [] for row in skipped}
    for cell in bad or ():
        texts[cell.row].append(f"{cell.column}: {cell.detail}" if cell.column else cell.detail)
    for warning in _cut_warnings(warnings, MAX_CSV_WARNINGS):
        if warning.row not in skipped:
            texts.setdefault(warning.row, []).append(f"{warning.column}: {warning.detail}")
    endings = {row: _escape_percent(encode_csv_line(["; ".join(lines)])) for row, lines in texts.items()}
    classes = predictions.classes
    header = ["label", *(f"probability_{name}" for name in classes)] if classes else ["value"]
    yield encode_csv_line([*header, "warnings"])
    marks = b"%b," * (len(classes) or 1)
    empty = b"%.0b," * (len(classes) or 1)  # which takes a value and writes nothing
    templates = [_escape_percent(encode_csv_line([name])[:-1]) + b"," + marks for name in classes] or [marks]
    cells = predictions.values if predictions.probabilities is None else predictions.probabilities
    indices, numbers = _class_indices(predictions), [] if cells is None else _encode_numbers(cells)
    width = len(numbers) // max(1, len(indices))
    gap = b"," * bool(classes) + empty
    for start in range(0, len(indices), CHUNK_ROWS):
        chunk = indices[start : start + CHUNK_ROWS]
        template = b"".join(
            [
                (gap if row in skipped else templates[index]) + endings.get(row, b"\n")
                for row, index in enumerate(chunk, start)
            ]
        )
        yield template % tuple(numbers[start * width : (start + len(chunk)) * width])


def encode_predictions(predictions: Predictions) -> msgspec.Raw | list[dict[str, Any]]:
    """The list of predictions for an encoder of JSON.

    That of many is made by filling in a template: all numbers are encoded at once, and names once for all.
    """
    numbers = predictions.values if predictions.probabilities is None else predictions.probabilities
    if numbers is None or len(numbers) <= MAX_ROWS_AS_OBJECTS:
        return list_predictions(predictions)
    names = [_escape_percent(msgspec.json.encode(name)) for name in predictions.classes]
    probabilities = b",".join([name + b":%b" for name in names])
    templates = [b'{"label":%b,"probabilities":{%b}}' % (name, probabilities) for name in names] or [b'{"value":%b}']
    template = b",".join([templates[index] for index in _class_indices(predictions)])
    return msgspec.Raw(b"[" + template % tuple(_encode_numbers(numbers)) + b"]")


def list_predictions(predictions: Predictions) -> list[dict[str, Any]]:
    """The predictions as plain values: fastest for few rows."""
    if predictions.probabilities is None:
        return [] if predictions.values is None else [{"value": value} for value in predictions.values.tolist()]
    names = predictions.classes
    rows: list[list[float]] = predictions.probabilities.tolist()
    return [{"label": names[row.index(max(row))], "probabilities": dict(zip(names, row, strict=True))} for row in rows]


def _class_indices(predictions: Predictions) -> list[int]:
    """The index of each row's most probable class; 0 for regression."""
    if predictions.probabilities is not None:
        return predictions.probabilities.argmax(axis=1).tolist()
    return [0] * len(predictions)


def _encode_numbers(numbers: NDArray[np.float64]) -> list[bytes]:
    """All numbers, row by row, as JSON."""
    encoded = msgspec.json.encode(numbers.ravel().tolist())[1:-1]
    return encoded.split(b",") if encoded else []


def _escape_percent(text: bytes) -> bytes:
    """The text as it must stand in a template of `%`."""
    return text.replace(b"%", b"%%")


def _list_warnings(warnings: Sequence[InputWarning]) -> list[dict[str, Any]]:
    return [warning._asdict() for warning in _cut_warnings(warnings, MAX_WARNINGS)]


def _cut_warnings(warnings: Sequence[InputWarning], limit: int) -> Sequence[InputWarning]:
    """The first warnings, and one more in place of those that are left out."""
    if len(warnings) <= limit:
        return warnings
    detail = f"from here on there are more warnings; these are the first {limit}"
    return [*warnings[:limit], warnings[limit]._replace(code="more_warnings", detail=detail)]
