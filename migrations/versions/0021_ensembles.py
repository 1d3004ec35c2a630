"""Ensembles: jobs of several nets, each a job of its own that the ensemble waits for."""

import sqlalchemy as sa
from alembic import op

from migrations.definitions import replace_check, replace_in_sqlite

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

LEASE = "(status = 'running') = (leased_until IS NOT NULL)"
LEASE_OR_NETS = "(status = 'running' AND waiting_nets = 0) = (leased_until IS NOT NULL)"
ENSEMBLE = "fk_jobs_ensemble_id"
TO_JOBS = f", \n\tCONSTRAINT {ENSEMBLE} FOREIGN KEY(ensemble_id) REFERENCES jobs (id) ON DELETE CASCADE"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("ensemble_id", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("net", sa.BigInteger(), nullable=True))
    op.add_column("jobs", sa.Column("waiting_nets", sa.BigInteger(), nullable=False, server_default="0"))
    replace_check("jobs", "lease", LEASE, LEASE_OR_NETS)
    if op.get_bind().dialect.name == "sqlite":
        replace_in_sqlite("jobs", f"CHECK ({LEASE_OR_NETS})", f"CHECK ({LEASE_OR_NETS}){TO_JOBS}")
    else:
        op.create_foreign_key(op.f(ENSEMBLE), "jobs", "jobs", ["ensemble_id"], ["id"], ondelete="CASCADE")
    op.drop_index(op.f("ix_jobs_status_owner_priority_id"), "jobs")
    op.create_index(
        op.f("ix_jobs_status_waiting_nets_owner_priority_id"),
        "jobs",
        ["status", "waiting_nets", "owner", "priority", "id"],
    )
    op.create_index(op.f("ix_jobs_ensemble_id_id_status"), "jobs", ["ensemble_id", "id", "status"])
    op.create_table(
        "ensemble_weights",
        sa.Column("ensemble_id", sa.Text(), nullable=False),
        sa.Column("net", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("weights", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ensemble_id"], ["jobs.id"], name=op.f("fk_ensemble_weights_ensemble_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ensemble_id", "net", name=op.f("pk_ensemble_weights")),
    )


def downgrade() -> None:
    op.drop_table("ensemble_weights")
    op.execute("DELETE FROM jobs WHERE ensemble_id IS NOT NULL")
    op.execute("DELETE FROM jobs WHERE waiting_nets > 0")
    op.drop_index(op.f("ix_jobs_ensemble_id_id_status"), "jobs")
    op.drop_index(op.f("ix_jobs_status_waiting_nets_owner_priority_id"), "jobs")
    op.create_index(op.f("ix_jobs_status_owner_priority_id"), "jobs", ["status", "owner", "priority", "id"])
    if op.get_bind().dialect.name == "sqlite":
        replace_in_sqlite("jobs", TO_JOBS, "")
    else:
        op.drop_constraint(op.f(ENSEMBLE), "jobs", type_="foreignkey")
    replace_check("jobs", "lease", LEASE_OR_NETS, LEASE)
    op.drop_column("jobs", "waiting_nets")
    op.drop_column("jobs", "net")
    op.drop_column("jobs", "ensemble_id")
