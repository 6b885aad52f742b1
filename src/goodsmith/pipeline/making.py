"""Makes all drafts of one product: what can be derived first, then turn by turn."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from goodsmith.checks import DeepChecks, look, open_checks
from goodsmith.errors import (
    AnswerInvalid,
    GoodsmithError,
    ModelError,
    Stopped,
    TemplateError,
    UsageError,
)
from goodsmith.pipeline.asking import Asker, drafts_of
from goodsmith.pipeline.book import Book
from goodsmith.pipeline.ground import Ground
from goodsmith.pipeline.rules_asked import with_rules_asked
from goodsmith.pipeline.turns import ANY_LOCALE, Turn, turns_of
from goodsmith.protocols import Answerer, Check, LookUpTable, Purse, Recorder
from goodsmith.records import (
    Draft,
    Fields,
    Finding,
    Locale,
    Looked,
    ModelChoice,
    ModelRequest,
    Product,
    Receipt,
    Recipe,
    RowError,
    RowResult,
    RowStatus,
    Severity,
    Value,
)
from goodsmith.review.routing import route

TEMPLATE: Final = "template"  # the maker of what no model made
REPAIR_BYTES: Final = 2_000  # of a repair request, beside the answer that it carries


_NOTHING_MADE: Final = Finding(
    rule="nothing_made",
    severity=Severity.NOTE,
    slot="",
    en="no sentence of the recipe's stencil fits this row: fill the fields it needs or choose a model",
    zh="配方自带的句式都不适用于此行:请补充所需字段,或选择模型",
)


class Pipeline:
    """A recipe made ready for many products.

    answerer None: no model is asked, the recipe's own sentences are filled (`stencil`).
    deep: the process pool for deep checks; needed only if the recipe names one. look_ups: the tables of its look-ups,
    by the step's name. choices: what is said of the answerer's models, in their order.
    """

    def __init__(
        self,
        recipe: Recipe,
        *,
        locales: Sequence[Locale],
        columns: Sequence[str],
        answerer: Answerer | None,
        deep: DeepChecks | None = None,
        fallback_to_stencil: bool = False,
        look_ups: Mapping[str, LookUpTable] | None = None,
        choices: Sequence[ModelChoice] = (),
    ) -> None:
        self.recipe = recipe
        self.answerer = answerer
        self._asker = Asker(answerer, self._check, choices) if answerer else None
        self._deep = deep
        self._fallback = fallback_to_stencil
        checks = open_checks(recipe.checks)
        self._quick: tuple[Check, ...] = tuple(check for check in checks if not check.deep)
        self._slow: tuple[Check, ...] = tuple(
            check for check in checks if check.deep and (answerer is not None or getattr(check, "templates", True))
        )
        if self._slow and deep is None:
            names = ", ".join(check.name for check in self._slow)
            raise UsageError(f"the checks {names} need a process pool", zh=f"检查 {names} 需要进程池")
        self._check_names = tuple(check.name for check in checks)
        self.derivations, self.turns = turns_of(with_rules_asked(recipe, checks), locales, columns, look_ups or {})
        self._must_make = any(output.required for output in recipe.outputs)  # else nothing at all can be right
        self.tags = tuple(locale.tag for locale in locales) or (ANY_LOCALE,)

    async def make(
        self, product: Product, *, recorder: Recorder, purse: Purse, stop: Callable[[], bool] = lambda: False
    ) -> RowResult:
        """Make all drafts of one product. A row that cannot be made is a FAILED result, not an exception.

        Raises BudgetExhausted, Stopped and AccountProblem, after which the row is as if not tried.
        """
        if self.answerer is None and not self._slow:
            return self.make_from_stencil(product)
        book = Book()
        ground = Ground(product.fields, self.derivations, shared=product.shared)
        drafts, findings = self._derived(ground)
        receipts: list[Receipt] = []
        values = ground.values()
        error: RowError | None = None
        seen: dict[int, str] = {}  # turn -> hash of its prompt, where no answer is in it
        for place, turn in enumerate(self.turns):
            if stop():
                raise Stopped("the run was asked to stop")
            known = known_to(ground.of(turn), values, turn.tag)
            request = turn.prepared.render(known, turn.locale) if self.answerer else None
            if request is not None and turn.free:
                seen[place] = turn.prepared.hash_of(request, turn.locale, self._check_names)
            try:
                mine, looked = await self._take(turn, known, request, product, recorder, purse, book)
            except (AnswerInvalid, ModelError) as problem:
                if not _is_about_this_row(problem):
                    raise
                book.enter_failure(problem)
                if isinstance(problem, ModelError):
                    book.note_way(f"{turn.step} {turn.tag}".strip(), problem.route)
                error = _row_error(problem, turn)
                if not self._fallback:
                    break
                mine, looked = self._fall_back(turn, known, problem)
                error = None
            drafts += mine
            findings += looked.findings
            receipts += looked.receipts
            values.setdefault(turn.tag, {}).update([(draft.slot, draft.value) for draft in mine])
        if self._slow and self._deep is not None:
            for derivation, mine in ground.drafts:
                looked = await self._deep.run(
                    self._slow,
                    mine,
                    outputs=derivation.specs,
                    fields=ground.fields(derivation.tag),
                    locale=derivation.locale,
                )
                findings += looked.findings
                receipts += looked.receipts
        hashes = (
            self._asked_hashes(ground, seen) if self.answerer else _said_hashes(self.tags, self._check_names, values)
        )
        return self._result(product, drafts, findings, error, book, hashes, receipts)

    def make_from_stencil(self, product: Product) -> RowResult:
        """Fill the recipe's own sentences; asks nobody and cannot wait."""
        ground = Ground(product.fields, self.derivations, shared=product.shared)
        drafts, findings = self._derived(ground)
        values = ground.values()
        for turn in self.turns:
            known = known_to(ground.of(turn), values, turn.tag)
            made = turn.prepared.stencil(known, turn.locale)
            mine = drafts_of(turn, made, TEMPLATE)
            findings += look(self._quick, mine, outputs=turn.specs, fields=known, locale=turn.locale).findings
            drafts += mine
            values.setdefault(turn.tag, {}).update(made)
        error = None
        if all(_is_empty(draft.value) for draft in drafts):
            if self._must_make:
                error = RowError(code=_NOTHING_MADE.rule, message=_NOTHING_MADE.en)
            drafts, findings = ([], []) if error else (drafts, [*findings, _NOTHING_MADE])
        hashes = _said_hashes(self.tags, self._check_names, values)
        return self._result(product, drafts, findings, error, Book(), hashes)

    def worst_cost_nanos(self, product: Product) -> int | None:
        """Upper bound of the money for one product, repairs included. None: the price is unknown.

        What an earlier step will say is not known yet; it counts with its own limit of output tokens, four bytes each.
        A row whose prompt cannot be written is never sent: 0.
        """
        if self.answerer is None:
            return 0
        try:
            return self._worst_cost_nanos(self.answerer, product)
        except TemplateError:
            return 0

    def _worst_cost_nanos(self, answerer: Answerer, product: Product) -> int | None:
        total = 0
        said: dict[str, int] = {}
        ground = Ground(product.fields, self.derivations, shared=product.shared)
        for turn in self.turns:
            request = turn.prepared.render(ground.of(turn), turn.locale)
            answer_bytes = 4 * request.max_output_tokens
            earlier_bytes = said.get(turn.tag, 0) + said.get(ANY_LOCALE, 0)
            cost = answerer.worst_cost_nanos(request, more_bytes=earlier_bytes)
            repair = answerer.worst_cost_nanos(request, more_bytes=answer_bytes + REPAIR_BYTES)
            if cost is None or repair is None:
                return None
            total += cost + repair
            said[turn.tag] = said.get(turn.tag, 0) + answer_bytes
        return total

    def inputs_hashes(self, product: Product) -> dict[str, str]:
        """Locale -> hash of the fields, conditions and checks that this product really uses.

        A later step counts with its own fields; what earlier steps will say is not an input of the product. Without a
        model, what is used is what the sentences say.
        """
        ground = Ground(product.fields, self.derivations, shared=product.shared)
        if self.answerer is None:
            said = ground.values()
            for turn in self.turns:
                made = turn.prepared.stencil(known_to(ground.of(turn), said, turn.tag), turn.locale)
                said.setdefault(turn.tag, {}).update(made)
            return _said_hashes(self.tags, self._check_names, said)
        return self._asked_hashes(ground, {})

    def requests(self, product: Product) -> list[tuple[Turn, ModelRequest]]:
        """The prompts that are known before anything is asked, for previews."""
        ground = Ground(product.fields, self.derivations, shared=product.shared)
        return [(turn, turn.prepared.render(ground.of(turn), turn.locale)) for turn in self.turns if turn.free]

    async def close(self) -> None:
        if self.answerer is not None:
            await self.answerer.close()
        if self._deep is not None:
            self._deep.close()

    def _derived(self, ground: Ground) -> tuple[list[Draft], list[Finding]]:
        """The drafts that no turn makes, and what the quick checks say about them."""
        drafts: list[Draft] = []
        findings = list(ground.findings)
        for derivation, mine in ground.drafts:
            fields = ground.fields(derivation.tag)
            looked = look(self._quick, mine, outputs=derivation.specs, fields=fields, locale=derivation.locale)
            findings += looked.findings
            drafts += mine
        return drafts, findings

    def _asked_hashes(self, ground: Ground, seen: Mapping[int, str]) -> dict[str, str]:
        """seen: turn -> hash, as far as they are known: rendering a prompt once more only costs."""
        each = [(derivation.tag, repr([draft.value for draft in drafts])) for derivation, drafts in ground.drafts]
        for place, turn in enumerate(self.turns):
            digest = seen.get(place) or turn.prepared.inputs_hash(ground.of(turn), turn.locale, self._check_names)
            each.append((turn.tag, digest))
        return {
            tag: _digest("model", *[digest for asked, digest in each if asked in (tag, ANY_LOCALE)])
            for tag in self.tags
        }

    async def _take(
        self,
        turn: Turn,
        known: Fields,
        request: ModelRequest | None,
        product: Product,
        recorder: Recorder,
        purse: Purse,
        book: Book,
    ) -> tuple[list[Draft], Looked]:
        if self._asker is None or request is None:
            said = drafts_of(turn, turn.prepared.stencil(known, turn.locale), TEMPLATE)
            return said, await self._check(turn, said, known)
        return await self._asker.ask(
            turn, known, request, ordinal=product.ordinal, recorder=recorder, purse=purse, book=book
        )

    async def _check(self, turn: Turn, drafts: list[Draft], known: Fields) -> Looked:
        looked = look(self._quick, drafts, outputs=turn.specs, fields=known, locale=turn.locale)
        if not self._slow or self._deep is None:
            return looked
        row = known.row if isinstance(known, Known) else known
        more = await self._deep.run(self._slow, drafts, outputs=turn.specs, fields=row, locale=turn.locale)
        return Looked(findings=looked.findings + more.findings, receipts=more.receipts)

    def _fall_back(self, turn: Turn, known: Fields, problem: GoodsmithError) -> tuple[list[Draft], Looked]:
        made = turn.prepared.stencil(known, turn.locale)
        found = [
            Finding(
                rule="fallback",
                severity=Severity.WARNING,
                slot=slot,
                locale=turn.tag,
                en=f"filled from the template, the model failed: {problem.en}",
                zh=f"模型失败,已用模板填写:{problem.say('zh')}",
            )
            for slot in made
        ]
        return drafts_of(turn, made, TEMPLATE), Looked(findings=tuple(found))

    def _result(
        self,
        product: Product,
        drafts: Sequence[Draft],
        findings: Sequence[Finding],
        error: RowError | None,
        book: Book,
        hashes: Mapping[str, str],
        receipts: Sequence[Receipt] = (),
    ) -> RowResult:
        if error is not None:
            drafts, findings, receipts = (), (), ()  # half a product is not a product: null, never a placeholder
        return RowResult(
            ordinal=product.ordinal,
            key=product.key,
            status=RowStatus.FAILED if error else route(findings),
            drafts=tuple(drafts),
            findings=tuple(findings),
            receipts=tuple(receipts),
            error=error,
            inputs_hashes=hashes,
            calls=book.calls,
            cached_calls=book.cached,
            retries=book.retries,
            repairs=book.repairs,
            input_tokens=book.input_tokens,
            output_tokens=book.output_tokens,
            cost_nanos=book.cost_nanos,
            prefix_tokens=book.prefix_tokens,
            cached_input_tokens=book.cached_input_tokens,
            cached_output_tokens=book.cached_output_tokens,
            latency_s=book.latency_s,
            source_row=product.source_row,
            family=product.family,
            route="; ".join(book.ways),
        )


def known_to(fields: Fields, values: Mapping[str, Mapping[str, Any]], tag: str) -> Fields:
    """What a template may read: the row, then what earlier steps said, for all locales and for this one."""
    free, own = values.get(ANY_LOCALE), values.get(tag)
    if not free and not own:
        return fields
    return Known({**fields, **(free or {}), **(own or {})}, row=fields)


class Known(dict[str, Any]):
    """A row with what earlier steps said. row: without it, which is what texts are held against."""

    __slots__ = ("row",)

    def __init__(self, values: Mapping[str, Any], *, row: Fields) -> None:
        super().__init__(values)
        self.row = row


def _is_about_this_row(problem: GoodsmithError) -> bool:
    return problem.code != "account"


def _row_error(problem: GoodsmithError, turn: Turn) -> RowError:
    return RowError(code=problem.code, message=problem.en, step=turn.step, locale=turn.tag)


def _said_hashes(tags: Sequence[str], checks: Sequence[str], values: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What a template used is what it says."""
    free = repr(values.get(ANY_LOCALE, {}))
    return {tag: _digest(TEMPLATE, *checks, free, repr(values.get(tag, {}))) for tag in tags}


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]


def _is_empty(value: Value) -> bool:
    return value is None or value in {"", ()}
