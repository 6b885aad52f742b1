"""Puts a trial together: rows side by side, forecasts, accuracy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from goodsmith.base.money import format_money
from goodsmith.engines.order import STENCIL
from goodsmith.records import Product, RunState
from goodsmith.runner.trying.ground import Ground
from goodsmith.runner.trying.known import Known
from goodsmith.runner.trying.rows import TriedRows
from goodsmith.runner.trying.terms import ModelPart, earlier_of, gateway_of, offers_for, terms_of
from goodsmith.settings import Settings
from goodsmith.trials import ModelTrial, Trial
from goodsmith.trials.accuracy import Compared, SlotAccuracy, accuracy, compare
from goodsmith.trials.choosing import Chosen
from goodsmith.trials.forecast import forecast
from goodsmith.trials.survey import Survey
from goodsmith.trials.tried import TrialRow, prompts_of, worst_first


def told(
    ground: Ground,
    surveyed: Survey,
    strata_rows: Mapping[int, int],
    chosen: Chosen,
    tried: TriedRows,
    parts: Sequence[ModelPart],
    known: Sequence[Known],
    settings: Settings,
) -> Trial:
    understood = ground.plan
    rows = [
        TrialRow(
            choice=choice,
            key=product.key,
            source=_source_of(product, ground),
            prompts=prompts_of(product, first, ground.derivations, ground.turns)
            if any(part.plan.spec.model != STENCIL for part in parts)
            else (),
            tries={part.plan.spec.model: part.tries[ordinal] for part in parts if ordinal in part.tries},
            known={each.output.slot: truth[each.column] for each in known if each.column in truth},
        )
        for ordinal, (choice, product, truth) in enumerate(
            zip(tried.choices, tried.products, tried.truths, strict=True)
        )
        for first in (next((part.tries[ordinal] for part in parts if ordinal in part.tries), None),)
    ]
    budget = understood.request.budget
    return Trial(
        source=understood.info.source,
        recipe=ground.recipe.name,
        recipe_version=ground.recipe.version,
        locales=ground.spec.locales,
        selected=understood.selected_rows,
        total=understood.total_rows,
        surveyed=surveyed.surveyed,
        repeated=surveyed.repeated / surveyed.prompts if surveyed.prompts else 0.0,
        refused=surveyed.refused,
        rows=worst_first(rows),
        missed=chosen.missed,
        needed=chosen.needed,
        models=tuple(_model_trial(part, ground, surveyed, strata_rows, rows, known, settings) for part in parts),
        mapping=dict(understood.mapping.fields),
        notices=understood.notices,
        budget=(format_money(budget.nanos, budget.currency), format_money(budget.nanos, budget.currency, language="zh"))
        if budget
        else None,
    )


def _model_trial(
    part: ModelPart,
    ground: Ground,
    surveyed: Survey,
    strata_rows: Mapping[int, int],
    rows: Sequence[TrialRow],
    known: Sequence[Known],
    settings: Settings,
) -> ModelTrial:
    model = part.plan.spec.model
    gateway = gateway_of(part, settings)
    drawn = [(row.choice.seen, row.tries[model]) for row in rows if row.choice.part == "random" and model in row.tries]
    found = forecast(
        surveyed,
        drawn,
        strata_rows=strata_rows,
        terms=None if gateway is None else terms_of(gateway, settings),
        earlier=earlier_of(part.before),
    )
    row = part.run.row
    return ModelTrial(
        model=model,
        run=row.run_id,
        state=row.state.value,
        forecast=found,
        accuracy=tuple(filter(None, (_accuracy(each, model, rows) for each in known))),
        spent_nanos=None if row.totals.cost_unknown_calls else row.totals.cost_nanos,
        currency=row.spec.currency,
        bought=row.totals.calls,
        cached=row.totals.cached_calls,
        failed=row.totals.failed,
        stopped=(row.error or row.state.value) if row.state is not RunState.DONE else "",
        offers=offers_for(part, found, gateway, ground, settings),
    )


def _accuracy(known: Known, model: str, rows: Sequence[TrialRow]) -> SlotAccuracy | None:
    slot = known.output.slot

    def compared() -> Iterator[Compared]:
        for row in rows:
            tried = row.tries.get(model)
            if slot not in row.known or tried is None:
                continue
            drafts = (draft for draft in tried.drafts if draft.slot == slot and draft.locale == known.locale)
            made = next((draft.value for draft in drafts), None)
            truth = row.known[slot]
            yield Compared(key=row.key, known=truth, made=made, match=compare(made, truth, known.output))

    return accuracy(slot, known.locale, known.column, compared())


def _source_of(product: Product, ground: Ground) -> dict[str, str]:
    """The columns that the recipe reads, by their names in the source, then those that it reads by their own name."""
    mapped = dict.fromkeys(
        ground.spec.mapping[spec.name] for spec in ground.recipe.fields if spec.name in ground.spec.mapping
    )
    own = [name for name in ground.spec.columns if name in ground.read_names and name not in mapped]
    return {name: product.fields.get(name, "") for name in [*mapped, *own]}
