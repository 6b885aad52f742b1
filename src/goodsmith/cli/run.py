"""`goodsmith run`: make what a recipe says for every product of a source."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from goodsmith.cli import options
from goodsmith.cli.options import ASKING, CHOOSING, READING, WORKING
from goodsmith.cli.progress import ProgressLine
from goodsmith.cli.reports import print_outcome, print_plan
from goodsmith.cli.voice import Voice, both, settings, speak
from goodsmith.errors import GoodsmithError

if TYPE_CHECKING:
    from goodsmith.runner import Plan, Run

HELP = both("Make what a recipe says for every product of a source.", "按配方为来源中的每个商品生成内容。")


def command(
    source: options.Source,
    recipe: options.Recipe = "listing",
    model: options.Model = None,
    output: options.Output = None,
    locale: options.Locales = None,
    where: options.Where = "",
    sample: Annotated[
        int | None,
        typer.Option(
            "--sample",
            min=1,
            metavar="N",
            rich_help_panel=CHOOSING,
            help=both("So many products, chosen at random, always the same ones.", "随机抽取的商品数,每次结果相同。"),
        ),
    ] = None,
    per: Annotated[
        str | None,
        typer.Option(
            "--per",
            metavar="COLUMN",
            rich_help_panel=CHOOSING,
            help=both("Spread the sample over the values of this column.", "按此列的取值分配抽样名额。"),
        ),
    ] = None,
    limit: options.Limit = None,
    only_changed: Annotated[
        bool,
        typer.Option(
            "--only-changed",
            rich_help_panel=CHOOSING,
            help=both("Only products whose used fields or recipe changed.", "只处理所用字段或配方有变化的商品。"),
        ),
    ] = False,
    priority: Annotated[
        str | None,
        typer.Option(
            "--priority",
            metavar="COLUMN",
            rich_help_panel=CHOOSING,
            help=both("Says which products come first; higher is earlier.", "决定先后的列,值大的先处理。"),
        ),
    ] = None,
    family: options.Family = None,
    category: Annotated[
        str | None,
        typer.Option(
            "--category",
            metavar="COLUMN",
            rich_help_panel=READING,
            help=both("The column with the category; none: guessed.", "类目所在的列;不填则自动识别。"),
        ),
    ] = None,
    catalog: Annotated[
        str | None,
        typer.Option(
            "--catalog",
            metavar="NAME",
            rich_help_panel=CHOOSING,
            help=both(
                "Lasting name of the source, by which --only-changed knows it; none: the file's.",
                "来源的固定名称,--only-changed 据此识别;不填则用文件名。",
            ),
        ),
    ] = None,
    budget: options.BudgetAmount = None,
    rate: options.Rates = None,
    price: options.Price = None,
    base_url: options.BaseUrl = None,
    api_key: options.ApiKey = None,
    temperature: Annotated[
        float | None,
        typer.Option(
            "--temperature",
            metavar="NUMBER",
            min=0,
            max=2,
            rich_help_panel=ASKING,
            help=both("For all calls; none: the recipe's or the model's own.", "采样温度;不填则按配方或模型默认。"),
        ),
    ] = None,
    stream: Annotated[
        bool,
        typer.Option(
            "--stream",
            rich_help_panel=ASKING,
            help=both(
                "Take answers piece by piece; for proxies that cut long waits.",
                "以流式接收回答,适用于会中断长等待的代理。",
            ),
        ),
    ] = False,
    fallback: Annotated[
        bool,
        typer.Option(
            "--fallback-stencil",
            rich_help_panel=ASKING,
            help=both("Where the model fails, fill the recipe's own sentences.", "模型失败的行改用配方自带句式填写。"),
        ),
    ] = False,
    workers: options.Workers = None,
    concurrency: options.Concurrency = None,
    sheet: options.Sheet = None,
    header: options.Header = None,
    encoding: options.Encoding = None,
    separator: options.Separator = None,
    transpose: options.Transpose = False,
    all_rows: options.AllRows = False,
    visible_only: options.VisibleOnly = False,
    forget: options.Forget = False,
    table: options.Table = None,
    key: options.Key = None,
    mapping: options.Map = None,
    look_up: options.LookUp = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            rich_help_panel=WORKING,
            help=both("Show rows, prompts and cost; ask nobody.", "只显示行数、提示词与费用,不调用模型。"),
        ),
    ] = False,
    queue: Annotated[
        bool,
        typer.Option(
            "--queue",
            rich_help_panel=WORKING,
            help=both("Leave the run to a `goodsmith worker`.", "只提交,交给 goodsmith worker 执行。"),
        ),
    ] = False,
    as_json: options.Json = False,
) -> None:
    from goodsmith.base.money import parse_budget  # noqa: PLC0415
    from goodsmith.export import check_target  # noqa: PLC0415
    from goodsmith.runner import Request, plan, start  # noqa: PLC0415

    voice, chosen = speak(), settings()
    request = Request(
        source=source,
        recipe=recipe,
        model=model or ("" if chosen.model == "stencil" else chosen.model),
        locales=options.tags(locale),
        key=key,
        mapping=options.pairs(mapping, option="--map"),
        look_ups=options.pairs(look_up, option="--look-up"),
        category=category,
        family=family,
        sheet=sheet,
        header=header,
        encoding=encoding,
        separator=separator,
        transpose=transpose,
        all_rows=all_rows,
        visible_only=visible_only,
        forget=forget,
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
        api_key=options.reference(api_key, option="--api-key") or chosen.api_key,
        price=price,
        params={} if temperature is None else {"temperature": temperature},
        stream=stream,
        fallback_to_stencil=fallback,
        workers=workers,
        concurrency=concurrency,
    )
    understood = plan(request, settings=chosen, home=chosen.home)
    if output:
        check_target(understood.info, output)  # before money is spent
    if dry_run:
        _show(voice, understood, as_json=as_json)
        return
    if not as_json:
        print_plan(voice, understood, say=voice.note)
    if queue:
        run = start(understood, settings=chosen, home=chosen.home, queue=True)
        if as_json:
            print(json.dumps({"ok": True, "run": run.id, "state": "ready", "rows": run.row.spec.rows}))
        else:
            voice.note(f"Run {run.id} waits for: goodsmith worker", f"运行 {run.id} 已提交,等待 goodsmith worker 执行")
        return
    with (
        saying_how_to_go_on(voice, understood.spec.run_id),
        ProgressLine(voice, home=chosen.home, quiet=as_json) as line,
    ):
        run = start(understood, settings=chosen, home=chosen.home, on_progress=line.show)
    finish(voice, run, output=output, as_json=as_json)


def finish(voice: Voice, run: Run, *, output: str | None, as_json: bool) -> None:
    """Write the file, say how it went, and leave with the run's exit code."""
    report = run.export(output, language=voice.language) if output else None
    print_outcome(voice, run, report, as_json=as_json)
    raise typer.Exit(run.exit_code)


