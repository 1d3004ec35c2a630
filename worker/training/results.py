"""The result of a job beside its baselines, from the evaluation that was computed at its end.

It is kept with the job, so that a list of jobs shows it without a look at any model.
"""

from collections.abc import Mapping

import msgspec

from learning.tasks.task import Target
from store.tables import JsonObject


def read_results(insight: Mapping[str, bytes], target: Target) -> JsonObject:
    """The baselines and the net beside them, all on the rows of the evaluation; empty where they were not measured.

    These are all validation rows, also those that did not choose the best epoch.
    """
    evaluation: JsonObject = msgspec.json.decode(insight.get("evaluation", b"{}")).get("validation") or {}
    if not evaluation.get("baselines"):
        return {}
    kinds = dict(zip((*target.baselines, "boosted_trees"), ("naive", "linear", "boosted"), strict=True))
    found = {kinds[each["name"]]: _shorten(each, target) for each in evaluation["baselines"]}
    net: JsonObject = {"metrics": evaluation["metrics"], "intervals": evaluation["intervals"]}
    return {**found, "net": net, "rows": evaluation["rows"]}


def complete_baselines(baselines: JsonObject | None, results: JsonObject) -> JsonObject | None:
    """The baselines of the beginning with the results of `read_results` in their place; None if there were none."""
    return None if baselines is None else {**baselines, **results}


def _shorten(found: JsonObject, target: Target) -> JsonObject:
    """A baseline with comparisons by main metrics alone."""
    names = {metric.name for metric in target.main_metrics}
    return {**found, "comparisons": {name: value for name, value in found["comparisons"].items() if name in names}}
