"""What is known of vendors, in words for people: the command line and the pages of the docs show the same.

`python -m goodsmith.models.reference docs/reference` writes the pages.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from goodsmith.models.prices import Price, find_price
from goodsmith.models.providers import REHEARSAL, ErrorRow, KnownModel, Provider, vendors

Words = tuple[str, str]  # English, Chinese

EVIDENCE: Final[Mapping[str, Words]] = {
    "tried": ("tried: called by us", "实测:我们调用过"),
    "doc": ("doc: read in the vendor's pages, never called", "文档:来自提供方官方文档,未调用过"),
    "package": ("package: read in a published client, never called", "客户端:来自已发布的客户端代码,未调用过"),
    "secondary": ("secondary: a page about the vendor, never called", "二手:来自第三方介绍,未调用过"),
    "memory": ("memory: believed, nobody has verified it", "待核实:未经任何查证"),
}
PROTOCOLS: Final[Mapping[str, Words]] = {
    "openai_chat": ("OpenAI chat", "OpenAI 对话"),
    "anthropic_messages": ("Anthropic messages", "Anthropic 消息"),
    "gemini": ("Gemini generateContent", "Gemini generateContent"),
    "none": ("none", "无"),
}
RUNGS: Final[Mapping[str, Words]] = {
    "json_schema": ("JSON Schema", "JSON Schema"),
    "json_object": ("JSON object", "JSON 对象"),
    "tool": ("tool call", "工具调用"),
    "text": ("JSON in plain text", "纯文本中的 JSON"),
}
ACTIONS: Final[Mapping[str, Words]] = {
    "rate_limited": ("wait, then again", "等待后重试"),
    "overloaded": ("again, with growing pauses", "逐渐延长间隔后重试"),
    "timed_out": ("again, at most twice", "最多重试两次"),
    "truncated": ("again once, with more room", "放宽长度后重试一次"),
    "content_refused": ("the next model once, then a person", "换下一个模型一次,再交人工"),
    "context_overflow": ("the next model, else the row fails", "换下一个模型,否则该行失败"),
    "bad_request": ("the row fails", "该行失败"),
    "schema_refused": ("ask in another way", "改用其他格式请求方式"),
    "parameter_refused": ("leave the parameter out", "去掉该参数"),
    "account": ("stop asking the vendor", "停止调用该提供方"),
    "not_understood": ("again once", "重试一次"),
}
MEANINGS: Final[Mapping[str, Words]] = {
    "rate_limited": ("too many requests", "请求过于频繁"),
    "overloaded": ("the vendor has trouble", "服务方异常"),
    "timed_out": ("the vendor took too long", "服务方超时"),
    "truncated": ("the answer broke off", "回答被截断"),
    "content_refused": ("content refused", "内容被拒"),
    "context_overflow": ("the prompt is too long", "提示词过长"),
    "bad_request": ("the request is not understood", "请求无法理解"),
    "schema_refused": ("the way of asking for a shape is refused", "不支持该格式请求方式"),
    "parameter_refused": ("a parameter is refused", "参数不支持"),
    "account": ("account", "账户"),
    "not_understood": ("not the protocol", "不符合协议"),
}
ABOUT: Final[Mapping[str, Words]] = {
    "key": ("the key", "密钥"),
    "credit": ("no credit or an unpaid bill", "余额不足或欠费"),
    "permission": ("no permission", "无权限"),
    "model": ("no such model", "没有该模型"),
    "address": ("wrong address", "地址错误"),
    "region": ("wrong region", "地区不符"),
    "clock": ("this machine's clock", "本机时钟"),
}
SIDES: Final[Mapping[str, Words]] = {
    "input": ("of the prompt", "提示词"),
    "output": ("of the answer", "回答"),
    "message": ("as the message says", "以消息为准"),
}
ERROR_HEADS: Final[tuple[Words, ...]] = (
    ("HTTP", "HTTP"),
    ("code or type", "错误码或类型"),
    ("message or finish reason", "消息或结束原因"),
    ("means", "含义"),
    ("what is done", "处理方式"),
    ("note", "备注"),
)


def error_rows(vendor: Provider, *, zh: bool) -> list[list[str]]:
    """The vendor's own error table in words, in the order in which it is read."""
    return [error_row(row, zh=zh) for row in vendor.errors]


