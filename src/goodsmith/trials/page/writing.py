"""Writes the page of a trial."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from goodsmith.records import Draft, RowStatus
from goodsmith.trials import ModelTrial, Trial
from goodsmith.trials.accuracy import Compared
from goodsmith.trials.page.markup import Markup, el, join, lines
from goodsmith.trials.tried import ShownPrompt, TrialRow, Tried
from goodsmith.trials.wording import Words, percent

LONG_CELL: Final = 320  # letters
LONGEST_CELL: Final = 20_000


def trial_page(trial: Trial, *, language: str = "en") -> str:
    """The whole page as UTF-8 text. language: en or zh, of our own words."""
    words = Words(language)
    pick = words.pick
    style = files("goodsmith.trials.page").joinpath("style.css").read_text(encoding="utf-8")
    title = pick(f"Trial: {trial.recipe}", f"试跑:{trial.recipe}")
    body = el(
        "main",
        el("h1", title),
        _about(words, trial),
        _forecasts(words, trial),
        _accuracies(words, trial.models),
        _offers(words, trial),
        _missed(words, trial),
        el("h2", pick("Rows, the worst first", "逐行结果,问题最多的在前")),
        *(_row(words, trial, row) for row in trial.rows),
        _systems(words, trial.rows),
    )
    head = join(
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="robots", content="noindex"),
        el("title", f"{title} · {_file(trial)}"),
        Markup(f"<style>{style}</style>"),
    )
    page = el("html", el("head", head), el("body", body), lang="zh-CN" if words.language == "zh" else "en")
    return f"<!DOCTYPE html>\n{page}\n"


def _about(words: Words, trial: Trial) -> Markup:
    random, cover, known = (sum(row.choice.part == part for row in trial.rows) for part in ("random", "cover", "known"))
    parts = [words.pick(f"{random} drawn at random, for the forecast", f"随机抽取 {random} 行,用于预测")]
    if cover:
        parts.append(words.pick(f"{cover} that show what those do not", f"另选 {cover} 行,展示随机行中没有的情况"))
    if known:
        parts.append(
            words.pick(f"{known} with hidden answers, for the accuracy", f"隐藏已知答案的 {known} 行,用于准确率")
        )
    locales = ", ".join(trial.locales) or words.pick("no locale", "不分语言")
    chosen = words.pick(
        f"{len(trial.rows)} of {trial.selected:,} rows were tried: ",
        f"共 {trial.selected:,} 行,试了 {len(trial.rows)} 行:",
    ) + words.pick("; ", ";").join(parts)
    notes = [notice.say(words.language) for notice in trial.notices]
    if trial.surveyed < trial.selected:
        notes.append(
            words.pick(
                f"of {trial.selected:,} rows {trial.surveyed:,} were looked at to choose and to weigh",
                f"选行与估算时查看了 {trial.selected:,} 行中的 {trial.surveyed:,} 行",
            )
        )
    if trial.repeated >= 0.005:
        notes.append(
            words.pick(
                f"{percent(trial.repeated)} of the prompts repeat an earlier one word for word and cost nothing",
                f"{percent(trial.repeated)} 的提示词与前面的完全相同,不再付费",
            )
        )
    if trial.refused:
        notes.append(words.pick(f"{trial.refused:,} rows have no prompt", f"{trial.refused:,} 行无法写出提示词"))
    return join(
        el("p", f"{_file(trial)} · {trial.recipe} {trial.recipe_version} · {locales}", class_="soft"),
        el("p", chosen),
        el("ul", *(el("li", note) for note in notes), class_="plain small soft") if notes else None,
    )


def _file(trial: Trial) -> str:
    return trial.source if "://" in trial.source else Path(trial.source).name


def _forecasts(words: Words, trial: Trial) -> Markup:
    models = trial.models
    columns = [dict(words.forecast(found)) for found in models]
    heads = list(dict.fromkeys(name for column in columns for name in column))
    forecasts = [found.forecast for found in models if found.forecast is not None]
    title = words.title(trial, forecasts[0]) if forecasts else words.pick("Forecast", "预测")
    rough = words.rough(forecasts)
    return join(
        el("h2", title),
        _sheet(
            ["", *(found.model for found in models)],
            [[name, *(column.get(name, "–") for column in columns)] for name in heads],
        ),
        el("p", rough, class_="note small") if rough else None,
        el("p", *(_spent(words, models)), class_="small soft"),
    )


def _spent(words: Words, models: Sequence[ModelTrial]) -> list[str]:
    said = []
    for found in models:
        paid = words.money(found.spent_nanos, found.currency) if found.currency or found.spent_nanos is None else ""
        cost = words.pick(f"cost {paid}", f"花费 {paid}") if paid else words.pick("cost nothing", "未产生费用")
        said.append(
            words.pick(
                f"This trial with {found.model} {cost}: {found.bought} answers bought, {found.cached} from the cache "
                f"(run {found.run}). ",
                f"本次试跑({found.model}){cost}:购买应答 {found.bought} 次,缓存 {found.cached} 次(运行 {found.run})。",
            )
        )
    return said


def _accuracies(words: Words, models: Sequence[ModelTrial]) -> Markup | None:
    slots = list(dict.fromkeys((each.slot, each.locale, each.column) for found in models for each in found.accuracy))
    if not slots:
        return None
    rows = []
    for slot, locale, column in slots:
        cells = [
            next((words.accuracy(each) for each in found.accuracy if (each.slot, each.locale) == (slot, locale)), "–")
            for found in models
        ]
        rows.append([f"{slot} ({locale})" if locale else slot, column, *cells])
    heads = [words.pick("field", "字段"), words.pick("known from", "答案列"), *(found.model for found in models)]
    wrong = [
        el("li", _wrong(words, found.model, each.slot, one))
        for found in models
        for each in found.accuracy
        for one in each.wrong
    ]
    return join(
        el("h2", words.pick("Accuracy on cells that the model did not see", "准确率:与模型未见过的已知单元格比对")),
        _sheet(heads, rows),
        el(
            "details",
            el("summary", words.pick("What differs", "不一致的内容")),
            el("ul", *wrong, class_="plain small"),
        )
        if wrong
        else None,
    )


def _wrong(words: Words, model: str, slot: str, one: Compared) -> str:
    return words.pick(
        f"{one.key} · {slot} · {model}: known “{one.known}”, made “{words.value(one.made)}”",
        f"{one.key} · {slot} · {model}:已知“{one.known}”,生成“{words.value(one.made)}”",
    )


def _offers(words: Words, trial: Trial) -> Markup | None:
    if not any(found.offers for found in trial.models) or trial.budget is None:
        return None
    budget = words.pick(*trial.budget)
    pieces: list[Markup] = [
        el("h2", words.pick(f"The budget of {budget} may not suffice", f"预算 {budget} 可能不够")),
        el("p", words.pick("What can be had, and what it gives up:", "可选方案及各自的取舍:")),
    ]
    for found in trial.models:
        if not found.offers:
            continue
        rows = [
            [
                words.pick(*offer.title),
                words.offer_cost(offer.cost, found.currency),
                words.pick(*offer.gives_up),
                words.fits(fits=offer.fits),
                offer.options or "–",
            ]
            for offer in found.offers
        ]
        heads = [
            words.pick("way", "方案"),
            words.pick("cost", "费用"),
            words.pick("gives up", "放弃"),
            words.pick("within the budget", "是否在预算内"),
            words.pick("for goodsmith run", "goodsmith run 选项"),
        ]
        pieces.append(el("h3", found.model) if len(trial.models) > 1 else Markup())
        pieces.append(_sheet(heads, rows))
    return join(*pieces)


def _missed(words: Words, trial: Trial) -> Markup | None:
    if not trial.missed:
        return None
    listed = [f"{reason.trait.say(words.language)} ({percent(reason.share)})" for reason in trial.missed]
    return join(
        el(
            "h2",
            words.pick(
                f"Not shown by these rows; --cover {trial.needed} would show all of it",
                f"以下情况未在试跑行中出现;--cover {trial.needed} 可全部展示",
            ),
        ),
        el("ul", *(el("li", each) for each in listed), class_="plain small"),
    )


def _row(words: Words, trial: Trial, row: TrialRow) -> Markup:
    worst = max((tried for tried in row.tries.values()), key=lambda tried: tried.badness, default=None)
    number = row.choice.source_row + 1
    return el(
        "section",
        el(
            "header",
            el("b", row.key),
            el(
                "span",
                words.pick(f" · product {number:,} of the source", f" · 来源中第 {number:,} 个商品"),
                class_="soft",
            ),
            el("div", words.why(row.choice), class_="small soft"),
        ),
        el(
            "div",
            el("section", el("h3", words.pick("Source", "来源")), _source(words, row), _prompts(words, row.prompts)),
            el("section", el("div", *(_try(words, trial, row, found) for found in trial.models), class_="tries")),
            class_="columns",
        ),
        class_=f"row {worst.status.value if worst else 'skipped'}",
    )


def _source(words: Words, row: TrialRow) -> Markup:
    filled = [(name, text) for name, text in row.source.items() if text.strip()]
    return el("dl", *(piece for name, text in filled for piece in (el("dt", name), el("dd", _cell(words, text)))))


def _cell(words: Words, text: str) -> Markup:
    """A cell; of a long one its beginning, the whole on demand."""
    if len(text) <= LONG_CELL:
        return lines(text)
    more = words.pick(f"all {len(text):,} letters", f"全部 {len(text):,} 字")
    return join(lines(f"{text[:LONG_CELL]}…"), el("details", el("summary", more), el("pre", text[:LONGEST_CELL])))


def _prompts(words: Words, prompts: Sequence[ShownPrompt]) -> Markup | None:
    if not prompts:
        return None
    return join(
        *(
            el(
                "details",
                el("summary", " · ".join(filter(None, (words.pick("Prompt", "提示词"), prompt.step, prompt.locale)))),
                el("pre", prompt.user),
            )
            for prompt in prompts
        )
    )


def _try(words: Words, trial: Trial, row: TrialRow, found: ModelTrial) -> Markup:
    tried = row.tries.get(found.model)
    if tried is None:
        return el("article", el("h3", found.model), el("p", words.status(RowStatus.SKIPPED), class_="soft"))
    return el(
        "article",
        el("h3", found.model),
        el(
            "p",
            el("span", words.status(tried.status), class_=f"badge {tried.status.value}"),
            el("span", f" {_price_of(words, tried, found.currency)}", class_="small soft"),
        ),
        el("p", tried.error, class_="wrong small") if tried.error else None,
        el("dl", *(piece for draft in tried.drafts for piece in _draft(words, trial, row, draft))),
        el(
            "ul",
            *(
                el(
                    "li",
                    " · ".join(filter(None, (finding.rule, finding.slot, finding.locale)))
                    + ": "
                    + finding.say(words.language),
                    class_=finding.severity.value,
                )
                for finding in tried.findings
            ),
            class_="findings",
        )
        if tried.findings
        else None,
    )


def _draft(words: Words, trial: Trial, row: TrialRow, draft: Draft) -> list[Markup]:
    name = f"{draft.slot} · {draft.locale}" if draft.locale and len(trial.locales) > 1 else draft.slot
    pieces = [el("dt", name), el("dd", lines(words.value(draft.value)))]
    known = row.known.get(draft.slot)
    if known is not None:
        pieces.append(el("dd", lines(words.pick(f"known: {known}", f"已知:{known}")), class_="known"))
    return pieces


def _price_of(words: Words, tried: Tried, currency: str) -> str:
    """What a row cost, and how many tokens it had."""
    parts = []
    if tried.bought or currency:
        parts.append(words.money(tried.cost_nanos, currency))
    if tried.answers:
        parts.append(
            words.pick(
                f"{tried.input_tokens:,} + {tried.output_tokens:,} tokens",
                f"{tried.input_tokens:,} + {tried.output_tokens:,} token",
            )
        )
        if tried.bought < tried.answers:
            parts.append(words.pick("from the cache", "取自缓存"))
    if tried.repairs:
        parts.append(words.pick(f"{tried.repairs} repaired", f"修正 {tried.repairs} 次"))
    return " · ".join(parts)


def _systems(words: Words, rows: Sequence[TrialRow]) -> Markup | None:
    """What all prompts of a step begin with: once, below the rows."""
    heads: dict[tuple[str, str], str] = {}
    for row in rows:
        for prompt in row.prompts:
            old = heads.get((prompt.step, prompt.locale), prompt.system)
            heads[prompt.step, prompt.locale] = min(old, prompt.system, key=len)
    if not heads:
        return None
    return join(
        el("h2", words.pick("What every prompt begins with", "每条提示词的共同开头")),
        *(
            el("details", el("summary", " · ".join(filter(None, place))), el("pre", system))
            for place, system in heads.items()
        ),
    )


def _sheet(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """A table; on a phone each row becomes a block, its cells named by their column."""
    return el(
        "div",
        el(
            "table",
            el("thead", el("tr", *(el("th", head) for head in heads))),
            el(
                "tbody",
                *(
                    el(
                        "tr",
                        el("th", row[0]),
                        *(
                            el("td", cell, data_of=head if len(heads) > 2 else None)
                            for head, cell in zip(heads[1:], row[1:], strict=True)
                        ),
                    )
                    for row in rows
                ),
            ),
            class_="fold",
        ),
        class_="sheet",
    )
