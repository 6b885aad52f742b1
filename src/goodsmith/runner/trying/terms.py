"""What the models of a trial cost and allow, what earlier runs showed of them, and what a short budget can buy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from goodsmith.catalog import guess_family
from goodsmith.engines.order import WorkOrder, open_pipeline, rates_of
from goodsmith.models.gateway import Gateway, own_prices, told_in
from goodsmith.models.prices import Price, priced_models
from goodsmith.models.router import Router
from goodsmith.records import NANOS, RunSpec, Usage
from goodsmith.runner.experience import Experience
from goodsmith.runner.request import Plan
from goodsmith.runner.runs import Run
from goodsmith.runner.trying.ground import Ground
from goodsmith.selection import count_groups
from goodsmith.settings import Settings
from goodsmith.trials.forecast import Earlier, Forecast, Terms
from goodsmith.trials.plans import Cheaper, Offer, offers
from goodsmith.trials.tried import Tried


@dataclass(frozen=True, slots=True)
class ModelPart:
    plan: Plan
    run: Run
    before: Experience
    tries: Mapping[int, Tried]  # by ordinal


def gateway_of(part: ModelPart, settings: Settings) -> Gateway | None:
    """The model's own gateway, for its price and limits; of a fallback order the first one's. Nothing is asked."""
    spec = part.plan.spec
    answerer = open_pipeline(
        WorkOrder(
            spec=spec,
            folder=settings.home,
            concurrency=settings.concurrency,
            model_options=tuple(spec.model_options.items()),
            token_sums=part.before.token_sums,
        ),
        look_ups=part.plan.look_ups,
    ).answerer
    first = answerer.gateways[0] if isinstance(answerer, Router) else answerer
    return first if isinstance(first, Gateway) else None


def terms_of(gateway: Gateway, settings: Settings) -> Terms:
    price = gateway.price
    later = price.batch() if price else None
    limits = gateway.limits
    return Terms(
        nanos=partial(_cost, price),
        later_nanos=partial(_cost, later),
        tokens_of=lambda language, counts: gateway.counter.weights(language).tokens(counts),
        currency=gateway.currency,
        at_once=min(limits.in_flight, settings.concurrency),
        requests_per_minute=limits.requests_per_minute,
        tokens_per_minute=limits.tokens_per_minute,
        price_words=(price.say("en"), price.say("zh")) if price else ("", ""),
    )


def _cost(price: Price | None, input_tokens: float, output_tokens: float) -> float | None:
    if price is None:
        return None
    usage = Usage(input_tokens=round(input_tokens), output_tokens=round(output_tokens))
    return float(price.cost(usage, at=dt.datetime.now(tz=dt.UTC)))


def earlier_of(before: Experience) -> Earlier | None:
    figures = before.figures
    if not figures.rows:
        return None
    return Earlier(
        runs=before.runs,
        rows=figures.rows,
        failed=figures.failed / figures.rows,
        review=(figures.review + figures.blocked) / figures.rows,
        tokens_per_row=(figures.input_tokens + figures.output_tokens) / figures.rows,
        latency_s=figures.latency_s / figures.calls if figures.calls else 0.0,
    )


def offers_for(
    part: ModelPart, found: Forecast | None, gateway: Gateway | None, ground: Ground, settings: Settings
) -> tuple[Offer, ...]:
    request, spec = part.plan.request, part.plan.spec
    if request.budget is None or found is None or gateway is None or gateway.price is None:
        return ()
    budget = rates_of(spec.rates).convert(request.budget.nanos, request.budget.currency, gateway.currency)
    family = request.family or guess_family(spec.columns)
    return offers(
        found,
        model=spec.model,
        budget_nanos=budget,
        budget=f"{(Decimal(request.budget.nanos) / NANOS).normalize():f}{request.budget.currency}",
        priority=spec.priority_column,
        family=(family, count_groups(ground.parquet, ground.selection, ground.plan.mapping, family))
        if family
        else None,
        cheaper=_cheaper(gateway, gateway.price, spec, settings),
        locales=spec.locales,
    )


def _cheaper(gateway: Gateway, price: Price, spec: RunSpec, settings: Settings) -> list[Cheaper]:
    """Models of the same vendor that cost less for a prompt and an answer of equal length."""
    provider, _, own = gateway.model_id.partition(":")
    stated = own_prices(settings.prices_file) if settings.prices_file else ()
    rates = rates_of(spec.rates)
    found: list[Cheaper] = []
    for name, other in priced_models(provider, user_prices=stated).items():
        here = told_in(other, price.currency, rates)
        if name != own and here.input + here.output < price.input + price.output:
            found.append(Cheaper(model=f"{provider}/{name}", nanos=partial(_certain_cost, here)))
    return found


def _certain_cost(price: Price, input_tokens: float, output_tokens: float) -> float:
    return _cost(price, input_tokens, output_tokens) or 0.0
