"""The time of a job's last turn, by which owners are served; its index replaces the one on the first start."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("turn_at", sa.Double[float](), nullable=True))
    op.execute("UPDATE jobs SET turn_at = started_at")
    op.create_index(op.f("ix_jobs_owner_turn_at"), "jobs", ["owner", "turn_at"])
    op.drop_index(op.f("ix_jobs_owner_started_at"), "jobs")


def downgrade() -> None:
    op.create_index(op.f("ix_jobs_owner_started_at"), "jobs", ["owner", "started_at"])
    op.drop_index(op.f("ix_jobs_owner_turn_at"), "jobs")
    op.drop_column("jobs", "turn_at")
