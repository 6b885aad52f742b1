"""Review a run: its rows as a person sees them, decisions, the book that goes to Excel and comes back."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from goodsmith.catalog import ROW_COLUMN, open_table
from goodsmith.engines.chunks import draft_columns
from goodsmith.engines.snapshot import Snapshot
from goodsmith.errors import UsageError
from goodsmith.export.atomic import written_whole
from goodsmith.recipe import parse_recipe
from goodsmith.records import Chunk, DecisionKind, RowStatus, Value
from goodsmith.review.book import MARK, Reading, ReviewRow, Slot, decide, read_mark
from goodsmith.review.book_file import write_book
from goodsmith.runner.decided import reported_findings
from goodsmith.store.parts import read_rows

if TYPE_CHECKING:
    from goodsmith.runner.runs import Run
    from goodsmith.store.decisions import Late
    from goodsmith.store.ledger import RunRow, Store
    from goodsmith.store.review_index import IndexRow

Queue = Literal["review", "blocked", "failed", "all", "lot"]
PAGE: Final = 200
_STATUSES: Final[Mapping[str, RowStatus | None]] = {
    "review": RowStatus.REVIEW,
    "blocked": RowStatus.BLOCKED,
    "failed": RowStatus.FAILED,
    "all": None,
    "lot": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BookReport:
    """What an import of a review book did. late: somebody decided between reading and writing."""

    run: str
    reading: Reading
    taken: int
    late: tuple[Late, ...] = ()


def review_rows(
    run: Run, *, queue: Queue = "review", lot: str | None = None, undecided: bool = True, limit: int | None = None
) -> Iterator[ReviewRow]:
    """The rows of a queue. review and blocked: the riskiest first; all and lot: in the order of the table.

    undecided: only those that nobody has decided. Memory does not grow with the queue.
    """
    with run.store() as store:
        row = store.run(run.id)
        looking = _Looking(store, row)
        after, left = None, limit
        while True:
            page = store.rows(
                row.run_id, status=_STATUSES[queue], lot=lot, undecided=undecided, after=after, limit=PAGE
            )
            found = page.rows if left is None else page.rows[:left]
            yield from looking.look(found)
            left = None if left is None else left - len(found)
            after = page.next
            if after is None or left == 0:
                return


def review_page(
    run: Run, *, queue: Queue = "review", lot: str | None = None, after: str | None = None, limit: int = 1
) -> tuple[list[ReviewRow], str | None]:
    """Some undecided rows of a queue, and where to go on behind them; None at the end."""
    with run.store() as store:
        row = store.run(run.id)
        page = store.rows(row.run_id, status=_STATUSES[queue], lot=lot, undecided=True, after=after, limit=limit)
        return list(_Looking(store, row).look(page.rows)), page.next


def write_review_book(
    run: Run,
    path: str | Path,
    *,
    queue: Queue = "review",
    lot: str | None = None,
    undecided: bool = True,
    limit: int | None = None,
    language: str = "en",
) -> int:
    """Write rows of a run into a review book; how many. Raises UsageError for a name that is no workbook's."""
    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        raise UsageError(f"{target}: a review book is an .xlsx workbook", zh=f"{target}:审核表须为 .xlsx 工作簿")
    spec = run.row.spec
    fields = tuple(dict.fromkeys(spec.mapping.values()))
    rows = review_rows(run, queue=queue, lot=lot, undecided=undecided, limit=limit)
    with written_whole(target) as part:
        return write_book(
            part,
            rows,
            run_id=run.id,
            slots_of=slots_by_locale(run.row),
            fields=fields,
            language="zh" if language.startswith("zh") else "en",
        )


def read_review_book(run: Run, path: str | Path, *, by: str, dry_run: bool = False) -> BookReport:
    """Take the decisions of a book that was edited somewhere. The same book twice changes nothing the second time."""
    lines = list(_lines(Path(path)))
    marks = [mark for _, cells in lines if (mark := read_mark(cells.get(MARK, ""))) and mark.run_id == run.id]
    with run.store() as store:
        row = store.run(run.id)
        looking = _Looking(store, row)
        known = {
            (found.ordinal, found.locale): found
            for found in looking.look_up((mark.ordinal, mark.locale) for mark in marks)
        }
        reading = decide(lines, known, run_id=run.id, slots_of=slots_by_locale(row), by=by)
        late = [] if dry_run else store.decide(run.id, reading.decisions)
    taken = 0 if dry_run else len(reading.decisions) - len(late)
    return BookReport(run=run.id, reading=reading, taken=taken, late=tuple(late))


