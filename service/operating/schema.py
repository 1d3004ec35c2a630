"""Whether the database has the tables that this version of the service works with."""

from sqlalchemy import Engine, inspect

from store.tables import Row


def list_missing(engine: Engine) -> list[str]:
    """The tables and columns that the database lacks; what it has besides, a newer version may have made."""
    there = inspect(engine)
    tables = set(there.get_table_names())
    lacking = [name for name in Row.metadata.tables if name not in tables]
    for name, table in Row.metadata.tables.items():
        if name in tables:
            columns = {column["name"] for column in there.get_columns(name)}
            lacking += [f"{name}.{column.name}" for column in table.columns if column.name not in columns]
    return lacking
