"""`goodsmith recipe test`: a recipe's own rows against its own assertions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer

from goodsmith.cli import options
from goodsmith.cli.recipe.showing import Name
from goodsmith.cli.voice import Voice, both, settings, speak

if TYPE_CHECKING:
    from goodsmith.recipe.assertions import Verdict
    from goodsmith.records import Assertion
    from goodsmith.runner import RecipeTestOutcome, RecipeTestReport

HELP = both(
    "Run a recipe's own tests, with its sentences or with a model. Exits with 1 if one fails.",
    "运行配方自带的测试,可用句式或模型;有失败时退出码为 1。",
)


def command(
    recipe: Name,
    model: options.Model = None,
    budget: options.BudgetAmount = None,
    rate: options.Rates = None,
    price: options.Price = None,
    base_url: options.BaseUrl = None,
    api_key: options.ApiKey = None,
    look_up: options.LookUp = None,
    as_json: options.Json = False,
) -> None:
    from goodsmith.base.money import parse_budget  # noqa: PLC0415
    from goodsmith.runner import Request, run_recipe_tests  # noqa: PLC0415

    voice, chosen = speak(), settings()
    report = run_recipe_tests(
        Request(
            source=None,
            recipe=recipe,
            model=model or "stencil",
            budget=parse_budget(budget) if budget else None,
            rates=tuple(rate or ()),
            price=price,
            base_url=base_url or chosen.base_url,
            api_key=options.reference(api_key, option="--api-key") or chosen.api_key,
            look_ups=options.pairs(look_up, option="--look-up"),
        ),
        settings=chosen,
        home=chosen.home,
    )
    if as_json:
        print(json.dumps(_facts(report), ensure_ascii=False, indent=2))
    else:
        _print(voice, report)
    if report.failed:
        raise typer.Exit(1)


def _facts(report: RecipeTestReport) -> dict[str, Any]:
    from goodsmith.base.money import in_units  # noqa: PLC0415

    return {
        "ok": not report.failed,
        "recipe": {"name": report.recipe.name, "version": report.recipe.version},
        "model": report.model,
        "passed": len(report.outcomes) - report.failed - report.skipped,
        "failed": report.failed,
        "skipped": report.skipped,
        "cost": in_units(report.cost_nanos),
        "currency": report.currency,
        "tests": [
            {
                "name": outcome.test.name,
                "locale": outcome.test.locale,
                "line": outcome.test.line,
                "passed": outcome.passed if outcome.ran else None,
                "made": {draft.slot: draft.value for draft in outcome.result.drafts},
                "failures": [
                    {"line": one.line, "type": one.type, "slot": one.slot, "value": one.value, "seen": verdict.seen}
                    for one, verdict in _failures(outcome)
                ],
            }
            for outcome in report.outcomes
        ],
    }


def _print(voice: Voice, report: RecipeTestReport) -> None:
    pick = voice.pick
    if not report.outcomes:
        voice.say(
            f"{report.recipe.name} has no tests; write some under `tests:`",
            f"配方 {report.recipe.name} 没有测试;可写在 `tests:` 下",
        )
        return
    for outcome in report.outcomes:
        held = sum(verdict is not None and verdict.ok for _, verdict in outcome.verdicts)
        ran = sum(verdict is not None for _, verdict in outcome.verdicts)
        mark = pick("ok  ", "通过") if outcome.passed else pick("FAIL", "失败") if outcome.ran else pick("skip", "跳过")
        locale = f" ({outcome.test.locale})" if outcome.test.locale else ""
        print(f"{mark}  {outcome.test.name}{locale}  {held}/{ran}")
        for one, verdict in _failures(outcome):
            place, slot = pick(f"line {one.line}", f"第 {one.line} 行"), f"{one.slot} " if one.slot else ""
            value = "" if one.value is None else f" {_shown(one.value)}"
            print(
                pick(f"      {place}: {slot}{one.type}{value}; seen: ", f"      {place}:{slot}{one.type}{value};实为:")
                + verdict.seen
            )
    skipped = (f", {report.skipped} skipped", f",跳过 {report.skipped} 项") if report.skipped else ("", "")
    total, passed = len(report.outcomes), len(report.outcomes) - report.failed - report.skipped
    name, spent = report.recipe.name, _spent(report)
    voice.say(
        f"\n{name} with {report.model}: {passed} of {total} tests pass{skipped[0]}{spent[0]}",
        f"\n{name}({report.model}):{total} 项测试通过 {passed} 项{skipped[1]}{spent[1]}",
    )


def _spent(report: RecipeTestReport) -> tuple[str, str]:
    if not report.currency or report.cost_nanos is None:
        return "", ""
    from goodsmith.base.money import in_units  # noqa: PLC0415

    amount = f"{in_units(report.cost_nanos)} {report.currency}"
    return f"; {amount}", f";{amount}"


def _failures(outcome: RecipeTestOutcome) -> list[tuple[Assertion, Verdict]]:
    return [(one, verdict) for one, verdict in outcome.verdicts if verdict is not None and not verdict.ok]


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
