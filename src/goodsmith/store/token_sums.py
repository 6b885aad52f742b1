"""What models' true token counts have taught, by model and language: running sums, never a text or a single count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from goodsmith.records import TokenSums
from goodsmith.store.database import Database
from goodsmith.store.tables import token_sums

REMEMBERED: Final = 20_000  # calls; beyond, what was first fades, so that a vendor's new tokenizer is learnt


def add(db: Database, connection: sa.Connection, new: Sequence[TokenSums], *, project: str) -> None:
    """Add to what is known, within the caller's transaction; in one order, so that no two wait for each other."""
    new = sorted(new, key=lambda sums: (sums.model, sums.language))
    if not new:
        return
    names = {"model": [sums.model for sums in new], "language": [sums.language for sums in new]}
    db.insert(
        connection, token_sums, {**names, "sums": [_NOTHING] * len(new)}, same={"project": project}, conflict=_KEEP
    )
    for sums in new:
        here = (
            token_sums.c.project == project,
            token_sums.c.model == sums.model,
            token_sums.c.language == sums.language,
        )
        old = connection.execute(sa.select(token_sums.c.sums).where(*here).with_for_update()).scalar_one()
        connection.execute(sa.update(token_sums).where(*here).values(sums=_text(_together(_read(old), sums))))


def get(connection: sa.Connection, *, project: str) -> tuple[TokenSums, ...]:
    """All of a project: one record for each model and language."""
    found = connection.execute(sa.select(token_sums.c.sums).where(token_sums.c.project == project))
    return tuple(_read(text) for text in found.scalars())


def _together(old: TokenSums, new: TokenSums) -> TokenSums:
    if len(old.products) != len(new.products):  # of a version that summed other terms
        return new
    keep = 0.5 if old.calls > REMEMBERED else 1.0
    return TokenSums(
        model=new.model,
        language=new.language,
        calls=round(old.calls * keep) + new.calls,
        products=tuple(a * keep + b for a, b in zip(old.products, new.products, strict=True)),
        with_tokens=tuple(a * keep + b for a, b in zip(old.with_tokens, new.with_tokens, strict=True)),
        tokens=old.tokens * keep + new.tokens,
        estimated=old.estimated * keep + new.estimated,
    )


def _text(sums: TokenSums) -> str:
    return msgspec.json.encode(sums).decode()


def _read(text: str) -> TokenSums:
    return msgspec.json.decode(text, type=TokenSums)


_KEEP: Final = "ON CONFLICT (project, model, language) DO NOTHING"
_NOTHING: Final = _text(
    TokenSums(model="", language="", calls=0, products=(), with_tokens=(), tokens=0.0, estimated=0.0)
)
