"""One turn of one product: asked, read, checked, mended; and asked of the next model where that is not good enough."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from goodsmith.base.liquid import Condition, compile_condition
from goodsmith.errors import AnswerInvalid, ModelError
from goodsmith.pipeline.book import Book
from goodsmith.pipeline.turns import Turn
from goodsmith.prompts import repair_request
from goodsmith.protocols import Answerer, Purse, Recorder
from goodsmith.records import (
    Answer,
    Draft,
    Fields,
    Finding,
    Looked,
    ModelChoice,
    ModelRequest,
    MoveOn,
    RouteStep,
    Severity,
    Value,
)
from goodsmith.review.routing import needs_repair

Checking = Callable[[Turn, list[Draft], Fields], Awaitable[Looked]]


@dataclass(slots=True)
class _Made:
    """What a model made of a turn. drafts None: its answer could not be read, `problem` says why.

    way: the models before it, where there were any.
    """

    drafts: list[Draft] | None
    looked: Looked
    answer: Answer
    problem: AnswerInvalid | None = None
    way: tuple[RouteStep, ...] = ()


class Asker:
    """Asks the models of an order, each with one repair. choices: what the recipe says of them, by their place."""

    def __init__(self, answerer: Answerer, check: Checking, choices: Sequence[ModelChoice] = ()) -> None:
        self.answerer = answerer
        self._check = check
        self._unsure: Mapping[int, Condition] = {
            place: compile_condition(choice.unsure) for place, choice in enumerate(choices) if choice.unsure
        }

    async def ask(
        self,
        turn: Turn,
        known: Fields,
        request: ModelRequest,
        *,
        ordinal: int,
        recorder: Recorder,
        purse: Purse,
        book: Book,
    ) -> tuple[list[Draft], Looked]:
        """The drafts of the first model whose answer is good enough, else the best of all.

        Raises AnswerInvalid and ModelError if no model gave an answer that can be read.
        """
        purpose = (turn, known, request, ordinal, recorder, purse, book)
        best = await self._once(*purpose, passed=0)
        reason = self._not_good(best, known)
        if not reason and not best.way:
            assert best.drafts is not None
            return best.drafts, best.looked
        last, steps = best, _steps(best)
        while reason and (passed := self.answerer.next_for(last.answer, reason)) is not None:
            steps[-1] = replace(steps[-1], outcome=reason)
            try:
                last = await self._once(*purpose, passed=passed)
            except ModelError as problem:
                if problem.code == "account":
                    raise
                book.enter_failure(problem)
                steps += problem.route
                break
            steps += _steps(last)
            reason = self._not_good(last, known)
            best = _better(best, last)
        if reason:
            steps[-1] = replace(steps[-1], outcome=reason) if steps[-1].outcome == "ok" else steps[-1]
        if len(steps) > 1:
            book.note_way(f"{turn.step} {turn.tag}".strip(), steps)
        if best.drafts is None:
            assert best.problem is not None
            raise best.problem
        return best.drafts, best.looked

    async def _once(
        self,
        turn: Turn,
        known: Fields,
        request: ModelRequest,
        ordinal: int,
        recorder: Recorder,
        purse: Purse,
        book: Book,
        *,
        passed: int,
    ) -> _Made:
        """One model: ask, read, check, and once more with the findings if there is something to mend."""
        answerer = self.answerer
        answer = await answerer.answer(request, ordinal=ordinal, recorder=recorder, purse=purse, passed=passed)
        book.enter(answer)
        first = await self._read(turn, known, answer)
        problems = [first.problem.en] if first.problem else needs_repair(first.looked.findings)
        if not problems:
            return first
        book.repairs += 1
        again = repair_request(request, answer.text, problems)
        try:
            mended = await answerer.answer(again, ordinal=ordinal, recorder=recorder, purse=purse, passed=answer.rung)
        except ModelError as problem:
            if first.drafts is None or problem.code == "account":
                raise
            book.enter_failure(problem)
            return first
        book.enter(mended)
        second = await self._read(turn, known, mended)
        second.way = first.way + mended.route
        return second if first.drafts is None else _better(first, second)

    async def _read(self, turn: Turn, known: Fields, answer: Answer) -> _Made:
        try:
            drafts = drafts_of(turn, turn.prepared.read(answer.text), answer.model)
        except AnswerInvalid as problem:
            return _Made(None, Looked(), answer, problem, answer.route)
        return _Made(drafts, await self._check(turn, drafts, known), answer, None, answer.route)

    def _not_good(self, made: _Made, known: Fields) -> MoveOn | None:
        """Why the next model should be asked."""
        if made.drafts is None:
            return "invalid"
        if needs_repair(made.looked.findings):
            return "finding"
        condition = self._unsure.get(made.answer.rung)
        if condition is not None and condition.holds({**known, **{draft.slot: draft.value for draft in made.drafts}}):
            return "unsure"
        return None


def drafts_of(turn: Turn, made: Mapping[str, Value], maker: str) -> list[Draft]:
    return [Draft(slot=slot, locale=turn.tag, value=value, maker=maker) for slot, value in made.items()]


def _steps(made: _Made) -> list[RouteStep]:
    return list(made.way) or [RouteStep(model=made.answer.model, outcome="ok", retries=made.answer.retries)]


def _better(one: _Made, other: _Made) -> _Made:
    """The one with the lighter findings; of equals the later."""
    if one.drafts is None or other.drafts is None:
        return other if one.drafts is None else one
    return one if _weight(other.looked.findings) > _weight(one.looked.findings) else other


def _weight(findings: Sequence[Finding]) -> int:
    return sum(_WORTH[finding.severity] for finding in findings)


_WORTH = {Severity.NOTE: 0, Severity.WARNING: 1, Severity.ERROR: 10, Severity.BLOCK: 100}
