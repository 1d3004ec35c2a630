"""What MLflow calls an exported model by: an object that predicts data frames, with parameters that it may be given."""

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any

Lines = tuple[Sequence[str], Iterable[Sequence[object]]]
"""The columns of a table, and its lines."""


class FramePredictor:
    """A model as MLflow calls it.

    Args:
        predict_table: From rows and parameters to a table of predictions.
    """

    def __init__(self, predict_table: Callable[[list[dict[str, Any]], dict[str, Any]], Lines]) -> None:
        self.predict_table = predict_table

    def predict(self, frame: Any, params: dict[str, Any] | None = None) -> Any:
        """A data frame of predictions, with the columns of the service's CSV, for a data frame of rows."""
        pandas: Any = import_module("pandas")  # MLflow brings it
        header, lines = self.predict_table(frame.to_dict("records"), params or {})
        return pandas.DataFrame([*lines], columns=[*header])
