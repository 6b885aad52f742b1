"""Options that several commands share, and how they become a request."""

from __future__ import annotations

from typing import Annotated

import typer

from goodsmith.cli.voice import both
from goodsmith.errors import UsageError

READING = both("How to read the source", "读取来源")
CHOOSING = both("Which products", "选择商品")
ASKING = both("Model and money", "模型与费用")
WORKING = both("How to work", "运行方式")

Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help=both(
            "A file (xlsx, csv, tsv, jsonl, parquet, SQLite) or a database URL.",
            "文件(xlsx、csv、tsv、jsonl、parquet、SQLite)或数据库地址。",
        ),
    ),
]
Json = Annotated[bool, typer.Option("--json", help=both("Print the result as JSON.", "以 JSON 输出结果。"))]
RunId = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN",
        help=both("The run's id, or how it begins; none: the latest run.", "运行编号或其开头;不填则为最近一次运行。"),
    ),
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help=both("Write the result to this file; its ending says the format.", "把结果写入此文件,格式由扩展名决定。"),
    ),
]
Recipe = Annotated[
    str,
    typer.Option(
        "--recipe",
        "-r",
        metavar="NAME|FILE",
        help=both("A shipped recipe's name or a YAML file.", "自带配方的名称,或 YAML 文件。"),
    ),
]
Sheet = Annotated[
    str | None,
    typer.Option(
        "--sheet",
        metavar="NAME",
        rich_help_panel=READING,
        help=both("The sheet to read; none: the first visible one.", "要读取的工作表;不填则为第一个可见的。"),
    ),
]
Header = Annotated[
    str | None,
    typer.Option(
        "--header",
        metavar="ROW",
        rich_help_panel=READING,
        help=both(
            "The row with the column names as Excel counts, or rows: 2-3; 0: there is none; none: recognised.",
            "列名所在的行号(与 Excel 一致),可为多行(如 2-3);0 表示没有列名;不填则自动识别。",
        ),
    ),
]
Transpose = Annotated[
    bool,
    typer.Option(
        "--transpose",
        rich_help_panel=READING,
        help=both("Products stand beside each other: turn the sheet.", "商品并排在各列:转置后读取。"),
    ),
]
AllRows = Annotated[
    bool,
    typer.Option(
        "--all-rows",
        rich_help_panel=READING,
        help=both("Section titles, totals and remarks are products, too.", "分区标题、合计与备注行也按商品读取。"),
    ),
]
VisibleOnly = Annotated[
    bool,
    typer.Option(
        "--visible-only",
        rich_help_panel=READING,
        help=both("Leave hidden rows out.", "不读取隐藏行。"),
    ),
]
Forget = Annotated[
    bool,
    typer.Option(
        "--forget",
        rich_help_panel=READING,
        help=both("Forget what was said about files with this layout before.", "忘记以前对此版式文件的指定。"),
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        metavar="NAME",
        rich_help_panel=READING,
        help=both("Such as utf-8 or gb18030; none: recognised.", "如 utf-8、gb18030;不填则自动识别。"),
    ),
]
Separator = Annotated[
    str | None,
    typer.Option(
        "--separator",
        metavar="CHARACTER",
        rich_help_panel=READING,
        help=both("What separates the cells of a text file; none: recognised.", "文本文件的分隔符;不填则自动识别。"),
    ),
]
Table = Annotated[
    str | None,
    typer.Option(
        "--table",
        metavar="NAME|SELECT",
        rich_help_panel=READING,
        help=both("A database's table, or a SELECT.", "数据库的表名,或一条 SELECT 语句。"),
    ),
]
Key = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="COLUMN",
        rich_help_panel=READING,
        help=both("The column that identifies a product.", "标识商品的列(主键)。"),
    ),
]
Family = Annotated[
    str | None,
    typer.Option(
        "--family",
        metavar="COLUMN|proposed",
        rich_help_panel=CHOOSING,
        help=both(
            "The column that the variants of a style share; proposed: found by names and codes.",
            "标识同款的列;proposed:按名称与编码推测。",
        ),
    ),
]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=COLUMN",
        rich_help_panel=READING,
        help=both("Such as name=商品名称; can be repeated.", "如 name=商品名称;可重复使用。"),
    ),
]
LookUp = Annotated[
    list[str] | None,
    typer.Option(
        "--look-up",
        metavar="STEP=FILE",
        rich_help_panel=READING,
        help=both(
            "The table of a recipe's look-up, instead of the one it names; can be repeated.",
            "配方中查表步骤所用的表,代替配方中写的;可重复使用。",
        ),
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        metavar="PROVIDER/NAME",
        help=both(
            "None: the recipe's own sentences (stencil: templates, not AI). Several with commas: in this order.",
            "不填则使用配方自带句式(stencil,模板,非 AI)。用逗号写多个则依次备用。",
        ),
    ),
]
Locales = Annotated[
    str | None,
    typer.Option(
        "--locale",
        metavar="TAGS",
        help=both("Such as zh-CN,en-US; none: the recipe's.", "如 zh-CN,en-US;不填则按配方。"),
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(
        "--limit",
        min=1,
        metavar="N",
        rich_help_panel=CHOOSING,
        help=both("Only the first so many products.", "只处理前 N 个商品。"),
    ),
]
BudgetAmount = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="AMOUNT",
        rich_help_panel=ASKING,
        help=both("Such as 300CNY or 40USD; the run stops there.", "预算,如 300CNY、40USD;用完即停。"),
    ),
]
Rates = Annotated[
    list[str] | None,
    typer.Option(
        "--rate",
        metavar="USD/CNY=7.10",
        rich_help_panel=ASKING,
        help=both("Exchange rate between budget and price.", "预算与价格之间的汇率。"),
    ),
]
Price = Annotated[
    str | None,
    typer.Option(
        "--price",
        metavar="in=…,out=…,currency=…",
        rich_help_panel=ASKING,
        help=both(
            "Price per million tokens, such as in=0.8,out=3.2,currency=CNY.",
            "每百万 token 的价格,如 in=0.8,out=3.2,currency=CNY。",
        ),
    ),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        metavar="URL",
        rich_help_panel=ASKING,
        help=both("An OpenAI-compatible endpoint.", "OpenAI 兼容接口的地址。"),
    ),
]
ApiKey = Annotated[
    str | None,
    typer.Option(
        "--api-key",
        metavar="env:NAME|file:PATH|keyring:NAME",
        rich_help_panel=ASKING,
        help=both("Where the key is; none: the provider's own variable.", "密钥所在位置;不填则读提供方自己的变量。"),
    ),
]
Where = Annotated[
    str,
    typer.Option(
        "--where",
        metavar="CONDITION",
        rich_help_panel=CHOOSING,
        help=both('Such as: brand == "X" and price > 10', '条件,如:brand == "X" and price > 10'),
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        metavar="N",
        rich_help_panel=WORKING,
        help=both("Processes; none: as many as pay.", "进程数;不填则自动决定。"),
    ),
]
Concurrency = Annotated[
    int | None,
    typer.Option(
        "--concurrency",
        min=1,
        metavar="N",
        rich_help_panel=WORKING,
        help=both("Products in flight at once, in all processes together.", "同时处理的商品数(所有进程合计)。"),
    ),
]


def pairs(given: list[str] | None, *, option: str) -> dict[str, str]:
    """`["name=商品名称"]` -> `{"name": "商品名称"}`."""
    found: dict[str, str] = {}
    for text in given or ():
        name, sign, value = text.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise UsageError(
                f"{option} {text!r}: expected NAME=VALUE, such as {option} 'name=Product name'",
                zh=f"{option} {text!r}:应为 名称=值,例如 {option} 'name=商品名称'",
            )
        found[name.strip()] = value.strip()
    return found


def tags(given: str | None) -> tuple[str, ...]:
    """`zh-CN, en-US` -> its tags."""
    return tuple(tag.strip() for tag in (given or "").split(",") if tag.strip())


def reference(given: str | None, *, option: str) -> str | None:
    """Where a secret is; a secret itself would be stored with the run and seen in the list of processes."""
    if given is not None and not given.startswith(("env:", "file:", "keyring:")):
        raise UsageError(
            f"{option} takes the place of the key, not the key: env:NAME, file:PATH or keyring:SERVICE/USER",
            zh=f"{option} 需要填写密钥所在的位置,而不是密钥本身:env:变量名、file:路径 或 keyring:服务/用户",
        )
    return given
