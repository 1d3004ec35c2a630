"""Predictions as JSON and as CSV, encoded without pydantic models, because there may be thousands."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from numpy.typing import NDArray

from learning.encoding.columns import InputWarning
from learning.tasks import Predictions
from learning.tasks.conformal import CoveragePromise
from service.http.csv_output import encode_csv_line
from service.http.strict_json import shorten, to_printable
from store.models.lookup import ResolvedModel
from tables import BadCells

MAX_WARNINGS: Final = 100
MAX_CSV_WARNINGS: Final = 10_000
"""The maximum number of warnings of an answer as CSV: a hundred thousand take a second."""
CHUNK_ROWS: Final = 4096
MAX_ROWS_AS_OBJECTS: Final = 16

_MARK: Final = msgspec.Raw(b"\x00")
"""Stands for a number in a template: a byte that no text in JSON has."""


def encode_prediction_json(
    model: ResolvedModel,
    predictions: Predictions,
    warnings: Sequence[InputWarning],
    bad: BadCells | None = None,
    *,
    promise: CoveragePromise | None = None,
    ids: Sequence[str | None] | None = None,
) -> bytes:
    """A `contract.responses.PredictionResponse` as JSON; after a hundred warnings a last one says there are more.

    Rows with faults, which `bad` collects if they are skipped, have no prediction. The promise is that of intervals,
    and ids are of predictions that are recorded.
    """
    response: dict[str, Any] = {
        "object": "prediction",
        "model_id": model.id,
        "name": model.name,
        "version": model.version,
        "predictions": encode_predictions(predictions),
        "warnings": list_warnings(warnings) if warnings else [],
    }
    if promise is not None:
        response["coverage"] = {
            "promised": promise.coverage,
            "rows": promise.rows,
            "source": promise.source,
            "exchangeable": promise.is_exchangeable,
            "detail": promise.detail,
        }
    if ids is not None:
        response["ids"] = ids
    if bad is not None:
        skipped = bad.rows
        if skipped:
            listed = enumerate(_list_rows(predictions))
            response["predictions"] = [None if row in skipped else prediction for row, prediction in listed]
            response["warnings"] = list_warnings([warning for warning in warnings if warning.row not in skipped])
        response["errors"] = [
            {**cell._asdict(), "column": cell.column and to_printable(cell.column), "value": shorten(cell.value)}
            for cell in bad
        ]
    return msgspec.json.encode(response)


def encode_prediction_csv(
    predictions: Predictions,
    warnings: Sequence[InputWarning],
    bad: BadCells | None = None,
    ids: Sequence[str | None] | None = None,
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
    labels, columns = predictions.labels, predictions.columns
    if predictions.bounds is not None:
        columns = (*columns, *predictions.bound_columns)
    yield encode_csv_line([*([] if ids is None else ["id"]), *(["label"] if labels else []), *columns, "warnings"])
    marks = b"%b," * len(columns)
    empty = b"%.0b," * len(columns)  # which takes a value and writes nothing
    templates = [_escape_percent(encode_csv_line([name])[:-1]) + b"," + marks for name in labels] or [marks]
    indices: list[int] = predictions.choices.tolist()
    numbers = _encode_all(predictions)
    width = len(columns)
    gap = b"," * bool(labels) + empty
    for start in range(0, len(indices), CHUNK_ROWS):
        chunk = indices[start : start + CHUNK_ROWS]
        template = b"".join(
            [
                (b"" if ids is None else b"%s," % (ids[row] or "").encode())
                + (gap if row in skipped else templates[index])
                + endings.get(row, b"\n")
                for row, index in enumerate(chunk, start)
            ]
        )
        yield template % tuple(numbers[start * width : (start + len(chunk)) * width])


def encode_predictions(predictions: Predictions) -> msgspec.Raw | list[dict[str, Any]]:
    """The list of predictions for an encoder of JSON.

    That of many is made by filling in a template: all numbers are encoded at once, and names once for all.
    """
    bounds = predictions.bounds
    is_uniform = predictions.typicality is None and (bounds is None or not predictions.labels)  # sets differ in length
    if len(predictions.numbers) <= MAX_ROWS_AS_OBJECTS or not is_uniform:
        return _list_rows(predictions)
    marks, ends = [_MARK] * len(predictions.columns), [_MARK] * len(predictions.bound_columns)
    bounded = {} if bounds is None else predictions.describe_bounds(ends)
    described = [predictions.describe_row(number, marks) | bounded for number in range(len(predictions.labels) or 1)]
    forms = [msgspec.json.encode(each) for each in described]
    templates = [_escape_percent(form).replace(bytes(_MARK), b"%b") for form in forms]
    indices: list[int] = predictions.choices.tolist()
    template = b",".join([templates[index] for index in indices])
    return msgspec.Raw(b"[" + template % tuple(_encode_all(predictions)) + b"]")


def _list_rows(predictions: Predictions) -> list[dict[str, Any]]:
    """The prediction of each row, with its interval or set if it has one, and of pictures with their typicality."""
    rows, typicality = predictions.list_rows(), predictions.typicality
    for row, share in zip(rows, () if typicality is None else typicality.tolist(), strict=False):
        row["typicality"] = None if math.isnan(share) else share
    for row, bounds in zip(rows, () if predictions.bounds is None else predictions.bounds.tolist(), strict=False):
        row.update(predictions.describe_bounds(bounds))
    return rows


def _encode_numbers(numbers: NDArray[Any]) -> list[bytes]:
    """All numbers (rows, numbers), row by row, as JSON; truth values as such."""
    encoded = msgspec.json.encode(numbers.ravel().tolist())[1:-1]
    return encoded.split(b",") if encoded else []


def _encode_all(predictions: Predictions) -> list[bytes]:
    """All numbers of each row, and then its bounds if there are any, as JSON."""
    numbers, bounds = _encode_numbers(predictions.numbers), predictions.bounds
    if bounds is None:
        return numbers
    return _join_rows(numbers, predictions.numbers.shape[1], _encode_numbers(bounds), bounds.shape[1])


def _join_rows(left: list[bytes], left_width: int, right: list[bytes], right_width: int) -> list[bytes]:
    """The cells of two tables side by side, row by row."""
    joined: list[bytes] = []
    for row in range(len(left) // left_width):
        joined += left[row * left_width : (row + 1) * left_width]
        joined += right[row * right_width : (row + 1) * right_width]
    return joined


def _escape_percent(text: bytes) -> bytes:
    """The text as it must stand in a template of `%`."""
    return text.replace(b"%", b"%%")


def list_warnings(warnings: Sequence[InputWarning]) -> list[dict[str, Any]]:
    """The warnings as JSON; after a hundred a last one says that there are more."""
    return [warning._asdict() for warning in _cut_warnings(warnings, MAX_WARNINGS)]


def _cut_warnings(warnings: Sequence[InputWarning], limit: int) -> Sequence[InputWarning]:
    """The first warnings, and one more in place of those that are left out."""
    if len(warnings) <= limit:
        return warnings
    detail = f"from here on there are more warnings; these are the first {limit}"
    return [*warnings[:limit], warnings[limit]._replace(code="more_warnings", detail=detail)]
