"""Predictions as they go out, in JSON and in CSV; made without models of pydantic, because there may be many."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from learning.encoding.columns import InputWarning
from learning.model import Predictions
from service.predict.csv_output import encode_csv_line
from store.models.lookup import ResolvedModel

MAX_WARNINGS: Final = 100
CHUNK_ROWS: Final = 4096
MAX_ROWS_AS_OBJECTS: Final = 16


def encode_prediction_json(model: ResolvedModel, predictions: Predictions, doubts: Sequence[InputWarning]) -> bytes:
    """A `contract.responses.PredictionResponse` as JSON.

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
            "predictions": encode_predictions(predictions),
            "warnings": _list_warnings(doubts),
        }
    )


def encode_prediction_csv(predictions: Predictions, doubts: Iterable[InputWarning]) -> Iterator[bytes]:
    """The same as CSV, a line for each row: the value, or the label and each class's probability; then the warnings."""
    warnings: dict[int, list[str]] = {}
    for doubt in doubts:
        warnings.setdefault(doubt.row, []).append(f"{doubt.column}: {doubt.detail}")
    told = {row: _escape_percent(encode_csv_line(["; ".join(said)])) for row, said in warnings.items()}
    classes = predictions.classes
    yield encode_csv_line(
        [*(["label", *(f"probability_{name}" for name in classes)] if classes else ["value"]), "warnings"]
    )
    marks = b"%b," * (len(classes) or 1)
    forms = [_escape_percent(encode_csv_line([name])[:-1]) + b"," + marks for name in classes] or [marks]
    chosen, numbers = _class_numbers(predictions), _number_texts(predictions)
    width = len(numbers) // max(1, len(chosen))
    for start in range(0, len(chosen), CHUNK_ROWS):
        part = chosen[start : start + CHUNK_ROWS]
        form = b"".join([forms[of] + told.get(row, b"\n") for row, of in enumerate(part, start)])
        yield form % tuple(numbers[start * width : (start + len(part)) * width])


def encode_predictions(predictions: Predictions) -> msgspec.Raw | list[dict[str, Any]]:
    """The list, to be written as JSON.

    That of many is made by filling in a form: the net's numbers are written all at once, and names once for all.
    """
    if len(predictions) <= MAX_ROWS_AS_OBJECTS:
        return list_predictions(predictions)
    chosen = _class_numbers(predictions)
    names = [_escape_percent(msgspec.json.encode(name)) for name in predictions.classes]
    shares = b",".join([name + b":%b" for name in names])
    forms = [b'{"label":%b,"probabilities":{%b}}' % (name, shares) for name in names] or [b'{"value":%b}']
    form = b",".join([forms[of] for of in chosen])
    return msgspec.Raw(b"[" + form % tuple(_number_texts(predictions)) + b"]")


def list_predictions(predictions: Predictions) -> list[dict[str, Any]]:
    """What was said of each row, as plain values: quickest for a few."""
    if predictions.probabilities is None:
        return [] if predictions.values is None else [{"value": value} for value in predictions.values.tolist()]
    names = predictions.classes
    rows: list[list[float]] = predictions.probabilities.tolist()
    return [{"label": names[row.index(max(row))], "probabilities": dict(zip(names, row, strict=True))} for row in rows]


def _class_numbers(predictions: Predictions) -> list[int]:
    """The number of each row's most probable class; 0 for regression."""
    if predictions.probabilities is not None:
        return predictions.probabilities.argmax(axis=1).tolist()
    return [0] * len(predictions)


def _number_texts(predictions: Predictions) -> list[bytes]:
    """What the net said, as text: a number for each row, or for each class of each row."""
    said = predictions.values if predictions.probabilities is None else predictions.probabilities
    written = b"" if said is None else msgspec.json.encode(said.ravel().tolist())[1:-1]
    return written.split(b",") if written else []


def _escape_percent(text: bytes) -> bytes:
    """The text as it must stand in a form to be filled in."""
    return text.replace(b"%", b"%%")


def _list_warnings(doubts: Sequence[InputWarning]) -> list[dict[str, Any]]:
    told = [doubt._asdict() for doubt in doubts[:MAX_WARNINGS]]
    if len(doubts) > MAX_WARNINGS:
        next_one = doubts[MAX_WARNINGS]
        detail = f"from here on there are more warnings; these are the first {MAX_WARNINGS}"
        told.append({"row": next_one.row, "column": next_one.column, "code": "more_warnings", "detail": detail})
    return told
