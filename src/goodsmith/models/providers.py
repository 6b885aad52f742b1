"""Vendors as data: how each is reached, what it can, what its errors mean, and how sure anybody is of that.

The data stands in `providers.yaml`, whose head explains every field. A file of the user's own goes before it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal, get_args

from goodsmith.base.yaml_files import YamlFile, read_yaml
from goodsmith.errors import UnknownName, UsageError

Rung = Literal["json_schema", "json_object", "tool", "text"]
RUNGS: tuple[Rung, ...] = get_args(Rung)
Meaning = Literal[
    "rate_limited",
    "overloaded",
    "timed_out",
    "truncated",
    "content_refused",
    "context_overflow",
    "bad_request",
    "schema_refused",
    "parameter_refused",
    "account",
    "not_understood",
]
Side = Literal["input", "output", "message"]
About = Literal["key", "credit", "permission", "model", "address", "region", "clock"]
Evidence = Literal["tried", "doc", "package", "secondary", "memory"]
Protocol = Literal["openai_chat", "anthropic_messages", "gemini", "none"]

STENCIL = "stencil"
REHEARSAL = "rehearsal"
CUSTOM = "custom"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRow:
    """One row of an error table. All conditions that are given must hold. note: English and Chinese."""

    means: Meaning
    statuses: tuple[range, ...] = ()
    codes: tuple[str, ...] = ()  # lower case; * and ? allowed
    texts: tuple[str, ...] = ()  # lower case
    finishes: tuple[str, ...] = ()
    side: Side = "input"
    about: About = "permission"
    note: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownModel:
    """A model that a vendor sells. use: what it is good for here, such as bulk or quality; context in tokens."""

    id: str
    use: str = ""
    context: int | None = None
    images: bool = False  # takes pictures in the prompt
    evidence: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A vendor, with the rules for one model applied."""

    id: str
    names: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    evidence: str = "memory"
    sources: tuple[str, ...] = ()  # where the facts were read
    read_on: str = ""  # the day when they were read
    protocol: str = "openai_chat"
    base_url: str = ""
    compatible_url: str = ""  # an OpenAI chat address of a vendor with a protocol of its own
    headers: Mapping[str, str] = field(default_factory=dict)  # that its protocol wants beside the key
    hosts: tuple[str, ...] = ()
    key_env: tuple[str, ...] = ()
    key_optional: bool = False
    key_header: str = "authorization"
    answers: Rung = "json_schema"
    strict_schema: bool = False
    max_tokens_field: str = "max_tokens"
    extra_body: Mapping[str, Any] = field(default_factory=dict)  # mostly the switch that turns thinking off
    drop: frozenset[str] = frozenset()  # parameters that must not be sent
    ends_with_done: bool = False  # its streams end with [DONE] and may lack a finish reason
    in_flight: int | None = None  # requests in flight that an ordinary account has
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    image_tokens: int = 16_384  # the most that one picture of a prompt can count
    prefix_cache_from: int | None = None  # tokens of the shortest prefix that its cache takes; None: not known
    cache_marks: bool = False  # it stores prefixes only where they are marked
    known: tuple[KnownModel, ...] = ()
    retired: Mapping[str, str] = field(default_factory=dict)  # what people still write -> `provider/model` of today
    errors: tuple[ErrorRow, ...] = ()
    note: str = ""

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def name_zh(self) -> str:
        return next((name for name in self.names if any("一" <= letter <= "鿿" for letter in name)), self.names[0])

    @property
    def verified(self) -> bool:
        """Whether anybody here has called it."""
        return self.evidence == "tried"

    def marks_prefix(self, system: str) -> bool:
        """Whether to ask the vendor to store a prefix; one that is surely too short is sent without the mark."""
        least = self.prefix_cache_from or 0
        return self.cache_marks and len(system.encode("utf-8", "replace")) >= 2 * least


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendors:
    """All that is known. anywhere: the error rows that hold for every vendor, after its own."""

    providers: Mapping[str, Provider]
    anywhere: tuple[ErrorRow, ...]
    rules: Mapping[str, tuple[Mapping[str, Any], ...]]  # provider -> rules for model names
    old_names: Mapping[str, str]  # names that people write without a provider -> `provider/model` of today
    called: Mapping[str, str]  # id, alias or name in lower case -> id

    def find(self, name: str) -> Provider:
        """The vendor of an id, an alias or one of its names. Raises UnknownName with the near ones."""
        known = self.called.get(name.lower())
        if known is None:
            raise UnknownName("model provider", name, self.called, kind_zh="模型提供方")
        return self.providers[known]

    def for_model(self, vendor: Provider, model: str) -> tuple[Provider, str]:
        """The vendor with the rules for one of its models applied, and the name to send ("": the model's own)."""
        home = self.providers.get(vendor.id)
        for rule in self.rules.get(vendor.id, ()):
            if fnmatchcase(model.lower(), rule["match"].lower()):
                changes = {name: value for name, value in rule.items() if name in _OF_A_MODEL}
                if "drop" in changes:
                    changes["drop"] = frozenset(changes["drop"])
                if home is None or vendor.base_url != home.base_url:
                    changes.pop("base_url", None)
                return replace(vendor, **changes), rule.get("send_as", "")
        return vendor, ""


