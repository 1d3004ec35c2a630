"""What MLflow loads an exported model that recommends by: it predicts the rating of each row's user and item."""

from typing import Any

from tables.python_export.mlflow.frame_predictor import FramePredictor, Lines
from tables.python_export.recommendation_entry import load_pairs


def _predict_table(rows: list[dict[str, Any]], params: dict[str, Any]) -> Lines:
    del params
    return ["value"], load_pairs().predict_lines(rows)


def _load_pyfunc(path: str) -> FramePredictor:  # pyright: ignore[reportUnusedFunction] - MLflow asks for this name
    """The model, whose weights are in this file: nothing is read from the path."""
    del path
    load_pairs()
    return FramePredictor(_predict_table)
