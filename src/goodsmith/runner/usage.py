"""What runs have used and cost, added up by project, model, recipe or day: from the ledger, trials included."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

from goodsmith.errors import UnknownName
from goodsmith.settings import Settings, load_settings
from goodsmith.store import open_store

if TYPE_CHECKING:
    from goodsmith.store.ledger import RunRow, Store

UsageBy = Literal["project", "model", "recipe", "day"]
WAYS: Final[tuple[str, ...]] = get_args(UsageBy)
PAGE: Final = 200


@dataclass(slots=True, kw_only=True)
class UsageSum:
    """The runs of one project, model (several in an order count as one), recipe, or day on which they began (UTC).

    rows: made, failed ones included; done: those without an open finding. spent: currency -> nanos.
    unknown_calls: calls whose price is not known, so that their cost is in no sum.
    """

    name: str
    runs: int = 0
    rows: int = 0
    done: int = 0
    calls: int = 0
    cached_calls: int = 0
    input_tokens: int = 0
    prefix_tokens: int = 0
    output_tokens: int = 0
    unknown_calls: int = 0
    spent: dict[str, int] = field(default_factory=dict)

    def add(self, row: RunRow) -> None:
        totals = row.totals
        self.runs += 1
        self.rows += totals.rows
        self.done += totals.done
        self.calls += totals.calls
        self.cached_calls += totals.cached_calls
        self.input_tokens += totals.input_tokens
        self.prefix_tokens += totals.prefix_tokens
        self.output_tokens += totals.output_tokens
        self.unknown_calls += totals.cost_unknown_calls
        for currency, nanos in row.spent.items():
            if nanos:
                self.spent[currency] = self.spent.get(currency, 0) + nanos

    def per(self, count: int) -> Mapping[str, int]:
        """What each of `count` rows has cost, in nanos, rounded up; empty for none."""
        return {currency: -(-nanos // count) for currency, nanos in self.spent.items()} if count else {}


def usage(
    *,
    by: str = "model",
    since: dt.date | None = None,
    settings: Settings | None = None,
    home: Path | None = None,
) -> list[UsageSum]:
    """Sums, the dearest first; days in their order. since: runs that began on this day (UTC) or later.

    Raises UnknownName for another `by`.
    """
    if by not in WAYS:
        raise UnknownName("way to add up", by, WAYS, kind_zh="汇总方式")
    settings = settings or load_settings()
    sums: dict[str, UsageSum] = {}
    store = open_store(home or settings.home, settings.database_url, files_url=settings.files_url)
    try:
        for project in store.projects():
            for row in _runs(store, project, since):
                name = _name(row, project, by)
                sums.setdefault(name, UsageSum(name=name)).add(row)
    finally:
        store.close()
    if by == "day":
        return [sums[name] for name in sorted(sums)]
    return sorted(sums.values(), key=lambda one: (-max(one.spent.values(), default=0), -one.rows, one.name))


def _runs(store: Store, project: str, since: dt.date | None) -> Iterator[RunRow]:
    before: int | None = None
    while page := store.runs(project, limit=PAGE, before=before):
        for row in page:
            if since is not None and _day(row) < since:
                return  # the newest come first
            yield row
        before = page[-1].number


def _name(row: RunRow, project: str, by: str) -> str:
    names = {"project": project, "model": row.spec.model, "recipe": row.spec.recipe_name, "day": _day(row).isoformat()}
    return names[by]


def _day(row: RunRow) -> dt.date:
    return dt.datetime.fromtimestamp(row.created, tz=dt.UTC).date()
