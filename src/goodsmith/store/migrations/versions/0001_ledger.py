"""Runs, chunks, parts, review index, heads, spend, events; the answer cache on Postgres."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

_Name = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("number", _Number, primary_key=True, autoincrement=True),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("run_id", _Name, nullable=False, unique=True),
        sa.Column("spec", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("adoptable", sa.Boolean, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("started", sa.Double),
        sa.Column("finished", sa.Double),
        sa.Column("error", sa.Text),
        sa.Column("stop_requested", sa.Text),
        sa.Column("budget_nanos", sa.BigInteger),
        sa.Column("budget_currency", sa.Text),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("host", sa.Text),
        sa.Column("machine", sa.Text),
        sa.Column("pid", sa.BigInteger),
        sa.Column("pid_started", sa.Text),
        sa.Column("claimed", sa.Double),
        sa.Column("lease_until", sa.Double, nullable=False),
        sa.Column("chunks", sa.BigInteger, nullable=False),
        sa.Column("chunks_done", sa.BigInteger, nullable=False),
        sa.Column("totals", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("runs_by_project", "runs", ["project", "number"])
    op.create_index("runs_by_state", "runs", ["state", "number"])
    op.create_table(
        "chunks",
        sa.Column("run", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("ordinals", sa.LargeBinary),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempt", sa.BigInteger, nullable=False),
        sa.Column("committed", sa.BigInteger),
        sa.Column("counted", sa.Text),
        sqlite_with_rowid=False,
    )
    op.create_index("chunks_by_state", "chunks", ["run", "state", "number"])
    op.create_table(
        "parts",
        sa.Column("run", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("generation", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("first", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("chunk", sa.BigInteger),
        sa.Column("merged", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rows",
        sa.Column("run", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("ordinal", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("locale", _Name, primary_key=True),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("risk", sa.Double, nullable=False),
        sa.Column("flags", sa.Text, nullable=False),
        sa.Column("cost_nanos", sa.BigInteger),
        sa.Column("decision", sa.Text),
        sa.Column("assignee", sa.Text),
        sa.Column("lot", sa.Text),
        sa.Column("version", sa.BigInteger, nullable=False, server_default="1"),
        sqlite_with_rowid=False,
    )
    op.create_index("rows_by_status", "rows", ["run", "status", sa.text("risk DESC"), "ordinal", "locale"])
    op.create_index(
        "rows_by_decision",
        "rows",
        ["run", "decision", "ordinal"],
        sqlite_where=sa.text("decision IS NOT NULL"),
        postgresql_where=sa.text("decision IS NOT NULL"),
    )
    op.create_table(
        "heads",
        sa.Column("project", _Name, primary_key=True),
        sa.Column("catalog", _Name, primary_key=True),
        sa.Column("recipe", _Name, primary_key=True),
        sa.Column("key", _Name, primary_key=True),
        sa.Column("locale", _Name, primary_key=True),
        sa.Column("inputs_hash", sa.Text, nullable=False),
        sa.Column("run", sa.BigInteger, nullable=False),
        sa.Column("ordinal", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("maker", sa.Text, nullable=False),
        sa.Column("updated", sa.Double, nullable=False),
        sa.Column("locked_by", sa.Text),
        sa.Column("locked_at", sa.Double),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "spend",
        sa.Column("run", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("currency", sa.Text, primary_key=True),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("nanos", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "events",
        sa.Column("number", _Number, primary_key=True, autoincrement=True),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("run", sa.BigInteger, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("events_by_run", "events", ["run", "number"])
    if op.get_bind().dialect.name == "postgresql":
        op.create_table(
            "answers",
            sa.Column("number", sa.BigInteger, sa.Identity(), nullable=False, unique=True),
            sa.Column("project", _Name, primary_key=True),
            sa.Column("key", sa.LargeBinary, primary_key=True),
            sa.Column("value", sa.LargeBinary, nullable=False),
        )
    else:
        _tell_the_planner()


def _tell_the_planner() -> None:
    """What a large run looks like: rows for each prefix of an index. Without it SQLite takes any index for equal.

    Nobody runs ANALYZE here; if somebody does, these lines give way to what is really there.
    """
    op.execute("ANALYZE sqlite_master")  # makes the table of statistics
    for table, index, rows in (
        ("rows", "rows", "50000000 5000000 2 1"),
        ("rows", "rows_by_status", "50000000 5000000 500000 50000 2 1"),
        ("rows", "rows_by_decision", "10000 5000 500 2 1"),
        ("chunks", "chunks", "50000 5000 1"),
        ("chunks", "chunks_by_state", "50000 5000 50 1"),
        ("parts", "parts", "50000 5000 2500 1"),
        ("heads", "heads", "50000000 5000000 1000000 500000 2 1"),
        ("runs", "runs_by_project", "10000 1000 1"),
        ("runs", "runs_by_state", "10000 1000 1"),
        ("events", "events_by_run", "100000 10 1"),
    ):
        op.execute(
            sa.text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:tbl, :idx, :stat)").bindparams(
                tbl=table, idx=index, stat=rows
            )
        )
