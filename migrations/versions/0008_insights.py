"""Insights into a model, computed when its training ends."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_insights",
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["models.id"], name=op.f("fk_model_insights_model_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("model_id", "part", name=op.f("pk_model_insights")),
    )


def downgrade() -> None:
    op.drop_table("model_insights")
