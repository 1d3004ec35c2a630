"""What the worker found out about a model when its training ended, fetched part by part.

Models that were trained by older versions have none of it, and a training may end well without it.
"""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.http.errors import ProblemError
from service.services import Context
from store.models import models
from store.models.lookup import ResolvedModel

ALWAYS_STORED: str = "shares"
"""A part that each model has that has any, and the smallest."""


def load_insights(context: Context, model: ResolvedModel, parts: Sequence[str]) -> dict[str, bytes]:
    """Those of the parts that are kept of a model; a model may have none of some.

    Raises:
        ProblemError: `no-insight`: nothing at all is kept of it.
    """
    with context.begin_read() as s:
        found = models.get_insights(s, model.id, {*parts, ALWAYS_STORED})
    if not found:
        raise ProblemError(
            "no-insight",
            f"Nothing was kept of {model.name}:{model.version} but the model itself: it was trained before more was, "
            "or something went wrong. Train again: the new version has it.",
        )
    return found


def decode_array(content: bytes) -> NDArray[Any]:
    """A part that is an array."""
    return np.load(io.BytesIO(content), allow_pickle=False)
