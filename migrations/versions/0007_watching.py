"""Layer statistics of a job's net by epoch, its weights over time, and the encoding of its rows."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "layers",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("layers", sa.JSON(), nullable=False),
        sa.Column("non_finite", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_layers_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "epoch", name=op.f("pk_layers")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "nets",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("watched_epoch", sa.BigInteger(), nullable=True),
        sa.Column("gradients", sa.LargeBinary(), nullable=True),
        sa.Column("dead", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_nets_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_nets")),
    )
    op.create_table(
        "weight_snapshots",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("weights", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_weight_snapshots_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "epoch", name=op.f("pk_weight_snapshots")),
    )


def downgrade() -> None:
    op.drop_table("weight_snapshots")
    op.drop_table("nets")
    op.drop_table("layers")
