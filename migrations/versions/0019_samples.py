"""Samples of what a net writes after an epoch."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("epochs", sa.Column("sample", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("epochs", "sample")
