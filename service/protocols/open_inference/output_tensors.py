"""Predictions as output tensors: numbers, or labels with their probabilities, whatever the task."""

from dataclasses import replace
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from learning.model import Model
from learning.tasks import Predictions
from learning.tasks.numbers import NumberPredictions

LABEL, PROBABILITIES, SET, TYPICALITY = "label", "probabilities", "set", "typicality"
NUMBERS: Final = "FP64"


def list_tensors(predictions: Predictions) -> list[dict[str, Any]]:
    """The tensors of predictions: of labels the likeliest and the probabilities of all, else one for each number.

    With a coverage there are the bounds of intervals, or which classes are in the set. Of pictures there is their
    typicality too, if each row has one.
    """
    rows, numbers = len(predictions), predictions.numbers
    if predictions.labels:
        shape = [rows, len(predictions.labels)]
        classes = {"classes": msgspec.json.encode(predictions.labels).decode()}
        tensors = [
            _tensor(LABEL, "BYTES", [rows], list(predictions.list_predicted())),
            {**_tensor(PROBABILITIES, NUMBERS, shape, numbers.ravel().tolist()), "parameters": classes},
        ]
    else:
        tensors = [
            _tensor(name, NUMBERS, [rows], numbers[:, place].tolist()) for place, name in enumerate(predictions.columns)
        ]
    if predictions.bounds is not None:
        tensors += _list_bounds(predictions, predictions.bounds)
    if predictions.typicality is not None and not np.isnan(predictions.typicality).any():
        tensors.append(_tensor(TYPICALITY, NUMBERS, [rows], predictions.typicality.tolist()))
    return tensors


def _list_bounds(predictions: Predictions, bounds: NDArray[Any]) -> list[dict[str, Any]]:
    if predictions.labels:
        return [_tensor(SET, "BOOL", list(bounds.shape), bounds.ravel().tolist())]
    return [
        _tensor(name, NUMBERS, [len(bounds)], bounds[:, place].tolist())
        for place, name in enumerate(predictions.bound_columns)
    ]


def describe_outputs(model: Model) -> list[dict[str, Any]]:
    """The tensors that a model gives, without data."""
    tensors = list_tensors(_predict_nothing(model))
    for tensor in tensors:
        tensor["shape"][0] = -1
        del tensor["data"]
    return tensors


def _predict_nothing(model: Model) -> Predictions:
    """Predictions of no rows."""
    if model.recommender is not None:
        return NumberPredictions(np.empty((0, 1)))
    predictions = model.header.decode(np.empty((0, model.net.outputs), model.net.dtype))
    return predictions if model.header.novelty is None else replace(predictions, typicality=np.empty(0))


def _tensor(name: str, datatype: str, shape: list[int], data: list[Any]) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape, "data": data}
