"""Fill a platform's template from a run or from any table: read it, assign columns, list what is missing, write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from goodsmith.base.spelling import plain_name
from goodsmith.catalog import guess_category, guess_family, guess_key, import_table, read_sample
from goodsmith.catalog.template_workbooks import (
    Assignment,
    Said,
    assign,
    find_column,
    load_said,
    read_template,
    save_said,
)
from goodsmith.errors import UnknownName, UsageError
from goodsmith.export.filling import FillPlan, FillReport, OfferedRow, fill_copies
from goodsmith.export.layout import OutputColumn, cells, lay_out
from goodsmith.export.rows import Rows, sliced
from goodsmith.recipe import parse_recipe
from goodsmith.records import Notice, TemplateColumn, TemplateWorkbook
from goodsmith.runner.results import export_plan
from goodsmith.runner.runs import Run
from goodsmith.settings import Settings, load_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRequest:
    """What a person says about the filling of templates. Headings may be technical names, too.

    templates: a file, or `CATEGORY=FILE` for the products of one category. since: what was uploaded before; only what
    differs from it is written. made_only: only the columns that the run made, and the key.
    """

    templates: tuple[str, ...]
    output: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)  # heading -> one of our columns
    constants: Mapping[str, str] = field(default_factory=dict)  # heading -> text for every row
    accepted: tuple[str, ...] = ()
    only: tuple[str, ...] = ()  # headings of a partial update
    made_only: bool = False
    since: str | None = None
    category: str | None = None  # our column
    split_by: str | None = None  # our column
    locale: str | None = None
    max_rows: int | None = None
    complete_only: bool = False
    write: bool = True  # False: only the list of what is missing
    sheet: str | None = None
    label_row: int | None = None
    first_row: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """One template, what goes where, and what came of it."""

    template: TemplateWorkbook
    assignment: Assignment
    constants: Mapping[int, str]
    report: FillReport
    category: str = ""
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Rows that can go into a template. made: those of the names that a run made. rows: from the start, each time."""

    names: tuple[str, ...]
    rows: Callable[[], Iterator[OfferedRow]]
    made: frozenset[str] = frozenset()
    key: str | None = None
    family: str | None = None
    category: str | None = None
    stem: str = ""  # for the output's name


def fill(
    offer: Offer, request: FillRequest, *, settings: Settings | None = None, home: Path | None = None
) -> list[Filled]:
    """Fill each template of the request with the rows of its category. What a person said is remembered.

    Raises UsageError, InputFileError and StoreError; UnknownName for headings, columns and categories.
    """
    settings = settings or load_settings()
    home = home or settings.home
    pairs = [_named_template(text) for text in request.templates]
    several = len(pairs) > 1
    if several and not all(category for category, _ in pairs):
        raise UsageError(
            "with several templates each needs its category: --template 'CATEGORY=FILE'",
            zh="使用多个模板时,请逐一注明类目:--template '类目=文件'",
        )
    column = _ours(request.category or offer.category, offer) if any(category for category, _ in pairs) else None
    belongs = _Belongs([category for category, _ in pairs if category], offer, column)
    return [
        _fill_one(offer, request, file, category, belongs, settings=settings, home=home, several=several)
        for category, file in pairs
    ]


def fill_template(source: Any, *templates: str, output: str | None = None, **said: Any) -> list[Filled]:
    """Fill platforms' templates. source: a Run, or any table (a path, a data frame) with columns for them.

    said: fields of FillRequest. Example: fill_template(run, "kettle.xlsm", output="filled.xlsm", max_rows=500)
    """
    request = FillRequest(templates=templates, output=output, **said)
    if isinstance(source, Run):
        return fill(offer_of_run(source, locale=request.locale), request, settings=source.settings, home=source.home)
    return fill(offer_of_table(source), request)


def offer_of_run(run: Run, *, locale: str | None = None) -> Offer:
    """What a run made, and its source's columns. locale: of the texts, where the run made several."""
    with run.store() as store:
        spec = store.run(run.id).spec
    recipe = parse_recipe(spec.recipe_text, path=spec.recipe_path)
    plan = export_plan(spec, recipe, settings=run.settings)
    wanted = _locale(locale, spec.locales)
    source = [column.name for column in plan.source.columns]
    one = replace(
        plan,
        slots=tuple(
            replace(slot, locales=tuple(tag for tag in slot.locales if tag == wanted)) if slot.locales else slot
            for slot in plan.slots
        ),
    )
    columns = [column for column in lay_out(one, taken=source)[0] if column.role == "slot"]
    made = [column.heading for column in columns]
    first = (plan.source.header_row or 0) + 1

    def rows() -> Iterator[OfferedRow]:
        for batch in sliced(run.batches()):
            some = Rows(batch, plan)
            yield from _offered(some, columns, plan, first)

    return Offer(
        names=(*made, *source),
        rows=rows,
        made=frozenset(made),
        key=spec.key_column,
        family=spec.family_column,
        category=spec.category_column,
        stem=run.id,
    )


