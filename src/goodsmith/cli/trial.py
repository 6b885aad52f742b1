"""`goodsmith trial`: a recipe on a few rows, and what all of them will cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goodsmith.cli import options
from goodsmith.cli.options import ASKING, CHOOSING, READING, WORKING
from goodsmith.cli.progress import ProgressLine
from goodsmith.cli.voice import both, settings, speak

if TYPE_CHECKING:
    from goodsmith.runner import Plan

HELP = both(
    "Try a recipe on a few rows, side by side, and forecast cost, failures and review of all of them.",
    "先用几行试配方并排比较,并预测全部行的费用、失败与审核量。",
)
TRYING = both("What to try", "试跑方式")


def command(
    source: options.Source,
    recipe: options.Recipe = "listing",
    rows: Annotated[
        int,
        typer.Option(
            "--rows",
            min=2,
            metavar="N",
            rich_help_panel=TRYING,
            help=both("Rows drawn at random; the forecast rests on them alone.", "随机抽取的行数,预测只依据这些行。"),
        ),
    ] = 12,
    cover: Annotated[
        int | None,
        typer.Option(
            "--cover",
            min=0,
            metavar="N",
            rich_help_panel=TRYING,
            help=both(
                "At most so many more, to show conditions, missing fields, categories; none: as many as needed.",
                "另加的行数上限,用于展示各种条件、缺失字段与类目;不填则按需要。",
            ),
        ),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "-m",
            metavar="PROVIDER/NAME",
            help=both(
                "Give it twice to compare two side by side; none: the recipe's own sentences (templates, not AI).",
                "重复使用可并排比较多个模型;不填则使用配方自带句式(模板,非 AI)。",
            ),
        ),
    ] = None,
    answers: Annotated[
        list[str] | None,
        typer.Option(
            "--answers",
            metavar="SLOT=COLUMN",
            rich_help_panel=TRYING,
            help=both(
                "A column with the right answers: hidden from the model and compared with what it makes.",
                "含正确答案的列:对模型隐藏,并与其生成的内容比对。",
            ),
        ),
    ] = None,
    hide_known: Annotated[
        bool,
        typer.Option(
            "--hide-known",
            rich_help_panel=TRYING,
            help=both(
                "The same for every output that the source has a column for.",
                "对来源中已有对应列的每个输出同样比对。",
            ),
        ),
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html",
            metavar="FILE",
            rich_help_panel=TRYING,
            help=both("Write all rows side by side as a page.", "把所有行并排写成一个网页。"),
        ),
    ] = None,
    show: Annotated[
        int,
        typer.Option(
            "--show",
            min=0,
            metavar="N",
            rich_help_panel=TRYING,
            help=both("So many rows at the terminal, the worst first.", "终端显示的行数,问题最多的在前。"),
        ),
    ] = 5,
    prompts: Annotated[
        bool,
        typer.Option(
            "--prompts",
            rich_help_panel=TRYING,
            help=both("Show the whole prompts of these rows.", "显示这些行的完整提示词。"),
        ),
    ] = False,
    locale: options.Locales = None,
    where: options.Where = "",
    limit: options.Limit = None,
    priority: Annotated[
        str | None,
        typer.Option(
            "--priority",
            metavar="COLUMN",
            rich_help_panel=CHOOSING,
            help=both("Says which products come first, where the budget is short.", "预算不足时决定先后的列。"),
        ),
    ] = None,
    family: Annotated[
        str | None,
        typer.Option(
            "--family",
            metavar="COLUMN",
            rich_help_panel=CHOOSING,
            help=both("Groups the variants of a style; none: guessed.", "标识同款的列;不填则自动识别。"),
        ),
    ] = None,
    category: Annotated[
        str | None,
        typer.Option(
            "--category",
            metavar="COLUMN",
            rich_help_panel=READING,
            help=both("The column with the category; none: guessed.", "类目所在的列;不填则自动识别。"),
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
    seed: Annotated[
        int,
        typer.Option(
            "--seed",
            metavar="N",
            rich_help_panel=WORKING,
            help=both("Another number draws other rows.", "换一个数字即抽取另一批行。"),
        ),
    ] = 0,
    sheet: options.Sheet = None,
    header: options.Header = None,
    encoding: options.Encoding = None,
    separator: options.Separator = None,
    table: options.Table = None,
    key: options.Key = None,
    mapping: options.Map = None,
    look_up: options.LookUp = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.base.money import parse_budget  # noqa: PLC0415
    from goodsmith.cli.trial_report import facts_of, print_trial  # noqa: PLC0415
    from goodsmith.runner import Request, trial  # noqa: PLC0415

    voice, chosen = speak(), settings()
    request = Request(
        source=source,
        recipe=recipe,
        model=model[0] if model else chosen.model,
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
        table=table,
        where=where,
        limit=limit,
        priority=priority,
        seed=seed,
        budget=parse_budget(budget) if budget else None,
        rates=tuple(rate or ()),
        base_url=base_url or chosen.base_url,
        api_key=options.reference(api_key, option="--api-key") or chosen.api_key,
        price=price,
        params={} if temperature is None else {"temperature": temperature},
    )

    def tell(plan: Plan, tried: int) -> None:
        if not as_json:
            voice.note(
                f"{plan.info.source}: trying {tried} of {plan.selected_rows:,} rows",
                f"{plan.info.source}:试跑 {plan.selected_rows:,} 行中的 {tried} 行",
            )

    with ProgressLine(voice, home=chosen.home, quiet=as_json) as line:
        found = trial(
            request,
            rows=rows,
            cover=cover,
            models=tuple(model or ()),
            answers=tuple(answers or ()),
            hide_known=hide_known,
            settings=chosen,
            home=chosen.home,
            on_plan=tell,
            on_progress=line.show,
        )
    if html is not None:
        html.write_text(found.html(voice.language), encoding="utf-8")
    if as_json:
        print(json.dumps(facts_of(found, voice.language), ensure_ascii=False, indent=2))
    else:
        print_trial(voice, found, show=show, prompts=prompts)
    if html is not None:
        voice.note(f"Wrote {html}", f"已写入 {html}")
    raise typer.Exit(found.exit_code)
