"""The job that another one reproduces, and the result."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("reproduces", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("reproduction", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("jobs", "reproduction")
    op.drop_column("jobs", "reproduces")
