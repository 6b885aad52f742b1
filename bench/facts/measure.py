"""How many planted errors the fact checker finds, how often it is right when it objects, and what that costs."""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cases import CLOSED, Case, read_cases

from goodsmith.checks.facts.holding import judge
from goodsmith.checks.facts.holding.sources import source_of
from goodsmith.checks.facts.reading.texts import read
from goodsmith.records import FactVerdict

AGAINST = {FactVerdict.CONTRADICTED.value, FactVerdict.UNSUPPORTED.value}
DRAWS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A case, and whether its error was found and anything else was objected to."""

    case: Case
    found: bool
    alarm: bool
    cpu_s: float


def attempt(case: Case, *, closed: bool) -> Tried:
    """closed: count only what the rules would withhold."""
    began = time.process_time()
    judged = judge(read(case.text, case.locale), source_of(case.source, case.locale))
    cpu_s = time.process_time() - began
    against = [one for one in judged if one.verdict.value in AGAINST and (one.closed or not closed)]
    at_it = [one for one in against if case.kind and one.start < case.end and case.start < one.end]
    return Tried(case=case, found=bool(at_it), alarm=len(at_it) < len(against), cpu_s=cpu_s)


def rates(tried: Iterable[Tried]) -> tuple[int, int, int]:
    """Errors found, errors planted, texts with a false alarm."""
    found = planted = alarms = 0
    for one in tried:
        planted += bool(one.case.kind)
        found += one.found
        alarms += one.alarm
    return found, planted, alarms


def lower(tried: Sequence[Tried]) -> tuple[float, float]:
    """Lower 95 % bounds of precision and recall, whole products drawn anew."""
    products: dict[str, list[Tried]] = defaultdict(list)
    for one in tried:
        products[one.case.product].append(one)
    sums = [rates(group) for group in products.values()]
    draw = random.Random(5)
    precisions, recalls = [], []
    for _ in range(DRAWS):
        found, planted, alarms = map(sum, zip(*draw.choices(sums, k=len(sums)), strict=True))
        precisions.append(found / max(1, found + alarms))
        recalls.append(found / max(1, planted))
    return sorted(precisions)[DRAWS // 20], sorted(recalls)[DRAWS // 20]


def show(name: str, tried: Sequence[Tried]) -> None:
    found, planted, alarms = rates(tried)
    precision, recall = lower(tried)
    print(
        f"| {name} | {planted} | {found / max(1, planted):.3f} | {recall:.3f} |"
        f" {found / max(1, found + alarms):.3f} | {precision:.3f} |"
    )


def main(split: str) -> None:
    cases = read_cases(split)
    for case in cases[:50]:
        attempt(case, closed=False)  # the word lists are read once
    every = [attempt(case, closed=False) for case in cases]
    closed = [attempt(case, closed=True) for case in cases if not case.kind or case.kind in CLOSED]
    print(f"`{split}`: {len(cases)} texts, {sum(not case.kind for case in cases)} of them right\n")
    print("| facts | errors | recall | at least | precision | at least |\n|---|---|---|---|---|---|")
    show("closed", closed)
    show("all", every)
    for kind in sorted({case.kind for case in cases} - {""}):
        of_kind = [one for one in every if one.case.kind == kind]
        print(f"| {kind} | {len(of_kind)} | {sum(one.found for one in of_kind) / len(of_kind):.2f} | | | |")
    costs = [one.cpu_s for one in every]
    print(f"\n{statistics.median(costs) * 1000:.2f} ms of CPU a text (median), {len(costs) / sum(costs):,.0f} texts/s")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "test")
