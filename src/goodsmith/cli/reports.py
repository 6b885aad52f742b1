"""What people are told of a plan and of a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from goodsmith.cli.voice import Voice

if TYPE_CHECKING:
    from goodsmith.export import ExportReport
    from goodsmith.runner import Plan, Run

NANOS = 1_000_000_000
HOW = {
    "given": ("given", "指定"),
    "remembered": ("remembered", "沿用上次"),
    "exact": ("same name", "同名"),
    "alias": ("known name", "已知别名"),
    "normalised": ("same name", "同名"),
    "near": ("similar name", "名称相近"),
}


def money(nanos: int | None) -> float | None:
    """Nanos as units, for JSON; None stays unknown."""
    return None if nanos is None else nanos / NANOS


def print_plan(voice: Voice, plan: Plan, *, previews: bool) -> None:
    """Rows, mapping, model, cost and notices, before anything is spent."""
    spec, pick = plan.spec, voice.pick
    voice.note(
        f"{plan.info.source}: {plan.selected_rows:,} of {plan.total_rows:,} rows selected",
        f"{plan.info.source}:共 {plan.total_rows:,} 行,选中 {plan.selected_rows:,} 行",
    )
    shown = ", ".join(
        f"{field} ← {column} ({pick(*HOW.get(plan.mapping.how.get(field, ''), ('', '')))})"
        for field, column in plan.mapping.fields.items()
    )
    voice.note(f"Columns: {shown}", f"列对应:{shown}")
    voice.note(f"Key: {plan.mapping.key or 'row number'}", f"主键:{plan.mapping.key or '行号'}")
    locales = ", ".join(spec.locales) or pick("none", "无")
    voice.note(
        f"Recipe: {spec.recipe_name} ({spec.recipe_version}); locales: {locales}",
        f"配方:{spec.recipe_name}({spec.recipe_version});语言:{locales}",
    )
    if spec.model == "stencil":
        voice.note(
            "Model: none. The recipe's own sentences are filled from the rows (template, not AI); it costs nothing",
            "模型:无。使用配方自带句式按行填写(模板生成,非 AI),不产生费用",
        )
    else:
        _print_cost(voice, plan)
    for notice in plan.notices:
        voice.note(f"Note: {notice.en}", f"提示:{notice.say('zh')}")
    if previews:
        _print_previews(voice, plan)


def _print_cost(voice: Voice, plan: Plan) -> None:
    from goodsmith.base.money import format_money  # noqa: PLC0415

    forecast, language = plan.forecast, voice.language
    about = format_money(forecast.about_nanos, forecast.currency, language=language)
    at_most = format_money(forecast.at_most_nanos, forecast.currency, language=language)
    voice.note(
        f"Model: {plan.spec.model}; about {forecast.calls:,} calls; cost about {about}, at most {at_most}",
        f"模型:{plan.spec.model};约 {forecast.calls:,} 次调用;费用约 {about},最多 {at_most}",
    )
    budget = plan.spec.budget
    if budget is not None:
        limit = format_money(budget.nanos, budget.currency, language=language)
        voice.note(f"Budget: {limit}; the run stops there", f"预算:{limit},用完即停")
    if plan.rate_note:
        voice.note(plan.rate_note[0], plan.rate_note[1])


def _print_previews(voice: Voice, plan: Plan) -> None:
    for preview in plan.previews:
        head = " · ".join(part for part in (preview.key, preview.step, preview.locale) if part)
        voice.out.rule(head, align="left")
        if preview.made:
            for slot, value in preview.made.items():
                text = "\n  ".join(value) if isinstance(value, tuple) else value
                voice.out.print(f"{slot}: {text}", markup=False, highlight=False)
            continue
        voice.out.print(preview.system, markup=False, highlight=False)
        voice.out.rule(style="dim")
        voice.out.print(preview.user, markup=False, highlight=False)


def summary(run: Run) -> dict[str, Any]:
    """A run as JSON shows it."""
    row = run.row
    totals = row.totals
    return {
        "ok": run.exit_code == 0,
        "run": row.run_id,
        "state": row.state.value,
        "error": row.error,
        "recipe": row.spec.recipe_name,
        "recipe_version": row.spec.recipe_version,
        "model": row.spec.model,
        "source": row.spec.source,
        "locales": list(row.spec.locales),
        "rows": row.spec.rows,
        "made": totals.rows,
        "done": totals.done,
        "review": totals.review,
        "blocked": totals.blocked,
        "failed": totals.failed,
        "failures": dict(totals.failures),
        "findings": dict(totals.findings),
        "calls": totals.calls,
        "cached_calls": totals.cached_calls,
        "retries": totals.retries,
        "repairs": totals.repairs,
        "input_tokens": totals.input_tokens,
        "output_tokens": totals.output_tokens,
        "cost": money(totals.cost_nanos),
        "cost_unknown_calls": totals.cost_unknown_calls,
        "currency": row.spec.currency,
        "budget": money(row.budget.nanos) if row.budget else None,
        "maybe_paid_twice": totals.maybe_paid_twice,
        "exit_code": run.exit_code,
    }


def print_outcome(voice: Voice, run: Run, report: ExportReport | None, *, as_json: bool) -> None:
    """How a run ended, what it cost, what to do next."""
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
    print_status(voice, facts)
    if report is not None:
        for notice in report.notices:
            voice.note(f"Note: {notice.en}", f"提示:{notice.say('zh')}")
        for file in report.files:
            voice.note(f"Wrote {file}", f"已写入 {file}")


STATES = {
    "ready": ("waiting", "等待中"),
    "running": ("running", "运行中"),
    "paused": ("stopped, can be resumed", "已停止,可继续"),
    "budget": ("stopped by the budget", "预算用完,已停止"),
    "done": ("complete", "已完成"),
    "cancelled": ("cancelled", "已取消"),
    "failed": ("failed", "失败"),
}


def print_status(voice: Voice, facts: dict[str, Any]) -> None:
    """A run in a few lines."""
    from goodsmith.base.money import format_money  # noqa: PLC0415

    en, zh = STATES[facts["state"]]
    voice.note(
        f"Run {facts['run']}: {en}. {facts['made']:,} of {facts['rows']:,} rows: {facts['done']:,} done, "
        f"{facts['review']:,} to review, {facts['blocked']:,} blocked, {facts['failed']:,} failed",
        f"运行 {facts['run']}:{zh}。{facts['rows']:,} 行中已处理 {facts['made']:,} 行:完成 {facts['done']:,},"
        f"待审核 {facts['review']:,},已拦截 {facts['blocked']:,},失败 {facts['failed']:,}",
    )
    if facts["calls"] or facts["cached_calls"]:
        cost = format_money(round((facts["cost"] or 0) * NANOS), facts["currency"], language=voice.language)
        if facts["cost_unknown_calls"]:
            cost += voice.pick(
                f" and {facts['cost_unknown_calls']:,} calls of unknown price",
                f",另有 {facts['cost_unknown_calls']:,} 次调用价格未知",
            )
        voice.note(
            f"Cost {cost}; {facts['calls']:,} calls bought, {facts['cached_calls']:,} from the cache, "
            f"{facts['retries']:,} retries, {facts['repairs']:,} repairs",
            f"费用 {cost};购买 {facts['calls']:,} 次调用,缓存 {facts['cached_calls']:,} 次,"
            f"重试 {facts['retries']:,} 次,修正 {facts['repairs']:,} 次",
        )
    if facts["maybe_paid_twice"]:
        voice.note(
            f"Possibly paid twice: {facts['maybe_paid_twice']:,} calls were in flight when a process ended",
            f"可能重复付费:进程中断时有 {facts['maybe_paid_twice']:,} 次调用在途",
        )
    for name, title in (("failures", ("Failures", "失败原因")), ("findings", ("Findings", "检查问题"))):
        if facts[name]:
            listed = ", ".join(f"{code} {number:,}" for code, number in sorted(facts[name].items(), key=_most))
            voice.note(f"{title[0]}: {listed}", f"{title[1]}:{listed}")
    if facts["error"]:
        voice.note(f"Reason: {facts['error']}", f"原因:{facts['error']}")
    if facts["state"] in {"paused", "budget"}:
        more = " --budget AMOUNT" if facts["state"] == "budget" else ""
        voice.note(
            f"Go on with: goodsmith resume {facts['run']}{more}", f"继续运行:goodsmith resume {facts['run']}{more}"
        )
    elif facts["failed"]:
        voice.note(
            f"Try them again with: goodsmith retry {facts['run']} --failed",
            f"重试:goodsmith retry {facts['run']} --failed",
        )


def _most(item: tuple[str, int]) -> int:
    return -item[1]
