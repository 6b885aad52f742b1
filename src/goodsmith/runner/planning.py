"""Understand a request before anything is spent: read the source, map it, count, show prompts, forecast the cost."""

from __future__ import annotations

import dataclasses
import datetime as dt
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from goodsmith.base.locales import parse_locale
from goodsmith.base.scripts import count_letters
from goodsmith.catalog import guess_category, read_sample, save_mapping
from goodsmith.engines.order import STENCIL, WorkOrder, open_pipeline, rates_of
from goodsmith.errors import TemplateError, UnknownName, UsageError
from goodsmith.models.prices import require_price
from goodsmith.models.routes import todays_models
from goodsmith.pipeline import Pipeline
from goodsmith.records import SOURCE_LOCALE, ColumnMapping, Locale, Notice, Product, Recipe, RunSpec, TableInfo
from goodsmith.runner.experience import experience
from goodsmith.runner.families import ASKED as PROPOSED
from goodsmith.runner.families import Families, families_of
from goodsmith.runner.look_ups import missing_keys, open_look_ups
from goodsmith.runner.reading import remember_reading
from goodsmith.runner.request import CostForecast, Plan, PromptPreview, Request
from goodsmith.runner.sources import Source, read_source
from goodsmith.selection import Selection, count, first_products
from goodsmith.settings import Settings, load_settings

PREVIEWED_ROWS: Final = 3
FORECAST_ROWS: Final = 100  # rendered to see how long prompts are


def plan(request: Request, *, settings: Settings | None = None, home: Path | None = None) -> Plan:
    """What a run would do. Reads the source (once; later runs reuse it), spends nothing.

    Raises UsageError with what to change.
    """
    settings = settings or load_settings()
    home = home or settings.home
    source = read_source(request, settings=settings, home=home)
    request, renamed = with_models(request, source.recipe, settings)
    recipe, imported, mapping, columns = source.recipe, source.imported, source.mapping, source.columns
    require_fields(mapping, columns, imported.info, recipe)
    look_ups, told = open_look_ups(recipe, request.look_ups, settings=settings, home=home)
    category = _column(request.category, columns) or guess_category(columns)
    families = _families(request, source)
    family, table = (families.column, families.parquet) if families else (None, imported.parquet)
    selection = selection_of(request, family=family)
    counted = count(table, selection, mapping)
    spec = RunSpec(
        run_id=new_run_id(),
        catalog=request.catalog or _catalog_name(imported.info),
        source=imported.info.source,
        recipe_text=recipe.text,
        recipe_path=recipe.path,
        recipe_version=recipe.version,
        recipe_name=recipe.name,
        model=request.model,
        locales=tuple(locale.tag for locale in locales_of(request, source)),
        mapping=dict(mapping.fields),
        key_column=mapping.key,
        category_column=category,
        family_column=family,
        priority_column=_column(request.priority, columns),
        columns=columns,
        budget=request.budget,
        rates=request.rates,
        base_url=request.base_url,
        params=dict(request.params),
        source_info=dataclasses.asdict(imported.info),
        source_sha256=imported.sha256,
        model_options=model_options_of(request, settings),
        fallback_to_stencil=request.fallback_to_stencil,
        look_ups={step: {"source": table.source, "rows": len(table)} for step, table in look_ups.items()},
        selection={
            "where": request.where,
            "sample": request.sample,
            "per": request.per,
            "seed": request.seed,
            "limit": request.limit,
            "only_changed": request.only_changed,
        },
    )
    before = experience(spec.recipe_name, spec.model, settings=settings, home=home)
    order = WorkOrder(
        spec=spec,
        folder=home,
        concurrency=1,
        model_options=tuple(spec.model_options.items()),
        token_sums=before.token_sums,
    )
    try:
        pipeline = open_pipeline(order, look_ups=look_ups)
    except UsageError as error:
        if not renamed:
            raise
        old = renamed[0]  # whoever wrote an old name would not know whose key is missing
        raise UsageError(f"{old.en}; {error.en}", zh=f"{old.zh};{error.say('zh')}") from error
    spec = dataclasses.replace(spec, currency=pipeline.answerer.currency if pipeline.answerer else "")
    first = tuple(
        first_products(
            table,
            selection,
            mapping,
            limit=min(PREVIEWED_ROWS, counted.selected or 1),
            families=families.texts if families else None,
        )
    )
    drawn = _drawn(table, selection, mapping, families) if pipeline.answerer else ()
    styles = families.styles_share(columns) if families and drawn else 1.0
    forecast = _forecast(pipeline, drawn, counted.selected, answer_tokens=before.answer_tokens, styles=styles)
    if request.budget is not None and pipeline.answerer and not spec.currency:
        require_price(None, model=request.model)
    if request.mapping or request.key:
        save_mapping(home, columns, mapping)  # what a person said about this layout counts for the next file too
    remember_reading(source.reading, home)
    return Plan(
        request=request,
        spec=spec,
        recipe=recipe,
        info=imported.info,
        mapping=mapping,
        total_rows=counted.total,
        selected_rows=counted.selected,
        import_path=str(table),
        families=families.texts if families else None,
        notices=(
            *renamed,
            *source.notices,
            *told,
            *missing_keys(pipeline.derivations, imported.parquet, selection, mapping),
            *(_ONLY_CHANGED if request.only_changed else ()),
        ),
        look_ups=look_ups,
        previews=tuple(_previews(pipeline, first)),
        forecast=forecast,
        rate_note=_rate_note(spec),
    )


