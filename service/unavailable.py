"""Insights that there are not of a model, because of what it predicts; each is answered with the reason."""

from collections.abc import Mapping
from typing import cast

from learning.errors import NotForTask
from learning.insight.capabilities import list_unavailable
from learning.insight.insight_name import InsightName
from learning.tasks import TaskName
from store.tables import ModelRow


def list_unavailable_of(row: ModelRow) -> dict[InsightName, str]:
    """The insights that there are not of a model, each with the reason."""
    return list_unavailable(cast("TaskName", row.task), len(row.targets or [row.target]))


def refuse_unavailable(insight: InsightName, unavailable: Mapping[InsightName, str]) -> None:
    """Refuse an insight that is among those.

    Raises:
        NotForTask: with the reason.
    """
    if insight in unavailable:
        raise NotForTask(f"This is {unavailable[insight]}.")
