"""A table opened for its attributes: imported, its columns understood, its schema chosen, its products read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from goodsmith.attributes.classifying.alikeness import Described
from goodsmith.attributes.classifying.placing import Placement, Placer
from goodsmith.attributes.completing.category import CategoryReader, LookUp
from goodsmith.attributes.completing.layout import Layout, guess_layout
from goodsmith.attributes.completing.markup import unmarked
from goodsmith.attributes.completing.product import ProductRow
from goodsmith.attributes.completing.stated import named_values
from goodsmith.attributes.mapping.decisions import Decisions, load_decisions
from goodsmith.attributes.names import NameMap
from goodsmith.attributes.schemas.drafting import ROOT, attribute_columns, draft_schema, is_known_name, observed_names
from goodsmith.base.category_schema import attributes_of, category_of, leaves
from goodsmith.catalog import (
    Import,
    guess_category,
    guess_family,
    guess_key,
    import_table,
    read_look_up,
    read_sample,
)
from goodsmith.errors import UnknownName
from goodsmith.protocols import LookUpTable
from goodsmith.records import CategorySchema
from goodsmith.runner.schemas import open_schema
from goodsmith.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS: Final = 2_000
LEARNT_ROWS: Final = 4_000  # spread over the table
DRAFTED_ROWS: Final = 20_000
_FACET_VALUES: Final = 50  # different values of a column that may tell categories apart
_FACET_SAMPLE: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeRequest:
    """What is asked of a table's attributes.

    source: path, URL or data frame. schema: name or file; None: drafted from what the table fills. category: of all
    products. columns: role (key, category, family, title) -> column. sources: in the order of trust. look_up: a second
    table, by its key column.
    """

    source: Any
    schema: str | Path | CategorySchema | None = None
    supplier: str = ""
    category: str = ""
    columns: Mapping[str, str] | None = None
    language: str = ""  # of written values; "": as the table's titles
    threshold: float = 0.95
    sources: tuple[str, ...] = ()
    look_up: str | Path | None = None
    look_up_key: str = ""
    sheet: str | None = None
    header: int | str | None = None
    encoding: str | None = None
    separator: str | None = None
    table: str | None = None


class AttributeTable:
    """One table, ready to be gone through as often as needed; its rows stay on disk."""

    def __init__(self, request: AttributeRequest, *, settings: Settings, home: Path) -> None:
        """Raises InputFileError, SchemaError and UnknownName."""
        self.request = request
        self.imported: Import = import_table(
            request.source,
            home / "imports",
            sheet=request.sheet,
            header=request.header,
            encoding=request.encoding,
            separator=request.separator,
            table=request.table,
            memory_limit_bytes=settings.import_memory_bytes,
        )
        self.columns = tuple(column.name for column in self.imported.info.columns)
        self._sample = read_sample(self.imported.parquet)
        given = self._given()
        self._roles = {
            "key": given.get("key") or guess_key(self.columns, self._sample),
            "category": given.get("category") or guess_category(self.columns),
            "family": given.get("family") or guess_family(self.columns, self._sample),
        }
        self._titles = tuple(name for name in (given.get("title"),) if name)
        self.drafted = request.schema is None
        if isinstance(request.schema, CategorySchema):
            self.schema = request.schema
        elif request.schema is not None:
            self.schema = open_schema(request.schema, home=home, settings=settings)
        else:
            self.schema = self._draft()
        self.decisions: Decisions = load_decisions(home, schema=self.schema.name, supplier=request.supplier)
        self.layout = self._layout(self._is_attribute)
        self.language = request.language or self._spoken()
        self._look_up = self._open_look_up(settings, home)
        self.placer = self._placer()

    # ---- what is asked ----

    @cached_property
    def readers(self) -> dict[str, CategoryReader]:
        """A reader for each category that products can be in."""
        wanted = self._category_ids()
        return {
            category: CategoryReader(
                attributes_of(self.schema, category),
                self.layout,
                language=self.language,
                names=self.decisions.names,
                values=self.decisions.values,
                look_up=self._look_up,
            )
            for category in wanted
        }

    def attributes(self) -> dict[str, Any]:
        """All attributes that products of this table may be asked for, by id, required ones first."""
        found: dict[str, Any] = {}
        for reader in self.readers.values():
            for name, attribute in reader.attributes.items():
                found.setdefault(name, attribute)
        order = {"required": 0, "recommended": 1, "optional": 2}
        return dict(sorted(found.items(), key=lambda one: order[one[1].need]))

    # ---- going through ----

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows as they were imported, in the order of the source."""
        import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

        with pq.ParquetFile(self.imported.parquet) as file:
            yield from file.iter_batches(BATCH_ROWS)

    def products(self, batch: pa.RecordBatch, first: int) -> list[ProductRow]:
        """The products of a batch with their categories. first: the ordinal of its first row."""
        names = [name for name in batch.schema.names if name in self._read_columns]
        columns = [batch.column(name).to_pylist() for name in names]
        made = []
        for place, texts in enumerate(zip(*columns, strict=True) if columns else [()] * batch.num_rows):
            cells = {name: text for name, text in zip(names, texts, strict=True) if text}
            ordinal = first + place
            row = ProductRow(
                ordinal=ordinal,
                key=cells.get(self.layout.key or "", "") or str(ordinal + 1),
                category="",
                cells=cells,
                family=cells.get(self.layout.family or "", ""),
            )
            made.append(row)
        return made

    def placed(self, row: ProductRow) -> tuple[ProductRow, Placement]:
        """The product in its category, and why there."""
        text = row.cells.get(self.layout.category or "", "")
        placement = self.placer.settled(self.title_of(row), text) or self.placer.guessed(self.described(row), text)
        return replace(row, category=placement.category), placement

    def title_of(self, row: ProductRow) -> str:
        source = next((column for column in self.layout.sources if column in row.cells), "")
        return self.text_of(row, source) if source else ""

    def described(self, row: ProductRow) -> Described:
        """What is compared of a product."""
        texts = [row.cells[column] for column in self.layout.sources if column in row.cells]
        texts = [unmarked(text).text if "<" in text else text for text in texts]
        return Described(
            title=texts[0] if texts else "",
            texts=tuple(texts[1:]),
            named=tuple(named_values(row, self.layout)),
            facets=tuple((column, row.cells[column]) for column in self._facets if column in row.cells),
        )

    def sample(self, rows: int = LEARNT_ROWS) -> list[ProductRow]:
        """Products spread evenly over the table, placed."""
        return [self.placed(row)[0] for row in self._spread(rows)]

    def text_of(self, row: ProductRow, source: str) -> str:
        """A source as evidence counts it: without HTML where the column has any."""
        cell = row.cells.get(source, "")
        return unmarked(cell).text if source in self.layout.marked else cell

    # ---- understanding ----

    def _given(self) -> dict[str, str]:
        given = dict(self.request.columns or {})
        for column in given.values():
            if column not in self.columns:
                raise UnknownName("column", column, self.columns, kind_zh="列")
        return given

    @cached_property
    def _read_columns(self) -> frozenset[str]:
        layout = self.layout
        roles = (layout.key, layout.category, layout.family)
        return frozenset((*layout.sources, *layout.pairs, *layout.own, *self._facets, *filter(None, roles)))

    def _layout(self, is_attribute: Any) -> Layout:
        sample = dict(self._sample)
        made = guess_layout(self.columns, sample, is_attribute=is_attribute, **self._roles)
        if self._titles:
            rest = tuple(name for name in (*made.titles, *made.texts) if name not in self._titles)
            made = Layout(
                titles=self._titles, texts=rest, pairs=made.pairs,
                own=tuple(name for name in made.own if name not in self._titles),
                marked=made.marked, key=made.key, category=made.category, family=made.family,
            )  # fmt: skip
        return made

    def _is_attribute(self, column: str) -> bool:
        return any(names.attribute(column)[0] for names in self._name_maps)

    @cached_property
    def _name_maps(self) -> list[NameMap]:
        return [NameMap(attributes_of(self.schema, one), self.decisions.names) for one in self._category_ids()]

    def _category_ids(self) -> list[str]:
        if self.request.category:
            return [category_of(self.schema, self.request.category).id]
        ids = [category.id for category in leaves(self.schema)]
        if self.drafted or not ids:
            ids = [category.id for category in self.schema.categories]
        return ids

    @cached_property
    def _facets(self) -> tuple[str, ...]:
        """Columns with few different values, such as shop or supplier; not the category itself."""
        found = []
        for column in self.columns:
            texts = [text for text in self._sample.get(column, ())[:_FACET_SAMPLE] if text]
            different = len(set(texts))
            mostly = len(texts) >= 0.8 * max(1, len(self._sample.get(column, ())[:_FACET_SAMPLE]))
            if column not in self._roles.values() and mostly and 1 < different <= min(_FACET_VALUES, len(texts) / 4):
                found.append(column)
        return tuple(found[:4])

    def _draft(self) -> CategorySchema:
        """A schema from what the table fills itself."""
        taken = {name for name in self._roles.values() if name}
        likely = attribute_columns(self.columns, self._sample, taken=taken)
        self.layout = self._layout(lambda column: column in likely or is_known_name(column))
        rows: Counter[str] = Counter()

        def cells() -> Iterator[tuple[str, str, str]]:
            for row in self._spread(DRAFTED_ROWS):
                category = row.cells.get(self.layout.category or "", "")
                rows[category] += 1
                for name, value in named_values(row, self.layout):
                    yield category, name, value
                for column in self.layout.own:
                    if column in row.cells:
                        yield category, column, row.cells[column]

        observed = observed_names(cells())
        return draft_schema(observed, rows, name="drafted")

    def _spoken(self) -> str:
        texts = [text for column in self.layout.sources[:1] for text in self._sample.get(column, ())[:300] if text]
        chinese = sum(any("\u4e00" <= sign <= "\u9fff" for sign in text) for text in texts)
        japanese = sum(any("\u3040" <= sign <= "\u30ff" for sign in text) for text in texts)
        return "zh" if texts and chinese > len(texts) / 2 and japanese < len(texts) / 4 else "en"

    def _spread(self, rows: int) -> Iterator[ProductRow]:
        step = max(1, math.ceil(self.imported.rows / rows))
        first = 0
        for batch in self.batches():
            start = -first % step
            picked = batch.take(list(range(start, batch.num_rows, step))) if step > 1 else batch
            yield from self.products(picked, first)
            first += batch.num_rows

    def _placer(self) -> Placer:
        asked = category_of(self.schema, self.request.category).id if self.request.category else ""
        column = self.layout.category or ""

        def known() -> list[tuple[Described, str]]:
            return [(self.described(row), row.cells.get(column, "")) for row in self._spread(LEARNT_ROWS)]

        otherwise = ROOT if self.drafted else ""
        return Placer(self.schema, asked=asked, otherwise=otherwise, decided=self.decisions.categories, known=known)

    def _open_look_up(self, settings: Settings, home: Path) -> LookUp | None:
        if self.request.look_up is None:
            return None
        imported = import_table(self.request.look_up, home / "imports", memory_limit_bytes=settings.import_memory_bytes)
        names = [column.name for column in imported.info.columns]
        key = self.request.look_up_key or (self.layout.key if self.layout.key in names else None)
        key = key or guess_key(names, read_sample(imported.parquet))
        if key not in names:
            raise UnknownName("column of the second table", key or "", names, kind_zh="对照表的列")
        table, _ = read_look_up(imported, key=[key], columns=[name for name in names if name != key])
        return _look_up(table, self.layout.key if key not in self.columns else key)


def _look_up(table: LookUpTable, column: str | None) -> LookUp:
    def find(row: ProductRow) -> Sequence[tuple[str, str, str]]:
        key = row.cells.get(column or "", "")
        values = table.find((key,)) if key else None
        if values is None:
            return ()
        return [(table.source, name, value) for name, value in zip(table.columns, values, strict=True) if value]

    return find
