"""Batches of predictions, and their blocks."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("model_name", sa.Text(), nullable=False),
        sa.Column("model_version", sa.BigInteger(), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("interval", sa.Double[float](), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("rows_rejected", sa.BigInteger(), nullable=False),
        sa.Column("block_rows", sa.BigInteger(), nullable=False),
        sa.Column("rows_done", sa.BigInteger(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("turn_at", sa.Double[float](), nullable=False),
        sa.Column("created_at", sa.Double[float](), nullable=False),
        sa.Column("started_at", sa.Double[float](), nullable=True),
        sa.Column("finished_at", sa.Double[float](), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name=op.f("ck_batches_status")
        ),
        sa.CheckConstraint("format IN ('csv', 'ndjson', 'parquet')", name=op.f("ck_batches_format")),
        sa.CheckConstraint(
            "(status IN ('succeeded', 'failed', 'cancelled')) = (finished_at IS NOT NULL)",
            name=op.f("ck_batches_finished_at"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    for columns in (
        ["owner", "id"],
        ["owner", "status"],
        ["owner", "dataset_id"],
        ["status", "turn_at"],
        ["status", "finished_at"],
    ):
        op.create_index(op.f(f"ix_batches_{'_'.join(columns)}"), "batches", columns)
    op.create_table(
        "batch_blocks",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.Double[float](), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('read', 'predict', 'join')", name=op.f("ck_batch_blocks_kind")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_batch_blocks_batch_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_batch_blocks")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("batch_blocks")
    op.drop_table("batches")
