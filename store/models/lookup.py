"""Which model a ref means at this moment, found with the least work, because every prediction begins by asking.

A session costs several times as much as the query itself, and so does a pool that makes its connections as new after
each; here the same queries go straight to connections that do nothing else, each query a transaction of its own. And
SQLite tells a connection whether anything was written since it asked, much sooner than it answers the query: if nothing
was, the answer is the same.
"""

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from sqlalchemy import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.sql.compiler import SQLCompiler

from store.database import begin_read, make_session_factory
from store.errors import NotFound
from store.models import models
from store.models.models import SELECT_BY_KIND, ReferenceKind, parse_reference
from store.rows import ModelRow

TOLD_AT_MOST: Final = 1024
_COLUMNS: Final = (ModelRow.id, ModelRow.name, ModelRow.version)


@dataclass(frozen=True)
class ResolvedModel:
    """The model that a ref means now."""

    id: str
    name: str
    version: int


@dataclass(frozen=True)
class _Query:
    """A query as the driver takes it: its text, the order of values without names, and values to begin with."""

    text: str
    order: Sequence[str] | None
    values: Mapping[str, Any]


@dataclass
class _Asker:
    """A connection for questions, and what it was told while the database stayed as it is.

    Attributes:
        state: what SQLite calls the database's `data_version`, for this connection alone.
    """

    connection: DBAPIConnection
    state: object = None
    told: dict[tuple[str, str], ResolvedModel] = field(default_factory=dict[tuple[str, str], ResolvedModel])

    def ask(self, query: str, values: Any = ()) -> Any:
        """The first row that a query finds, or None."""
        cursor = self.connection.cursor()
        cursor.execute(query, values)
        row = cursor.fetchone()
        cursor.close()
        return row

    def look(self) -> None:
        """Forget what is no longer certain."""
        state = self.ask("PRAGMA data_version")
        if state != self.state or len(self.told) > TOLD_AT_MOST:
            self.told.clear()
            self.state = state


class ModelResolver:
    """Finds models by id, name, `name:3` or `name@alias`; safe for any number of threads at once.

    Attributes:
        at_hand: whether the database is a file, which answers at once or not at all.
    """

    def __init__(self, engine: Engine) -> None:
        self.at_hand = engine.dialect.name == "sqlite"
        self._engine = engine
        self._queries: dict[ReferenceKind, _Query] = {}
        self._idle: list[_Asker] = []
        weakref.finalize(self, _close, self._idle)

    def resolve(self, owner: str, ref: str) -> ResolvedModel:
        """The model that `ref` means.

        Raises:
            NotFound: there is none, or it is another owner's.
        """
        try:
            found = self._ask(owner, ref)
        except self._engine.dialect.loaded_dbapi.Error:
            # once more by a session, which has patience, and whose errors are those that callers know
            with begin_read(make_session_factory(self._engine)) as s:
                row = models.get(s, owner, ref)
                return ResolvedModel(row.id, row.name, row.version)
        if found is None:
            raise NotFound("model", ref)
        return found

    def glance(self, owner: str, ref: str) -> ResolvedModel | None:
        """The model that `ref` means, without ever waiting; None if that cannot be said, or there is none.

        Args:
            owner: whose it is.
            ref: as in `find`.
        """
        if not self.at_hand:
            return None
        try:
            return self._ask(owner, ref)
        except self._engine.dialect.loaded_dbapi.Error:
            return None

    def _ask(self, owner: str, ref: str) -> ResolvedModel | None:
        asker = self._asker()
        try:
            if self.at_hand:
                asker.look()
            found = asker.told.get((owner, ref))
            if found is None:
                found = self._find(asker, owner, ref)
                if found is not None and self.at_hand:
                    asker.told[owner, ref] = found
        except BaseException:
            asker.connection.close()
            raise
        self._idle.append(asker)
        return found

    def _find(self, asker: _Asker, owner: str, ref: str) -> ResolvedModel | None:
        for meaning, of_ref in parse_reference(ref):
            given = {"owner": owner, **of_ref}
            query = self._queries.get(meaning) or self._compile(meaning, given)
            values = {**query.values, **given}
            row = asker.ask(query.text, values if query.order is None else [values[name] for name in query.order])
            if row is not None:
                return ResolvedModel(*row)
        return None

    def _asker(self) -> _Asker:
        """One that nobody uses now; there are never more than there were questions at once."""
        try:
            return self._idle.pop()
        except IndexError:
            pooled = self._engine.raw_connection()
            pooled.detach()
            connection = cast("DBAPIConnection", pooled.dbapi_connection)
            self._engine.dialect.set_isolation_level(connection, "AUTOCOMMIT")
            if self.at_hand:
                connection.cursor().execute("PRAGMA busy_timeout=0")
            return _Asker(connection)

    def _compile(self, meaning: ReferenceKind, given: dict[str, str | int]) -> _Query:
        compiled = SELECT_BY_KIND[meaning].with_only_columns(*_COLUMNS).compile(self._engine)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101
        query = _Query(compiled.string, compiled.positiontup, compiled.construct_params(given))
        self._queries[meaning] = query
        return query


def _close(askers: list[_Asker]) -> None:
    for asker in askers:
        asker.connection.close()
