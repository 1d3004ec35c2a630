"""Models that recommend."""

from alembic import op

from migrations.definitions import replace_check

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BEFORE = "task IN ('regression', 'classification')"
AFTER = "task IN ('regression', 'classification', 'recommendation')"


def upgrade() -> None:
    replace_check("models", "task", BEFORE, AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM models WHERE task = 'recommendation'")
    replace_check("models", "task", AFTER, BEFORE)
