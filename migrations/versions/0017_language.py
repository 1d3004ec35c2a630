"""Models that write."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BEFORE = "task IN ('regression', 'classification', 'recommendation')"
AFTER = "task IN ('regression', 'classification', 'recommendation', 'language')"


def upgrade() -> None:
    _replace(BEFORE, AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM models WHERE task = 'language'")
    _replace(AFTER, BEFORE)


def _replace(old: str, new: str) -> None:
    """Put one condition in place of another.

    SQLite cannot alter one, and making the table anew would delete the weights that point to its rows; so its text is
    replaced, as https://www.sqlite.org/lang_altertable.html section 7 says for changes that need no other content.
    """
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_models_task"), "models", type_="check")
        op.create_check_constraint(op.f("ck_models_task"), "models", new)
        return
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'models'", (old, new)
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
