"""What people are told of a trial at a terminal, and as JSON."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

from goodsmith.base.money import in_units
from goodsmith.cli.tables import columns_of, fit, print_table, table_lines
from goodsmith.cli.voice import Voice, width_of
from goodsmith.trials import ModelTrial, Trial
from goodsmith.trials.estimating import Interval
from goodsmith.trials.forecast import Share
from goodsmith.trials.tried import TrialRow, Tried
from goodsmith.trials.wording import Words, percent

PLAIN_WIDTH = 160  # where the output is no terminal
LABEL = 14  # columns


def print_trial(voice: Voice, trial: Trial, *, show: int, prompts: bool) -> None:
    """Some rows, the worst first, then the forecast and what follows from it."""
    words = Words(voice.language)
    width = (width_of(sys.stdout) or PLAIN_WIDTH) - 1
    for row in trial.rows[:show]:
        _print_row(words, trial, row, width=width, prompts=prompts)
    if len(trial.rows) > show:
        rest = len(trial.rows) - show
        voice.say(
            f"\n… and {rest} more: --show {len(trial.rows)}, or --html page.html",
            f"\n… 另有 {rest} 行:--show {len(trial.rows)} 或 --html page.html",
        )
    _print_forecast(words, trial)
    _print_accuracy(words, trial.models, width=width)
    if trial.missed:
        listed = "; ".join(
            f"{reason.trait.say(words.language)} ({percent(reason.share)})" for reason in trial.missed[:5]
        )
        print(words.pick(f"\nNot shown by these rows: {listed}", f"\n试跑行中没有出现:{listed}"))
        print(words.pick(f"--cover {trial.needed} would show all of it", f"--cover {trial.needed} 可全部展示"))
    _print_offers(words, trial)


def _print_row(words: Words, trial: Trial, row: TrialRow, *, width: int, prompts: bool) -> None:
    print(f"\n── {row.key} · {words.why(row.choice)}")
    source = "; ".join(f"{name}: {' '.join(text.split())}" for name, text in row.source.items() if text.strip())
    _print_line(words.pick("source", "来源"), source, width)
    for prompt in row.prompts:
        name = words.pick("prompt", "提示词")
        if prompts:
            place = " · ".join(filter(None, (prompt.step, prompt.locale)))
            print(f"{name} {place}\n{prompt.system}\n\n{prompt.user}\n")
        else:
            _print_line(name, " ".join(prompt.user.split()), width)
    for found in trial.models:
        tried = row.tries.get(found.model)
        if tried is None:
            print(f"{found.model}: {words.pick('not tried', '未试')}")
            continue
        print(f"{found.model}: {words.status(tried.status)}{_price(words, tried, found)}")
        if tried.error:
            _print_line("  !", tried.error, width)
        for draft in tried.drafts:
            name = f"{draft.slot}@{draft.locale}" if draft.locale and len(trial.locales) > 1 else draft.slot
            _print_line(f"  {name}", " / ".join(words.value(draft.value).split("\n")), width)
            if draft.slot in row.known:
                _print_line(words.pick("  known", "  已知"), " ".join(row.known[draft.slot].split()), width)
        for finding in tried.findings:
            _print_line("  *", f"{finding.rule}, {finding.slot}: {finding.say(words.language)}", width)


def _print_line(label: str, text: str, width: int) -> None:
    print(fit(f"{label}{' ' * max(1, LABEL - columns_of(label))}{text}", width))


def _price(words: Words, tried: Tried, found: ModelTrial) -> str:
    if not tried.answers:
        return ""
    cost = words.money(tried.cost_nanos, found.currency)
    cached = words.pick(", from the cache", ",取自缓存") if tried.bought < tried.answers else ""
    return f" · {cost}{cached}"


def _print_forecast(words: Words, trial: Trial) -> None:
    """Models side by side; one below the other where the terminal is too narrow."""
    forecasts = [found.forecast for found in trial.models if found.forecast is not None]
    if forecasts:
        print(f"\n{words.title(trial, forecasts[0])}")
    columns = [dict(words.forecast(found)) for found in trial.models]
    prices = dict.fromkeys(words.pick(*forecast.price_words) for forecast in forecasts if forecast.price_words[0])
    price = words.pick("price", "价格")
    names = list(dict.fromkeys(name for column in columns for name in column if name != price))
    rows = [[name, *(column.get(name, "–") for column in columns)] for name in names]
    heads = ["", *(found.model for found in trial.models)]
    room = width_of(sys.stdout)
    if room is None or max(map(columns_of, table_lines(heads, rows))) < room:
        print_table(heads, rows)
    else:
        for found, column in zip(trial.models, columns, strict=True):
            print_table([found.model, ""], [[f"  {name}", column[name]] for name in names if name in column])
    for said in prices:
        print(f"{price}: {said}")
    if rough := words.rough(forecasts):
        print(rough)


def _print_accuracy(words: Words, models: Sequence[ModelTrial], *, width: int) -> None:
    for found in models:
        for each in found.accuracy:
            print(
                words.pick(
                    f"\nAccuracy of {found.model} on {each.slot}, hidden from it in {each.column}: ",
                    f"\n{found.model} 的准确率:{each.slot}(对其隐藏的列 {each.column}):",
                )
                + words.accuracy(each)
            )
            for one in each.wrong:
                known, made = " ".join(one.known.split()), " / ".join(words.value(one.made).split("\n"))
                said = words.pick(f"known “{known}”, made “{made}”", f"已知“{known}”,生成“{made}”")
                _print_line(f"  {one.key}", said, width)


def _print_offers(words: Words, trial: Trial) -> None:
    if trial.budget is None:
        return
    for found in trial.models:
        if not found.offers:
            continue
        budget = words.pick(*trial.budget)
        print(
            words.pick(
                f"\nThe budget of {budget} may not suffice for all rows with {found.model}. What can be had:",
                f"\n预算 {budget} 可能不够用 {found.model} 完成全部行。可选方案:",
            )
        )
        for offer in found.offers:
            mark = "+" if offer.fits else "-"
            print(f"{mark} {words.pick(*offer.title)}: {words.offer_cost(offer.cost, found.currency)}")
            print(words.pick(f"    gives up {offer.gives_up[0]}", f"    放弃:{offer.gives_up[1]}"))
            if offer.options:
                print(f"    goodsmith run … {offer.options}")


# ---- as JSON ----------------------------------------------------------------------------------------------------


def facts_of(trial: Trial, language: str) -> dict[str, Any]:
    """Money in units, None where a price is unknown; intervals as [low, value, high]."""
    words = Words(language)
    return {
        "ok": trial.exit_code == 0,
        "source": trial.source,
        "recipe": {"name": trial.recipe, "version": trial.recipe_version},
        "locales": list(trial.locales),
        "selected": trial.selected,
        "surveyed": trial.surveyed,
        "repeated_prompts": round(trial.repeated, 4),
        "models": [_model_facts(found) for found in trial.models],
        "rows": [
            {
                "key": row.key,
                "row": row.choice.source_row + 1,
                "part": row.choice.part,
                "why": words.why(row.choice),
                "source": dict(row.source),
                "known": dict(row.known),
                "prompts": [
                    {"step": prompt.step, "locale": prompt.locale, "system": prompt.system, "user": prompt.user}
                    for prompt in row.prompts
                ],
                "tries": {model: _try_facts(words, tried) for model, tried in row.tries.items()},
            }
            for row in trial.rows
        ],
        "missed": [{"what": reason.trait.say(language), "share": round(reason.share, 4)} for reason in trial.missed],
        "rows_needed_to_show_all": trial.needed,
        "exit_code": trial.exit_code,
    }


def _model_facts(found: ModelTrial) -> dict[str, Any]:
    forecast = found.forecast
    facts: dict[str, Any] = {
        "model": found.model,
        "run": found.run,
        "state": found.state,
        "spent": in_units(found.spent_nanos),
        "currency": found.currency,
        "answers_bought": found.bought,
        "answers_from_cache": found.cached,
        "accuracy": [
            {
                "slot": each.slot,
                "locale": each.locale,
                "column": each.column,
                "known": each.known,
                "exact": each.exact,
                "same": each.same,
                "empty": each.empty,
                "right": _ends(each.right),
                "right_when_made": None if each.when_made is None else _ends(each.when_made),
            }
            for each in found.accuracy
        ],
        "offers": [
            {
                "kind": offer.kind,
                "title": offer.title[0],
                "gives_up": offer.gives_up[0],
                "cost": _ends(offer.cost, money=True),
                "fits": offer.fits,
                "options": offer.options,
            }
            for offer in found.offers
        ],
    }
    if forecast is None:
        return {**facts, "forecast": None}
    earlier = forecast.earlier
    return {
        **facts,
        "forecast": {
            "rows": forecast.rows,
            "from_rows": forecast.drawn,
            "confidence": forecast.failures.interval.confidence,
            "rough": forecast.rough,
            "failures": _share_facts(forecast.failures),
            "review": _share_facts(forecast.review),
            "cost": None if forecast.cost is None else _ends(forecast.cost, money=True),
            "later_cost": None if forecast.later_cost is None else _ends(forecast.later_cost, money=True),
            "currency": forecast.currency,
            "calls": _ends(forecast.calls),
            "input_tokens": _ends(forecast.input_tokens),
            "output_tokens": _ends(forecast.output_tokens),
            "seconds": None if forecast.seconds is None else _ends(forecast.seconds),
            "held_by": forecast.held_by or None,
            "cost_by_locale": {locale: round(part, 4) for locale, part in forecast.by_locale.items()},
            "earlier": None
            if earlier is None
            else {
                "runs": earlier.runs,
                "rows": earlier.rows,
                "failed": round(earlier.failed, 5),
                "review": round(earlier.review, 5),
                "tokens_per_row": round(earlier.tokens_per_row, 1),
                "latency_s": round(earlier.latency_s, 3),
            },
        },
    }


def _try_facts(words: Words, tried: Tried) -> dict[str, Any]:
    return {
        "status": tried.status.value,
        "values": {
            f"{draft.slot}@{draft.locale}" if draft.locale else draft.slot: draft.value for draft in tried.drafts
        },
        "findings": [
            {
                "rule": finding.rule,
                "severity": finding.severity.value,
                "slot": finding.slot,
                "says": finding.say(words.language),
            }
            for finding in tried.findings
        ],
        "error": tried.error or None,
        "input_tokens": tried.input_tokens,
        "output_tokens": tried.output_tokens,
        "cost": in_units(tried.cost_nanos),
        "answers": tried.answers,
        "bought": tried.bought,
        "seconds": round(tried.latency_s, 3),
    }


def _share_facts(share: Share) -> dict[str, Any]:
    return {
        "hits": share.hits,
        "of": share.of,
        "share": _ends(share.interval),
        "with_earlier": None if share.with_earlier is None else _ends(share.with_earlier),
    }


def _ends(interval: Interval, *, money: bool = False) -> list[float | None]:
    """[low, value, high]; None: without a bound."""
    unit = 1e9 if money else 1.0
    return [
        None if math.isinf(each) else round(each / unit, 6) for each in (interval.low, interval.value, interval.high)
    ]
