"""`--only-changed`: which rows are new or changed since their last release. Pure: hashes in, verdicts out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Change(StrEnum):
    NEW = "new"  # no release of this product in this locale
    CHANGED = "changed"  # a field, condition or check that it really uses is another
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Row by row: whether to make it again, and why."""

    why: tuple[Change, ...]

    @property
    def keep(self) -> list[bool]:
        return [change is not Change.SAME for change in self.why]

    @property
    def counts(self) -> dict[Change, int]:
        return dict(Counter(self.why))


def only_changed(rows: Sequence[tuple[str, Mapping[str, str]]], heads: Mapping[tuple[str, str], str | None]) -> Changes:
    """Compare what rows would use now with what their heads used.

    rows: (key, locale -> inputs hash). heads: (key, locale) -> inputs hash of the released draft; absent or None if
    there is none. A row is new if any locale is new, else changed if any differs.
    """
    return Changes(why=tuple(_verdict(key, wanted, heads) for key, wanted in rows))


def _verdict(key: str, wanted: Mapping[str, str], heads: Mapping[tuple[str, str], str | None]) -> Change:
    known = {locale: heads.get((key, locale)) for locale in wanted}
    if any(digest is None for digest in known.values()):
        return Change.NEW
    return Change.SAME if known == dict(wanted) else Change.CHANGED
