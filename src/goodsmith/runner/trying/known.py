"""Cells whose true value is known: which slots they answer, to be hidden from the model and compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from goodsmith.base.locales import parse_locale
from goodsmith.errors import UnknownName, UsageError
from goodsmith.records import OutputSpec
from goodsmith.runner.planning import written_in
from goodsmith.runner.request import Plan
from goodsmith.runner.sources import read_source
from goodsmith.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A slot whose true value stands in a column. locale: of the drafts that it is compared with."""

    output: OutputSpec
    locale: str
    column: str


def known_slots(
    understood: Plan, answers: Sequence[str], *, hide_known: bool, settings: Settings, home: Path
) -> list[Known]:
    """Which slots can be compared with which columns. Raises UsageError where there is nothing to compare."""
    if not answers and not hide_known:
        return []
    outputs = {output.slot: output for output in understood.recipe.outputs}
    columns, mapping = understood.spec.columns, understood.mapping.fields
    pairs: dict[tuple[str, str], str] = {}
    if hide_known:
        for slot in outputs:
            column = mapping.get(slot) or (slot if slot in columns else None)
            if column is not None:
                pairs[slot, ""] = column
        if not pairs:
            raise UsageError(
                f"none of the outputs {', '.join(outputs)} stands in the source, so there is nothing to hide; "
                "name a column that holds the answers: --answers SLOT=COLUMN",
                zh=f"来源中没有与输出 {'、'.join(outputs)} 对应的列,无可隐藏;请用 --answers 输出=列名 指定答案列",
            )
    for text in answers:
        slot, equals, column = text.rpartition("=")
        if not equals:
            if len(outputs) != 1:
                raise UsageError(
                    f"the recipe makes {', '.join(outputs)}: say whose answers stand in {text!r}, such as "
                    f"--answers {next(iter(outputs))}={text}",
                    zh=f"配方生成 {'、'.join(outputs)}:请说明 {text!r} 列是哪一项的答案,"
                    f"例如 --answers {next(iter(outputs))}={text}",
                )
            slot = next(iter(outputs))
        slot, _, locale = slot.partition("@")
        if slot not in outputs:
            raise UnknownName("slot", slot, outputs, kind_zh="输出字段")
        column = mapping.get(column, column)
        if column not in columns:
            raise UnknownName("column", column, columns, kind_zh="列")
        pairs[slot, locale] = column
    source = written_in(read_source(understood.request, settings=settings, home=home))
    free = {output.slot for step in understood.recipe.steps if not step.per_locale for output in step.outputs}
    return [
        Known(
            output=outputs[slot],
            locale="" if slot in free else _comparable(locale or source, understood.spec.locales, stated=bool(locale)),
            column=column,
        )
        for (slot, locale), column in pairs.items()
    ]


def _comparable(written: str, locales: Sequence[str], *, stated: bool) -> str:
    """The locale whose drafts can be compared with a text of the source."""
    if written in locales:
        return written
    code = parse_locale(written).code
    for tag in locales:
        if not stated and parse_locale(tag).code == code:
            return tag
    raise UsageError(
        f"the known answers are in {written}, and the trial makes {', '.join(locales)}: add --locale {written}, or say "
        "which locale they are in, such as --answers SLOT@LOCALE=COLUMN",
        zh=f"已知答案的语言是 {written},而试跑生成 {'、'.join(locales)}:请加上 --locale {written},"
        "或用 --answers 输出@语言=列名 说明其语言",
    )