def run_of_book(path: str | Path) -> str:
    """The run that a review book was exported from. Raises UsageError if it is no review book."""
    for _, cells in _lines(Path(path)):
        mark = read_mark(cells.get(MARK, ""))
        if mark is not None:
            return mark.run_id
    raise UsageError(
        f"{path} is no review book: no row has a mark in a column {MARK}",
        zh=f"{path} 不是审核表:没有任何行在 {MARK} 列中带有标记",
    )


def slots_by_locale(row: RunRow) -> dict[str, tuple[Slot, ...]]:
    """What a reviewer sees of a product in each locale: slots of all locales, then its own."""
    recipe = parse_recipe(row.spec.recipe_text, path=row.spec.recipe_path)
    made = draft_columns(recipe, row.spec.locales)
    return {
        locale: tuple(Slot(column=column, spec=spec) for column, spec, tag in made if tag in {"", locale})
        for locale in row.spec.locales or ("",)
    }


class _Looking:
    """Puts index rows, source fields, made values and decisions together."""

    def __init__(self, store: Store, row: RunRow) -> None:
        self._store, self._row = store, row
        self._folder = store.run_folder(row.run_id)
        self._shared = store.shared(row.run_id)
        self._slots = slots_by_locale(row)

    @functools.cached_property
    def _snapshot(self) -> Snapshot:
        return Snapshot(self._folder, self._row.spec, shared=self._shared)

    def look_up(self, places: Iterable[tuple[int, str]]) -> Iterator[ReviewRow]:
        wanted = sorted(set(places))
        for start in range(0, len(wanted), PAGE):
            yield from self.look(self._store.rows_at(self._row.run_id, wanted[start : start + PAGE]))

    def look(self, rows: Sequence[IndexRow]) -> Iterator[ReviewRow]:
        if not rows:
            return
        ordinals = sorted({row.ordinal for row in rows})
        asked = Chunk(number=0, first=ordinals[0], rows=len(ordinals), ordinals=tuple(ordinals))
        products = {product.ordinal: product for product in self._snapshot.products(asked)}
        made = self._made(rows)
        decided = self._store.decisions(self._row.run_id, first=ordinals[0], last=ordinals[-1])
        for row in rows:
            values = made[row.ordinal]
            decision = decided.get((row.ordinal, row.locale))
            mine = {slot.column: _value(values.get(slot.column)) for slot in self._slots[row.locale]}
            findings = _findings(values.get("findings"), row.locale) or _why_not(values)
            now = {**mine, **decision.edits} if decision else mine
            if decision is not None and decision.kind is DecisionKind.REPORT:
                slots = {slot.spec.slot for slot in self._slots[row.locale]}
                findings = (*findings, *reported_findings(decision, row.locale, slots))
                decision = None  # nobody has decided since
            yield ReviewRow(
                ordinal=row.ordinal,
                locale=row.locale,
                key=row.key,
                version=row.version,
                status=row.status.value,
                maker=values.get("maker") or "",
                findings=findings,
                fields=products[row.ordinal].fields,
                made=mine,
                now=now,
                decision=decision,
            )

    def _made(self, rows: Sequence[IndexRow]) -> dict[int, dict[str, Any]]:
        by_part: dict[str, list[IndexRow]] = {}
        for row in rows:
            by_part.setdefault(row.part.path, []).append(row)
        made: dict[int, dict[str, Any]] = {}
        for mine in by_part.values():
            ordinals = sorted({row.ordinal for row in mine})
            table = read_rows(self._folder, mine[0].part, ordinals, shared=self._shared)
            made.update(zip(ordinals, table.to_pylist(), strict=True))
        return made


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a book with their numbers in the sheet, by heading."""
    reader = open_table(path, all_rows=True)  # our own sheet: all of its rows are rows
    info = reader.info()
    if MARK not in {column.name for column in info.columns}:
        raise UsageError(
            f"{path} is no review book: its first sheet has no column {MARK}",
            zh=f"{path} 不是审核表:第一个工作表中没有 {MARK} 列",
        )
    first = (info.header_row or 0) + 1
    for batch in reader.batches():
        for cells in batch.to_pylist():
            yield first + cells.pop(ROW_COLUMN), {name: text or "" for name, text in cells.items()}


def _findings(text: str | None, locale: str) -> tuple[Mapping[str, Any], ...]:
    if not text:
        return ()
    found = msgspec.json.decode(text, type=list[dict[str, Any]])
    return tuple(finding for finding in found if finding.get("locale", "") in {"", locale})


def _why_not(values: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Why nobody wrote a row, for the person who writes it now."""
    if not values.get("error"):
        return ()
    return ({"rule": values.get("error_code") or "error", "severity": "block", "slot": "", "en": values["error"]},)


def _value(value: Any) -> Value:
    return tuple(value) if isinstance(value, list) else value
