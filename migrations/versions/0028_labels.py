"""Tags and notes of jobs, datasets and models, the words by which they are found, and the error that orders jobs."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

ROWS_AT_ONCE = 1000
MAIN_METRICS = {
    "classification": ("accuracy", "macro_f1"),
    "recommendation": ("recall_at_10", "rmse"),
    "language": ("bits_per_character", "bits_per_character"),
}
OF_JSON = {"spec", "best", "tags", "targets"}
ERRORS = {"rmse", "bits_per_character"}


def upgrade() -> None:
    op.add_column("jobs", sa.Column("name", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("jobs", sa.Column("note", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("words", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("jobs", sa.Column("main_error", sa.Double[float](), nullable=True))
    op.create_index(op.f("ix_jobs_owner_name_id"), "jobs", ["owner", "name", "id"])
    op.create_index(op.f("ix_jobs_owner_main_error_id"), "jobs", ["owner", "main_error", "id"])
    for table in ("datasets", "models"):
        op.add_column(table, sa.Column("tags", sa.JSON(), nullable=False, server_default="{}"))
        op.add_column(table, sa.Column("note", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("words", sa.Text(), nullable=False, server_default=sa.text("''")))
    fill("jobs", ("spec", "best", "tags"), describe_job)
    fill("datasets", ("name",), lambda row: {"words": compose_words([row["id"], row["name"]])})
    fill("models", ("name", "version", "target", "targets", "task"), describe_model)


def fill(name: str, columns: tuple[str, ...], describe: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Set columns of every row by what others of it have."""
    connection, last = op.get_bind(), ""
    given = [sa.column(column, sa.JSON() if column in OF_JSON else sa.Text()) for column in ("id", *columns)]
    changed = [sa.column("words", sa.Text()), sa.column("main_error", sa.Double[float]())]
    table = sa.table(name, *given, *changed, *(() if "name" in columns else (sa.column("name", sa.Text()),)))
    query = sa.select(*given).order_by(table.c.id).limit(ROWS_AT_ONCE)
    while rows := connection.execute(query.where(table.c.id > last)).mappings().all():
        values = [{"row_id": row["id"], **describe({**row})} for row in rows]
        connection.execute(sa.update(table).where(table.c.id == sa.bindparam("row_id")), values)
        last = rows[-1]["id"]


def describe_job(row: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = row["spec"]
    best: dict[str, Any] = row["best"] or {}
    columns = [*(spec.get("targets") or ()), *(spec.get(name) for name in ("target", "user", "item", "text"))]
    usual, other = MAIN_METRICS.get(spec.get("task", ""), ("rmse", "r2"))
    is_rated = spec.get("item") not in {None, spec.get("target")}
    is_other = len(spec.get("targets") or (None,)) > 1 or spec.get("class_weights") is not None or is_rated
    metric = other if is_other else usual
    metrics: dict[str, float | None] = best.get("metrics") or {}
    value = metrics.get(metric)
    return {
        "name": spec.get("model_name") or "",
        "words": compose_words([row["id"], spec.get("model_name"), *columns, f"\x1e{spec.get('task')}"], row["tags"]),
        "main_error": value if value is None or metric in ERRORS else 1 - value,
    }


def describe_model(row: dict[str, Any]) -> dict[str, Any]:
    targets = row["targets"] or [row["target"]]
    return {"words": compose_words([row["id"], f"{row['name']}:{row['version']}", *targets, row["task"]])}


def compose_words(names: list[str | None], tags: dict[str, str] | None = None) -> str:
    lines = [*(name for name in names if name), *(f"\x1f{name}={value}" for name, value in (tags or {}).items()), ""]
    return "".join(f"{line.casefold()}\n" for line in lines)


def downgrade() -> None:
    for table in ("models", "datasets"):
        for column in ("words", "note", "tags"):
            op.drop_column(table, column)
    op.drop_index(op.f("ix_jobs_owner_main_error_id"), "jobs")
    op.drop_index(op.f("ix_jobs_owner_name_id"), "jobs")
    for column in ("main_error", "words", "note", "name"):
        op.drop_column("jobs", column)
