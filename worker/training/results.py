"""The result of a job beside its baselines, from the evaluation that was computed at its end.

It is kept with the job, so that a list of jobs shows it without a look at any model.
"""

from collections.abc import Mapping

import msgspec

from learning.tasks.task import Target
from store.tables import JsonObject


def complete_result(
    insight: Mapping[str, bytes], target: Target, best: JsonObject | None, baselines: JsonObject | None
) -> dict[str, JsonObject | None]:
    """The best epoch with the intervals of its metrics, and the baselines with the net beside them.

    Baselines are those of the evaluation, on the very rows that the net was measured on. What was not computed is
    missing, and without an evaluation of validation rows nothing changes.
    """
    evaluation: JsonObject = msgspec.json.decode(insight.get("evaluation", b"{}")).get("validation") or {}
    if best is not None and evaluation.get("intervals"):
        best = {**best, "intervals": evaluation["intervals"]}
    if baselines is not None and evaluation.get("baselines"):
        kinds = dict(zip((*target.baselines, "boosted_trees"), ("naive", "linear", "boosted"), strict=True))
        baselines = {**baselines, **{kinds[each["name"]]: _shorten(each, target) for each in evaluation["baselines"]}}
    return {"best": best, "baselines": baselines}


def _shorten(found: JsonObject, target: Target) -> JsonObject:
    """A baseline with comparisons by main metrics alone."""
    names = {metric.name for metric in target.main_metrics}
    return {**found, "comparisons": {name: value for name, value in found["comparisons"].items() if name in names}}
