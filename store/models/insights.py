"""Insights of models, computed when training ended: evaluation, importance, hard examples and others, by part.

Each part is compressed in a row of its own, so that a request loads only what it needs.
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
"""Fast, since rows of a table are much alike and compress well anyway."""


def compress_parts(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """The parts, compressed; done outside of a transaction, since it takes long enough to delay other writers."""
    return {part: zlib.compress(content, COMPRESSION_LEVEL) for part, content in parts.items()}


def add(s: Session, model_id: str, parts: Mapping[str, bytes]) -> None:
    """Add insights as `compress_parts` gives them; for `store.models.models.add` alone."""
    if parts:
        rows = [{"model_id": model_id, "part": part, "content": content} for part, content in parts.items()]
        s.execute(insert(_TABLE), rows)


def get_parts(s: Session, model_id: str, parts: Iterable[str]) -> dict[str, bytes]:
    """The stored ones of these parts, of a model that was looked up under its owner before."""
    mine = (ModelInsightRow.model_id == model_id, ModelInsightRow.part.in_(list(parts)))
    return {row.part: zlib.decompress(row.content) for row in s.scalars(select(ModelInsightRow).where(*mine))}