def vendors(own_file: str | Path | None = None) -> Vendors:
    """The vendors that ship, with what a file of the user's own says before them. Raises RecipeError with the line."""
    if own_file is None:
        return _shipped()
    path = Path(own_file)
    try:
        return _with_own(str(path), path.stat().st_mtime_ns)
    except OSError as error:
        raise UsageError(
            f"the file of model providers {path} cannot be read: {error.strerror}",
            zh=f"无法读取模型提供方文件 {path}:{error.strerror}",
        ) from error


def providers() -> Mapping[str, Provider]:
    """All vendors that ship, by id, without aliases."""
    return vendors().providers


def rows_for_all() -> tuple[ErrorRow, ...]:
    """The rows that hold for every vendor, after its own."""
    return vendors().anywhere


# ---- the files ----------------------------------------------------------------------------------------------------


@functools.cache
def _shipped() -> Vendors:
    text = resources.files(__package__).joinpath("providers.yaml").read_text(encoding="utf-8")
    return _vendors(read_yaml(text, _SCHEMA, file="providers.yaml"), None)


@functools.lru_cache(maxsize=4)
def _with_own(path: str, changed: int) -> Vendors:
    return _vendors(read_yaml(Path(path).read_text(encoding="utf-8-sig"), _SCHEMA, file=path), _shipped())


def _vendors(read: YamlFile, below: Vendors | None) -> Vendors:
    """What a file says, above what is known already."""
    found = dict(below.providers) if below else {}
    rules = dict(below.rules) if below else {}
    data = read.value
    if below is not None and "anywhere" in data:
        read.fail("write the rows under a provider", "请把这些行写在某个提供方之下", "anywhere")
    for provider_id, written in data["providers"].items():
        entry = dict(written)
        like = entry.pop("like", None)
        if like is not None and like not in found:
            problem = UnknownName("model provider", like, found, kind_zh="模型提供方")
            read.fail(problem.en, problem.say("zh"), "providers", provider_id, "like")
        base = found.get(provider_id)
        if like is not None:
            base = replace(found[like], id=provider_id, aliases=(), note="")
        elif base is None:
            base = Provider(id=provider_id, names=(provider_id,), evidence="doc")
        rules[provider_id] = (*entry.pop("models", ()), *rules.get(like or provider_id, ()))
        found[provider_id] = _provider(base, entry, provider_id)
    called: dict[str, str] = {}
    for vendor in found.values():
        for name in vendor.names:
            called.setdefault(name.lower(), vendor.id)
    called |= {alias: vendor.id for vendor in found.values() for alias in vendor.aliases}
    called |= {provider_id: provider_id for provider_id in found}
    return Vendors(
        providers=found,
        anywhere=tuple(map(_row, data.get("anywhere", ()))) + (below.anywhere if below else ()),
        rules=rules,
        old_names={**(below.old_names if below else {}), **_lower(data.get("old_names", {}))},
        called=called,
    )


def _provider(base: Provider, entry: dict[str, Any], provider_id: str) -> Provider:
    if "errors" in entry:
        entry["errors"] = tuple(map(_row, entry["errors"])) + base.errors
    if "known" in entry:
        entry["known"] = tuple(KnownModel(**model) for model in entry["known"])
    if "retired" in entry:
        entry["retired"] = {**base.retired, **_lower(entry["retired"])}
    if "drop" in entry:
        entry["drop"] = frozenset(entry["drop"])
    for name in ("names", "aliases", "hosts", "key_env", "sources"):
        if name in entry:
            entry[name] = tuple(entry[name])
    return replace(base, **entry)


