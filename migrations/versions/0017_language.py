"""Models that write."""

from alembic import op

from migrations.definitions import replace_check

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BEFORE = "task IN ('regression', 'classification', 'recommendation')"
AFTER = "task IN ('regression', 'classification', 'recommendation', 'language')"


def upgrade() -> None:
    replace_check("models", "task", BEFORE, AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM models WHERE task = 'language'")
    replace_check("models", "task", AFTER, BEFORE)
