"""Which model a ref means at this moment, found with the least work, because every prediction begins by asking.

A session costs several times as much as the query itself, and so does a pool that makes its connections as new after
each; here the same queries go straight to connections that do nothing else, each query a transaction of its own.
"""

import math
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.sql.compiler import SQLCompiler

from store import models
from store.database import reading, sessions
from store.errors import NotFound
from store.models import QUERIES, Meaning, meanings
from store.rows import ModelRow

TOLD_AT_MOST: Final = 1024
_NEVER: Final = (-math.inf, None)
_COLUMNS: Final = (ModelRow.id, ModelRow.name, ModelRow.version)


@dataclass(frozen=True)
class Served:
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


class Refs:
    """Finds models by id, name, `name:3` or `name@alias`; safe for any number of threads at once.

    Attributes:
        at_hand: whether the database is a file, which answers at once or not at all.
    """

    def __init__(self, engine: Engine) -> None:
        self.at_hand = engine.dialect.name == "sqlite"
        self._engine = engine
        self._queries: dict[Meaning, _Query] = {}
        self._idle: list[DBAPIConnection] = []
        self._told: dict[tuple[str, str], tuple[float, Served | None]] = {}
        weakref.finalize(self, _close, self._idle)

    def find(self, owner: str, ref: str) -> Served:
        """The model that `ref` means.

        Raises:
            NotFound: there is none, or it is another owner's.
        """
        try:
            found = self._ask(owner, ref)
        except self._engine.dialect.loaded_dbapi.Error:
            # once more by a session, which has patience, and whose errors are those that callers know
            with reading(sessions(self._engine)) as s:
                row = models.get(s, owner, ref)
                return Served(row.id, row.name, row.version)
        if found is None:
            raise NotFound("model", ref)
        return found

    def glance(self, owner: str, ref: str, came: float) -> Served | None:
        """The model that `ref` means, without ever waiting; None if that cannot be said, or there is none.

        What one caller was told serves all who came before it was asked: none of them gets to know less than was true
        when they came.

        Args:
            owner: whose it is.
            ref: as in `find`.
            came: when the caller came, by `time.monotonic`.
        """
        asked, told = self._told.get((owner, ref), _NEVER)
        if asked >= came:
            return told
        if not self.at_hand:
            return None
        asked = time.monotonic()
        try:
            told = self._ask(owner, ref)
        except self._engine.dialect.loaded_dbapi.Error:
            return None
        if len(self._told) >= TOLD_AT_MOST:
            self._told.clear()
        self._told[owner, ref] = asked, told
        return told

    def _ask(self, owner: str, ref: str) -> Served | None:
        for meaning, given in meanings(ref):
            if (found := self._find(meaning, {"owner": owner, **given})) is not None:
                return found
        return None

    def _find(self, meaning: Meaning, given: dict[str, str | int]) -> Served | None:
        query = self._queries.get(meaning) or self._compile(meaning, given)
        values = {**query.values, **given}
        connection = self._connection()
        try:
            cursor = connection.cursor()
            cursor.execute(query.text, values if query.order is None else [values[name] for name in query.order])
            found = cursor.fetchone()
            cursor.close()
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return None if found is None else Served(*found)

    def _connection(self) -> DBAPIConnection:
        """A connection that nobody uses now; there are never more than there were questions at once."""
        try:
            return self._idle.pop()
        except IndexError:
            pooled = self._engine.raw_connection()
            pooled.detach()
            connection = cast("DBAPIConnection", pooled.dbapi_connection)
            self._engine.dialect.set_isolation_level(connection, "AUTOCOMMIT")
            if self.at_hand:
                connection.cursor().execute("PRAGMA busy_timeout=0")
            return connection

    def _compile(self, meaning: Meaning, given: dict[str, str | int]) -> _Query:
        compiled = QUERIES[meaning].with_only_columns(*_COLUMNS).compile(self._engine)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101
        query = _Query(compiled.string, compiled.positiontup, compiled.construct_params(given))
        self._queries[meaning] = query
        return query


def _close(connections: list[DBAPIConnection]) -> None:
    for connection in connections:
        connection.close()
