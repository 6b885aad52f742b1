"""`goodsmith run`: make what a recipe says for every product of a source."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Annotated

import typer

from goodsmith.cli import options
from goodsmith.cli.progress import ProgressLine
from goodsmith.cli.reports import money, print_outcome, print_plan
from goodsmith.cli.voice import Voice, settings, speak_with

if TYPE_CHECKING:
    from goodsmith.runner import Plan, Run


def command(
    source: Annotated[str, typer.Argument(help="xlsx, csv, tsv, jsonl or parquet file, or a database URL.")],
    recipe: options.Recipe = "listing",
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="provider/name; none: the recipe's own sentences (stencil).")
    ] = None,
    output: Annotated[str | None, typer.Option("--output", "-o", help="Write the result to this file.")] = None,
    locale: Annotated[str | None, typer.Option("--locale", help="Such as zh-CN,en-US; none: the recipe's.")] = None,
    where: Annotated[str, typer.Option("--where", help='Which products, such as: brand == "X" and price > 10')] = "",
    sample: Annotated[int | None, typer.Option("--sample", min=1, help="So many products, chosen at random.")] = None,
    per: Annotated[str | None, typer.Option("--per", help="Spread the sample over the values of this column.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first so many products.")] = None,
    only_changed: Annotated[
        bool, typer.Option("--only-changed", help="Only products whose used fields or recipe changed.")
    ] = False,
    priority: Annotated[
        str | None, typer.Option("--priority", help="Column that says which products come first; higher is earlier.")
    ] = None,
    family: Annotated[str | None, typer.Option("--family", help="Column that groups the variants of a style.")] = None,
    category: Annotated[str | None, typer.Option("--category", help="Column with the category.")] = None,
    catalog: Annotated[
        str | None, typer.Option("--catalog", help="Lasting name of the source; none: the file's.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option("--budget", help="Such as 300CNY or 40USD; the run stops there.")
    ] = None,
    rate: Annotated[list[str] | None, typer.Option("--rate", help="Exchange rate, such as USD/CNY=7.10.")] = None,
    price: Annotated[
        str | None, typer.Option("--price", help="Per million tokens, such as in=0.8,out=3.2,currency=CNY.")
    ] = None,
    base_url: Annotated[str | None, typer.Option("--base-url", help="An OpenAI-compatible endpoint.")] = None,
    api_key: Annotated[str | None, typer.Option("--api-key", help="Where the key is: env:NAME or file:PATH.")] = None,
    temperature: Annotated[float | None, typer.Option("--temperature", min=0, max=2)] = None,
    fallback: Annotated[
        bool, typer.Option("--fallback-stencil", help="Where the model fails, fill the recipe's own sentences.")
    ] = False,
    workers: options.Workers = None,
    concurrency: options.Concurrency = None,
    sheet: options.Sheet = None,
    header: options.Header = None,
    encoding: options.Encoding = None,
    separator: options.Separator = None,
    table: options.Table = None,
    key: options.Key = None,
    mapping: options.Map = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show prompts, rows and cost; ask nobody.")] = False,
    queue: Annotated[bool, typer.Option("--queue", help="Leave the run to a `goodsmith worker`.")] = False,
    as_json: options.Json = False,
) -> None:
    """Make what a recipe says for every product."""
    from goodsmith.base.money import parse_budget  # noqa: PLC0415
    from goodsmith.runner import Request, plan, start  # noqa: PLC0415

    voice = speak_with()
    chosen = settings()
    request = Request(
        source=source,
        recipe=recipe,
        model=model or chosen.model,
        locales=tuple(tag.strip() for tag in locale.split(",") if tag.strip()) if locale else (),
        key=key,
        mapping=options.pairs(mapping, option="--map"),
        category=category,
        family=family,
        sheet=sheet,
        header=header,
        encoding=encoding,
        separator=separator,
        table=table,
        where=where,
        sample=sample,
        per=per,
        limit=limit,
        priority=priority,
        only_changed=only_changed,
        catalog=catalog,
        budget=parse_budget(budget) if budget else None,
        rates=tuple(rate or ()),
        base_url=base_url or chosen.base_url,
        api_key=api_key or chosen.api_key,
        price=price,
        params={} if temperature is None else {"temperature": temperature},
        fallback_to_stencil=fallback,
        workers=workers,
        concurrency=concurrency,
    )
    understood = plan(request, settings=chosen, home=chosen.home)
    if dry_run:
        _show(voice, understood, as_json=as_json, previews=True)
        return
    if not as_json:
        print_plan(voice, understood, previews=False)
    if queue:
        run = start(understood, settings=chosen, home=chosen.home, queue=True)
        voice.note(f"Run {run.id} waits for a worker: goodsmith worker", f"运行 {run.id} 等待工作进程:goodsmith worker")
        return
    with ProgressLine(voice, quiet=as_json) as line:
        run = start(understood, settings=chosen, home=chosen.home, on_progress=line.show)
    finish(voice, run, output=output, as_json=as_json)


def finish(voice: Voice, run: Run, *, output: str | None, as_json: bool) -> None:
    """Write the file, say how it went, and leave with the run's exit code."""
    report = run.export(output, language=voice.language) if output else None
    print_outcome(voice, run, report, as_json=as_json)
    raise typer.Exit(run.exit_code)


def _show(voice: Voice, plan: Plan, *, as_json: bool, previews: bool) -> None:
    if not as_json:
        print_plan(voice, plan, previews=previews)
        return
    forecast = plan.forecast
    print(
        json.dumps(
            {
                "ok": True,
                "recipe": {"name": plan.recipe.name, "version": plan.recipe.version},
                "model": plan.spec.model,
                "rows": {"selected": plan.selected_rows, "total": plan.total_rows},
                "locales": plan.spec.locales,
                "mapping": dict(plan.mapping.fields),
                "key": plan.mapping.key,
                "cost": {
                    "calls": forecast.calls,
                    "about": money(forecast.about_nanos),
                    "at_most": money(forecast.at_most_nanos),
                    "currency": forecast.currency,
                },
                "notices": [notice.say(voice.language) for notice in plan.notices],
                "prompts": [dataclasses.asdict(preview) for preview in plan.previews],
            },
            ensure_ascii=False,
            indent=2,
        )
    )
