"""The tables of the control database, the same on SQLite and Postgres. `migrations/` makes them.

A run has a number beside its public id, because 50 million index rows carry it. Every table names its project.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

REVISIONS: Final = ("0001", "0002", "0003", "0004", "0005")  # the migrations, oldest first

# bytewise order, so that prefixes and pages by key use the index whatever the server's locale is
_Name = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

metadata = sa.MetaData()

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("number", _Number, primary_key=True, autoincrement=True),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("run_id", _Name, nullable=False, unique=True),
    sa.Column("spec", sa.Text, nullable=False),  # records.RunSpec as JSON
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("adoptable", sa.Boolean, nullable=False),
    sa.Column("created", sa.Double, nullable=False),  # times are Unix seconds
    sa.Column("started", sa.Double),
    sa.Column("finished", sa.Double),
    sa.Column("error", sa.Text),
    sa.Column("stop_requested", sa.Text),  # pause, cancel
    sa.Column("budget_nanos", sa.BigInteger),
    sa.Column("budget_currency", sa.Text),
    sa.Column("epoch", sa.BigInteger, nullable=False),  # raised at each claim
    sa.Column("owner", sa.Text),
    sa.Column("host", sa.Text),  # for people
    sa.Column("machine", sa.Text),  # for comparing: boot and process namespace
    sa.Column("pid", sa.BigInteger),
    sa.Column("pid_started", sa.Text),
    sa.Column("claimed", sa.Double),
    sa.Column("lease_until", sa.Double, nullable=False),
    sa.Column("chunks", sa.BigInteger, nullable=False),
    sa.Column("chunks_done", sa.BigInteger, nullable=False),
    sa.Column("totals", sa.Text, nullable=False),  # records.Tally as JSON, kept up at each commit
    sa.Column("trial", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("recipe", sa.Text),  # its name; null in runs of older versions
    sa.Column("model", sa.Text),
    sa.Index("runs_by_project", "project", "number"),
    sa.Index("runs_by_state", "state", "number"),
    sa.Index("runs_by_recipe", "project", "recipe", "model", "number"),
    sqlite_autoincrement=True,
)

chunks = sa.Table(
    "chunks",
    metadata,
    sa.Column("run", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("first", sa.BigInteger, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("ordinals", sa.LargeBinary),  # a retry: its rows as int64, little-endian; null: `rows` from `first` on
    sa.Column("generation", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempt", sa.BigInteger, nullable=False),
    sa.Column("committed", sa.BigInteger),  # the attempt of the last commit; an open chunk may have one
    sa.Column("counted", sa.Text),  # what the run's totals hold for these rows, as JSON; the next commit replaces it
    sa.Index("chunks_by_state", "run", "state", "number"),
    sqlite_with_rowid=False,
)

parts = sa.Table(
    "parts",
    metadata,
    sa.Column("run", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("generation", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("first", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("chunk", sa.BigInteger),  # null: compacted from many
    sa.Column("merged", sa.BigInteger, nullable=False),  # generations up to here are in it
    sqlite_with_rowid=False,
)

rows = sa.Table(
    "rows",
    metadata,
    sa.Column("run", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("ordinal", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("locale", _Name, primary_key=True),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("generation", sa.BigInteger, nullable=False),  # of the part that holds the row's texts
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("risk", sa.Double, nullable=False),
    sa.Column("flags", sa.Text, nullable=False),
    sa.Column("cost_nanos", sa.BigInteger),
    sa.Column("decision", sa.Text),
    sa.Column("assignee", sa.Text),
    sa.Column("lot", sa.Text),
    sa.Column("version", sa.BigInteger, nullable=False, server_default="1"),
    sa.Index("rows_by_status", "run", "status", sa.text("risk DESC"), "ordinal", "locale"),
    sa.Index(
        "rows_by_decision",
        "run",
        "decision",
        "ordinal",
        sqlite_where=sa.text("decision IS NOT NULL"),
        postgresql_where=sa.text("decision IS NOT NULL"),
    ),
    sa.Index(
        "rows_by_lot",
        "run",
        "lot",
        "ordinal",
        sqlite_where=sa.text("lot IS NOT NULL"),
        postgresql_where=sa.text("lot IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

heads = sa.Table(
    "heads",
    metadata,
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
    sa.Column("locked_by", sa.Text),  # a person's value: no run moves this head
    sa.Column("locked_at", sa.Double),
    sa.Column("seen_hash", sa.Text),  # of a locked head: the inputs that the last run saw; another: contradicted
    sqlite_with_rowid=False,
)

decisions = sa.Table(  # append-only; of a row the last one counts
    "decisions",
    metadata,
    sa.Column("number", _Number, primary_key=True, autoincrement=True),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("run", sa.BigInteger, nullable=False),
    sa.Column("ordinal", sa.BigInteger, nullable=False),
    sa.Column("locale", _Name, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("edits", sa.Text, nullable=False),  # JSON: column of the parts -> value
    sa.Column("at", sa.Double, nullable=False),
    sa.Index("decisions_by_row", "run", "ordinal", "locale", "number"),
    sqlite_autoincrement=True,
)

lots = sa.Table(
    "lots",
    metadata,
    sa.Column("number", _Number, primary_key=True, autoincrement=True),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("run", sa.BigInteger, nullable=False),
    sa.Column("lot", _Name, nullable=False, unique=True),
    sa.Column("plan", sa.Text, nullable=False),  # JSON: how it was drawn and what it is to show
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("certificate", sa.Text),  # JSON, once it is signed
    sa.Index("lots_by_run", "run", "number"),
    sqlite_autoincrement=True,
)

keys = sa.Table(
    "keys",
    metadata,
    sa.Column("key_id", _Name, primary_key=True),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),  # SHA-256 of the secret
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("expires", sa.Double),
    sa.Column("last_used", sa.Double),
    sa.Column("revoked", sa.Double),
    sqlite_with_rowid=False,
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("hash", _Name, primary_key=True),  # SHA-256 of the cookie
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("key_id", _Name, nullable=False),
    sa.Column("csrf", sa.Text, nullable=False),
    sa.Column("expires", sa.Double, nullable=False),
    sqlite_with_rowid=False,
)

spend = sa.Table(
    "spend",
    metadata,
    sa.Column("run", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("currency", sa.Text, primary_key=True),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("nanos", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("number", _Number, primary_key=True, autoincrement=True),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("run", sa.BigInteger, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index("events_by_run", "run", "number"),
    sqlite_autoincrement=True,
)

token_sums = sa.Table(
    "token_sums",
    metadata,
    sa.Column("project", _Name, primary_key=True),
    sa.Column("model", _Name, primary_key=True),
    sa.Column("language", _Name, primary_key=True),
    sa.Column("sums", sa.Text, nullable=False),  # records.TokenSums as JSON
    sqlite_with_rowid=False,
)

# Only on Postgres: the answer cache, with SQLite a file of its own, and what several machines have in common.
postgres_metadata = sa.MetaData()

answers = sa.Table(
    "answers",
    postgres_metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(), nullable=False, unique=True),  # the order of arrival
    sa.Column("project", _Name, primary_key=True),
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)

pending_answers = sa.Table(
    "pending_answers",
    postgres_metadata,
    sa.Column("run", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("chunk", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("attempt", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False),  # where the frames stand in the journal
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("frames", sa.LargeBinary, nullable=False),
)
