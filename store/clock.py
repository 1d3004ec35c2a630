"""The database's clock, as an SQL expression: float Unix seconds.

Leases are compared by one clock only, so that a worker whose own clock jumps takes nobody's job.
"""

from typing import Any

from sqlalchemy import Double
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


class now(FunctionElement[float]):  # noqa: N801 - reads as the SQL function that it is
    """The present moment in Unix seconds, to the millisecond or better."""

    type: TypeEngine[float] = Double[float]()
    inherit_cache = True


@compiles(now, "sqlite")
def _sqlite(element: now, compiler: SQLCompiler, **_: Any) -> str:  # noqa: ARG001 - SQLAlchemy's signature
    return "round((julianday('now') - 2440587.5) * 86400.0, 3)"


@compiles(now, "postgresql")
def _postgresql(element: now, compiler: SQLCompiler, **_: Any) -> str:  # noqa: ARG001 - SQLAlchemy's signature
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"
