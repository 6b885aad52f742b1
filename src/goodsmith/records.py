"""The nouns: frozen records that travel between the parts. `docs/glossary.md` says what each word means.

Money is counted in nanos: 1 nano = 1e-9 of a currency unit, as int, so sums are exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

DEFAULT_PROJECT = "default"
SOURCE_LOCALE = "source"  # in a recipe's locales: the language that the catalog is written in
NANOS = 1_000_000_000  # nanos in one currency unit

Fields = Mapping[str, str]  # field name -> text as written in the source; a missing field is absent or ""
Value = str | tuple[str, ...] | float | int | bool | None  # what a slot of a draft can hold
LengthUnit = Literal["characters", "utf8_bytes", "half_width"]


# ---- where products come from -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a catalog. Names are unique within a table; `index` is its 0-based place."""

    name: str
    index: int
    hidden: bool = False
    written: str = ""  # the header as the source has it, where that differs from `name`


@dataclass(frozen=True, slots=True, kw_only=True)
class TableInfo:
    """What a reader knows of a table before its rows are read."""

    source: str  # path or URL without secrets
    format: str  # xlsx, csv, tsv, parquet, jsonl, sql, frame
    columns: tuple[Column, ...]
    rows: int | None = None  # None: not known without reading all
    sheet: str | None = None
    header_row: int | None = None  # 1-based, as a spreadsheet shows it: the last row of names; 0: there are none
    header_first: int | None = None  # the first row of names, where several name the columns
    turned: bool = False  # rows and columns were exchanged: products stand beside each other in the source
    encoding: str | None = None
    separator: str | None = None
    warnings: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something a person should know, with its place. `code` is stable and machine-readable."""

    code: str
    en: str
    zh: str = ""
    row: int | None = None  # 1-based row in the source
    column: str | None = None
    count: int = 1

    def say(self, language: str) -> str:
        return self.zh if self.zh and language.startswith("zh") else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """Which column is which recipe field.

    fields: recipe field -> column name. how: recipe field -> `given`, `remembered`, `exact`, `alias`, `near`.
    """

    key: str | None  # the column that identifies a product; None: the row number does
    fields: Mapping[str, str]
    how: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()  # required fields without a column


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One row of a run's snapshot.

    ordinal is its identity within the run: 0-based position in the snapshot; two rows may share a key.
    """

    ordinal: int
    key: str
    fields: Fields  # columns by their own names and mapped fields by recipe names
    source_row: int = 0  # 0-based position among the data rows of the source
    family: str = ""
    shared: Fields | None = None  # what all variants of its family say, under the same names; None: no family is known