def with_models(request: Request, recipe: Recipe, settings: Settings) -> tuple[Request, tuple[Notice, ...]]:
    """The request with the models that it comes to, and what is to be said of old names.

    The run's own model goes before the recipe's order; without either, nobody is asked.
    """
    choices = () if request.model or request.base_url else recipe.models
    named = ",".join(choice.model for choice in choices) or request.model or STENCIL
    today, renamed = todays_models(named, base_url=request.base_url, providers_file=settings.providers_file)
    told = [
        {name: value for name, value in dataclasses.asdict(choice).items() if value not in (None, "")} | {"model": name}
        for choice, name in zip(choices, today.split(","), strict=bool(choices))
    ]
    return dataclasses.replace(request, model=today, choices=tuple(told)), renamed


def _rate_note(spec: RunSpec) -> tuple[str, str] | None:
    """The exchange rate that a budget in another currency is counted with, shown and never silent."""
    if spec.budget is None or not spec.currency or spec.budget.currency == spec.currency:
        return None
    rate = rates_of(spec.rates).find(spec.budget.currency, spec.currency)
    return f"Exchange rate: {rate.say('en')}", f"汇率:{rate.say('zh')}"


def _families(request: Request, source: Source) -> Families | None:
    if request.family is None:
        return None
    column = request.family if request.family == PROPOSED else _column(request.family, source.columns)
    return families_of(source.imported, source.mapping, column) if column else None


def _drawn(
    parquet: Path, selection: Selection, mapping: ColumnMapping, families: Families | None
) -> tuple[Product, ...]:
    """Products at random: a catalog is sorted, and its first rows are not like the rest."""
    if selection.sample is None:
        selection = dataclasses.replace(selection, sample=FORECAST_ROWS, per=None, limit=None)
    return tuple(
        first_products(parquet, selection, mapping, limit=FORECAST_ROWS, families=families.texts if families else None)
    )


def selection_of(request: Request, *, family: str | None) -> Selection:
    return Selection(
        where=request.where,
        sample=request.sample,
        per=request.per,
        seed=request.seed,
        limit=request.limit,
        priority=request.priority,
        family=family,
    )


def new_run_id() -> str:
    """Sorts by time, easy to say: `1123-0342-k7qd`."""
    now = dt.datetime.now(tz=dt.UTC)
    tail = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4))
    return f"{now:%m%d-%H%M}-{tail}"


def locales_of(request: Request, source: Source) -> list[Locale]:
    tags = request.locales or source.recipe.locales
    written = written_in(source) if SOURCE_LOCALE in tags else ""
    return [parse_locale(tag) for tag in dict.fromkeys(written if tag == SOURCE_LOCALE else tag for tag in tags)]


def written_in(source: Source) -> str:
    """The locale of the catalog's texts, by their script. Latin letters could be any of many languages: English."""
    sample = read_sample(source.imported.parquet, rows=500)
    texts = [text or "" for column in set(source.mapping.fields.values()) for text in sample.get(column, ())]
    counts = count_letters(" ".join(text[:200] for text in texts), tuple(_SPOKEN))
    letters = sum(counts.values())
    if letters and counts.get("Kana", 0) > 0.05 * letters:
        return _SPOKEN["Kana"]
    strange = {block: number for block, number in counts.items() if block != "Latin"}
    main = max(strange, key=lambda block: strange[block], default="Latin")
    # brand names and units are Latin everywhere, so a fifth of the letters is enough
    return _SPOKEN[main if strange.get(main, 0) > 0.2 * letters else "Latin"]