def offer_of_table(source: Any, *, settings: Settings | None = None, home: Path | None = None, **reading: Any) -> Offer:
    """Any table that can be imported: a completed sheet, a frame. reading: sheet, header, key, as for a run."""
    settings = settings or load_settings()
    key = reading.pop("key", None)
    imported = import_table(
        source, (home or settings.home) / "imports", memory_limit_bytes=settings.import_memory_bytes, **reading
    )
    names = tuple(column.name for column in imported.info.columns)
    key = key or guess_key(names, read_sample(imported.parquet))
    place = names.index(key) if key in names else None
    first = (imported.info.header_row or 0) + 1

    def rows() -> Iterator[OfferedRow]:
        import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

        with pq.ParquetFile(imported.parquet) as file:
            for batch in file.iter_batches(5_000):
                numbers = batch.column("_gs_row").to_pylist()
                columns = [batch.column(name).to_pylist() for name in names]
                for number, values in zip(numbers, zip(*columns, strict=True), strict=True):
                    own = values[place] if place is not None else None
                    yield OfferedRow(own or str(first + number), first + number, values)

    return Offer(
        names=names,
        rows=rows,
        key=key,
        family=guess_family(names),
        category=guess_category(names),
        stem=Path(str(imported.info.source)).stem,
    )


def _fill_one(
    offer: Offer,
    request: FillRequest,
    file: str,
    category: str,
    belongs: _Belongs,
    *,
    settings: Settings,
    home: Path,
    several: bool,
) -> Filled:
    template = read_template(file, sheet=request.sheet, label_row=request.label_row, first_row=request.first_row)
    said = _by_heading(template, request)
    before = load_said(home, template)
    kept = {heading: text for heading, text in before.constants.items() if heading not in said.columns}
    constants = {find_column(template, heading).index: text for heading, text in {**kept, **said.constants}.items()}
    assignment = assign(
        template,
        offer.names,
        key=offer.key,
        family=offer.family,
        preferred=offer.made,
        given=said.columns,
        remembered=before.columns,
        without=frozenset(constants),
    )
    accepted = frozenset(_accepted(template, heading).index for heading in {*before.accepted, *said.accepted})
    plan = FillPlan(
        template=template,
        offered=offer.names,
        sources={place: name for place, name in assignment.sources.items() if place not in constants},
        constants=constants,
        accepted=accepted,
        key=assignment.key,
        only=_only(template, request, assignment, offer),
        before=_before(request, template, assignment.key),
        split_by=_ours(request.split_by, offer) if request.split_by else None,
        max_rows=request.max_rows,
        complete_only=request.complete_only,
        language=settings.language,
        memory_limit_bytes=settings.export_memory_bytes,
    )
    target = _target(request, offer, template, category if several else "")
    report = fill_copies(plan, belongs.rows(offer, category), target, write=request.write)
    if said:
        save_said(home, template, said)
    return Filled(
        template=template,
        assignment=assignment,
        constants=constants,
        report=report,
        category=category,
        notices=(*template.notices, *belongs.notices(category), *report.notices),
    )


class _Belongs:
    """Which rows belong to which template, by the text of their category."""

    def __init__(self, wanted: Sequence[str], offer: Offer, column: str | None) -> None:
        self._plain = {plain_name(category) for category in wanted}
        self._place = offer.names.index(column) if column is not None else None
        self._column = column
        self._known: dict[str, str] = {}
        self.others = 0  # rows whose category has no template

    def rows(self, offer: Offer, category: str) -> Iterator[OfferedRow]:
        if not category or self._place is None:
            yield from offer.rows()
            return
        plain, self.others = plain_name(category), 0
        for row in offer.rows():
            found = self._of(str(row.values[self._place] or ""))
            if found == plain:
                yield row
            elif not found:
                self.others += 1

    def notices(self, category: str) -> tuple[Notice, ...]:
        if not category or not self.others:
            return ()
        return (
            Notice(
                code="no_template",
                en=f"{self.others:,} rows have a category without a template (column {self._column!r})",
                zh=f"有 {self.others:,} 行的类目没有对应模板(列 {self._column!r})",
                column=self._column,
                count=self.others,
            ),
        )

    def _of(self, text: str) -> str:
        """The wanted category that a path such as 家纺 > 被套 names: as a whole, else its most specific step."""
        if text not in self._known:
            steps = [text, *(step for step in reversed(_steps(text)))]
            self._known[text] = next((plain for step in steps if (plain := plain_name(step)) in self._plain), "")
        return self._known[text]