def error_row(row: ErrorRow, *, zh: bool) -> list[str]:
    means = MEANINGS[row.means][zh]
    if row.means == "account":
        means = f"{means}: {ABOUT[row.about][zh]}"
    elif row.means == "content_refused":
        means = f"{means}: {SIDES[row.side][zh]}"
    words = [f"“{text}”" for text in row.texts] + [f"finish: {finish}" for finish in row.finishes]
    note = "; ".join(part for part in (row.note, EVIDENCE[row.evidence][zh] if row.evidence else "") if part)
    return [
        ", ".join(map(_status, row.statuses)),
        ", ".join(row.codes),
        ", ".join(words),
        means,
        ACTIONS[row.means][zh],
        note,
    ]


def thinking_switch(vendor: Provider) -> str:
    """What is sent to keep a model from thinking, as JSON; "" where nothing is."""
    return json.dumps(vendor.extra_body, ensure_ascii=False) if vendor.extra_body else ""


def price_of(vendor: Provider, model: str) -> Price | None:
    """The price of a model at its vendor's own address."""
    return find_price(vendor.id, model)


def overview() -> str:
    """The vendors as the table of `docs/reference/models.md`."""
    lines = [
        "| provider | also called | vendor | protocol | key | address | evidence |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for vendor in vendors().providers.values():
        if vendor.protocol == "none":
            continue
        keys = ", ".join(f"`{name}`" for name in vendor.key_env) or "none"
        keys += ", if the server wants one" if vendor.key_optional else ""
        address = vendor.base_url or ("started at need" if vendor.id == REHEARSAL else "`--base-url`")
        cells = (
            f"[`{vendor.id}`](vendors/{vendor.id}.md)",
            ", ".join(vendor.aliases),
            ", ".join(vendor.names),
            PROTOCOLS[vendor.protocol][0],
            keys,
            address,
            vendor.evidence,
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def old_names() -> str:
    """Old names and today's models, as the table of `docs/reference/models.md`."""
    known = vendors()
    lines = ["| what people write | is today |", "| --- | --- |"]
    lines += [f"| `{old}` | `{today}` |" for old, today in known.old_names.items()]
    for vendor in known.providers.values():
        lines += [f"| `{vendor.id}/{old}` | `{today}` |" for old, today in vendor.retired.items()]
    return "\n".join(lines)


def page(vendor: Provider) -> str:
    """The page of one vendor, in Markdown, made from the data alone."""
    known = vendors()
    parts = [f"# {vendor.name}", "", _said_of(vendor), "", *_facts(vendor), ""]
    if vendor.known:
        parts += ["## Models", "", *_models(vendor), ""]
    rules = [rule for rule in known.rules.get(vendor.id, ()) if set(rule) - {"match", "note", "evidence"}]
    if rules:
        parts += ["## By the name of the model", "", "| name | what differs |", "| --- | --- |"]
        for rule in rules:
            said = ", ".join(
                f"`{name}` {json.dumps(value, ensure_ascii=False)}"
                for name, value in rule.items()
                if name not in {"match", "note"}
            )
            parts.append(f"| `{rule['match']}` | {said} |")
        parts.append("")
    if vendor.retired:
        parts += ["## Old names", "", "| what people write | is today |", "| --- | --- |"]
        parts += [f"| `{old}` | `{today}` |" for old, today in vendor.retired.items()]
        parts.append("")
    if vendor.errors:
        parts += [
            "## Errors",
            "",
            "Read from the top; then the [rows for all](../models.md#errors-of-every-vendor).",
            "",
        ]
        parts += table([head for head, _ in ERROR_HEADS], error_rows(vendor, zh=False))
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table in Markdown; columns in which nothing stands are left out."""
    used = [place for place in range(len(heads)) if any(row[place] for row in rows)]
    lines = ["| " + " | ".join(heads[place] for place in used) + " |", "|" + " --- |" * len(used)]
    return lines + ["| " + " | ".join(_cell(row[place]) for place in used) + " |" for row in rows]


def general_errors() -> str:
    """The rows that hold for every vendor."""
    rows = [error_row(row, zh=False) for row in vendors().anywhere]
    return "\n".join(table([head for head, _ in ERROR_HEADS], rows))


# ---- pages --------------------------------------------------------------------------------------------------------


def _said_of(vendor: Provider) -> str:
    called = ", ".join(dict.fromkeys((*vendor.names, *(f"`{alias}`" for alias in vendor.aliases))))
    read = f", read on {vendor.read_on or '2026-11-22'}" if vendor.sources else ""
    return f"{called}. Evidence: **{EVIDENCE[vendor.evidence][0]}**{read}."


def _facts(vendor: Provider) -> list[str]:
    sample = vendor.known[0].id if vendor.known else "MODEL"
    where = "" if vendor.base_url or vendor.id == REHEARSAL else " --base-url https://…"
    lines = [
        "```console",
        f"$ goodsmith run products.xlsx -r listing -m {vendor.id}/{sample}{where} -o out.xlsx",
        "```",
        "",
    ]
    facts: list[tuple[str, str]] = [("protocol", PROTOCOLS[vendor.protocol][0])]
    if vendor.base_url:
        facts.append(("address", vendor.base_url))
    if vendor.compatible_url:
        facts.append(("OpenAI-compatible address", f"`--base-url {vendor.compatible_url}`"))
    if vendor.key_env:
        optional = " (if the server wants one)" if vendor.key_optional else ""
        facts.append(
            ("key", " or ".join(f"`{name}`" for name in vendor.key_env) + f", sent as `{vendor.key_header}`{optional}")
        )
    for name, value in vendor.headers.items():
        facts.append(("header", f"`{name}: {value}`"))
    facts.append(
        ("shape of answers", f"{RUNGS[vendor.answers][0]} first" + (", strict" if vendor.strict_schema else ""))
    )
    if switch := thinking_switch(vendor):
        facts.append(("sent with every request", f"`{switch}`"))
    if vendor.drop:
        facts.append(("never sent", ", ".join(f"`{name}`" for name in sorted(vendor.drop))))
    if vendor.in_flight:
        facts.append(("requests in flight", f"{vendor.in_flight:,} for an ordinary account"))
    if vendor.prefix_cache_from:
        how = "prefixes that are marked" if vendor.cache_marks else "prefixes by itself"
        facts.append(("prefix cache", f"stores {how}, from {vendor.prefix_cache_from:,} tokens on"))
    if vendor.note:
        facts.append(("note", vendor.note))
    if vendor.sources:
        facts.append(("sources", "; ".join(vendor.sources)))
    return lines + [f"- **{name}**: {value}" for name, value in facts]


def _models(vendor: Provider) -> list[str]:
    rows = [
        [
            f"`{vendor.id}/{model.id}`",
            model.use,
            f"{model.context:,}" if model.context else "",
            "yes" if model.images else "",
            _price(vendor, model),
            model.evidence or vendor.evidence,
        ]
        for model in vendor.known
    ]
    return table(["model", "for", "context", "pictures", "price", "evidence"], rows)


def _price(vendor: Provider, model: KnownModel) -> str:
    price = price_of(vendor, model.id)
    return price.say() if price else "not known here: state it with `--price`"


def _status(statuses: range) -> str:
    return str(statuses.start) if len(statuses) == 1 else f"{statuses.start // 100}xx"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    folder = Path(sys.argv[1])
    pages = folder / "vendors"
    pages.mkdir(exist_ok=True)
    for vendor in vendors().providers.values():
        if vendor.protocol != "none":
            (pages / f"{vendor.id}.md").write_text(page(vendor), encoding="utf-8")
    models = folder / "models.md"
    text = models.read_text(encoding="utf-8")
    for name, made in SECTIONS.items():
        begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        head, _, rest = text.partition(begin)
        text = head + begin + made() + end + rest.partition(end)[2]
    models.write_text(text, encoding="utf-8")


SECTIONS: Final = {"vendors": overview, "old names": old_names, "errors": general_errors}


if __name__ == "__main__":
    main()
