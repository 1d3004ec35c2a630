"""What MLflow loads an exported model of a table by; its parameter `interval` is a coverage."""

from typing import Any

from tables.python_export.mlflow.frame_predictor import FramePredictor, Lines
from tables.python_export.table_entry import load_table


def _predict_table(rows: list[dict[str, Any]], params: dict[str, Any]) -> Lines:
    model = load_table()
    thresholds = model.find_thresholds(params.get("interval"))
    return model.list_columns(thresholds), model.predict_lines(rows, thresholds)


def _load_pyfunc(path: str) -> FramePredictor:  # pyright: ignore[reportUnusedFunction] - MLflow asks for this name
    """The model, whose weights are in this file: nothing is read from the path."""
    del path
    load_table()
    return FramePredictor(_predict_table)
