"""Changes of what an owner says of a job, a dataset or a model: its tags and its note."""

from typing import Annotated

from pydantic import Field, StringConstraints

from contract.specs import FreeText, OneLine, StrictModel, Tags

MAX_NOTE_CHARS = 2000

Note = Annotated[FreeText, StringConstraints(max_length=MAX_NOTE_CHARS)]


class LabelChanges(StrictModel):
    """What to change; what is left out stays as it is."""

    tags: Tags = Field(default={}, max_length=32, description="All tags from now on, names with values, maybe empty.")
    note: Note | None = Field(default=None, description="A few words for yourself; null: none.")


class DatasetChanges(LabelChanges):
    """What to change of a dataset; what is left out stays as it is."""

    name: Annotated[OneLine, StringConstraints(min_length=1, max_length=255)] = Field(
        default_factory=str, description="Another name."
    )
