"""Where Alembic begins: it says which database to change, and which tables the classes of `store.tables` ask for.

`migrations.upgrade` hands its connection in; the `alembic` command, which writes new steps, finds it by the settings.
"""

from alembic import context
from sqlalchemy import Connection

from contract.settings import Settings
from migrations.upgrade import lock_database
from store.tables import Row


def run(connection: Connection) -> None:
    """Take the steps that the command asks for, within the transaction that stands."""
    context.configure(connection=connection, target_metadata=Row.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if isinstance(given, Connection):
    run(given)
else:
    with lock_database(Settings().database) as opened:
        run(opened)
