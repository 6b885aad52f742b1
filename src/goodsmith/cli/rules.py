"""`goodsmith rules`: the packs of laws and marketplaces, shown, tested and compared."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import both, speak

EXIT_FAILED = 4

app = typer.Typer(
    help=both("Laws and marketplaces as rule packs.", "以规则包表示的法律与平台要求。"), no_args_is_help=True
)
Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME|FILE", help=both("A shipped pack's name or a YAML file.", "自带规则包名称,或 YAML 文件。")
    ),
]


@app.command("list", help=both("List the shipped packs.", "列出自带的规则包。"))
def list_(as_json: options.Json = False) -> None:
    from goodsmith.checks.packs.opening import open_pack, shipped_packs  # noqa: PLC0415
    from goodsmith.cli.tables import print_table  # noqa: PLC0415

    packs = [open_pack(name) for name in shipped_packs()]
    if as_json:
        facts = [
            {
                "name": pack.name,
                "version": pack.version,
                "about": pack.about,
                "market": list(pack.market),
                "rules": len(pack.rules),
                "read_on": pack.read_on,
            }
            for pack in packs
        ]
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    pick = speak().pick
    heads = (("pack", "规则包"), ("version", "版本"), ("rules", "规则数"), ("read on", "查阅日期"), ("about", "说明"))
    print_table(
        [pick(*head) for head in heads],
        [
            [pack.name, pack.version, str(len(pack.rules)), pack.read_on, pick(pack.about, pack.about_zh)]
            for pack in packs
        ],
        flexible=(4,),
    )


@app.command("show", help=both("Show a pack's rules with their sources.", "查看规则包的规则与出处。"))
def show(name: Name, as_json: options.Json = False) -> None:
    from dataclasses import asdict  # noqa: PLC0415

    from goodsmith.checks.packs.opening import open_pack  # noqa: PLC0415
    from goodsmith.cli.tables import print_table  # noqa: PLC0415

    pack = open_pack(name)
    if as_json:
        print(json.dumps(asdict(pack), ensure_ascii=False, indent=2))
        return
    voice = speak()
    voice.say(
        f"{pack.name} {pack.version}: {pack.about}; read on {pack.read_on}",
        f"{pack.name} {pack.version}:{pack.about_zh};查阅于 {pack.read_on}",
    )
    for source in pack.sources:
        voice.say(f"Source: {source}", f"出处:{source}")
    heads = (("rule", "规则"), ("severity", "级别"), ("sure", "可信度"), ("law", "依据"), ("says", "内容"))
    print_table(
        [voice.pick(*head) for head in heads],
        [
            [rule.id, rule.severity.value, rule.confidence, rule.law, voice.pick(rule.say, rule.zh)]
            for rule in pack.rules
        ],
        flexible=(3, 4),
    )


@app.command("test", help=both("Try rules on their own samples.", "用规则自带的样例进行测试。"))
def try_(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME|FILE]...", help=both("Packs; none: all shipped ones.", "规则包;不填则为全部自带规则包。")
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.checks.packs.opening import open_pack, shipped_packs  # noqa: PLC0415
    from goodsmith.checks.packs.testing import try_pack  # noqa: PLC0415

    packs = [open_pack(name) for name in names or shipped_packs()]
    missed = [(pack, one) for pack in packs for one in try_pack(pack)]
    samples = sum(len(rule.bad) + len(rule.good) for pack in packs for rule in pack.rules)
    if as_json:
        facts: dict[str, Any] = {
            "ok": not missed,
            "packs": [pack.name for pack in packs],
            "samples": samples,
            "missed": [
                {"pack": pack.name, "rule": one.rule.id, "text": one.sample.text, "good": bool(one.found)}
                for pack, one in missed
            ],
        }
        print(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        voice = speak()
        for pack, one in missed:
            wrong, wrong_zh = ("stands against", "误判") if one.found else ("does not find", "未发现")
            voice.note(
                f"{pack.path or pack.name}:{one.rule.line}: {one.rule.id} {wrong} {one.sample.text!r}",
                f"{pack.path or pack.name}:{one.rule.line}:{one.rule.id} {wrong_zh} {one.sample.text!r}",
            )
        voice.say(
            f"{samples - len(missed):,} of {samples:,} samples as they should be",
            f"{samples:,} 个样例中 {samples - len(missed):,} 个符合预期",
        )
    if missed:
        raise typer.Exit(EXIT_FAILED)


@app.command("diff", help=both("Compare two packs rule by rule.", "逐条比较两个规则包。"))
def diff(old: Name, new: Name, as_json: options.Json = False) -> None:
    from goodsmith.checks.packs.opening import open_pack  # noqa: PLC0415

    before, after = ({rule.id: rule for rule in open_pack(name).rules} for name in (old, new))
    changed = {
        "gone": sorted(before.keys() - after.keys()),
        "new": sorted(after.keys() - before.keys()),
        "changed": sorted(
            name for name in before.keys() & after.keys() if _content(before[name]) != _content(after[name])
        ),
    }
    if as_json:
        print(json.dumps(changed, ensure_ascii=False, indent=2))
        return
    voice = speak()
    words = {"gone": ("gone", "删除"), "new": ("new", "新增"), "changed": ("changed", "修改")}
    for kind, rules in changed.items():
        for rule in rules:
            voice.say(f"{words[kind][0]}: {rule}", f"{words[kind][1]}:{rule}")
    if not any(changed.values()):
        voice.note("the same rules", "规则相同")


def _content(rule: Any) -> Any:
    from dataclasses import replace  # noqa: PLC0415

    return replace(rule, line=None)
