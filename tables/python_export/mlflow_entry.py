"""What MLflow loads an exported file by: a function that returns an object which predicts data frames."""

import json
from importlib import import_module
from typing import Any

from tables.python_export.data import ABOUT, WEIGHTS
from tables.python_export.table_entry import TablePredictor


class FramePredictor:
    """A model as MLflow calls it."""

    def __init__(self) -> None:
        self.model = TablePredictor(json.loads(ABOUT), WEIGHTS)

    def predict(self, frame: Any, params: dict[str, Any] | None = None) -> Any:
        """A data frame of predictions, with the columns of the service's CSV, for a data frame of rows."""
        del params
        pandas: Any = import_module("pandas")  # MLflow brings it
        lines = self.model.predict_lines(frame.to_dict("records"))
        return pandas.DataFrame([*lines], columns=self.model.header)


def _load_pyfunc(path: str) -> FramePredictor:  # pyright: ignore[reportUnusedFunction] - MLflow asks for this name
    """The model, whose weights are in this file: nothing is read from the path."""
    del path
    return FramePredictor()
