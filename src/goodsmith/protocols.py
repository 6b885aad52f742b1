"""The seams, one page: what can be swapped, and what each side promises."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from goodsmith.records import (
    Answer,
    Chunk,
    ChunkDone,
    Derived,
    Draft,
    Fields,
    Finding,
    Locale,
    ModelRequest,
    MoveOn,
    OutputSpec,
    Receipt,
    Requirement,
    Rule,
    TableInfo,
    Tally,
    TokenSums,
    Value,
)

if TYPE_CHECKING:
    import pyarrow as pa


class TableReader(Protocol):
    """Reads one kind of catalog. Opening is cheap; `batches` streams."""

    def info(self) -> TableInfo:
        """Columns and what else is known without reading all rows."""
        ...

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All data rows, in order, every column as nullable string with the text as displayed.

        An empty cell is null. The batch schema has the columns of `info()`. Memory does not grow with the table. A
        reader that leaves rows out numbers the others in a last column `_gs_row`, 0 being the first below the names.
        Raises InputFileError with file, sheet, row and column.
        """
        ...


class FamilyTexts(Protocol):
    """Says of families what their variants share, as `base.family_fields` writes it."""

    def __call__(self, families: Collection[str], /) -> Mapping[str, str]:
        """By family; a product on its own has none."""
        ...


class TextModel(Protocol):
    """Answers a prompt with text; knows nothing of retries, limits, cache or money."""

    model_id: str  # provider:name

    async def complete(self, request: ModelRequest, *, timeout_s: float) -> Answer:
        """Raises ModelError subclasses, and nothing else. cost_nanos of the answer is left at 0."""
        ...

    async def close(self) -> None: ...


class Recorder(Protocol):
    """Remembers answers as they arrive, so that none is bought twice. All calls are synchronous and quick.

    call: 16 bytes that identify the request within the row (hash of model, parameters, prompt and repeat number).
    """

    def recall(self, ordinal: int, call: bytes) -> Answer | None:
        """An answer that an earlier attempt received."""
        ...

    def sent(self, ordinal: int, call: bytes) -> None:
        """The request is about to leave. Without a later `received` it was possibly paid."""
        ...

    def received(self, ordinal: int, call: bytes, answer: Answer) -> None:
        """Written (not yet fsynced) when this returns; called before the answer is used."""
        ...


class AnswerCache(Protocol):
    """Exact cache across runs: SHA-256 of vendor, model, parameters and rendered prompt -> answer."""

    def get(self, key: bytes) -> Answer | None: ...

    def put(self, key: bytes, answer: Answer) -> None:
        """Returns at once; written behind, in batches."""
        ...

    def close(self) -> None: ...


class Purse(Protocol):
    """Money that may be spent. Nested: a reservation is a purse for what it covers."""

    async def reserve(self, nanos: int) -> Purse:
        """Set an amount aside. Raises BudgetExhausted if it is not there. Never blocks for a person."""
        ...

    def settle(self, spent_nanos: int) -> None:
        """Give back what a reservation did not use. Called exactly once; spent may exceed the reservation."""
        ...


class Answerer(Protocol):
    """A model with everything around it: journal, cache, single flight, money, limits, retries, breaker.

    currency: of all its amounts; "" where the price is unknown.
    """

    model_id: str
    currency: str

    @property
    def wait_s(self) -> float:
        """Seconds that callers have waited for limits, pauses and retries, added up."""
        ...

    async def answer(
        self, request: ModelRequest, *, ordinal: int, recorder: Recorder, purse: Purse, passed: int = 0
    ) -> Answer:
        """passed: models of an order that are not asked, counted from its first. Raises ModelError, BudgetExhausted or
        Stopped.
        """
        ...

    def next_for(self, answer: Answer, reason: MoveOn) -> int | None:
        """`passed` for asking the next model after an answer that is not good enough; None: there is none for this."""
        ...

    def worst_cost_nanos(self, request: ModelRequest, *, more_bytes: int = 0) -> int | None:
        """Upper bound of one call: UTF-8 bytes as tokens, plus the maximum output. None: price unknown.

        more_bytes: what the prompt may still grow by, such as an earlier answer that it will carry.
        """
        ...

    def expected_cost_nanos(self, request: ModelRequest, *, output_tokens: float | None = None) -> int | None:
        """What one call will cost by an estimate of its tokens, for forecasts. None: price unknown.

        output_tokens: what is usually said; None: half of what may be said, until the answers tell.
        """
        ...

    def drain_token_sums(self) -> tuple[TokenSums, ...]:
        """What the vendor's counts have taught since the last time."""
        ...

    async def close(self) -> None: ...


