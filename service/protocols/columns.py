"""Columns of cells as a frame of one model, for protocols that send columns rather than rows."""

from typing import Final, Literal
from weakref import WeakKeyDictionary

from pydantic import Field

from learning.model import Model
from service.http.pagination import Query
from tables import ColumnFrames


class ColumnsQuery(Query):
    """What becomes of columns that do not fit."""

    unknown: Literal["refuse", "ignore"] = Field(
        default="refuse", description="Columns that the model has not: refused, or passed over."
    )


_frames: Final[WeakKeyDictionary[Model, ColumnFrames]] = WeakKeyDictionary()


def frames_of(model: Model) -> ColumnFrames:
    """What makes frames for a model; made once, as making it takes longer than reading a row."""
    frames = _frames.get(model)
    if frames is None:
        frames = _frames[model] = ColumnFrames(model.inputs, model.ignored, len(model.header.output_names))
    return frames
