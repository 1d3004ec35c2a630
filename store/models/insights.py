"""What was found out about a model when its training ended: a few bytes for each question that may be asked later.

Each part is in a row of its own, compressed, so that nobody loads more than was asked for. They go with the model.
"""

import zlib
from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from store.tables import ModelInsightRow, Row

_TABLE: Final = Row.metadata.tables["model_insights"]
"""Quicker to insert into than the class."""

COMPRESSION_LEVEL: Final = 1
"""How much time compression may take: little, for what is kept are rows of a table that are much alike."""


def compress_parts(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """The parts as they are kept. It takes long enough not to be done while a transaction keeps others from writing."""
    return {part: zlib.compress(content, COMPRESSION_LEVEL) for part, content in parts.items()}


def add(s: Session, model_id: str, parts: Mapping[str, bytes]) -> None:
    """Keep what was found out, by part, as `compress_parts` gives it; for `store.models.models.add` alone."""
    if parts:
        rows = [{"model_id": model_id, "part": part, "content": content} for part, content in parts.items()]
        s.execute(insert(_TABLE), rows)


def get_parts(s: Session, model_id: str, parts: Iterable[str]) -> dict[str, bytes]:
    """Those of the parts that are kept, by their names, of a model that was looked up under its owner before."""
    mine = (ModelInsightRow.model_id == model_id, ModelInsightRow.part.in_(list(parts)))
    return {row.part: zlib.decompress(row.content) for row in s.scalars(select(ModelInsightRow).where(*mine))}
