"""Which products are variants of one style: by a column, or proposed; and what each style's variants share."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from goodsmith.base.spelling import plain_name
from goodsmith.catalog import Import, guess_family, read_sample
from goodsmith.catalog.families import (
    PROPOSED,
    FamilyReport,
    keep_views,
    kept_views,
    propose_families,
    report_families,
    views_path,
)
from goodsmith.protocols import FamilyTexts
from goodsmith.records import ColumnMapping
from goodsmith.selection import grouped_batches

ASKED: Final = "proposed"  # what a person says in place of a column
_BRANDS: Final = frozenset(map(plain_name, ("brand", "品牌", "品牌名称", "brand name", "marke", "marque", "ブランド")))
_NAMES: Final = ("name", "title", "product_name", "product")  # recipe fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Families:
    """The families of an import. parquet: the import, with the column of a proposal where there is one."""

    parquet: Path
    column: str
    views: Path

    @property
    def texts(self) -> FamilyTexts:
        """What variants share, by family."""

        def texts(families: Collection[str], /) -> Mapping[str, str]:
            return kept_views(self.views, families)

        return texts

    def styles_share(self, columns: Sequence[str]) -> float:
        """How many styles there are for one product: 0.25 where each has four variants."""
        seen = self.report(columns)
        return (seen.families + seen.alone) / max(1, seen.products + seen.alone)

    def report(self, columns: Sequence[str]) -> FamilyReport:
        how: Literal["column", "proposed"] = "proposed" if self.column == PROPOSED else "column"
        return report_families(self.parquet, self.column, self.views, columns=columns, how=how)


def families_of(imported: Import, mapping: ColumnMapping, column: str) -> Families:
    """The families by a column, or by `proposed` where no column is called so. Made once for an import."""
    columns = [one.name for one in imported.info.columns]
    parquet = imported.parquet
    if column == ASKED and ASKED not in columns:
        name = next((mapping.fields[field] for field in _NAMES if field in mapping.fields), None)
        brand = mapping.fields.get("brand") or next((one for one in columns if plain_name(one) in _BRANDS), None)
        parquet, column = propose_families(parquet, key=mapping.key, name=name, brand=brand), PROPOSED
    views = views_path(parquet, column)
    if not views.exists():
        keep_views(views, grouped_batches(parquet, column, mapping), columns)
    return Families(parquet=parquet, column=column, views=views)


def best_families(imported: Import, mapping: ColumnMapping) -> FamilyReport | None:
    """The families by a column that is called so, else as proposed; None where every product stands alone."""
    columns = [one.name for one in imported.info.columns]
    named = guess_family(columns, read_sample(imported.parquet))
    report = families_of(imported, mapping, named or ASKED).report(columns)
    return report if report.families else None
