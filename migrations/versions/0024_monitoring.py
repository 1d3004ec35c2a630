"""Monitoring: predictions that are recorded, and the drift of models."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "predictions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double[float](), nullable=False),
        sa.Column("bins", sa.LargeBinary(), nullable=False),
        sa.Column("predicted", sa.LargeBinary(), nullable=False),
        sa.Column("actual", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name=op.f("fk_predictions_model_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_predictions")),
    )
    op.create_index(op.f("ix_predictions_model_id_id"), "predictions", ["model_id", "id"])
    op.create_index(op.f("ix_predictions_created_at"), "predictions", ["created_at"])
    op.create_table(
        "monitors",
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("unchecked", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", sa.Double[float](), nullable=True),
        sa.Column("drifts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"], name=op.f("fk_monitors_model_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_monitors")),
    )


def downgrade() -> None:
    op.drop_table("monitors")
    op.drop_table("predictions")
