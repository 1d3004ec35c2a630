"""Sweeps: searches for better settings, whose trials are jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

REASONS = "stop_reason IN ('all_epochs', 'early_stopping', 'finished_by_user', 'time_limit'"
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
    if op.get_bind().dialect.name == "sqlite":
        _replace_text(f"{REASONS})", f"{REASONS}, 'pruned')")
        _replace_text("REFERENCES jobs (id) ON DELETE CASCADE", f"REFERENCES jobs (id) ON DELETE CASCADE{TO_SWEEPS}")
    else:
        op.create_foreign_key(op.f(SWEEP), "jobs", "sweeps", ["sweep_id"], ["id"], ondelete="CASCADE")
        _replace_reasons(f"{REASONS}, 'pruned')")
    op.create_index(op.f("ix_jobs_sweep_id_trial"), "jobs", ["sweep_id", "trial"])


def downgrade() -> None:
    op.execute("DELETE FROM jobs WHERE sweep_id IS NOT NULL")
    op.drop_index(op.f("ix_jobs_sweep_id_trial"), "jobs")
    if op.get_bind().dialect.name == "sqlite":
        _replace_text(TO_SWEEPS, "")
        _replace_text(f"{REASONS}, 'pruned')", f"{REASONS})")
    else:
        op.drop_constraint(op.f(SWEEP), "jobs", type_="foreignkey")
        _replace_reasons(f"{REASONS})")
    op.drop_column("jobs", "trial")
    op.drop_column("jobs", "sweep_id")
    op.drop_table("sweeps")


def _replace_reasons(condition: str) -> None:
    op.drop_constraint(op.f("ck_jobs_stop_reason"), "jobs", type_="check")
    op.create_check_constraint(op.f("ck_jobs_stop_reason"), "jobs", condition)


def _replace_text(old: str, new: str) -> None:
    """Put one text in place of another in SQLite's definition of the table of jobs.

    SQLite cannot alter a constraint, and making the table anew would delete the epochs that point to its rows; see
    https://www.sqlite.org/lang_altertable.html section 7. All rows that there are meet the new constraints.
    """
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'jobs'", (old, new)
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
