"""A planned trial's recipe made ready, and one look over all its rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from goodsmith.base.locales import parse_locale
from goodsmith.models.tokens import TokenCounter
from goodsmith.pipeline.turns import Derivation, Turn, turns_of
from goodsmith.records import Product, Recipe
from goodsmith.runner.planning import selection_of
from goodsmith.runner.request import Plan
from goodsmith.runner.trying.known import Known
from goodsmith.selection import all_products, distinct
from goodsmith.trials.estimating import allocate
from goodsmith.trials.survey import Survey, survey
from goodsmith.trials.traits import TraitReader

_REST: Final = "\0rest"  # categories that are too small for a stratum


class Ground:
    """A planned request, with its recipe made ready."""

    def __init__(self, understood: Plan) -> None:
        self.plan = understood
        self.recipe: Recipe = understood.recipe
        self.spec = understood.spec
        self.parquet = Path(understood.import_path)
        self.selection = selection_of(understood.request, family=self.spec.family_column)
        locales = [parse_locale(tag) for tag in self.spec.locales]
        derivations, turns = turns_of(self.recipe, locales, self.spec.columns, understood.look_ups)
        self.derivations: tuple[Derivation, ...] = derivations
        self.turns: tuple[Turn, ...] = turns
        self.read_names = frozenset().union(
            *(turn.prepared.reads for turn in turns), *(each.prepared.reads for each in derivations)
        )

    def look(self, rows: int, known: Sequence[Known], *, anybody_asked: bool) -> tuple[Survey, dict[int, int]]:
        """Survey all rows; and how many rows each stratum has."""
        sizes = self._categories(rows)
        place, draws = allocate(sizes, rows)
        strata_rows: dict[int, int] = {}
        for name, count in sizes.items():
            strata_rows[place[name]] = strata_rows.get(place[name], 0) + count
        category = self.spec.category_column
        rest = place.get(_REST, 0)

        def stratum_of(product: Product) -> int:
            return rest if category is None else place.get(product.fields.get(category, ""), rest)

        fields = [spec.name for spec in self.recipe.fields if spec.name in self.spec.mapping]
        surveyed = survey(
            all_products(self.parquet, self.selection, self.plan.mapping, families=self.plan.families),
            rows=self.plan.selected_rows,
            derivations=self.derivations,
            turns=self.turns,
            reader=TraitReader(self.turns, [name for name in fields if name in self.read_names], category),
            counts_of=TokenCounter("").counts if anybody_asked else None,
            stratum_of=stratum_of,
            draws=draws,
            known_draws=rows if known else 0,
            is_known=lambda product: any((product.fields.get(each.column) or "").strip() for each in known),
            seed=self.plan.request.seed,
        )
        return surveyed, strata_rows

    def _categories(self, rows: int) -> dict[str, int]:
        """The largest categories with their rows, as many as could be strata, and the rest as one."""
        selected, category = self.plan.selected_rows, self.spec.category_column
        if category is None:
            return {_REST: selected}
        largest = distinct(self.parquet, self.selection, self.plan.mapping, [category], most=rows)
        sizes = {values[category]: count for values, count in largest}
        left = selected - sum(sizes.values())
        return {**sizes, _REST: left} if left > 0 else sizes