class AskingStep(Protocol):
    """A step made ready that asks a model; without one its own sentences are filled. Pure: it asks nobody itself.

    values: the row's fields and what earlier steps gave. reads: the names that it may read.
    """

    @property
    def reads(self) -> frozenset[str]: ...

    def render(self, values: Mapping[str, Any], locale: Locale | None = None) -> ModelRequest:
        """The request for one product. Raises TemplateError if the row takes a template over a limit."""
        ...

    def read(self, answer: str) -> dict[str, Value]:
        """The slots out of a model's answer. Raises AnswerInvalid with what to mend."""
        ...

    def stencil(self, values: Mapping[str, Any], locale: Locale | None = None) -> dict[str, Value]:
        """Every slot without a model; None where nothing can be said."""
        ...

    def inputs_hash(self, values: Mapping[str, Any], locale: Locale | None = None, checks: Collection[str] = ()) -> str:
        """Of what was really used: the prompt as rendered, what is asked of the answer, the checks."""
        ...

    def hash_of(self, request: ModelRequest, locale: Locale | None = None, checks: Collection[str] = ()) -> str:
        """The `inputs_hash` of values that are rendered already."""
        ...

    def cacheable_bytes(self, locale: Locale | None = None) -> int:
        """How many bytes all prompts of a locale begin with."""
        ...

    def conditionals(self, locale: Locale | None = None) -> Sequence[tuple[Requirement | Rule, bool | None]]:
        """What has a condition, in order, and whether it holds in this locale; None: the row decides."""
        ...

    def explain(self, values: Mapping[str, Any], locale: Locale | None = None) -> tuple[ModelRequest, Sequence[bool]]:
        """What `render` gives, and which of the conditionals hold that the row decides, in their order."""
        ...


class DerivingStep(Protocol):
    """A step made ready that needs no model: what it gives follows from the row alone, so it is known before a run."""

    @property
    def reads(self) -> frozenset[str]: ...

    def derive(self, values: Mapping[str, Any], locale: Locale | None = None) -> Derived:
        """Pure, well under 0.1 ms. What cannot be derived is left out."""
        ...


class LookUpTable(Protocol):
    """A second table by key, such as facts about brands."""

    source: str  # as a person named it
    key: tuple[str, ...]  # the columns that the key is made of
    columns: tuple[str, ...]  # the columns that can be read

    def find(self, key: tuple[str, ...]) -> tuple[str, ...] | None:
        """The values of `columns` in the row with this key; None: there is no such row."""
        ...


class Check(Protocol):
    """Looks at the drafts of one product in one locale. Pure: no clock, network or disk.

    deep: True if it needs more than about 0.2 ms; deep checks run in a process pool, and their `fields` are the row's
    own alone, without what earlier steps said. One that has `templates = False` looks only at what a model made.
    """

    name: str
    deep: bool

    def __call__(
        self, drafts: Sequence[Draft], *, outputs: Mapping[str, OutputSpec], fields: Fields, locale: Locale | None
    ) -> Iterable[Finding | Receipt]: ...


class FileStore(Protocol):
    """Named blobs: a local folder or an S3 bucket. Names are relative, with `/`."""

    def put(self, name: str, data: bytes, *, create_only: bool = False) -> None:
        """Durable when it returns. create_only: raises StoreError if the name exists."""
        ...

    def upload(self, name: str, path: Path) -> None:
        """Put a file, of any size."""
        ...

    def get(self, name: str) -> bytes: ...

    def download(self, name: str, path: Path) -> None:
        """Get a file, of any size, to `path`."""
        ...

    def delete(self, name: str) -> None:
        """No error if it is not there."""
        ...

    def exists(self, name: str) -> bool: ...

    def names(self, folder: str) -> list[str]:
        """The names below a folder, sorted."""
        ...


StopWord = Literal["", "drain", "abort"]  # drain: finish the calls in flight; abort: send nothing more, write nothing


class Ledger(Protocol):
    """What an engine asks of the run's ledger. The driver implements it; calls come from one thread at a time."""

    def begin(self) -> Chunk | None:
        """The next open chunk, its attempt raised; None when there is no more."""
        ...

    def again(self, chunk: Chunk) -> Chunk:
        """The same chunk for another attempt, after the process that had it died."""
        ...

    def commit(self, done: ChunkDone) -> None:
        """One transaction for chunk, part, index rows and heads. Raises LeaseLost for a stale attempt."""
        ...


class Engine(Protocol):
    """Runs chunks somewhere and hands back commits. It distributes; the ledger remembers."""

    def run(self, ledger: Ledger, *, progress: Callable[[Tally], None], stop: Callable[[], StopWord]) -> None:
        """Return when all chunks are committed or a stop was asked and drained.

        Raises BudgetExhausted, AccountProblem or StoreError after what was received has been committed.
        """
        ...
