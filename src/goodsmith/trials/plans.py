"""What can be had for a budget that is too short: each way with its cost and with what it gives up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from goodsmith.trials.estimating import Interval
from goodsmith.trials.forecast import Forecast

Kind = Literal["part", "families", "model", "later", "locales"]
Say = tuple[str, str]  # (en, zh)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One way. cost: nanos. fits: the budget covers it, with the forecast's confidence. options: for `run`."""

    kind: Kind
    title: Say
    gives_up: Say
    cost: Interval
    fits: bool
    options: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cheaper:
    """Another model of the same vendor. nanos: (prompt tokens, answer tokens) of a call -> its price."""

    model: str
    nanos: Callable[[float, float], float]


def is_short(budget_nanos: int, forecast: Forecast) -> bool:
    """Whether all rows may cost more than the budget."""
    return forecast.cost is not None and forecast.cost.high > budget_nanos


def offers(
    forecast: Forecast,
    *,
    model: str,
    budget_nanos: int,
    budget: str,
    priority: str | None = None,
    family: tuple[str, int] | None = None,
    cheaper: Sequence[Cheaper] = (),
    locales: Sequence[str] = (),
) -> tuple[Offer, ...]:
    """Ways within reach of a budget, the fuller ones first; none if the cost is unknown or the budget suffices.

    budget_nanos: in the forecast's currency; budget: as `run` takes it. priority: the column that says which products
    come first. family: its column, and how many families there are. cheaper: models of the same vendor whose price is
    lower. locales: in the order in which they matter.
    """
    cost = forecast.cost
    if cost is None or not is_short(budget_nanos, forecast):
        return ()
    found = [
        *_models(forecast, cost, cheaper, budget_nanos, model),
        *_locales(forecast.by_locale, cost, locales, budget_nanos),
        *_families(forecast, cost, family, budget_nanos),
        *_part(forecast, cost, budget_nanos, budget, priority),
        *_later(forecast, budget_nanos),
    ]
    return tuple(sorted(found, key=lambda offer: not offer.fits))


def _later(forecast: Forecast, budget_nanos: int) -> list[Offer]:
    later = forecast.later_cost
    if later is None:
        return []
    return [
        Offer(
            kind="later",
            title=("everything, later, at the vendor's batch price", "全部生成,但走提供方的批量接口(批量价)"),
            gives_up=(
                "answers come within a day, by the vendor's own tools: this version cannot send batches yet",
                "结果在一天之内返回;本版本尚不能提交批量任务,需使用提供方自己的工具",
            ),
            cost=later,
            fits=later.high <= budget_nanos,
        )
    ]


def _models(
    forecast: Forecast, cost: Interval, cheaper: Sequence[Cheaper], budget_nanos: int, model: str
) -> list[Offer]:
    calls = forecast.calls.value
    if not calls:
        return []
    into, out = forecast.input_tokens.value / calls, forecast.output_tokens.value / calls
    offers_: list[Offer] = []
    for other in cheaper:
        price = other.nanos(into, out) * calls
        scaled = cost.times(price / cost.value) if cost.value else cost
        offers_.append(
            Offer(
                kind="model",
                title=(f"everything with {other.model}", f"全部生成,改用 {other.model}"),
                gives_up=(
                    f"how good it is, nobody has seen: try it beside {model} first",
                    f"效果未知:请先与 {model} 并排试跑",
                ),
                cost=scaled,
                fits=scaled.high <= budget_nanos,
                options=f"-m {other.model}",
            )
        )
    return sorted(offers_, key=lambda offer: -offer.cost.value)


def _locales(by_locale: Mapping[str, float], cost: Interval, locales: Sequence[str], budget_nanos: int) -> list[Offer]:
    """The first locales that the budget covers; what is asked once for all of them stays."""
    common = by_locale.get("", 0.0)
    for count in range(len(locales) - 1, 0, -1):
        kept, dropped = locales[:count], locales[count:]
        part = cost.times(common + sum(by_locale.get(tag, 0.0) for tag in kept))
        if part.high <= budget_nanos or count == 1:
            return [
                Offer(
                    kind="locales",
                    title=(f"all products, only in {', '.join(kept)}", f"全部商品,只生成 {'、'.join(kept)}"),
                    gives_up=(f"{', '.join(dropped)}", f"{'、'.join(dropped)}"),
                    cost=part,
                    fits=part.high <= budget_nanos,
                    options=f"--locale {','.join(kept)}",
                )
            ]
    return []


def _families(forecast: Forecast, cost: Interval, family: tuple[str, int] | None, budget_nanos: int) -> list[Offer]:
    if family is None or not 0 < family[1] < forecast.rows:
        return []
    column, count = family
    part = cost.times(count / forecast.rows)
    variants = forecast.rows - count
    return [
        Offer(
            kind="families",
            title=(f"one product of each of {count:,} families", f"每款先做一个商品,共 {count:,} 款"),
            gives_up=(f"texts of their own for {variants:,} variants", f"其余 {variants:,} 个同款商品暂无自己的文案"),
            cost=part,
            fits=part.high <= budget_nanos,
            options=f"--sample {count} --per {_quoted(column)}",
        )
    ]


def _part(forecast: Forecast, cost: Interval, budget_nanos: int, budget: str, priority: str | None) -> list[Offer]:
    rows = min(forecast.rows, int(forecast.rows * budget_nanos / cost.high)) if cost.high else 0
    if not rows:
        return []
    rest = forecast.rows - rows
    title = (f"about the first {rows:,} products", f"前约 {rows:,} 个商品")
    if priority:
        title = (f"about the first {rows:,} products by {priority}", f"按 {priority} 排序的前约 {rows:,} 个商品")
    return [
        Offer(
            kind="part",
            title=title,
            gives_up=(
                f"{rest:,} products, until `resume` goes on with more money",
                f"其余 {rest:,} 个商品,追加预算后用 resume 继续",
            ),
            cost=cost.times(rows / forecast.rows),
            fits=True,
            options=f"--budget {budget}" + (f" --priority {_quoted(priority)}" if priority else ""),
        )
    ]


def _quoted(name: str) -> str:
    return name if name.isidentifier() else "'" + name.replace("'", "'\\''") + "'"
