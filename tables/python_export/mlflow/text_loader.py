"""What MLflow loads an exported model that writes by: it writes on after each row's text, by parameters of its own."""

from typing import Any

from tables.python_export.language_entry import generate, load_writer
from tables.python_export.mlflow.frame_predictor import FramePredictor, Lines


def _predict_table(rows: list[dict[str, Any]], params: dict[str, Any]) -> Lines:
    options = {name: value for name, value in params.items() if value is not None}
    prompts = [next(iter(row.values()), None) for row in rows]
    return ["text"], [[generate(prompt if isinstance(prompt, str) else "", **options)] for prompt in prompts]


def _load_pyfunc(path: str) -> FramePredictor:  # pyright: ignore[reportUnusedFunction] - MLflow asks for this name
    """The model, whose weights are in this file: nothing is read from the path."""
    del path
    load_writer()
    return FramePredictor(_predict_table)