# ---- recipes ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """A field that a recipe reads."""

    name: str
    required: bool = False
    aliases: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSpec:
    """One slot that a step fills, with its limits. min/max count `unit`s of the text; for lists, of each item."""

    slot: str
    type: Literal["text", "list", "number", "integer", "boolean", "choice"] = "text"
    unit: LengthUnit = "characters"
    min: int | None = None
    max: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    choices: tuple[str, ...] = ()
    required: bool = True
    about: str = ""
    language: Literal["locale", "any"] = "locale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One line of the requirements part; `when` is a Liquid condition, empty: always."""

    say: str
    when: str = ""
    line: int | None = None  # in the recipe file


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Adds to, replaces or drops a part of the prompt where a condition holds."""

    when: str
    part: Literal["instruction", "input", "requirements"]
    action: Literal["add", "replace", "drop"]
    text: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A worked example shown to the model: the input part as text and the answer by slot."""

    input: str
    output: Mapping[str, Any]
    language: str = ""  # shown where this language is written; "": everywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One stage of a recipe, of any kind. Each kind has a record of its own.

    outputs: the slots that it fills. lines: part -> line in the file, for errors.
    per_locale: False if the step reads neither `locale` nor what a per-locale step fills: done once for all locales.
    """

    name: str
    outputs: tuple[OutputSpec, ...] = ()
    per_locale: bool = True
    needs: tuple[str, ...] = ()  # names of the earlier steps that it reads
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def fills(self) -> tuple[str, ...]:
        """The names that later steps can read."""
        return tuple(output.slot for output in self.outputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskStep(Step):
    """A question to a model. Templates are Liquid source.

    stencil: slot -> template text, or for list slots a tuple of template texts (empty ones are left out).
    """

    instruction: str
    input: str
    level: Literal["family", "variant"] = "variant"  # family: asked once for a style, from what all its variants say
    requirements: tuple[Requirement, ...] = ()
    rules: tuple[Rule, ...] = ()
    stencil: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    stencil_locales: Mapping[str, Mapping[str, str | tuple[str, ...]]] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    temperature: float | None = None
    max_output_tokens: int | None = None  # None: derived from the outputs' limits


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpStep(Step):
    """Fields from a second table, by key. A field that the row fills itself stays as it is.

    key: column of the table ("": the one that is named like the field) -> Liquid expression over the row.
    fields: name that templates read -> column of the table.
    """

    table: str  # a file, seen from the recipe's folder, or a database URL
    key: Mapping[str, str]
    fields: Mapping[str, str]
    sheet: str | None = None
    required: bool = False  # a row whose key is not in the table needs a person

    @property
    def fills(self) -> tuple[str, ...]:
        return tuple(self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """One thing that must hold for what a recipe makes of a test's row. types: see `recipe/assertions.py`."""

    type: str  # with `not-` in front: must not hold
    slot: str = ""  # "": all slots
    value: Any = None
    unit: LengthUnit = "characters"
    only: Literal["", "stencil", "model"] = ""  # holds for this maker only
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeTest:
    """A row of a recipe's own, and what must hold for the copy made of it."""

    name: str
    row: Fields
    assertions: tuple[Assertion, ...]
    locale: str = ""  # "": the recipe reads none
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What to make. Immutable: `version` is the hash of its normalised content."""

    name: str
    version: str  # 12 hex digits
    about: str = ""
    fields: tuple[FieldSpec, ...] = ()
    steps: tuple[Step, ...] = ()
    checks: tuple[str, ...] = ()
    locales: tuple[str, ...] = ()  # default locales
    tests: tuple[RecipeTest, ...] = ()
    models: tuple[ModelChoice, ...] = ()  # asked in this order where the run names none
    keywords: tuple[str, ...] = ()  # words by which a person asks for it
    path: str = ""  # file it was read from
    text: str = ""  # the YAML as read, so that a run carries its recipe

    @property
    def outputs(self) -> tuple[OutputSpec, ...]:
        return tuple(output for step in self.steps for output in step.outputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale:
    """A language and region as templates see it: `{{ locale.language }}`, `{{ locale.tag }}`."""

    tag: str  # zh-CN
    code: str  # zh
    region: str  # CN, or "" if none was given
    language: str  # English name: Chinese (China)
    own_name: str  # 中文 (中国)


# ---- what a category asks for -------------------------------------------------------------------------------------

Names = Mapping[str, str]  # language code (`en`, `zh`) -> name
Need = Literal["required", "recommended", "optional"]
AttributeType = Literal["text", "choice", "number", "quantity", "boolean", "date"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedValue:
    """One value that an attribute may take. id is what a platform stores; it is unique within its attribute."""

    id: str
    names: Names = field(default_factory=dict)
    synonyms: tuple[str, ...] = ()  # in any language
    place: str = field(default="", compare=False)  # where it was read: file and line, or sheet and cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute that a category asks for.

    type: `quantity` is a number with `unit`; `choice` takes one of `values`, or with `open` another text too.
    level: `family` is the same for all variants of a style, `variant` may differ.
    stated_only: taken only where a source states it: never from siblings, likeness or what similar products have.
    when: a Liquid condition over attribute ids; where it is false the attribute is not applicable.
    inherited: the id of the category that declared it, set where a category's attributes are listed.
    """

    id: str
    names: Names = field(default_factory=dict)
    synonyms: tuple[str, ...] = ()
    need: Need = "optional"
    type: AttributeType = "text"
    values: tuple[AllowedValue, ...] = ()
    open: bool = False
    unit: str = ""  # canonical, such as cm; values are converted to it
    units: tuple[str, ...] = ()  # that may be written instead; empty: only `unit`
    multiple: bool = False
    max_values: int | None = None
    level: Literal["family", "variant"] = "family"
    stated_only: bool = False
    when: str = ""
    min: float | None = None  # of a number or quantity, in `unit`
    max: float | None = None
    min_length: int | None = None  # of a text, in `length_unit`
    max_length: int | None = None
    length_unit: LengthUnit = "characters"
    pattern: str = ""  # a regular expression that a text matches as a whole
    about: Names = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    inherited: str = field(default="", compare=False)
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A kind of product in a tree. `attributes` are its own; those of its ancestors come before them."""

    id: str
    names: Names = field(default_factory=dict)
    synonyms: tuple[str, ...] = ()
    parent: str = ""
    attributes: tuple[Attribute, ...] = ()
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CategorySchema:
    """A tree of categories and what each asks for. Immutable: `version` is the hash of its content."""

    name: str
    version: str = ""  # 12 hex digits
    about: Names = field(default_factory=dict)
    categories: tuple[Category, ...] = ()
    source: str = field(default="", compare=False)  # file it was read from


# ---- platform templates -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateColumn:
    """One column of a platform's template workbook, and the attribute that the platform asks for in it.

    attribute: its id is the technical name, else the heading; its values are those of the drop-down, with the ids as
    the workbook writes them. Where the drop-down depends on other columns they are all that can be there, and
    `choices_by` tells which for which. unread: why the drop-down is not known; a value cannot be compared with it.
    """

    index: int  # 0-based place in the sheet
    heading: str  # as people read it, without marks of need; unique within the template
    attribute: Attribute
    written: str = ""  # the heading as the sheet has it
    name: str = ""  # the platform's technical name
    group: str = ""
    conditional: bool = False  # required where another value makes it so; the attribute says recommended
    numeric: bool = False  # the workbook has a rule that its cells hold numbers
    decimals: int | None = None  # of a number, at most
    unit_column: int | None = None  # place of the column that takes the unit of its numbers
    depends_on: tuple[int, ...] = ()  # places of the columns whose values choose the drop-down
    choices_by: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)  # their values -> choices
    unread: Notice | None = None
    computed: bool = False  # the template has formulas of its own there


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateWorkbook:
    """A platform's own workbook, to be filled and uploaded. Rows are 1-based, as a spreadsheet shows them."""

    source: str  # path
    sha256: str  # of the file as read
    sheet: str  # the one to be filled
    label_row: int
    first_row: int  # of products
    columns: tuple[TemplateColumn, ...]
    name_row: int | None = None  # of the technical names
    last_row: int | None = None  # down to which the drop-downs reach; None: it has none
    language: str = ""  # of its labels, such as zh; "": not known
    platform: str = ""  # such as amazon, where the workbook says so
    version: str = ""  # as the workbook names it
    macros: bool = False
    filled: Mapping[int, Mapping[int, str]] = field(default_factory=dict)  # row -> place of a column -> its text
    notices: tuple[Notice, ...] = ()


