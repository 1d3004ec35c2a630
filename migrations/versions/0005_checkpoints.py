"""Checkpoints of jobs, the weights' hash of every epoch, and why and from where on a job's bits may differ."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.Double[float](), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_checkpoints_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "number", name=op.f("pk_checkpoints")),
    )
    op.add_column("epochs", sa.Column("weights_sha256", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("interrupted", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("differs_from_epoch", sa.BigInteger(), nullable=True))
    op.add_column("jobs", sa.Column("finish_asked_at", sa.Double[float](), nullable=True))


def downgrade() -> None:
    op.drop_column("jobs", "finish_asked_at")
    op.drop_column("jobs", "differs_from_epoch")
    op.drop_column("jobs", "interrupted")
    op.drop_column("epochs", "weights_sha256")
    op.drop_table("checkpoints")
