"""The main metric of a job, by which lists order jobs and verdicts compare them with baselines."""

from collections.abc import Mapping
from typing import Any, cast

from learning.tasks import TASKS
from learning.tasks.main_metric import MainMetric
from learning.tasks.regression import RegressionTarget
from learning.tasks.task_guess import TaskName
from store.tables import JsonObject, ModelRow


def choose_main_metric(spec: Mapping[str, Any]) -> MainMetric:
    """The metric by which nets of an admitted spec are compared; its task is decided."""
    return TASKS.get(spec.get("task", "regression"), RegressionTarget).choose_main_metric(
        len(spec.get("targets") or (None,)),
        balanced=spec.get("class_weights") is not None,
        rated=spec.get("item") not in {None, spec.get("target")},
    )


def choose_model_metric(model: ModelRow) -> MainMetric:
    """The metric by which versions of a name are compared; of classes accuracy, also where they were weighted."""
    is_rated = model.task == "recommendation" and any("rmse" in metrics for metrics in model.metrics.values())
    columns = len(model.targets or [model.target])
    return TASKS.get(cast("TaskName", model.task), RegressionTarget).choose_main_metric(
        columns, balanced=False, rated=is_rated
    )


def read_main_error(spec: Mapping[str, Any], best: JsonObject | None) -> float | None:
    """The error of the main metric in the record of an epoch, the smaller the better; None if it is not known."""
    return None if best is None else choose_main_metric(spec).read_error(best.get("metrics") or {})
