"""What a person asks for: a source, a recipe, a model, which rows, how much money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from goodsmith.catalog import LookUpTable
from goodsmith.protocols import FamilyTexts
from goodsmith.records import Budget, ColumnMapping, Notice, Recipe, RunSpec, TableInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Everything a run can be told. `source` is a path, a database URL, or a pandas, polars or Arrow table."""

    source: Any
    recipe: str  # a shipped name or a file
    model: str = ""  # provider/name, several separated by commas; "": the order of the recipe, else stencil
    choices: tuple[Mapping[str, Any], ...] = ()  # of the recipe's order: what it says of each model
    locales: tuple[str, ...] = ()  # empty: the recipe's own
    # which column is what
    key: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)  # recipe field -> column
    category: str | None = None
    family: str | None = None  # a column, or `proposed`: found by names and codes
    # how to read the source
    sheet: str | None = None
    header: int | str | None = None  # 1-based row of the names, or rows: 2-3; 0: there are none
    encoding: str | None = None
    separator: str | None = None
    transpose: bool = False  # products stand beside each other
    all_rows: bool = False  # section titles and totals are products, too
    visible_only: bool = False  # hidden rows are left out
    forget: bool = False  # what was said about this layout before does not count any more
    table: str | None = None  # of a database
    look_ups: Mapping[str, Any] = field(default_factory=dict)  # look-up step -> its table, instead of the recipe's
    # which products
    where: str = ""
    sample: int | None = None
    per: str | None = None
    seed: int = 0
    limit: int | None = None
    priority: str | None = None
    only_changed: bool = False
    catalog: str | None = None  # the source's lasting name; None: the file's name without its folder
    # money and model
    budget: Budget | None = None
    rates: tuple[str, ...] = ()  # exchange rates, such as USD/CNY=7.10
    base_url: str | None = None
    api_key: str | None = None  # env:NAME or file:PATH
    price: str | None = None  # in=0.8,out=3.2,currency=CNY
    stream: bool = False  # answers piece by piece; the same answers, for proxies that cut long silences
    params: Mapping[str, Any] = field(default_factory=dict)  # temperature, seed
    fallback_to_stencil: bool = False
    workers: int | None = None
    concurrency: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostForecast:
    """What the calls may cost. about: from the mean of a few prompts; at most: their bound; both for all rows.

    None: the price is unknown. Nanos of `currency`.
    """

    calls: int
    about_nanos: int | None
    at_most_nanos: int | None
    currency: str
    prompt_bytes_mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptPreview:
    """A prompt as it would be sent, or what the template says where no model is asked."""

    key: str
    step: str
    locale: str
    system: str
    user: str
    made: Mapping[str, Any] = field(default_factory=dict)  # slot -> value, for stencils


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A request, understood: nothing has been spent and no run exists yet."""

    request: Request
    spec: RunSpec
    recipe: Recipe
    info: TableInfo
    mapping: ColumnMapping
    total_rows: int
    selected_rows: int
    import_path: str
    families: FamilyTexts | None = field(default=None, repr=False, compare=False)
    notices: tuple[Notice, ...]
    previews: tuple[PromptPreview, ...]
    forecast: CostForecast
    look_ups: Mapping[str, LookUpTable] = field(default_factory=dict)  # by step
    rate_note: tuple[str, str] | None = None  # (en, zh): the exchange rate that the budget is counted with
