"""Which insights there are of a model: each declares what it needs, and a target says what insights may rely on."""

from collections.abc import Mapping
from typing import Final

from learning.insight import explanations, hard_examples, importance, partial_dependence, slices, trace
from learning.insight.insight_name import InsightName
from learning.tasks import TASKS, TaskName
from learning.tasks.task import Capability

NEEDS: Final[Mapping[InsightName, frozenset[Capability]]] = {
    "evaluate": frozenset({"table_rows"}),
    "explanations": explanations.NEEDS,
    "hard_examples": hard_examples.NEEDS,
    "importance": importance.NEEDS,
    "partial_dependence": partial_dependence.NEEDS,
    "slices": slices.NEEDS,
    "trace": trace.NEEDS,
}
"""What each insight needs; the evaluation on rows that were held out needs nothing besides the protocol of tasks."""

REASONS: Final[Mapping[Capability, str]] = {
    "table_rows": "not available for a model that recommends or writes, which does not learn from single rows",
    "one_target": "not available for a model of several targets; train a model of one of them to see it",
}
"""Why an insight is not available, in words, by what it lacks."""


def list_unavailable(task: TaskName, columns: int) -> dict[InsightName, str]:
    """The insights that there are not of a model with so many target columns, each with the reason."""
    there = TASKS[task].list_capabilities(columns)
    unavailable: dict[InsightName, str] = {}
    for insight, needs in NEEDS.items():
        lacking = [REASONS[capability] for capability in REASONS if capability in needs - there]
        if lacking:
            unavailable[insight] = lacking[0]
    return unavailable
