"""What a catalog does to a recipe: every row's prompts and sentences, counted without a model."""

from __future__ import annotations

import heapq
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from goodsmith.errors import TemplateError
from goodsmith.pipeline.ground import Ground, Values
from goodsmith.pipeline.making import known_to
from goodsmith.pipeline.turns import Derivation, Turn
from goodsmith.records import Product, Recipe, Requirement, Rule

EXAMPLES: Final = 5
FAR: Final = 3.0  # times the spread of the middle half: beyond it a length stands out (Tukey 1977, "far out")


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotLint:
    """A slot in one locale: in how many rows the recipe's own sentences leave it empty, and in which first."""

    step: str
    slot: str
    locale: str
    required: bool
    empty_rows: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLint:
    """A field of the recipe. column: None if the table has none for it. read: by any step."""

    name: str
    column: str | None
    read: bool
    blank_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLint:
    """A requirement or rule with a condition. rows: where it holds, in any locale."""

    step: str
    line: int | None
    does: str  # say, add, replace, drop
    part: str
    when: str
    text: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Two rules that change one part of the prompt in the same rows, and one of them replaces or drops it."""

    step: str
    lines: tuple[int | None, int | None]
    part: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LongPrompt:
    """A prompt that stands out. field: the one that takes most of it."""

    key: str
    bytes: int
    field: str
    field_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptLint:
    """The prompts of one step in one locale, in UTF-8 bytes. cacheable: what all of them begin with."""

    step: str
    locale: str
    prompts: int
    distinct: int  # a prompt that is the same as another's is paid once
    median_bytes: int
    longest_bytes: int
    cacheable_bytes: int
    cacheable_share: float
    outliers: int
    longest: tuple[LongPrompt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLint:
    """Rows whose prompt or sentences cannot be written, by what the template says."""

    message: str
    message_zh: str
    rows: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LintReport:
    """What lint found. `dead` and `constant` rules are read off `rules` and `rows`."""

    recipe: str
    version: str
    rows: int
    prompts: tuple[PromptLint, ...]
    slots: tuple[SlotLint, ...]
    rules: tuple[RuleLint, ...]
    overlaps: tuple[Overlap, ...]
    fields: tuple[FieldLint, ...]
    refused: tuple[RefusedLint, ...]


class Lint:
    """Takes rows one after the other; memory grows by some 20 bytes for a row and prompt.

    columns: recipe field -> column.
    """

    def __init__(
        self,
        recipe: Recipe,
        derivations: Sequence[Derivation],
        turns: Sequence[Turn],
        columns: Mapping[str, str],
    ) -> None:
        self._recipe, self._derivations, self._turns = recipe, derivations, turns
        self._columns = columns
        self._rows = 0
        self._lengths = [array("L") for _ in turns]
        self._prompts: list[set[int]] = [set() for _ in turns]
        self._longest: list[list[tuple[int, int, str, str, int]]] = [[] for _ in turns]
        self._blank = dict.fromkeys((spec.name for spec in recipe.fields), 0)
        self._empty: list[dict[str, tuple[int, list[str]]]] = [
            {output.slot: (0, []) for output in turn.outputs} for turn in turns
        ]
        self._refused: dict[str, tuple[str, int, list[str]]] = {}
        self._rules: dict[str, list[Requirement | Rule]] = {}
        self._fired: dict[str, Counter[int]] = {}  # step -> bits of what holds -> rows
        self._bits: list[tuple[int, list[int]]] = []  # of a turn: always on, by place among those the row decides
        for turn in turns:
            conditionals = turn.prepared.conditionals(turn.locale)
            self._rules.setdefault(turn.step, [origin for origin, _ in conditionals])
            self._fired.setdefault(turn.step, Counter())
            always = sum(1 << place for place, (_, holds) in enumerate(conditionals) if holds)
            self._bits.append((always, [1 << place for place, (_, holds) in enumerate(conditionals) if holds is None]))

    def take(self, product: Product) -> None:
        """Look at one row."""
        self._rows += 1
        fields = product.fields
        for name in self._blank:
            if not (fields.get(name) or "").strip():
                self._blank[name] += 1
        try:
            self._take(product)
        except TemplateError as error:
            zh, rows, examples = self._refused.get(error.en, (error.say("zh"), 0, []))
            if len(examples) < EXAMPLES:
                examples.append(product.key)
            self._refused[error.en] = (zh, rows + 1, examples)

    def report(self) -> LintReport:
        read = frozenset().union(
            *(turn.prepared.reads for turn in self._turns), *(each.prepared.reads for each in self._derivations)
        )
        return LintReport(
            recipe=self._recipe.name,
            version=self._recipe.version,
            rows=self._rows,
            prompts=tuple(self._prompt(place, turn) for place, turn in enumerate(self._turns)),
            slots=tuple(
                SlotLint(
                    step=turn.step,
                    slot=slot,
                    locale=turn.tag,
                    required=turn.specs[slot].required,
                    empty_rows=rows,
                    examples=tuple(examples),
                )
                for turn, empty in zip(self._turns, self._empty, strict=True)
                for slot, (rows, examples) in empty.items()
            ),
            rules=tuple(self._rule_lints()),
            overlaps=tuple(self._overlaps()),
            fields=tuple(
                FieldLint(
                    name=spec.name,
                    column=self._columns.get(spec.name),
                    read=spec.name in read,
                    blank_rows=self._blank[spec.name],
                )
                for spec in self._recipe.fields
            ),
            refused=tuple(
                RefusedLint(message=en, message_zh=zh, rows=rows, examples=tuple(examples))
                for en, (zh, rows, examples) in self._refused.items()
            ),
        )

    def _take(self, product: Product) -> None:
        ground = Ground(product.fields, self._derivations, shared=product.shared)
        values: Values = ground.values()
        fired = dict.fromkeys(self._fired, 0)
        for place, turn in enumerate(self._turns):
            known = known_to(ground.of(turn), values, turn.tag)
            request, holds = turn.prepared.explain(known, turn.locale)
            size = len(request.system.encode()) + len(request.user.encode())
            self._lengths[place].append(size)
            self._prompts[place].add(hash((request.system, request.user)))
            self._remember_long(place, size, product, known)
            always, bits = self._bits[place]
            fired[turn.step] |= always | sum(bit for bit, held in zip(bits, holds, strict=True) if held)
            made = turn.prepared.stencil(known, turn.locale)
            values.setdefault(turn.tag, {}).update(made)
            empty = self._empty[place]
            for slot, value in made.items():
                if value is None or value in {"", ()}:
                    rows, examples = empty[slot]
                    if rows < EXAMPLES:
                        examples.append(product.key)
                    empty[slot] = (rows + 1, examples)
        for step, bits_on in fired.items():
            self._fired[step][bits_on] += 1

    def _remember_long(self, place: int, size: int, product: Product, known: Mapping[str, Any]) -> None:
        kept = self._longest[place]
        if len(kept) == EXAMPLES and size <= kept[0][0]:
            return
        reads = self._turns[place].prepared.reads
        sizes = {name: len(str(known.get(name) or "").encode()) for name in sorted(reads - {"locale"})}
        field = max(sizes, key=lambda name: sizes[name], default="")
        entry = (size, -product.ordinal, product.key, field, sizes.get(field, 0))
        (heapq.heappush if len(kept) < EXAMPLES else heapq.heappushpop)(kept, entry)

    def _prompt(self, place: int, turn: Turn) -> PromptLint:
        lengths = sorted(self._lengths[place])
        cacheable = turn.prepared.cacheable_bytes(turn.locale)
        if not lengths:
            return PromptLint(
                step=turn.step, locale=turn.tag, prompts=0, distinct=0, median_bytes=0, longest_bytes=0,
                cacheable_bytes=cacheable, cacheable_share=0.0, outliers=0,
            )  # fmt: skip
        lower, median, upper = (lengths[len(lengths) * part // 4] for part in (1, 2, 3))
        limit = upper + FAR * max(upper - lower, median * 0.1)  # nearly equal lengths: a tenth more is no outlier
        outliers = sum(size > limit for size in lengths)
        longest = sorted(self._longest[place], reverse=True)[: min(outliers, EXAMPLES)]
        return PromptLint(
            step=turn.step,
            locale=turn.tag,
            prompts=len(lengths),
            distinct=len(self._prompts[place]),
            median_bytes=median,
            longest_bytes=lengths[-1],
            cacheable_bytes=cacheable,
            cacheable_share=cacheable * len(lengths) / sum(lengths),
            outliers=outliers,
            longest=tuple(
                LongPrompt(key=key, bytes=size, field=field, field_bytes=field_bytes)
                for size, _, key, field, field_bytes in longest
            ),
        )

    def _rule_lints(self) -> Iterator[RuleLint]:
        for step, rules in self._rules.items():
            for place, rule in enumerate(rules):
                yield RuleLint(
                    step=step,
                    line=rule.line,
                    does=rule.action if isinstance(rule, Rule) else "say",
                    part=rule.part if isinstance(rule, Rule) else "requirements",
                    when=rule.when,
                    text=rule.text if isinstance(rule, Rule) else rule.say,
                    rows=self._rows_with(step, 1 << place),
                )

    def _overlaps(self) -> Iterator[Overlap]:
        for step, rules in self._rules.items():
            for (first, one), (second, other) in combinations(enumerate(rules), 2):
                if not isinstance(one, Rule) or not isinstance(other, Rule) or one.part != other.part:
                    continue
                rows = self._rows_with(step, 1 << first | 1 << second)
                if rows and {one.action, other.action} != {"add"}:
                    yield Overlap(step=step, lines=(one.line, other.line), part=one.part, rows=rows)

    def _rows_with(self, step: str, bits: int) -> int:
        return sum(rows for held, rows in self._fired[step].items() if held & bits == bits)
