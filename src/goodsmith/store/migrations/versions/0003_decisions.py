"""What people decided about rows, the lots that are released on a sample of them, and edits whose source changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

_Name = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "decisions",
        sa.Column("number", _Number, primary_key=True, autoincrement=True),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("run", sa.BigInteger, nullable=False),
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("locale", _Name, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("edits", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("decisions_by_row", "decisions", ["run", "ordinal", "locale", "number"])
    op.create_table(
        "lots",
        sa.Column("number", _Number, primary_key=True, autoincrement=True),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("run", sa.BigInteger, nullable=False),
        sa.Column("lot", _Name, nullable=False, unique=True),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("certificate", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("lots_by_run", "lots", ["run", "number"])
    op.add_column("heads", sa.Column("seen_hash", sa.Text))
    op.create_index(
        "rows_by_lot",
        "rows",
        ["run", "lot", "ordinal"],
        sqlite_where=sa.text("lot IS NOT NULL"),
        postgresql_where=sa.text("lot IS NOT NULL"),
    )
