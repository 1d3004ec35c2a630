"""Trackings: how far jobs are logged to a tracking server."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trackings",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("sent", sa.JSON(), nullable=False),
        sa.Column("due_at", sa.Double[float](), nullable=True),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.Double[float](), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_trackings_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_trackings")),
    )
    op.create_index(op.f("ix_trackings_due_at"), "trackings", ["due_at"])


def downgrade() -> None:
    op.drop_table("trackings")
