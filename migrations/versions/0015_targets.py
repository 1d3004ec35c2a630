"""The names of several targets of a model."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("models", sa.Column("targets", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("models", "targets")
