"""Complete a table: learn from its filled cells, go through its products, write what was found and where it stands."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goodsmith.attributes.classifying.placing import Placement
from goodsmith.attributes.completing.cells import FILLED, Cell, CellStatus
from goodsmith.attributes.completing.completer import Completed, Completer
from goodsmith.attributes.completing.deciding import SOURCES
from goodsmith.attributes.completing.families import share_in_family
from goodsmith.attributes.completing.learning import Learned, learn
from goodsmith.attributes.completing.saying import JOIN, say_cell
from goodsmith.attributes.evidence_page import PageProduct, evidence_page
from goodsmith.base.category_schema import category_of, name_in
from goodsmith.errors import UnknownName
from goodsmith.export import ExportPlan, ExportSlot, check_target, export_rows
from goodsmith.records import Finding, Notice, OutputSpec, RowStatus, Severity
from goodsmith.runner.attributes.table import BATCH_ROWS, AttributeRequest, AttributeTable
from goodsmith.runner.results import sorted_by_source
from goodsmith.settings import Settings, load_settings

if TYPE_CHECKING:
    import pyarrow as pa

MADE_BY: Final = ("rules", "规则")  # no model was asked
PAGE_PRODUCTS: Final = 200
_CATEGORY: Final = "category:placed"
_FAMILY_ROWS: Final = 5_000  # of one family at once; a larger one is cut


@dataclass(slots=True)
class Fill:
    """What a completion did, counted. Cells that are not applicable count nowhere.

    required: of required cells: empty, filled, unknown, conflict. by_attribute: id -> given, filled or status -> cells.
    unplaced: products whose category is not sure. curve: (mean confidence, share right, cells) on filled cells.
    """

    products: int = 0
    unplaced: int = 0
    required: Counter[str] = field(default_factory=Counter)
    by_attribute: dict[str, Counter[str]] = field(default_factory=dict)
    by_category: Counter[str] = field(default_factory=Counter)
    contradicted: int = 0  # given values that another trusted source denies
    curve: tuple[tuple[float, float, int], ...] = ()
    learnt_rows: int = 0
    schema: str = ""
    version: str = ""
    language: str = "en"
    files: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()

    def line(self, language: str) -> str:
        """Of N required cells empty: X filled with evidence, Y unknown, Z in conflict."""
        empty, filled, unknown, conflict = (self.required[name] for name in ("empty", "filled", "unknown", "conflict"))
        if language == "zh":
            return f"必填空缺 {empty:,} 格:有据补全 {filled:,},未知 {unknown:,},冲突 {conflict:,}"
        return (
            f"of {empty:,} required cells empty: {filled:,} filled with evidence, {unknown:,} unknown, "
            f"{conflict:,} in conflict"
        )

    def plain(self) -> dict[str, Any]:
        """As values of JSON."""
        return {
            "products": self.products,
            "unplaced": self.unplaced,
            "required": dict(self.required),
            "by_attribute": {name: dict(counts) for name, counts in self.by_attribute.items()},
            "by_category": dict(self.by_category),
            "contradicted": self.contradicted,
            "curve": [list(one) for one in self.curve],
            "learnt_rows": self.learnt_rows,
            "schema": self.schema,
            "version": self.version,
            "language": self.language,
            "files": list(self.files),
        }

    def count(self, completed: Completed, attributes: Mapping[str, Any]) -> None:
        self.products += 1
        self.by_category[completed.row.category] += 1
        self.unplaced += not completed.cells
        for name, cell in completed.cells.items():
            filled = cell.status in FILLED
            kind = cell.status.value if not filled else "filled" if cell.was_empty else "given"
            self.by_attribute.setdefault(name, Counter())[kind] += 1
            self.contradicted += bool(cell.others) and kind == "given"
            if cell.status is CellStatus.NOT_APPLICABLE or attributes[name].need != "required" or not cell.was_empty:
                continue
            self.required["empty"] += 1
            self.required[kind] += 1


class Completion:
    """A table that has been learnt from and can be gone through, once for each file that is written."""

    def __init__(
        self, request: AttributeRequest, *, settings: Settings | None = None, home: Path | None = None
    ) -> None:
        """Reads and learns; raises InputFileError, SchemaError and UnknownName."""
        settings = settings or load_settings()
        self.home = home or settings.home
        for source in request.sources:
            if source not in SOURCES:
                raise UnknownName("source of values", source, SOURCES, kind_zh="取值来源")
        self.table = AttributeTable(request, settings=settings, home=self.home)
        self.learned: Learned = learn(self.table.sample(), self.table.readers)
        self._completer = Completer(
            self.table.readers,
            self.learned,
            threshold=request.threshold,
            order=("cell", *(one for one in request.sources if one != "cell")) if request.sources else SOURCES,
        )
        self.attributes = self.table.attributes()
        self.headings = _headings(self.attributes, self.table.language)
        self._families = self.table.layout.family is not None and "family" in (request.sources or SOURCES)

    def completed(self, fill: Fill | None = None) -> Iterator[tuple[pa.RecordBatch, list[Completed], list[Placement]]]:
        """Batches of the source with their products' cells and categories, in the order of the source, or by family."""
        first = 0
        for batch in self._in_families() if self._families else self.table.batches():
            placed = [self.table.placed(row) for row in self.table.products(batch, first)]
            done = self._completer.complete([row for row, _ in placed])
            if self._families:
                done = _by_family(done, {name: reader.attributes for name, reader in self.table.readers.items()})
            if fill is not None:
                for one in done:
                    reader = self.table.readers.get(one.row.category)
                    fill.count(one, reader.attributes if reader else {})
            first += batch.num_rows
            yield batch, done, [placement for _, placement in placed]

    def write(
        self,
        output: Path | None,
        *,
        language: str,
        page: Path | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Fill:
        """Write the filled table and the evidence page; what was done. output None: only count."""
        fill = Fill(
            curve=self.learned.curve, learnt_rows=self.learned.rows, schema=self.table.schema.name,
            version=self.table.schema.version, language=self.table.language,
        )  # fmt: skip
        shown: list[PageProduct] = []
        kept = shown if page is not None else None
        if output is None:
            for _, done, _ in self.completed(fill):
                self._keep(done, kept)
        else:
            check_target(self.table.imported.info, output)
            report = export_rows(self._plan(language), self._in_order(fill, language, kept, progress), output)
            fill.files, fill.notices = report.files, report.notices
        if page is not None:
            page.write_text(self._page(shown, fill, language), encoding="utf-8")
            fill.files = (*fill.files, str(page))
        return fill

    # ---- rows ----

    def _in_order(
        self, fill: Fill, language: str, kept: list[PageProduct] | None, progress: Callable[[int], None] | None
    ) -> Iterator[pa.RecordBatch]:
        made = self._made(fill, language, kept, progress)
        if not self._families:
            yield from made
            return
        import tempfile  # noqa: PLC0415

        self.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".completing-", dir=self.home) as folder:
            yield from sorted_by_source(Path(folder), made)

    def _made(
        self, fill: Fill, language: str, kept: list[PageProduct] | None, progress: Callable[[int], None] | None
    ) -> Iterator[pa.RecordBatch]:
        for batch, done, placed in self.completed(fill):
            self._keep(done, kept)
            yield self._beside(batch, done, placed, language)
            if progress is not None:
                progress(fill.products)

    def _beside(
        self, batch: pa.RecordBatch, done: Sequence[Completed], placed: Sequence[Placement], language: str
    ) -> pa.RecordBatch:
        """The source's columns with ours: values, then evidence, then what is said of the row."""
        import pyarrow as pa  # noqa: PLC0415 - heavy

        names = list(self.attributes)
        values: list[list[str | None]] = [[] for _ in names]
        evidence: list[list[str | None]] = [[] for _ in names]
        statuses, findings = [], []
        for one in done:
            for at, name in enumerate(names):
                cell = one.cells.get(name)
                values[at].append(JOIN.join(cell.values) if cell is not None and cell.values else None)
                evidence[at].append(say_cell(cell, language) if cell is not None else None)
            found = self._findings(one)
            statuses.append((RowStatus.REVIEW if found else RowStatus.DONE).value)
            findings.append(json.dumps([_plain(each) for each in found], ensure_ascii=False) if found else "[]")
        columns: dict[str, Any] = {
            "_gs_ordinal": pa.array([one.row.ordinal for one in done], pa.int64()),
            "_gs_key": pa.array([one.row.key for one in done], pa.string()),
            "_gs_row": batch.column("_gs_row"),
        }
        columns |= {name: batch.column(name) for name in self.table.columns}
        nothing = pa.nulls(len(done), pa.string())
        ours: dict[str, Any] = {
            "status": pa.array(statuses, pa.string()),
            "findings": pa.array(findings, pa.string()),
            "maker": pa.array([MADE_BY[language == "zh"]] * len(done), pa.string()),
            "error": nothing,
            "error_code": nothing,
        }
        ours[_CATEGORY] = pa.array([self._category(placement, language) for placement in placed], pa.string())
        for at, name in enumerate(names):
            ours[_value_part(name)] = pa.array(values[at], pa.string())
        for at, name in enumerate(names):
            ours[_evidence_part(name)] = pa.array(evidence[at], pa.string())
        listed = [
            *columns.items(),
            *((f"_gs_{name}" if name in columns else name, array) for name, array in ours.items()),
        ]
        return pa.RecordBatch.from_arrays([array for _, array in listed], names=[name for name, _ in listed])

    def _category(self, placement: Placement, language: str) -> str | None:
        """The category, and how sure where it was guessed."""
        if not placement.category:
            return None
        name = name_in(category_of(self.table.schema, placement.category), language)
        return name if placement.confidence == 1 else f"{name} ({placement.confidence:.0%})"

    def _findings(self, one: Completed) -> list[Finding]:
        if not one.cells:
            return [
                Finding(
                    rule="category", severity=Severity.WARNING, slot="",
                    en="its category is not sure; see goodsmith classify", zh="类目不确定;可用 goodsmith classify 处理",
                )
            ]  # fmt: skip
        reader = self.table.readers[one.row.category]
        found = []
        missing = [
            self.headings[name]
            for name, cell in one.cells.items()
            if cell.status is CellStatus.UNKNOWN and reader.attributes[name].need == "required"
        ]
        conflicts = [self.headings[name] for name, cell in one.cells.items() if cell.status is CellStatus.CONFLICT]
        if conflicts:
            said = ", ".join(conflicts)
            found.append(
                Finding(
                    rule="conflict", severity=Severity.WARNING, slot="",
                    en=f"sources differ: {said}", zh=f"来源不一致:{said}",
                )
            )  # fmt: skip
        if missing:
            said = ", ".join(missing)
            found.append(
                Finding(
                    rule="missing", severity=Severity.WARNING, slot="",
                    en=f"required and unknown: {said}", zh=f"必填且未知:{said}",
                )
            )  # fmt: skip
        return found

    def _plan(self, language: str) -> ExportPlan:
        info = self.table.imported.info
        mark = "依据" if language == "zh" else "evidence"
        heading = "归入类目" if language == "zh" else "Placed in"
        slots = [ExportSlot(spec=OutputSpec(slot=_CATEGORY, type="choice"), heading=heading)]
        slots += [
            ExportSlot(spec=OutputSpec(slot=_value_part(name), type="choice"), heading=self.headings[name])
            for name in self.attributes
        ]
        slots += [
            ExportSlot(spec=OutputSpec(slot=_evidence_part(name)), heading=f"{self.headings[name]} · {mark}")
            for name in self.attributes
        ]
        return ExportPlan(
            source=info,
            slots=tuple(slots),
            run_id="",
            recipe_name="complete",
            recipe_version=self.table.schema.version,
            key_column=self.table.layout.key,
            language="zh" if language == "zh" else "en",
            source_sha256=self.table.imported.sha256 if info.format == "xlsx" else "",
        )

    def _in_families(self) -> Iterator[pa.RecordBatch]:
        """The rows with families together, no family in two batches unless it is very large."""
        import duckdb  # noqa: PLC0415 - heavy

        family = '"' + (self.table.layout.family or "").replace('"', '""') + '"'
        with duckdb.connect() as base:
            base.execute("SET memory_limit = '300MB'")
            base.execute("SET temp_directory = ?", [str(self.home)])
            found = base.read_parquet(str(self.table.imported.parquet)).order(f"{family} NULLS LAST, _gs_row")
            yield from _whole_families(found.to_arrow_reader(BATCH_ROWS), self.table.layout.family or "")

    # ---- the page ----

    def _keep(self, done: Sequence[Completed], kept: list[PageProduct] | None) -> None:
        """Products with something to see; those with a conflict push out those without."""
        if kept is None:
            return
        for one in done:
            if len(kept) >= PAGE_PRODUCTS:
                return
            if any(cell.evidence or cell.others for cell in one.cells.values() if cell.was_empty):
                texts = {
                    source: text
                    for source in (*self.table.layout.sources, *self.table.layout.pairs)
                    if (text := self.table.text_of(one.row, source))
                }
                title = self.table.described(one.row).title
                kept.append(PageProduct(completed=one, title=title, texts=texts))

    def _page(self, shown: Sequence[PageProduct], fill: Fill, language: str) -> str:
        about = (
            f"模板 {fill.schema} {fill.version} · 共 {fill.products:,} 个商品,显示 {len(shown):,} 个 · 未使用模型"
            if language == "zh"
            else f"schema {fill.schema} {fill.version} · {fill.products:,} products, {len(shown):,} shown · no model"
        )
        return evidence_page(
            shown, names=self.headings, heading="补全依据" if language == "zh" else "Where the values stand",
            fill_line=fill.line(language), about=about, language=language,
        )  # fmt: skip


