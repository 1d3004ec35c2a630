"""Baselines of a job, and the findings about its rows before training."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("baselines", sa.JSON(), nullable=True))
    op.create_table(
        "job_facts",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_facts_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job_facts")),
    )


def downgrade() -> None:
    op.drop_table("job_facts")
    op.drop_column("jobs", "baselines")
