"""The progress of reading a dataset's file."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("datasets", sa.Column("progress", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("datasets", "progress")
