"""The preset of jobs that were submitted before there was one: fast, which later is no longer the default."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ADD_PRESET = {
    "sqlite": "UPDATE jobs SET spec = json_set(spec, '$.preset', 'fast') WHERE json_extract(spec, '$.preset') IS NULL",
    "postgresql": """UPDATE jobs SET spec = CAST(CAST(spec AS jsonb) || '{"preset": "fast"}' AS json)
        WHERE spec ->> 'preset' IS NULL""",
}


def upgrade() -> None:
    op.execute(ADD_PRESET[op.get_bind().dialect.name])


def downgrade() -> None:
    """The version before takes the field, too."""
