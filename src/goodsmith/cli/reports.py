"""What people are told of a plan and of a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from goodsmith.base.durations import as_clock
from goodsmith.cli.voice import Voice

if TYPE_CHECKING:
    from goodsmith.export import ExportReport
    from goodsmith.runner import Plan, Run

NANOS = 1_000_000_000
Say = Callable[[str, str], None]  # (English, Chinese), to stdout or stderr
HOW = {
    "given": ("given", "指定"),
    "remembered": ("remembered", "沿用上次"),
    "exact": ("same name", "同名"),
    "alias": ("known name", "已知别名"),
    "normalised": ("same name", "同名"),
    "near": ("similar name", "名称相近"),
}


def print_plan(voice: Voice, plan: Plan, *, say: Say, previews: bool = False) -> None:
    """Rows, mapping, model, cost and notices, before anything is spent."""
    spec, pick = plan.spec, voice.pick
    say(
        f"{plan.info.source}: {plan.selected_rows:,} of {plan.total_rows:,} rows selected",
        f"{plan.info.source}:共 {plan.total_rows:,} 行,选中 {plan.selected_rows:,} 行",
    )
    shown = ", ".join(
        f"{field} ← {column} ({pick(*HOW.get(plan.mapping.how.get(field, ''), ('', '')))})"
        for field, column in plan.mapping.fields.items()
    )
    say(f"Columns: {shown or 'none'}", f"列对应:{shown or '无'}")
    say(f"Key: {plan.mapping.key or 'row number'}", f"主键:{plan.mapping.key or '行号'}")
    locales = ", ".join(spec.locales) or pick("none", "无")
    say(
        f"Recipe: {spec.recipe_name} ({spec.recipe_version}); locales: {locales}",
        f"配方:{spec.recipe_name}({spec.recipe_version});语言:{locales}",
    )
    if spec.model == "stencil":
        say(
            "Model: none. The recipe's own sentences are filled from the rows (template, not AI); it costs nothing",
            "模型:无。使用配方自带句式按行填写(模板生成,非 AI),不产生费用",
        )
    else:
        _print_cost(voice, plan, say)
    for notice in plan.notices:
        say(f"Note: {notice.en}", f"提示:{notice.say('zh')}")
    if plan.previews and spec.model == "stencil" and not any(any(shown.made.values()) for shown in plan.previews):
        say(
            f"Note: the recipe's sentences make nothing of the first products in {locales}. Where the source is in "
            "another language, choose that one, such as --locale en-US; to write in a new language a model is needed",
            f"提示:以 {locales} 填写前几个商品时没有得到任何内容。若来源是其他语言,请用 --locale 指定,例如 "
            "--locale en-US;写成另一种语言需要使用模型",
        )
    if previews:
        _print_previews(plan)


def _print_cost(voice: Voice, plan: Plan, say: Say) -> None:
    from goodsmith.base.money import format_money  # noqa: PLC0415

    forecast, language = plan.forecast, voice.language
    about = format_money(forecast.about_nanos, forecast.currency, language=language)
    at_most = format_money(forecast.at_most_nanos, forecast.currency, language=language)
    if forecast.about_nanos is None:
        say(
            f"Model: {plan.spec.model}; about {forecast.calls:,} calls; the price is unknown, state it with --price",
            f"模型:{plan.spec.model};约 {forecast.calls:,} 次调用;价格未知,可用 --price 指定",
        )
    else:
        say(
            f"Model: {plan.spec.model}; about {forecast.calls:,} calls; cost about {about}, at most {at_most}",
            f"模型:{plan.spec.model};约 {forecast.calls:,} 次调用;费用约 {about},最多 {at_most}",
        )
    budget = plan.spec.budget
    if budget is not None:
        limit = format_money(budget.nanos, budget.currency, language=language)
        say(f"Budget: {limit}; the run stops there", f"预算:{limit},用完即停")
    if plan.rate_note:
        say(*plan.rate_note)


def _print_previews(plan: Plan) -> None:
    for preview in plan.previews:
        print("\n── " + " · ".join(part for part in (preview.key, preview.step, preview.locale) if part))
        if preview.made:
            for slot, value in preview.made.items():
                listed = isinstance(value, tuple | list)
                print(f"{slot}:" + ("".join(f"\n  {item}" for item in value) if listed else f" {value or ''}").rstrip())
            continue
        print(f"{preview.system}\n\n{preview.user}")


def print_outcome(voice: Voice, run: Run, report: ExportReport | None, *, as_json: bool) -> None:
    """How a run ended, what it cost, what to do next."""
    from goodsmith.runner.summary import summary  # noqa: PLC0415 - it loads the store

    facts = summary(run)
    if report is not None:
        facts["output"] = {
            "files": list(report.files),
            "rows": report.rows,
            "notices": [notice.say(voice.language) for notice in report.notices],
        }
    if as_json:
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    print_status(voice, facts, voice.note)
    if report is not None:
        for notice in report.notices:
            voice.note(f"Note: {notice.en}", f"提示:{notice.say('zh')}")
        for file in report.files:
            voice.note(f"Wrote {file}", f"已写入 {file}")


def print_status(voice: Voice, facts: dict[str, Any], say: Say) -> None:
    """A run in a few lines."""
    from goodsmith.runner.summary import state_of  # noqa: PLC0415

    en, zh = state_of(facts["state"], live=bool(facts["driver"]))
    now = {**facts, **(facts["live"] or {})}  # the ledger counts chunks that are committed, the driver its rows
    say(
        f"Run {facts['run']}: {en}. {now['made']:,} of {facts['rows']:,} rows: {now['done']:,} done, "
        f"{now['review']:,} to review, {now['blocked']:,} blocked, {now['failed']:,} failed",
        f"运行 {facts['run']}:{zh}。{facts['rows']:,} 行中已处理 {now['made']:,} 行:完成 {now['done']:,},"
        f"待审核 {now['review']:,},已拦截 {now['blocked']:,},失败 {now['failed']:,}",
    )
    _print_driver(facts, say)
    _print_cost_so_far(voice, facts, say)
    _print_tokens(facts, say)
    if facts["maybe_paid_twice"]:
        say(
            f"Possibly paid twice: {facts['maybe_paid_twice']:,} calls were in flight when a process ended",
            f"可能重复付费:进程中断时有 {facts['maybe_paid_twice']:,} 次调用在途",
        )
    for counted, title in ((now["failures"], ("Failures", "失败原因")), (facts["findings"], ("Findings", "检查问题"))):
        if counted:
            listed = ", ".join(f"{code} {number:,}" for code, number in sorted(counted.items(), key=_most))
            say(f"{title[0]}: {listed}", f"{title[1]}:{listed}")
    if facts["error"]:
        say(f"Reason: {facts['error']}", f"原因:{facts['error']}")
    _print_next(facts, say)


def _print_driver(facts: dict[str, Any], say: Say) -> None:
    driver, figures = facts["driver"], facts["live"]
    if not driver:
        return
    en, zh = (
        f"Driven by process {driver['pid']} on {driver['host']}",
        f"由 {driver['host']} 上的进程 {driver['pid']} 执行",
    )
    if figures:
        en += f"; {figures['rows_per_s']:,.1f} rows/s"
        zh += f";{figures['rows_per_s']:,.1f} 行/秒"
        if figures["eta_s"] is not None:
            en += f", left {as_clock(figures['eta_s'])}"
            zh += f",剩余 {as_clock(figures['eta_s'])}"
        if figures["waiting_share"] >= 0.01:
            en += f", waiting for limits {figures['waiting_share']:.0%}"
            zh += f",等待限流 {figures['waiting_share']:.0%}"
        if figures["cost"]:
            spent = f"{figures['cost']:.4g} {facts['currency']}"
            en += f", spent {spent}"
            zh += f",已花费 {spent}"
    if facts["stop_requested"]:
        en += f"; asked to {facts['stop_requested']}"
        zh += ";已请求取消" if facts["stop_requested"] == "cancel" else ";已请求暂停"
    say(en, zh)


def _print_cost_so_far(voice: Voice, facts: dict[str, Any], say: Say) -> None:
    from goodsmith.base.money import format_money  # noqa: PLC0415

    if not facts["calls"] and not facts["cached_calls"]:
        return
    cost = format_money(round((facts["cost"] or 0) * NANOS), facts["currency"], language=voice.language)
    if facts["cost_unknown_calls"]:
        unknown = voice.pick(
            f"{facts['cost_unknown_calls']:,} calls of unknown price", f"{facts['cost_unknown_calls']:,} 次调用价格未知"
        )
        cost = voice.pick(f"{cost} and {unknown}", f"{cost},另有 {unknown}") if facts["cost"] else unknown
    say(
        f"Cost: {cost}; {facts['calls']:,} calls bought, {facts['cached_calls']:,} from the cache, "
        f"{facts['retries']:,} retries, {facts['repairs']:,} repairs",
        f"费用:{cost};购买 {facts['calls']:,} 次调用,缓存 {facts['cached_calls']:,} 次,"
        f"重试 {facts['retries']:,} 次,修正 {facts['repairs']:,} 次",
    )


def _print_tokens(facts: dict[str, Any], say: Say) -> None:
    """What the vendor counted, and how far off the estimate of the prompts was before they were sent."""
    if facts["prefix_tokens"]:
        share = facts["prefix_tokens"] / max(1, facts["input_tokens"])
        say(
            f"Prefix cache: {share:.0%} of the input tokens came from it, at its lower price",
            f"前缀缓存:{share:.0%} 的输入 token 命中缓存,按更低价格计费",
        )
    error = facts["token_estimate_error"]
    if error is None:
        return
    en = (
        f"Tokens: {facts['input_tokens']:,} in, {facts['output_tokens']:,} out; prompts were estimated {error:+.1%} off"
    )
    zh = f"Token:输入 {facts['input_tokens']:,},输出 {facts['output_tokens']:,};提示词的事前估计偏差 {error:+.1%}"
    say(f"{en}, which the next estimate has learnt", f"{zh},下次估计已据此校准")


def _print_next(facts: dict[str, Any], say: Say) -> None:
    """What to do next, as a line that can be copied."""
    run, gone = facts["run"], facts["state"] == "running" and not facts["driver"]
    if facts["state"] in {"paused", "budget"} or gone:
        more = " --budget AMOUNT" if facts["state"] == "budget" else ""
        say(f"Go on with: goodsmith resume {run}{more}", f"继续运行:goodsmith resume {run}{more}")
    elif facts["state"] == "ready":
        say("It waits for: goodsmith worker", "等待执行:goodsmith worker")
    elif facts["state"] == "done" and facts["failed"]:
        say(f"Try them again with: goodsmith retry {run} --failed", f"重试失败的行:goodsmith retry {run} --failed")


def _most(item: tuple[str, int]) -> int:
    return -item[1]