@contextmanager
def saying_how_to_go_on(voice: Voice, run_id: str) -> Iterator[None]:
    """If the work ends with an error or a second Ctrl-C: what was received is kept, and here is how to go on."""
    from goodsmith.runner import open_run  # noqa: PLC0415

    try:
        yield
    except (GoodsmithError, KeyboardInterrupt, OSError) as ended:
        try:
            known = open_run(run_id, settings=settings(), home=settings().home).row.epoch > 0
        except GoodsmithError:  # it never came into being, or its store is what failed
            known = False
        if known:
            voice.note(f"\nGo on with: goodsmith resume {run_id}", f"\n继续运行:goodsmith resume {run_id}")
        raise ended from ended.__cause__


def _show(voice: Voice, plan: Plan, *, as_json: bool) -> None:
    if not as_json:
        print_plan(voice, plan, say=voice.say, previews=True)
        return
    forecast, budget = plan.forecast, plan.spec.budget
    from goodsmith.base.money import in_units  # noqa: PLC0415

    print(
        json.dumps(
            {
                "ok": True,
                "recipe": {"name": plan.recipe.name, "version": plan.recipe.version},
                "model": plan.spec.model,
                "rows": {"selected": plan.selected_rows, "total": plan.total_rows},
                "locales": plan.spec.locales,
                "mapping": dict(plan.mapping.fields),
                "mapped_by": dict(plan.mapping.how),
                "key": plan.mapping.key,
                "cost": {
                    "calls": forecast.calls,
                    "about": in_units(forecast.about_nanos),
                    "at_most": in_units(forecast.at_most_nanos),
                    "currency": forecast.currency,
                },
                "budget": {"amount": in_units(budget.nanos), "currency": budget.currency} if budget else None,
                "exchange_rate": voice.pick(*plan.rate_note) if plan.rate_note else None,
                "notices": [notice.say(voice.language) for notice in plan.notices],
                "prompts": [dataclasses.asdict(preview) for preview in plan.previews],
            },
            ensure_ascii=False,
            indent=2,
        )
    )
