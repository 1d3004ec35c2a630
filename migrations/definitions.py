"""Changes of constraints, which SQLite cannot alter: there the text of the table's definition is replaced."""

from alembic import op


def replace_check(table: str, name: str, old: str, new: str) -> None:
    """Put one condition in place of another in the check constraint of that name; all rows must meet it."""
    if op.get_bind().dialect.name == "sqlite":
        replace_in_sqlite(table, f"CHECK ({old})", f"CHECK ({new})")
        return
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, new)


def replace_in_sqlite(table: str, old: str, new: str) -> None:
    """Put one text in place of another in SQLite's definition of a table; all rows must meet what it says then.

    Making the table anew would delete the rows of others that point to its rows; see
    https://www.sqlite.org/lang_altertable.html section 7, for changes that need no other content.
    """
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ?", (old, new, table)
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
