"""An index for claims that take owners in turn; it stands in for the one by priority and age alone."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_jobs_status_owner_priority_id"), "jobs", ["status", "owner", "priority", "id"])
    op.drop_index(op.f("ix_jobs_status_priority_id"), "jobs")


def downgrade() -> None:
    op.create_index(op.f("ix_jobs_status_priority_id"), "jobs", ["status", "priority", "id"])
    op.drop_index(op.f("ix_jobs_status_owner_priority_id"), "jobs")
