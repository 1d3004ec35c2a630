"""The split of a job's rows."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job_facts", sa.Column("parts", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("job_facts", "parts")
