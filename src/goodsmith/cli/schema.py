"""`goodsmith schema`: what categories ask for."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import both, settings, speak

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodsmith.attributes import Problem
    from goodsmith.records import CategorySchema

app = typer.Typer(
    help=both("List, show, import, compare and check category schemas.", "查看、导入、比较与检查类目属性模板。"),
    no_args_is_help=True,
)

Named = Annotated[
    str,
    typer.Argument(
        metavar="NAME|FILE",
        help=both("A schema's name, or a YAML file or workbook (xlsx).", "模板名称,或 YAML 文件、工作簿(xlsx)。"),
    ),
]
NEEDS = {"required": ("required", "必填"), "recommended": ("recommended", "推荐"), "optional": ("optional", "选填")}
LEVELS = {"family": ("family", "款"), "variant": ("variant", "规格")}
ACTIONS = {"added": ("added", "新增"), "removed": ("removed", "删除"), "changed": ("changed", "变更")}
SHOWN_VALUES = 8


@app.command("list", help=both("List the schemas that can be named.", "列出可用的类目属性模板。"))
def list_(as_json: options.Json = False) -> None:
    from goodsmith.attributes import listed_schemas, load_kept  # noqa: PLC0415
    from goodsmith.base.category_schema import leaves, name_in  # noqa: PLC0415
    from goodsmith.cli.tables import print_table  # noqa: PLC0415

    home, voice = settings().home, speak()
    kept = [(one, load_kept(home, one.name)) for one in listed_schemas(home)]
    if as_json:
        facts = [
            {**dataclasses.asdict(one), "categories": [category.id for category in leaves(schema)]}
            for one, schema in kept
        ]
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    pick = voice.pick
    heads = (("schema", "模板"), ("version", "版本"), ("from", "来源"), ("categories", "类目"))
    print_table(
        [pick(*head) for head in heads],
        [
            [
                one.name,
                schema.version,
                pick("shipped", "自带") if one.shipped else schema.source or pick("imported", "导入"),
                ", ".join(name_in(category, voice.language) for category in leaves(schema)),
            ]
            for one, schema in kept
        ],
        flexible=(2, 3),
    )


@app.command(help=both("Show what a schema asks for, by category.", "按类目查看模板要求的属性。"))
def show(
    name: Named,
    category: Annotated[
        str | None,
        typer.Option("--category", metavar="NAME", help=both("Only this category.", "仅显示该类目。")),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help=both(
                "Write it as xlsx or YAML, to be edited and imported again.", "写成 xlsx 或 YAML,可修改后再导入。"
            ),
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.base.category_schema import category_of, leaves, to_plain  # noqa: PLC0415
    from goodsmith.runner import open_schema  # noqa: PLC0415

    schema = open_schema(name, home=settings().home, settings=settings())
    if output is not None:
        _write(schema, output)
        speak().say(f"Wrote {output}", f"已写入 {output}")
        return
    if as_json:
        print(json.dumps(to_plain(schema), ensure_ascii=False, indent=2))
        return
    speak().say(f"{schema.name}, version {schema.version}", f"{schema.name},版本 {schema.version}")
    for one in [category_of(schema, category)] if category else leaves(schema):
        _print_category(schema, one.id)


@app.command("import", help=both("Keep a schema from a YAML file or workbook.", "从 YAML 文件或工作簿导入模板并保存。"))
def import_(
    source: Annotated[
        Path, typer.Argument(metavar="FILE", help=both("YAML, or a workbook (xlsx).", "YAML 或工作簿(xlsx)。"))
    ],
    name: Annotated[
        str | None,
        typer.Option(
            "--name", metavar="NAME", help=both("What it is called; none: as it says.", "名称;不填则用原名。")
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.attributes import check_schema  # noqa: PLC0415
    from goodsmith.runner import import_schema  # noqa: PLC0415

    home, voice = settings().home, speak()
    schema = import_schema(source, home=home, settings=settings(), name=name)
    problems = check_schema(schema)
    if as_json:
        facts = {"ok": True, "name": schema.name, "version": schema.version, "problems": _plain(problems)}
        print(json.dumps(facts, ensure_ascii=False))
        return
    voice.say(
        f"Kept {schema.name}, version {schema.version}: {len(schema.categories)} categories",
        f"已保存 {schema.name},版本 {schema.version}:{len(schema.categories)} 个类目",
    )
    _print_problems(problems)


@app.command(help=both("Say what changed between two schemas.", "比较两个模板的差异。"))
def diff(old: Named, new: Named, as_json: options.Json = False) -> None:
    from goodsmith.attributes import diff_schemas  # noqa: PLC0415
    from goodsmith.cli.tables import print_table  # noqa: PLC0415
    from goodsmith.runner import open_schema  # noqa: PLC0415

    before, after = (open_schema(one, home=settings().home, settings=settings()) for one in (old, new))
    changes = diff_schemas(before, after)
    if as_json:
        print(json.dumps([dataclasses.asdict(one) for one in changes], ensure_ascii=False, indent=2))
        return
    pick = speak().pick
    if not changes:
        speak().say("Both ask for the same", "两者要求相同")
        return
    heads = (
        ("what", "变化"),
        ("category", "类目"),
        ("attribute", "属性"),
        ("of it", "项"),
        ("before", "原"),
        ("after", "新"),
    )
    print_table(
        [pick(*head) for head in heads],
        [
            [pick(*ACTIONS[one.action]), one.category, one.attribute, one.field, one.before, one.after]
            for one in changes
        ],
        flexible=(1, 4, 5),
    )


@app.command(help=both("Say what contradicts itself in a schema, with its place.", "检查模板中的矛盾,并指出位置。"))
def check(name: Named, as_json: options.Json = False) -> None:
    from goodsmith.attributes import check_schema  # noqa: PLC0415
    from goodsmith.runner import open_schema  # noqa: PLC0415

    schema = open_schema(name, home=settings().home, settings=settings())
    problems = check_schema(schema)
    wrong = any(problem.contradiction for problem in problems)
    if as_json:
        facts = {"ok": not wrong, "name": schema.name, "version": schema.version, "problems": _plain(problems)}
        print(json.dumps(facts, ensure_ascii=False))
    elif problems:
        _print_problems(problems)
    else:
        speak().say(
            f"{name}: good. {schema.name}, version {schema.version}",
            f"{name}:无误。{schema.name},版本 {schema.version}",
        )
    if wrong:
        raise typer.Exit(2)


def _print_category(schema: CategorySchema, category: str) -> None:
    from goodsmith.base.category_schema import attributes_of, category_of, name_in  # noqa: PLC0415
    from goodsmith.cli.tables import print_table  # noqa: PLC0415

    voice = speak()
    pick = voice.pick
    print(f"\n{name_in(category_of(schema, category), voice.language)} ({category})")
    heads = (
        ("attribute", "属性"),
        ("name", "名称"),
        ("need", "要求"),
        ("type", "类型"),
        ("level", "层级"),
        ("takes", "取值"),
    )
    rows = []
    for one in attributes_of(schema, category):
        names = [name_in(value, voice.language) for value in one.values]
        takes = ", ".join(names[:SHOWN_VALUES]) + (f" … ({len(names)})" if len(names) > SHOWN_VALUES else "")
        kind = f"{one.type} ({one.unit})" if one.unit else one.type
        rows.append(
            [one.id, name_in(one, voice.language), pick(*NEEDS[one.need]), kind, pick(*LEVELS[one.level]), takes]
        )
    print_table([pick(*head) for head in heads], rows, flexible=(5,))


def _print_problems(problems: Sequence[Problem]) -> None:
    voice = speak()
    for problem in problems:
        print(f"{problem.place}: {problem.say(voice.language)}")


def _plain(problems: Sequence[Problem]) -> list[dict[str, object]]:
    return [dataclasses.asdict(problem) for problem in problems]


def _write(schema: CategorySchema, output: Path) -> None:
    from goodsmith.attributes import tables_of_schema, write_schema_yaml  # noqa: PLC0415
    from goodsmith.errors import UnknownName  # noqa: PLC0415
    from goodsmith.export import write_tables  # noqa: PLC0415

    suffix = output.suffix.lower()
    if suffix in {".yaml", ".yml"}:
        output.write_text(write_schema_yaml(schema), encoding="utf-8")
    elif suffix == ".xlsx":
        write_tables(output, tables_of_schema(schema, speak().language))
    else:
        raise UnknownName("format", suffix, (".xlsx", ".yaml"), kind_zh="格式")
