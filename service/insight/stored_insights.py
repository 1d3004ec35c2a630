"""Insights that the worker stored with a model at the end of its training, loaded part by part.

Models of older versions have none, and a training may succeed without them.
"""

from collections.abc import Sequence
from typing import Literal

from learning.insight.insight_name import InsightName
from service.http.errors import ProblemError
from service.services import Context
from service.unavailable import list_unavailable_of, refuse_unavailable
from store.models import models
from store.models.lookup import ResolvedModel

HeldOutSplit = Literal["validation", "test"]
"""The parts of the rows that a model is measured on."""

ALWAYS_STORED: str = "shares"
"""The smallest part, which every model with insights has."""


def load_insights(
    context: Context, model: ResolvedModel, parts: Sequence[str], insight: InsightName | None = None
) -> dict[str, bytes]:
    """The stored ones among these parts of a model's insights; `insight` is what they are for, if it needs something.

    Raises:
        NotForTask: there is no such insight into what the model predicts.
        ProblemError: `no-insight`: the model has no insights.
    """
    with context.begin_read() as s:
        if insight is not None:
            refuse_unavailable(insight, list_unavailable_of(models.get(s, context.owner, model.id)))
        insights = models.get_insights(s, model.id, {*parts, ALWAYS_STORED})
    if not insights:
        raise ProblemError(
            "no-insight",
            f"Nothing was kept of {model.name}:{model.version} but the model itself: it was trained before more was, "
            "or something went wrong. Train again: the new version has it.",
        )
    return insights