_ONLY_CHANGED = (
    Notice(
        code="only_changed",
        en="of these rows only those are made whose used fields, conditions or checks changed",
        zh="在选中的行中,只处理所用字段、条件或检查有变化的行",
    ),
)
_SPOKEN = {
    "Latin": "en-US",
    "Han": "zh-CN",
    "Kana": "ja-JP",
    "Hangul": "ko-KR",
    "Cyrillic": "ru-RU",
    "Arabic": "ar-SA",
    "Thai": "th-TH",
    "Hebrew": "he-IL",
    "Greek": "el-GR",
    "Devanagari": "hi-IN",
}


def _column(name: str | None, columns: Sequence[str]) -> str | None:
    if name is not None and name not in columns:
        raise UnknownName("column", name, columns, kind_zh="列")
    return name


def require_fields(mapping: ColumnMapping, columns: Sequence[str], info: TableInfo, recipe: Recipe) -> None:
    filled = {name for step in recipe.steps for name in step.fills}  # a look-up can bring what the source lacks
    missing = [name for name in mapping.missing if name not in filled]
    if not missing:
        return
    wanted, have = ", ".join(missing), ", ".join(columns)
    raise UsageError(
        f"{info.source}: no column found for the required fields {wanted}; the columns are: {have}. "
        f"Say which one it is, such as --map '{missing[0]}=COLUMN'",
        zh=f"{info.source}:找不到必需字段 {wanted} 对应的列;现有列:{have}。请指定,例如 --map '{missing[0]}=列名'",
    )


def _catalog_name(info: TableInfo) -> str:
    return Path(info.source).name if "://" not in info.source else info.source


def model_options_of(request: Request, settings: Settings) -> dict[str, Any]:
    given = {
        "api_key": request.api_key,
        "price": request.price,
        "stream": request.stream,
        "prices_file": str(settings.prices_file) if settings.prices_file else None,
        "providers_file": str(settings.providers_file) if settings.providers_file else None,
        "rpm": settings.requests_per_minute,
        "tpm": settings.tokens_per_minute,
        "choices": request.choices,
    }
    return {name: value for name, value in given.items() if value}


def _previews(pipeline: Pipeline, products: Sequence[Product]) -> list[PromptPreview]:
    shown: list[PromptPreview] = []
    for product in products:
        with suppress(TemplateError):  # the run will say it of this row
            shown += _preview(pipeline, product)
    return shown


def _preview(pipeline: Pipeline, product: Product) -> list[PromptPreview]:
    if pipeline.answerer is not None:
        return [
            PromptPreview(key=product.key, step=turn.step, locale=turn.tag, system=request.system, user=request.user)
            for turn, request in pipeline.requests(product)
        ]
    drafts = pipeline.make_from_stencil(product).drafts
    return [
        PromptPreview(
            key=product.key,
            step=STENCIL,
            locale=tag,
            system="",
            user="",
            made={draft.slot: draft.value for draft in drafts if draft.locale in {"", tag}},
        )
        for tag in pipeline.tags
    ]


def _forecast(
    pipeline: Pipeline, products: Sequence[Product], rows: int, *, answer_tokens: float | None, styles: float
) -> CostForecast:
    """answer_tokens: of an answer in earlier runs, None if there are none. styles: how many for one product."""
    answerer = pipeline.answerer
    if answerer is None or not products:
        return CostForecast(calls=0, about_nanos=0, at_most_nanos=0, currency="", prompt_bytes_mean=0.0)
    about: float = 0
    at_most = size = 0
    unknown = False
    for product in products:
        worst = pipeline.worst_cost_nanos(product)
        unknown = unknown or worst is None
        at_most += worst or 0
        with suppress(TemplateError):  # such a row costs nothing
            for turn, request in pipeline.requests(product):
                size += len((request.system + request.user).encode())
                expected = answerer.expected_cost_nanos(request, output_tokens=answer_tokens)
                unknown = unknown or expected is None
                about += (expected or 0) * (styles if turn.level == "family" else 1)
    scale = rows / len(products)
    calls = round(sum(rows * (styles if turn.level == "family" else 1) for turn in pipeline.turns))
    return CostForecast(
        calls=calls,
        about_nanos=None if unknown else round(about * scale),
        at_most_nanos=None if unknown else round(at_most * scale),
        currency=answerer.currency,
        prompt_bytes_mean=size / max(1, len(products) * len(pipeline.turns)),
    )
