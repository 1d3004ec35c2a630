"""The result of a job beside its baselines, from the evaluation that was computed at its end.

It is kept with the job, so that a list of jobs shows it without a look at any model.
"""

from collections.abc import Mapping

import msgspec

from learning.tasks.task import Target
from store.tables import JsonObject


def complete_baselines(insight: Mapping[str, bytes], target: Target, baselines: JsonObject | None) -> JsonObject | None:
    """The baselines with the net beside them, all on the rows of the evaluation.

    These are all validation rows, also those that did not choose the best epoch. Where baselines were not measured on
    them, they stay as they are.
    """
    evaluation: JsonObject = msgspec.json.decode(insight.get("evaluation", b"{}")).get("validation") or {}
    if baselines is None or not evaluation.get("baselines"):
        return baselines
    kinds = dict(zip((*target.baselines, "boosted_trees"), ("naive", "linear", "boosted"), strict=True))
    found = {kinds[each["name"]]: _shorten(each, target) for each in evaluation["baselines"]}
    net: JsonObject = {"metrics": evaluation["metrics"], "intervals": evaluation["intervals"]}
    return {**baselines, **found, "net": net, "rows": evaluation["rows"]}


def _shorten(found: JsonObject, target: Target) -> JsonObject:
    """A baseline with comparisons by main metrics alone."""
    names = {metric.name for metric in target.main_metrics}
    return {**found, "comparisons": {name: value for name, value in found["comparisons"].items() if name in names}}