def _lower(names: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): today for name, today in names.items()}


def _row(written: Mapping[str, Any]) -> ErrorRow:
    row = dict(written)
    return ErrorRow(
        statuses=tuple(_statuses(status) for status in _many(row.pop("status", ()))),
        codes=tuple(str(code).lower() for code in _many(row.pop("code", ()))),
        texts=tuple(str(text).lower() for text in _many(row.pop("text", ()))),
        finishes=tuple(_many(row.pop("finish", ()))),
        **row,
    )


def _many(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else (value,)


def _statuses(written: str) -> range:
    """`429` or `5xx`."""
    if written.isdecimal():
        return range(int(written), int(written) + 1)
    return range(int(written[0]) * 100, int(written[0]) * 100 + 100)


# ---- what a file may hold -----------------------------------------------------------------------------------------

_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_COUNT: Final = {"type": "integer", "minimum": 1}
_URL: Final = {"type": "string", "pattern": r"^($|https?://)", "x-expected": "an address: https://…"}
_STATUS: Final = {"type": "string", "pattern": "^[1-5]([0-9]{2}|xx)$", "x-expected": "an HTTP status: 429 or 5xx"}
_CHOICE: Final = {"evidence": Evidence, "answers": Rung, "means": Meaning, "side": Side, "about": About}


def _one_of(name: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(get_args(_CHOICE[name]))}


def _one_or_more(kind: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [kind, {"type": "array", "items": kind}]}


_ROW: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["means"],
    "properties": {
        "status": _one_or_more(_STATUS),
        "code": _one_or_more(_TEXT),
        "text": _TEXTS,
        "finish": _one_or_more(_TEXT),
        "means": _one_of("means"),
        "side": _one_of("side"),
        "about": _one_of("about"),
        "note": _TEXT,
        "evidence": _one_of("evidence"),
    },
}
_FOR_MODELS: Final = {
    "base_url": _URL,
    "headers": {"type": "object", "additionalProperties": _TEXT},
    "answers": _one_of("answers"),
    "strict_schema": {"type": "boolean"},
    "max_tokens_field": _TEXT,
    "extra_body": {"type": "object"},
    "drop": _TEXTS,
    "in_flight": _COUNT,
    "requests_per_minute": _COUNT,
    "tokens_per_minute": _COUNT,
    "image_tokens": _COUNT,
    "prefix_cache_from": _COUNT,
    "cache_marks": {"type": "boolean"},
    "evidence": _one_of("evidence"),
}
_OF_A_MODEL: Final = frozenset(_FOR_MODELS) & {one.name for one in fields(Provider)}
_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["providers"],
    "properties": {
        "read_on": _TEXT,
        "old_names": {"type": "object", "additionalProperties": _TEXT},
        "anywhere": {"type": "array", "items": _ROW},
        "providers": {
            "type": "object",
            "propertyNames": {"pattern": "^[a-z0-9][a-z0-9_.-]*$", "x-expected": "lower case: letters, digits, - . _"},
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    **_FOR_MODELS,
                    "like": _TEXT,
                    "names": {"type": "array", "items": _TEXT, "minItems": 1},
                    "aliases": _TEXTS,
                    "sources": _TEXTS,
                    "read_on": _TEXT,
                    "protocol": {"type": "string", "enum": list(get_args(Protocol))},
                    "compatible_url": _URL,
                    "hosts": _TEXTS,
                    "key_env": _TEXTS,
                    "key_optional": {"type": "boolean"},
                    "key_header": _TEXT,
                    "ends_with_done": {"type": "boolean"},
                    "retired": {"type": "object", "additionalProperties": _TEXT},
                    "errors": {"type": "array", "items": _ROW},
                    "note": _TEXT,
                    "known": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["id"],
                            "properties": {
                                "id": _TEXT,
                                "use": _TEXT,
                                "context": _COUNT,
                                "images": {"type": "boolean"},
                                "evidence": _one_of("evidence"),
                                "note": _TEXT,
                            },
                        },
                    },
                    "models": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["match"],
                            "properties": {**_FOR_MODELS, "match": _TEXT, "send_as": _TEXT, "note": _TEXT},
                        },
                    },
                },
            },
        },
    },
}
