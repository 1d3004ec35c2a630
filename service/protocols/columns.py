"""Columns of cells as a frame of one model, for protocols that send columns rather than rows."""

from typing import Final, Literal
from weakref import WeakKeyDictionary

from pydantic import Field

from learning.model import Model
from service.http.pagination import Query
from tables import ColumnFrames


class ColumnsQuery(Query):
    """What becomes of columns that do not fit, and what is told of predictions."""

    unknown: Literal["refuse", "ignore"] = Field(
        default="refuse", description="Columns that the model has not: refused, or passed over."
    )
    interval: float | None = Field(
        default=None, gt=0, lt=1, description="A coverage, such as 0.9: numbers get an interval, classes a set."
    )


_frames: Final[WeakKeyDictionary[Model, ColumnFrames]] = WeakKeyDictionary()


def frames_of(model: Model) -> ColumnFrames:
    """What makes frames for a model; made once, as making it takes longer than reading a row."""
    frames = _frames.get(model)
    if frames is None:
        frames = _frames[model] = ColumnFrames(model.inputs, model.ignored, len(model.header.output_names))
    return frames