# ---- asking models ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptImage:
    """A picture in a prompt: its bytes with their type, or an address that the vendor fetches by itself."""

    data: bytes = b""
    mime: str = ""  # image/jpeg, image/png, image/webp, image/gif; "" with an address of unknown type
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """One prompt. system is static for a step, user carries the row: so vendors' prefix caches work.

    images: before the user's text, in this order. language: that the answer is asked in, such as zh; only for counting.
    """

    system: str
    user: str
    schema: Mapping[str, Any] | None = None  # JSON Schema of the answer; None: free text
    schema_name: str = "answer"
    max_output_tokens: int = 1024
    temperature: float | None = None
    seed: int | None = None
    history: tuple[tuple[str, str], ...] = ()  # (role, content) after user, for repairs
    images: tuple[PromptImage, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens as the vendor counted them. input_tokens include those read from and written to the vendor's prefix cache;
    output_tokens include thinking ones.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    thinking_tokens: int = 0
    cache_write_tokens: int = 0


MoveOn = Literal["trouble", "refused", "too_long", "invalid", "finding", "unsure"]  # why a call goes to the next model


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """One model of a run's order. when: why a call comes to it from the one above.

    weight: neighbours with weights share the calls in these proportions. unsure: a Liquid condition over the fields and
    what this model said; where it holds, the answer is not sure enough. patience_s: how long a call waits here for the
    vendor's trouble to end; cooldown_s: how long nobody asks it afterwards. None: as usual.
    """

    model: str
    when: tuple[MoveOn, ...] = ("trouble", "refused", "too_long", "invalid")
    weight: int | None = None
    in_flight: int | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    patience_s: float | None = None
    cooldown_s: float | None = None
    unsure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteStep:
    """One model on the way of a call. outcome: `ok`, an error's code, or why its answer was not good enough."""

    model: str
    outcome: str
    retries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSums:
    """What a model's true token counts teach, as running sums over its prompts in one language; sums add up.

    products: of each pair of terms (`models/tokens.py`), with_tokens: of each term and the true count. estimated: what
    was believed of the same prompts before they were sent.
    """

    model: str
    language: str
    calls: int
    products: tuple[float, ...]
    with_tokens: tuple[float, ...]
    tokens: float
    estimated: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a model said, as received.

    usage None: the vendor sent none. cost_nanos None: the price is unknown; failed attempts that were billed are in it.
    from_cache: bought by another call (of another row or run). An answer recalled from this run's own journal is as it
    was bought, cost included, and is not charged again.
        route: the models that were tried, the answering one last; empty where the first one answered at once.
    rung: the place of the answering model in the order of the run's models.
    """

    text: str
    model: str
    finish_reason: str = "stop"
    usage: Usage | None = None
    cost_nanos: int | None = 0
    currency: str = ""
    latency_s: float = 0.0
    request_id: str = ""
    from_cache: bool = False
    retries: int = 0  # attempts that failed before this one
    route: tuple[RouteStep, ...] = ()
    rung: int = 0


# ---- results ------------------------------------------------------------------------------------------------------


class Severity(StrEnum):
    NOTE = "note"  # shown, never routes
    WARNING = "warning"  # brings a person in
    ERROR = "error"  # asks for one repair, then brings a person in
    BLOCK = "block"  # the value is withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check says about one slot of a draft. start/end: code points within the value, -1 if it is the whole."""

    rule: str  # such as length, language, empty, repetition, placeholder, echo
    severity: Severity
    slot: str
    en: str
    zh: str = ""
    locale: str = ""
    start: int = -1
    end: int = -1
    field: str = ""  # the source field it compares with

    def say(self, language: str) -> str:
        return self.zh if self.zh and language.startswith("zh") else self.en


class FactVerdict(StrEnum):
    """What a source says of a fact in a text."""

    SUPPORTED = "supported"
    CONVERTED = "converted"  # in another unit, or added up
    CONTRADICTED = "contradicted"  # the source says something else
    UNSUPPORTED = "unsupported"  # the source says nothing of it
    MISSING = "missing"  # of the source, and not in the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One fact of a draft and the source cell that it rests on.

    start/end: code points within the text (the item of a list, `item` counted from 1; 0 for a text slot). field: the
    cell; field_start/field_end: the place in it, -1 if it is the whole cell or there is none.
    """

    slot: str
    locale: str
    item: int = 0
    kind: str  # quantity, count, material, origin, claim, …
    start: int
    end: int
    verdict: FactVerdict
    field: str = ""
    field_start: int = -1
    field_end: int = -1
    risk: float = 0.0  # 0 to 1; of what no rule decides


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What checks say of the drafts of one product in one locale."""

    findings: tuple[Finding, ...] = ()
    receipts: tuple[Receipt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The value made for one slot of one product in one locale ("" for locale-free steps)."""

    slot: str
    locale: str
    value: Value
    maker: str  # `template`, or provider/model as the vendor names it


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """What a step gives that needs no model. maker: of its drafts, if it fills slots."""

    values: Mapping[str, Value]
    findings: tuple[Finding, ...] = ()
    maker: str = "template"


class RowStatus(StrEnum):
    DONE = "done"  # made, no open finding
    REVIEW = "review"  # made, a person must look
    BLOCKED = "blocked"  # a check withholds it, or could not run
    FAILED = "failed"  # not made; see error
    SKIPPED = "skipped"  # not tried: the budget ended or the run was cancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """Why a row failed."""

    code: str  # GoodsmithError.code
    message: str
    step: str = ""
    locale: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """All that a run made of one product."""

    ordinal: int
    key: str
    status: RowStatus
    drafts: tuple[Draft, ...] = ()
    findings: tuple[Finding, ...] = ()
    receipts: tuple[Receipt, ...] = ()  # of the facts in its drafts, where a check gives them
    error: RowError | None = None
    # locale -> hash of the fields, conditions and checks really used
    inputs_hashes: Mapping[str, str] = field(default_factory=dict)
    calls: int = 0  # answers bought
    cached_calls: int = 0  # answers that another row or run had bought
    retries: int = 0
    repairs: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_nanos: int | None = 0  # None: a price is unknown
    prefix_tokens: int = 0  # of the input tokens, those that the vendor's prefix cache served
    cached_input_tokens: int = 0  # of the answers that another had bought
    cached_output_tokens: int = 0
    latency_s: float = 0.0  # of the answers bought, added up
    category: str = ""
    source_row: int = 0
    family: str = ""
    route: str = ""  # which models were tried for what, where it was not the first one alone


# ---- decisions ----------------------------------------------------------------------------------------------------


class DecisionKind(StrEnum):
    APPROVE = "approve"  # it may leave as it is, also where a check found something
    EDIT = "edit"  # a person's own words, which no run replaces
    REJECT = "reject"  # it does not leave
    REOPEN = "reopen"  # what was decided before does not count
    REPORT = "report"  # a platform objects, the reason says to what: it waits for a person again, with its edits


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decided about one product in one locale.

    edits: column of the parts (`title`, `title@de-DE`) -> the new value; only with EDIT. version: of the index row that
    the person looked at, None: whatever it is. reason: in words, or the number that a shop gives its reasons.
    """

    ordinal: int
    locale: str
    kind: DecisionKind
    by: str
    reason: str = ""
    edits: Mapping[str, Value] = field(default_factory=dict)
    version: int | None = None
    at: float = 0.0  # Unix seconds; 0: now


# ---- runs ---------------------------------------------------------------------------------------------------------


class RunState(StrEnum):
    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"  # interrupted or paused; can be resumed
    BUDGET = "budget"  # stopped by the budget; can be resumed with more
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"  # cannot go on; `error` says why


class ChunkState(StrEnum):
    READY = "ready"
    RUNNING = "running"
    WAITING = "waiting"  # for a vendor's batch
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """An amount of money in one currency."""

    nanos: int
    currency: str  # ISO 4217: CNY, USD


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec:
    """Everything that decides what a run makes; stored as JSON with the run, immutable."""

    run_id: str
    project: str = DEFAULT_PROJECT
    catalog: str  # identity of the source: supplier or file name
    source: str  # path or URL as given
    recipe_text: str
    recipe_path: str
    recipe_version: str
    recipe_name: str
    model: str  # provider:name as given, `stencil` if none
    locales: tuple[str, ...]
    mapping: Mapping[str, str]  # recipe field -> column
    key_column: str | None
    category_column: str | None = None
    family_column: str | None = None
    priority_column: str | None = None
    columns: tuple[str, ...] = ()  # of the source, in order
    rows: int = 0  # selected
    currency: str = ""  # of the model's price; "" where nothing is paid or the price is unknown
    budget: Budget | None = None
    rates: tuple[str, ...] = ()  # stated by the user, such as USD/CNY=7.10
    base_url: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)  # temperature, seed, …
    source_info: Mapping[str, Any] = field(default_factory=dict)  # TableInfo as plain values
    source_sha256: str = ""  # of the file as read; "" where there is no file
    model_options: Mapping[str, Any] = field(default_factory=dict)  # key reference, price, limits; no secrets
    fallback_to_stencil: bool = False
    look_ups: Mapping[str, Any] = field(default_factory=dict)  # step -> source, rows and hash of its table
    selection: Mapping[str, Any] = field(default_factory=dict)  # where, sample, … as asked, for the record
    trial: bool = False  # a few rows to look at: they move no head, and `latest` does not mean this run


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """About 1,000 rows of a run: the unit of work and of commit."""

    number: int
    first: int  # first ordinal
    rows: int
    attempt: int = 0  # raised at each execution; part of journal and part names
    ordinals: tuple[int, ...] | None = None  # a retry: exactly these rows; None: `rows` rows from `first` on


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counters of a run or of a part of it; tallies add up."""

    rows: int = 0
    done: int = 0
    review: int = 0
    blocked: int = 0
    failed: int = 0
    skipped: int = 0
    calls: int = 0
    cached_calls: int = 0
    retries: int = 0
    repairs: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    prefix_tokens: int = 0  # of the input tokens, those that vendors' prefix caches served
    cost_nanos: int = 0
    cost_unknown_calls: int = 0  # calls whose price is unknown
    maybe_paid_twice: int = 0
    latency_s: float = 0.0  # of the answers bought, added up
    measured_tokens: int = 0  # of the prompts whose tokens were estimated and then counted by the vendor
    estimated_tokens: int = 0  # of the same prompts, before they were sent
    wait_s: float = 0.0  # worker-seconds spent waiting for limits
    work_s: float = 0.0  # worker-seconds in all
    failures: Mapping[str, int] = field(default_factory=dict)  # error code -> rows
    findings: Mapping[str, int] = field(default_factory=dict)  # rule -> findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A committed Parquet file of results, sorted by ordinal."""

    path: str  # relative to the run's folder
    first: int  # lowest ordinal
    rows: int
    bytes: int = 0
    last: int = -1  # highest ordinal; -1: first + rows - 1
    generation: int = 0  # 0: every row of its range; n: rows tried again, which take the place of lower generations


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkDone:
    """What an engine hands back for a chunk.

    index: columns of the narrow review rows. heads: columns of the heads to move. final False: the run stopped inside
    the chunk; its missing rows are in the part as skipped and are made when the run goes on. token_sums: what was
    learnt meanwhile, of whatever chunk.
    """

    chunk: Chunk
    part: Part
    tally: Tally
    index: Mapping[str, Sequence[Any]]
    heads: Mapping[str, Sequence[Any]]
    final: bool
    token_sums: tuple[TokenSums, ...] = ()
