"""`goodsmith models`: which vendors and models are known, what is known of each, whether one answers, what it costs."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import both, settings, speak

if TYPE_CHECKING:
    from goodsmith.models.prices import Price
    from goodsmith.models.probe import Probe
    from goodsmith.models.providers import Provider, Vendors
    from goodsmith.models.routes import ModelRoute

app = typer.Typer(
    help=both("Look at model vendors, test a model, see prices.", "查看模型提供方,测试模型,查询价格。"),
    no_args_is_help=True,
)

Model = Annotated[
    str,
    typer.Argument(metavar="MODEL", help=both("Such as deepseek/deepseek-flash.", "如 deepseek/deepseek-flash。")),
]
BaseUrl = Annotated[
    str | None,
    typer.Option("--base-url", metavar="URL", help=both("Another address.", "其他接口地址。")),
]
ApiKey = Annotated[
    str | None,
    typer.Option(
        "--api-key",
        metavar="env:NAME|file:PATH|keyring:NAME",
        help=both("Where the key is; never the key itself.", "密钥所在位置,不能直接写密钥。"),
    ),
]


@app.command(
    "list",
    help=both(
        "List vendors with their key variable and how sure we are; with a vendor: its models and prices.",
        "列出提供方、密钥变量与信息来源;指定提供方时列出其模型与价格。",
    ),
)
def list_(
    provider: Annotated[
        str | None, typer.Argument(metavar="PROVIDER", help=both("One vendor's models.", "某个提供方的模型。"))
    ] = None,
    as_json: options.Json = False,
) -> None:
    known = _known()
    if provider is not None:
        _list_models(known.find(provider), as_json=as_json)
        return
    from goodsmith.cli.tables import print_table  # noqa: PLC0415
    from goodsmith.models.reference import EVIDENCE  # noqa: PLC0415

    vendors = known.providers.values()
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
                voice.pick(vendor.evidence, EVIDENCE[vendor.evidence][1].partition(":")[0]),
                ", ".join((*vendor.names, *vendor.aliases)),
            ]
            for vendor in vendors
        ],
        flexible=(1, 4),
    )
    for en, zh in EVIDENCE.values():
        voice.note(en, zh)


def _list_models(vendor: Provider, *, as_json: bool) -> None:
    from goodsmith.cli.tables import print_table  # noqa: PLC0415

    models = [_model_facts(vendor, model) for model in vendor.known]
    if as_json:
        print(json.dumps(models, ensure_ascii=False, indent=2))
        return
    voice = speak()
    heads = (("model", "模型"), ("for", "用途"), ("context", "上下文"), ("pictures", "图片"), ("price", "价格"))
    unknown = voice.pick("not known", "未知")
    print_table(
        [voice.pick(*head) for head in heads],
        [
            [
                one["model"],
                one["use"],
                f"{one['context']:,}" if one["context"] else "",
                voice.pick("yes", "是") if one["images"] else "",
                _price(vendor, one["model"].partition("/")[2], unknown),
            ]
            for one in models
        ],
        flexible=(4,),
    )
    if not models:
        voice.note(
            f"No models of {vendor.id} are listed; any name that it knows can be asked: {vendor.id}/NAME",
            f"未列出 {vendor.id} 的模型;可使用其支持的任意模型名:{vendor.id}/模型名",
        )


@app.command(help=both("Show what is known of a vendor or a model.", "查看某个提供方或模型的详情。"))
def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="PROVIDER[/MODEL]", help=both("A vendor, or one of its models.", "提供方,或其某个模型。")
        ),
    ],
    errors: Annotated[
        bool,
        typer.Option(
            "--errors", help=both("Its error table: what is said, what it means.", "错误表:原文、含义与处理。")
        ),
    ] = False,
    as_json: options.Json = False,
) -> None:
    known = _known()
    provider, _, model = name.partition("/")
    vendor = known.find(provider)
    if model:
        vendor, _ = known.for_model(vendor, model)
    if errors:
        _show_errors(vendor, as_json=as_json)
        return
    facts = _facts(vendor)
    if model:
        facts |= {"model": f"{vendor.id}/{model}", "price": _price(vendor, model, None)}
    if as_json:
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    _say_vendor(vendor)
    if model:
        unknown = speak().pick("not known here: state it with --price", "未知:请用 --price 指定")
        price = _price(vendor, model, unknown)
        speak().say(f"  price      {price}", f"  价格      {price}")
        speak().say(f"  try it     goodsmith models test {name}", f"  试一试     goodsmith models test {name}")


def _say_vendor(vendor: Provider) -> None:
    from goodsmith.models.reference import EVIDENCE, PROTOCOLS, RUNGS, thinking_switch  # noqa: PLC0415

    voice = speak()
    voice.say(f"{vendor.id}: {', '.join(vendor.names)}", f"{vendor.id}:{'、'.join(vendor.names)}")
    if not vendor.verified:
        voice.say(
            "  Nobody here has called it: what follows was read, and one call tells whether it holds",
            "  本项目未实际调用过:以下信息来自资料,调用一次即可验证",
        )
    if vendor.base_url:
        voice.say(f"  address    {vendor.base_url}", f"  地址      {vendor.base_url}")
    elif vendor.protocol != "none" and vendor.key_env:
        voice.say("  address    yours: give it with --base-url", "  地址      自备:用 --base-url 指定")
    voice.say(f"  protocol   {PROTOCOLS[vendor.protocol][0]}", f"  协议      {PROTOCOLS[vendor.protocol][1]}")
    if vendor.key_env:
        is_set = _key_variable(vendor)
        en, zh = (f"{is_set} is set", f"{is_set} 已设置") if is_set else ("not set", "未设置")
        voice.say(
            f"  key        {' or '.join(vendor.key_env)} ({en}{'; not needed' if vendor.key_optional else ''})",
            f"  密钥      {' 或 '.join(vendor.key_env)}({zh}{',可不设' if vendor.key_optional else ''})",
        )
    en, zh = RUNGS[vendor.answers]
    voice.say(f"  answers    {en}", f"  结构化回答 {zh}")
    if switch := thinking_switch(vendor):
        voice.say(f"  sends      {switch}", f"  附带参数   {switch}")
    if vendor.in_flight:
        voice.say(f"  in flight  {vendor.in_flight:,}", f"  并发上限   {vendor.in_flight:,}")
    if vendor.prefix_cache_from:
        voice.say(
            f"  prefixes   cached from {vendor.prefix_cache_from:,} tokens on",
            f"  前缀缓存   {vendor.prefix_cache_from:,} token 起",
        )
    evidence, read_on = EVIDENCE[vendor.evidence], vendor.read_on or "2026-11-22"
    voice.say(f"  evidence   {evidence[0]} ({read_on})", f"  信息来源   {evidence[1]}({read_on})")
    for source in vendor.sources:
        voice.say(f"             {source}", f"             {source}")
    if vendor.note:
        voice.say(f"  note       {vendor.note}", f"  备注      {vendor.note}")


def _show_errors(vendor: Provider, *, as_json: bool) -> None:
    from goodsmith.cli.tables import print_table  # noqa: PLC0415
    from goodsmith.models.reference import ERROR_HEADS, error_row, error_rows  # noqa: PLC0415

    voice = speak()
    zh = voice.language == "zh"
    rows = error_rows(vendor, zh=zh)
    general = [error_row(row, zh=zh) for row in _known().anywhere]
    if as_json:
        names = [head[0] for head in ERROR_HEADS]
        found = {"own": rows, "anywhere": general}
        whole = {kind: [dict(zip(names, row, strict=True)) for row in table] for kind, table in found.items()}
        print(json.dumps(whole, ensure_ascii=False, indent=2))
        return
    heads = [head[zh] for head in ERROR_HEADS]
    print_table(heads, rows or [["", "", voice.pick("none of its own", "没有特有的错误"), "", "", ""]], flexible=(2, 5))
    voice.note(
        f"Read from the top; then {len(general)} rows that hold for every vendor (--json shows them)",
        f"自上而下匹配;之后是适用于所有提供方的 {len(general)} 行(--json 可查看)",
    )


@app.command(
    "test",
    help=both(
        "Ask a model one small question: does it answer, how fast, what does it cost?",
        "向模型提一个小问题:能否回答、多快、费用多少。",
    ),
)
def ask_once(model: Model, base_url: BaseUrl = None, api_key: ApiKey = None, as_json: options.Json = False) -> None:
    from goodsmith.models.gateway import price_at  # noqa: PLC0415 (the client)
    from goodsmith.models.probe import probe  # noqa: PLC0415
    from goodsmith.runner.drive import LESSONS  # noqa: PLC0415

    chosen = settings()
    route = _route(model, base_url, api_key)
    price = price_at(route, prices_file=chosen.prices_file)
    ca_file = str(chosen.ca_file) if chosen.ca_file else None
    lessons = str(chosen.home / LESSONS)
    found = asyncio.run(probe(route, price=price, timeout_s=chosen.timeout_s, ca_file=ca_file, lessons_file=lessons))
    if as_json:
        print(json.dumps(_probe_facts(route, found), ensure_ascii=False, indent=2))
        return
    _say_probe(route, found)


def _say_probe(route: ModelRoute, found: Probe) -> None:
    from goodsmith.base.money import format_money  # noqa: PLC0415
    from goodsmith.models.reference import RUNGS  # noqa: PLC0415

    voice, answer, usage = speak(), found.answer, found.answer.usage
    at = f" at {route.base_url}" if route.base_url else ""
    voice.say(f"{route.model_id} answers{at}", f"{route.model_id} 可以调用{'(' + route.base_url + ')' if at else ''}")
    voice.say(f"  said       {answer.text.strip()}", f"  回答      {answer.text.strip()}")
    voice.say(f"  as         {answer.model}", f"  实际模型   {answer.model}")
    voice.say(f"  took       {answer.latency_s:.2f} s", f"  用时      {answer.latency_s:.2f} 秒")
    if usage is None:
        voice.say("  tokens     it counts none: a budget settles at the worst case", "  用量      未返回:预算按上限计")
    else:
        voice.say(
            f"  tokens     {usage.input_tokens} in, {usage.output_tokens} out",
            f"  用量      输入 {usage.input_tokens},输出 {usage.output_tokens}",
        )
    if found.cost_nanos is not None:
        cost = format_money(found.cost_nanos, found.currency)
        voice.say(f"  cost       {cost}", f"  费用      {cost}")
    else:
        voice.say("  cost       not known: state the price with --price", "  费用      未知:请用 --price 指定价格")
    rung = RUNGS[found.asked_as.rung]
    left = ", ".join(sorted(found.asked_as.dropped))
    voice.say(
        f"  asked as   {rung[0]}{f', without {left}' if left else ''}",
        f"  请求方式   {rung[1]}{f',不带 {left}' if left else ''}",
    )
    if found.rates is not None:
        rpm, tpm = (f"{limit:,}" if limit else "?" for limit in (found.rates.limit_requests, found.rates.limit_tokens))
        voice.say(f"  limits     {rpm} requests, {tpm} tokens a minute", f"  限额      每分钟 {rpm} 次请求,{tpm} token")


@app.command(help=both("Show what a model costs, and where that was read.", "查询模型价格及其出处。"))
def price(
    model: Model,
    base_url: BaseUrl = None,
    rows: Annotated[
        int, typer.Option("--rows", min=1, metavar="N", help=both("Reckon for so many calls.", "按此调用次数估算。"))
    ] = 10_000,
    tokens_in: Annotated[
        int, typer.Option("--in", min=0, metavar="TOKENS", help=both("Tokens of a prompt.", "每次输入 token 数。"))
    ] = 800,
    tokens_out: Annotated[
        int, typer.Option("--out", min=0, metavar="TOKENS", help=both("Tokens of an answer.", "每次输出 token 数。"))
    ] = 200,
    as_json: options.Json = False,
) -> None:
    from goodsmith.base.money import format_money  # noqa: PLC0415
    from goodsmith.models.gateway import price_at  # noqa: PLC0415
    from goodsmith.models.prices import require_price  # noqa: PLC0415
    from goodsmith.records import Usage  # noqa: PLC0415

    chosen = settings()
    route = _route(model, base_url, None, key_needed=False)
    found = require_price(price_at(route, prices_file=chosen.prices_file), model=model)
    one = found.cost(Usage(input_tokens=tokens_in, output_tokens=tokens_out))
    half = found.batch()
    batch = half.cost(Usage(input_tokens=tokens_in, output_tokens=tokens_out)) if half else None
    if as_json:
        facts = _price_facts(found) | {
            "rows": rows,
            "cost_nanos": one * rows,
            "batch_cost_nanos": batch and batch * rows,
        }
        print(json.dumps({"model": f"{route.provider}/{route.model}", **facts}, ensure_ascii=False, indent=2))
        return
    voice = speak()
    voice.say(f"{route.provider}/{route.model}: {found.say('en')}", f"{route.provider}/{route.model}:{found.say('zh')}")
    total = format_money(one * rows, found.currency)
    voice.say(
        f"  {rows:,} calls of {tokens_in:,} tokens in and {tokens_out:,} out: {total}",
        f"  {rows:,} 次调用(每次输入 {tokens_in:,}、输出 {tokens_out:,} token):{total}",
    )
    if batch is not None:
        later = format_money(batch * rows, found.currency)
        voice.say(f"  by its batch API: {later}", f"  使用批量接口:{later}")
    if found.peak is not None:
        voice.say(
            f"  reckoned at its dearest hours, when it costs {found.peak.mult} times as much",
            f"  以上按高峰时段计(平时的 {found.peak.mult} 倍)",
        )


# ---- facts --------------------------------------------------------------------------------------------------------


def _known() -> Vendors:
    from goodsmith.models.providers import vendors  # noqa: PLC0415

    return vendors(settings().providers_file)


def _route(name: str, base_url: str | None, api_key: str | None, *, key_needed: bool = True) -> ModelRoute:
    """The route, and what is to be said about an old name."""
    from goodsmith.models.routes import resolve_model, todays_models  # noqa: PLC0415

    file = settings().providers_file
    name, notices = todays_models(name, base_url=base_url, providers_file=file)
    for notice in notices:
        speak().note(notice.en, notice.zh)
    key = (
        options.reference(api_key, option="--api-key") if key_needed else "none"
    )  # a price needs no key, and any text will do
    return resolve_model(name, base_url=base_url, api_key=key, providers_file=file)


def _facts(vendor: Provider) -> dict[str, Any]:
    return {
        "provider": vendor.id,
        "names": list(vendor.names),
        "aliases": list(vendor.aliases),
        "evidence": vendor.evidence,
        "verified": vendor.verified,
        "sources": list(vendor.sources),
        "read_on": vendor.read_on or "2026-11-22",
        "protocol": vendor.protocol,
        "base_url": vendor.base_url or None,
        "compatible_url": vendor.compatible_url or None,
        "key_variables": list(vendor.key_env),
        "key_set": _key_variable(vendor) is not None,
        "key_optional": vendor.key_optional,
        "answers": vendor.answers,
        "sent_with_every_request": dict(vendor.extra_body),
        "in_flight": vendor.in_flight,
        "prefix_cache_from": vendor.prefix_cache_from,
        "models": [model.id for model in vendor.known],
        "note": vendor.note or None,
    }


def _model_facts(vendor: Provider, model: Any) -> dict[str, Any]:
    from goodsmith.models.reference import price_of  # noqa: PLC0415

    found = price_of(vendor, model.id)
    return {
        "model": f"{vendor.id}/{model.id}",
        "use": model.use,
        "context": model.context,
        "images": model.images,
        "evidence": model.evidence or vendor.evidence,
        "price": _price_facts(found) if found else None,
    }


def _price_facts(found: Price) -> dict[str, Any]:
    return {
        "currency": found.currency,
        "in_nanos_per_million": found.input,
        "out_nanos_per_million": found.output,
        "cache_read_nanos_per_million": found.cache_read,
        "source": found.source,
        "evidence": found.evidence,
        "read_on": found.read_on.isoformat() if found.read_on else None,
    }


def _probe_facts(route: ModelRoute, found: Probe) -> dict[str, Any]:
    usage = found.answer.usage
    return {
        "ok": True,
        "model": f"{route.provider}/{route.model}",
        "answered_as": found.answer.model,
        "said": found.answer.text,
        "latency_s": round(found.answer.latency_s, 3),
        "input_tokens": usage.input_tokens if usage else None,
        "output_tokens": usage.output_tokens if usage else None,
        "cost_nanos": found.cost_nanos,
        "currency": found.currency or None,
        "asked_as": found.asked_as.rung,
        "left_out": sorted(found.asked_as.dropped),
        "requests_per_minute": found.rates.limit_requests if found.rates else None,
        "tokens_per_minute": found.rates.limit_tokens if found.rates else None,
    }


def _key_variable(vendor: Provider) -> str | None:
    """The variable that holds its key now. The key itself is never shown."""
    return next((name for name in vendor.key_env if os.environ.get(name, "").strip()), None)


def _price(vendor: Provider, model: str, unknown: Any) -> Any:
    from goodsmith.models.reference import price_of  # noqa: PLC0415

    found = price_of(vendor, model)
    return found.say(speak().language) if found else unknown
