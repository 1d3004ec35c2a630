"""The main metric of a job, by which lists order jobs and verdicts compare them with baselines."""

from collections.abc import Mapping
from typing import Any

from learning.tasks import TASKS
from learning.tasks.main_metric import MainMetric
from learning.tasks.regression import RegressionTarget
from store.tables import JsonObject


def choose_main_metric(spec: Mapping[str, Any]) -> MainMetric:
    """The metric by which nets of an admitted spec are compared; its task is decided."""
    return TASKS.get(spec.get("task", "regression"), RegressionTarget).choose_main_metric(
        len(spec.get("targets") or (None,)),
        balanced=spec.get("class_weights") is not None,
        rated=spec.get("item") not in {None, spec.get("target")},
    )


def read_main_error(spec: Mapping[str, Any], best: JsonObject | None) -> float | None:
    """The error of the main metric in the record of an epoch, the smaller the better; None if it is not known."""
    return None if best is None else choose_main_metric(spec).read_error(best.get("metrics") or {})
