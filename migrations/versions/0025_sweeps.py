"""Sweeps: searches for better settings, whose trials are jobs."""

import sqlalchemy as sa
from alembic import op

from migrations.definitions import replace_check, replace_in_sqlite

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

REASONS = "stop_reason IN ('all_epochs', 'early_stopping', 'finished_by_user', 'time_limit')"
REASONS_OF_TRIALS = REASONS.replace(")", ", 'pruned')")
TO_JOBS = "REFERENCES jobs (id) ON DELETE CASCADE"
SWEEP = "fk_jobs_sweep_id"
TO_SWEEPS = f", \n\tCONSTRAINT {SWEEP} FOREIGN KEY(sweep_id) REFERENCES sweeps (id) ON DELETE CASCADE"


def upgrade() -> None:
    op.create_table(
        "sweeps",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("spec", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("trial_base", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double[float](), nullable=False),
        sa.Column("finished_at", sa.Double[float](), nullable=True),
        sa.Column("trials", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.Double[float](), nullable=True),
        sa.Column("finish_asked_at", sa.Double[float](), nullable=True),
        sa.Column("job_id", sa.Text(), nullable=True),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint("status IN ('running', 'succeeded', 'failed', 'cancelled')", name=op.f("ck_sweeps_status")),
        sa.CheckConstraint("(status = 'running') = (finished_at IS NULL)", name=op.f("ck_sweeps_finished_at")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweeps")),
    )
    op.create_index(op.f("ix_sweeps_owner_id"), "sweeps", ["owner", "id"])
    op.create_index(op.f("ix_sweeps_status"), "sweeps", ["status"])
    op.add_column("jobs", sa.Column("sweep_id", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("trial", sa.BigInteger(), nullable=True))
    replace_check("jobs", "stop_reason", REASONS, REASONS_OF_TRIALS)
    if op.get_bind().dialect.name == "sqlite":
        replace_in_sqlite("jobs", TO_JOBS, f"{TO_JOBS}{TO_SWEEPS}")
    else:
        op.create_foreign_key(op.f(SWEEP), "jobs", "sweeps", ["sweep_id"], ["id"], ondelete="CASCADE")
    op.create_index(op.f("ix_jobs_sweep_id_trial"), "jobs", ["sweep_id", "trial"])


def downgrade() -> None:
    op.execute("DELETE FROM jobs WHERE sweep_id IS NOT NULL")
    op.drop_index(op.f("ix_jobs_sweep_id_trial"), "jobs")
    if op.get_bind().dialect.name == "sqlite":
        replace_in_sqlite("jobs", TO_SWEEPS, "")
    else:
        op.drop_constraint(op.f(SWEEP), "jobs", type_="foreignkey")
    replace_check("jobs", "stop_reason", REASONS_OF_TRIALS, REASONS)
    op.drop_column("jobs", "trial")
    op.drop_column("jobs", "sweep_id")
    op.drop_table("sweeps")
