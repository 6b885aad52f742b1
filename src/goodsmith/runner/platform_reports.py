"""A platform's report on an upload becomes findings: what it refused waits for a person again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from goodsmith.base.spelling import plain_name
from goodsmith.catalog.template_workbooks import (
    ReportLine,
    assign,
    load_said,
    read_error_report,
    read_template,
    synonyms_of,
)
from goodsmith.engines.snapshot import Snapshot
from goodsmith.errors import UnknownName
from goodsmith.records import Decision, DecisionKind
from goodsmith.runner.runs import Run
from goodsmith.runner.templates import Offer, offer_of_run
from goodsmith.store.ledger import Store

AT_ONCE = 500  # decisions in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTaken:
    """What came of a report. unknown: lines whose key the run does not have. warnings: lines that are no errors."""

    run: str
    lines: int
    products: int  # that wait for a person now
    warnings: int
    unknown: tuple[ReportLine, ...]
    by_field: Mapping[str, int]  # the platform's field -> lines


def take_platform_report(
    run: Run,
    report: str | Path,
    *,
    template: str | Path | None = None,
    locale: str | None = None,
    sheet: str | None = None,
    key: str | None = None,
    by: str = "",
    warnings_too: bool = False,
) -> ReportTaken:
    """Bring the products that a platform objects to before a person, with what it says.

    template: what was uploaded, so that its headings are known as our columns. locale: of the texts that were
    uploaded; None: all of the run's. by: who says it, none: the report's file name. warnings_too: also lines that are
    only warnings. The same report twice changes nothing the second time.
    """
    lines = read_error_report(report, sheet=sheet, key=key)
    offer = offer_of_run(run, locale=locale or next(iter(run.row.spec.locales), None))
    named = _Named(offer, run, template)
    counted = [line for line in lines if warnings_too or not line.warning]
    said: dict[str, list[str]] = {}
    for line in counted:
        text = named.text(line)
        if text not in said.setdefault(line.key, []):
            said[line.key].append(text)
    by = by or Path(report).name
    with run.store() as store:
        spec = store.run(run.id).spec
        if locale is not None and locale not in spec.locales:
            raise UnknownName("locale of the run", locale, spec.locales, kind_zh="本次运行的语言")
        places = _places(store, run, frozenset(said))
        locales = (locale,) if locale is not None else spec.locales or ("",)
        known = store.decisions(run.id)
        new = [
            Decision(ordinal=ordinal, locale=tag, kind=DecisionKind.REPORT, by=by, reason="\n".join(fresh))
            for one, ordinals in places.items()
            for ordinal in ordinals
            for tag in locales
            if (fresh := _unsaid(said[one], known.get((ordinal, tag)), by))
        ]
        for start in range(0, len(new), AT_ONCE):
            store.decide(run.id, new[start : start + AT_ONCE])
    fields: dict[str, int] = {}
    for line in counted:
        fields[line.field or line.code] = fields.get(line.field or line.code, 0) + 1
    return ReportTaken(
        run=run.id,
        lines=len(lines),
        products=len({decision.ordinal for decision in new}),
        warnings=sum(line.warning for line in lines),
        unknown=tuple(line for line in counted if line.key not in places),
        by_field=dict(sorted(fields.items(), key=lambda pair: -pair[1])),
    )


class _Named:
    """What a platform's field is among our columns."""

    def __init__(self, offer: Offer, run: Run, template: str | Path | None) -> None:
        self._ours = {plain_name(name): name for name in reversed(offer.names)}
        self._made = offer.made
        if template is None:
            return
        found = read_template(template)
        remembered = load_said(run.home, found).columns
        assigned = assign(
            found, offer.names, key=offer.key, family=offer.family, preferred=offer.made, remembered=remembered
        )
        for column in found.columns:
            if (name := assigned.sources.get(column.index)) is not None:
                for spelling in (column.heading, column.written, column.name):
                    if spelling:
                        self._ours[plain_name(spelling)] = name

    def text(self, line: ReportLine) -> str:
        """The message with our column's name before it, where the line names a field; then its code."""
        code = f" ({line.code})" if line.code else ""
        name = self._name(line.field)
        return f"{name}: {line.message}{code}" if name else f"{line.message}{code}"

    def _name(self, field: str) -> str:
        """Our column for the platform's field; a slot by its own name, also where a list has a column for each item."""
        if not field:
            return ""
        names = [field, *synonyms_of(field)]
        ours = next((self._ours[plain] for name in names if (plain := plain_name(name)) in self._ours), field)
        return ours.rstrip("0123456789").rstrip() if ours in self._made else ours


def _places(store: Store, run: Run, keys: frozenset[str]) -> dict[str, list[int]]:
    """Key -> ordinals of the run's rows with it."""
    found: dict[str, list[int]] = {}
    snapshot = Snapshot(store.run_folder(run.id), store.run(run.id).spec, shared=store.shared(run.id))
    try:
        for group in snapshot.groups():
            both: Iterable[tuple[str | None, int]] = zip(
                group.column("_gs_key").to_pylist(), group.column("_gs_ordinal").to_pylist(), strict=True
            )
            for key, ordinal in both:
                if key in keys:
                    found.setdefault(str(key), []).append(ordinal)
    finally:
        snapshot.close()
    return found


def _unsaid(texts: Sequence[str], decided: Decision | None, by: str) -> list[str]:
    """What the same report has not said before of a row that nobody has answered since."""
    if decided is None or decided.kind is not DecisionKind.REPORT or decided.by != by:
        return list(texts)
    return [text for text in texts if text not in decided.reason.split("\n")]
