"""What a run made and with which model, so that a trial finds its like; what models' token counts have taught."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

_Name = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("runs", sa.Column("trial", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("runs", sa.Column("recipe", sa.Text))
    op.add_column("runs", sa.Column("model", sa.Text))
    op.create_index("runs_by_recipe", "runs", ["project", "recipe", "model", "number"])
    op.create_table(
        "token_sums",
        sa.Column("project", _Name, primary_key=True),
        sa.Column("model", _Name, primary_key=True),
        sa.Column("language", _Name, primary_key=True),
        sa.Column("sums", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
