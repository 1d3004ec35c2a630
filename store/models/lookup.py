"""Resolves a model reference (an id, a name, `name:3` or `name@alias`) to the model that it means now.

Every prediction begins with it, so an answer is kept for half a second: that is how late a moved alias, a newer version
of a name or a deletion may be noticed. That a model does not exist is never kept, so a new one is found at once.
"""

import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, bindparam, select

from store.database import open_database
from store.errors import NotFound
from store.models.models import SELECT_BY_KIND, parse_reference
from store.tables import ModelRow

CACHE_SECONDS: Final = 0.5
MAX_CACHED_REFERENCES: Final = 1024

_QUERIES: Final = {
    kind: query.with_only_columns(ModelRow.id, ModelRow.name, ModelRow.version)
    for kind, query in SELECT_BY_KIND.items()
}


_NAMES: Final = select(ModelRow.name).where(ModelRow.owner == bindparam("owner")).distinct().limit(2)

ONLY: Final = ""
"""Stands for the owner's only name where a reference would; no name is empty."""


@dataclass(frozen=True)
class ResolvedModel:
    """The model that a reference means."""

    id: str
    name: str
    version: int


class ModelResolver:
    """Resolves references of any number of threads, on up to four connections of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = open_database(engine.url, autocommit=True)
        self._cache: dict[tuple[str, str], tuple[ResolvedModel, float]] = {}
        weakref.finalize(self, self._engine.dispose)

    def resolve(self, owner: str, reference: str) -> ResolvedModel:
        """The model that `reference` means, or meant up to half a second ago.

        Raises:
            NotFound: there is none, or it is another owner's.
        """
        return self._remember(owner, reference, lambda: self._query(owner, reference))

    def resolve_only(self, owner: str) -> ResolvedModel:
        """The newest version of the owner's only name, or what it was up to half a second ago.

        Raises:
            NotFound: there is none, or there are several names.
        """
        return self._remember(owner, ONLY, lambda: self._query_only(owner))

    def _remember(self, owner: str, reference: str, query: Callable[[], ResolvedModel]) -> ResolvedModel:
        asked_at = time.monotonic()
        resolved, expires_at = self._cache.get((owner, reference), (None, 0.0))
        if resolved is not None and asked_at < expires_at:
            return resolved
        resolved = query()
        if len(self._cache) >= MAX_CACHED_REFERENCES:
            self._cache.clear()
        self._cache[owner, reference] = (resolved, asked_at + CACHE_SECONDS)
        return resolved

    def _query_only(self, owner: str) -> ResolvedModel:
        with self._engine.connect() as connection:
            names = connection.execute(_NAMES, {"owner": owner}).scalars().all()
        if len(names) != 1:
            raise NotFound("model", ONLY)
        return self._query(owner, names[0])

    def _query(self, owner: str, reference: str) -> ResolvedModel:
        with self._engine.connect() as connection:
            for kind, parameters in parse_reference(reference):
                row = connection.execute(_QUERIES[kind], {"owner": owner, **parameters}).one_or_none()
                if row is not None:
                    return ResolvedModel(*row)
        raise NotFound("model", reference)
