"""Tries a pack's rules on their own samples: what must be found is found, and what is right is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from goodsmith.base.locales import parse_locale
from goodsmith.checks.packs.checking import PackCheck
from goodsmith.checks.packs.format import Pack, PackRule, Sample
from goodsmith.records import Draft, Finding, OutputSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A sample that a rule judged wrongly. found: what stood against a good one; () for a bad one that was missed."""

    rule: PackRule
    sample: Sample
    found: tuple[Finding, ...]


def try_pack(pack: Pack) -> Iterator[Missed]:
    """The samples that went wrong, rule by rule."""
    for rule in pack.rules:
        alone = PackCheck(replace(pack, rules=(rule,)))
        for sample in rule.bad:
            if not judge(alone, sample, rule):
                yield Missed(rule=rule, sample=sample, found=())
        for sample in rule.good:
            if found := judge(alone, sample, rule):
                yield Missed(rule=rule, sample=sample, found=found)


def judge(check: PackCheck, sample: Sample, rule: PackRule) -> tuple[Finding, ...]:
    """What a check says about one text."""
    language = sample.language or next(iter(rule.languages), "en")
    draft = Draft(slot=sample.slot, locale=language, value=sample.text, maker="")
    fields = {"category": sample.category, **sample.fields}
    outputs = {sample.slot: OutputSpec(slot=sample.slot)}
    return tuple(check([draft], outputs=outputs, fields=fields, locale=parse_locale(language)))
