"""Features of pictures: how far they are made, and the size of those that are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("prepared", sa.Double(), nullable=True))
    op.add_column("datasets", sa.Column("feature_bytes", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("datasets", "feature_bytes")
    op.drop_column("jobs", "prepared")