def _headings(attributes: Mapping[str, Any], language: str) -> dict[str, str]:
    """A heading for each attribute, the id beside it where two are called the same."""
    names = {one: name_in(attribute, language) for one, attribute in attributes.items()}
    twice = {name for name, count in Counter(names.values()).items() if count > 1}
    return {one: f"{name} [{one}]" if name in twice else name for one, name in names.items()}


def _value_part(name: str) -> str:
    return f"attribute:{name}"


def _evidence_part(name: str) -> str:
    return f"evidence:{name}"


def _plain(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule, "severity": finding.severity.value, "slot": finding.slot, "locale": "",
        "en": finding.en, "zh": finding.zh,
    }  # fmt: skip


def _by_family(done: Sequence[Completed], attributes: Mapping[str, Mapping[str, Any]]) -> list[Completed]:
    made: list[Completed] = []
    group: list[Completed] = []
    for one in done:
        if group and (one.row.family != group[0].row.family or not one.row.family):
            made += share_in_family(group, attributes) if group[0].row.family else group
            group = []
        group.append(one)
    if group:
        made += share_in_family(group, attributes) if group[0].row.family else group
    return made


def _whole_families(batches: Any, family: str) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa  # noqa: PLC0415 - heavy

    held: pa.Table | None = None
    for batch in batches:
        if not batch.num_rows:
            continue
        table = pa.Table.from_batches([batch])
        held = table if held is None else pa.concat_tables([held, table])
        names = held.column(family)
        last = names[-1].as_py()
        cut = held.num_rows
        while cut > 0 and names[cut - 1].as_py() == last and last is not None:
            cut -= 1
        if last is None or held.num_rows - cut > _FAMILY_ROWS:
            cut = held.num_rows
        if cut:
            yield from held.slice(0, cut).combine_chunks().to_batches()
            held = held.slice(cut) if cut < held.num_rows else None
    if held is not None and held.num_rows:
        yield from held.combine_chunks().to_batches()


def complete_table(
    request: AttributeRequest,
    output: Path | None,
    *,
    language: str,
    page: Path | None = None,
    settings: Settings | None = None,
    home: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> Fill:
    """Complete a table into a file. Raises UsageError for what must be changed first."""
    if output is not None:
        from goodsmith.export import format_of  # noqa: PLC0415

        format_of(output)
    completion = Completion(request, settings=settings, home=home)
    return completion.write(output, language=language, page=page, progress=progress)


__all__ = ["Cell", "Completion", "Fill", "complete_table"]