def _steps(text: str) -> list[str]:
    for separator in (">", "/", "|", "\\", "→"):
        if separator in text:
            return [step.strip() for step in text.split(separator) if step.strip()]
    return [text]


def _offered(rows: Rows, columns: Sequence[OutputColumn], plan: Any, first: int) -> Iterator[OfferedRow]:
    made = cells(rows, columns, plan)
    source = [array.to_pylist() for array in rows.source]
    numbers, keys = rows.values("_gs_row"), rows.values("_gs_key")
    for key, number, values in zip(keys, numbers, zip(*made, *source, strict=True), strict=True):
        yield OfferedRow(key or "", first + number, values)


def _named_template(text: str) -> tuple[str, str]:
    """`CATEGORY=FILE`, or only the file, which may have an equals sign in its name."""
    category, equals, file = text.partition("=")
    return ("", text) if not equals or Path(text).exists() else (category.strip(), file.strip())


def _locale(asked: str | None, locales: Sequence[str]) -> str:
    if asked is not None:
        if asked not in locales:
            raise UnknownName("locale of the run", asked, locales, kind_zh="本次运行的语言")
        return asked
    if len(locales) > 1:
        listed = ", ".join(locales)
        raise UsageError(
            f"the run made texts for {listed}; say which go into the template: --locale {locales[0]}",
            zh=f"本次运行包含 {listed};请指定写入模板的语言:--locale {locales[0]}",
        )
    return locales[0] if locales else ""


def _ours(name: str | None, offer: Offer) -> str:
    if name is None:
        raise UsageError(
            "no column with the category was found. Say which one it is: --category COLUMN",
            zh="未找到类目所在的列。请指定:--category 列名",
        )
    if name not in offer.names:
        raise UnknownName("column", name, offer.names, kind_zh="列")
    return name


def _accepted(template: TemplateWorkbook, heading: str) -> TemplateColumn:
    column = find_column(template, heading)
    if column.attribute.values and not column.attribute.open and column.unread is None:
        raise UsageError(
            f"the template refuses other values for {column.heading!r} than those of its drop-down",
            zh=f"模板列 {column.heading!r} 只接受下拉列表中的值,不能放行其他值",
        )
    return column


def _only(
    template: TemplateWorkbook, request: FillRequest, assignment: Assignment, offer: Offer
) -> frozenset[int] | None:
    """The columns of a partial update: those asked for, or those that the run made; always with the key."""
    if not request.only and not request.made_only:
        return None
    if assignment.key is None:
        raise UsageError(
            "a partial update needs the key, and no column of the template takes it. Say which one: "
            "--map 'HEADING=KEY COLUMN'",
            zh="部分更新需要主键,但模板中没有对应的列。请指定:--map '模板列=主键列'",
        )
    wanted = {find_column(template, heading).index for heading in request.only}
    if request.made_only:
        wanted |= {place for place, name in assignment.sources.items() if name in offer.made}
    return frozenset({*wanted, assignment.key})


def _before(request: FillRequest, template: TemplateWorkbook, key: int | None) -> dict[str, Mapping[int, str]] | None:
    """What an earlier filling of the same template holds, by key; its columns may stand in another order."""
    if request.since is None:
        return None
    if key is None:
        raise UsageError(
            "to tell changes, the key must be in the template; say which column takes it: --map 'HEADING=KEY COLUMN'",
            zh="要识别变化,模板中必须有主键列;请指定:--map '模板列=主键列'",
        )
    earlier = read_template(request.since, sheet=request.sheet)
    named = {column.name or column.heading: column.index for column in template.columns}
    moved = {
        column.index: named[column.name or column.heading]
        for column in earlier.columns
        if (column.name or column.heading) in named
    }
    found: dict[str, Mapping[int, str]] = {}
    for texts in earlier.filled.values():
        row = {moved[place]: text for place, text in texts.items() if place in moved}
        if row.get(key):
            found[row[key].strip()] = row
    return found


def _target(request: FillRequest, offer: Offer, template: TemplateWorkbook, category: str) -> Path:
    suffix = ".xlsm" if template.macros else ".xlsx"
    if request.output is None:
        return Path(f"{Path(template.source).stem}-{offer.stem}{suffix}")
    path = Path(request.output)
    return path.with_name(f"{path.stem}-{Path(template.source).stem}{suffix}") if category else path


def _by_heading(template: TemplateWorkbook, request: FillRequest) -> Said:
    """What the request says, by the template's own headings. Raises UnknownName."""
    return Said(
        columns={find_column(template, heading).heading: ours for heading, ours in request.columns.items()},
        constants={find_column(template, heading).heading: text for heading, text in request.constants.items()},
        accepted=tuple(find_column(template, heading).heading for heading in request.accepted),
    )
