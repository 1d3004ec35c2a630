"""An index for claims that ask when each owner last had a turn."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_jobs_owner_started_at"), "jobs", ["owner", "started_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_jobs_owner_started_at"), "jobs")
