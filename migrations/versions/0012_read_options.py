"""What an uploader knows about a file: how it is to be read."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("datasets", sa.Column("read_options", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("datasets", "read_options")
