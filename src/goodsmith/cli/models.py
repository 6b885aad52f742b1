"""`goodsmith models`: the vendors that are known, and what is known of each."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import both, speak
from goodsmith.errors import UnknownName

if TYPE_CHECKING:
    from goodsmith.models.providers import Provider

app = typer.Typer(help=both("List the model vendors that are known.", "查看已知的模型提供方。"), no_args_is_help=True)

EVIDENCE = {
    "tried": ("tried: called by us", "实测:我们调用过"),
    "doc": ("doc: read in the vendor's pages", "文档:来自提供方官方文档"),
    "package": ("package: read in a published client", "客户端:来自已发布的客户端代码"),
    "secondary": ("secondary: a page about the vendor", "二手:来自第三方介绍"),
    "memory": ("memory: believed, not checked", "待核实:未经查证"),
}
RUNGS = {
    "json_schema": ("JSON Schema", "JSON Schema"),
    "json_object": ("JSON object", "JSON 对象"),
    "tool": ("tool call", "工具调用"),
    "text": ("JSON in plain text", "纯文本中的 JSON"),
}


@app.command(
    "list", help=both("List vendors with their key variable and how sure we are.", "列出提供方、密钥变量与信息来源。")
)
def list_(as_json: options.Json = False) -> None:
    from goodsmith.cli.tables import print_table  # noqa: PLC0415
    from goodsmith.models.providers import providers  # noqa: PLC0415

    vendors = providers().values()
    if as_json:
        print(json.dumps([_facts(vendor) for vendor in vendors], ensure_ascii=False, indent=2))
        return
    voice = speak()
    heads = (
        ("provider", "提供方"),
        ("key variable", "密钥变量"),
        ("set", "已设置"),
        ("evidence", "信息来源"),
        ("names", "名称"),
    )
    print_table(
        [voice.pick(*head) for head in heads],
        [
            [
                vendor.id,
                vendor.key_env[0] if vendor.key_env else "-",
                voice.pick("yes", "是") if _key_variable(vendor) else "",
                _evidence(vendor),
                ", ".join((*vendor.names, *vendor.aliases)),
            ]
            for vendor in vendors
        ],
        flexible=(1, 4),
    )
    for en, zh in EVIDENCE.values():
        voice.note(en, zh)


@app.command(help=both("Show what is known of a vendor.", "查看某个提供方的详情。"))
def show(
    provider: Annotated[
        str, typer.Argument(metavar="PROVIDER", help=both("Its id or one of its names.", "提供方的代号或别名。"))
    ],
    as_json: options.Json = False,
) -> None:
    vendor = _find(provider)
    facts = _facts(vendor)
    if as_json:
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    voice = speak()
    voice.say(f"{vendor.id}: {', '.join(vendor.names)}", f"{vendor.id}:{'、'.join(vendor.names)}")
    if vendor.base_url:
        voice.say(f"  address    {vendor.base_url}", f"  地址      {vendor.base_url}")
    elif vendor.protocol != "none" and vendor.key_env:
        voice.say("  address    yours: give it with --base-url", "  地址      自备:用 --base-url 指定")
    if vendor.key_env:
        is_set = _key_variable(vendor)
        en, zh = (f"{is_set} is set", f"{is_set} 已设置") if is_set else ("not set", "未设置")
        voice.say(
            f"  key        {' or '.join(vendor.key_env)} ({en}{'; not needed' if vendor.key_optional else ''})",
            f"  密钥      {' 或 '.join(vendor.key_env)}({zh}{',可不设' if vendor.key_optional else ''})",
        )
    en, zh = RUNGS[vendor.answers]
    voice.say(f"  answers    {en}", f"  结构化回答 {zh}")
    if vendor.in_flight:
        voice.say(f"  in flight  {vendor.in_flight:,}", f"  并发上限   {vendor.in_flight:,}")
    voice.say(f"  evidence   {EVIDENCE[vendor.evidence][0]}", f"  信息来源   {EVIDENCE[vendor.evidence][1]}")
    if vendor.note:
        voice.say(f"  note       {vendor.note}", f"  备注      {vendor.note}")


def _find(name: str) -> Provider:
    from goodsmith.models.providers import providers  # noqa: PLC0415

    vendors = providers()
    wanted = name.lower()
    for vendor in vendors.values():
        if wanted in {vendor.id, *vendor.aliases, *(one.lower() for one in vendor.names)}:
            return vendor
    known = [*vendors, *(alias for vendor in vendors.values() for alias in vendor.aliases)]
    raise UnknownName("model provider", name, known, kind_zh="模型提供方")


def _facts(vendor: Provider) -> dict[str, Any]:
    return {
        "provider": vendor.id,
        "names": list(vendor.names),
        "aliases": list(vendor.aliases),
        "evidence": vendor.evidence,
        "protocol": vendor.protocol,
        "base_url": vendor.base_url or None,
        "compatible_url": vendor.compatible_url or None,
        "key_variables": list(vendor.key_env),
        "key_set": _key_variable(vendor) is not None,
        "key_optional": vendor.key_optional,
        "answers": vendor.answers,
        "in_flight": vendor.in_flight,
        "note": vendor.note or None,
    }


def _key_variable(vendor: Provider) -> str | None:
    """The variable that holds its key now. The key itself is never shown."""
    return next((name for name in vendor.key_env if os.environ.get(name, "").strip()), None)


def _evidence(vendor: Provider) -> str:
    return speak().pick(vendor.evidence, EVIDENCE[vendor.evidence][1].partition(":")[0])
