"""Vendors as data, and the route from a model's name to a vendor, an address and a key.

The data stands in `providers.yaml`, whose head explains every field.
"""

from __future__ import annotations

import difflib
import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

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

STENCIL = "stencil"
REHEARSAL = "rehearsal"
CUSTOM = "custom"
REHEARSAL_URL = "GOODSMITH_REHEARSAL_URL"  # a rehearsal vendor that several processes share


class Secret:
    """A text that is printed as stars. source: where it came from, such as `env:OPENAI_API_KEY`."""

    __slots__ = ("_value", "source")

    def __init__(self, value: str, *, source: str = "given") -> None:
        self._value = value
        self.source = source

    def reveal(self) -> str:
        return self._value

    def hide(self, text: str) -> str:
        """`text` with stars in place of the secret, for words of others that may quote it."""
        return text.replace(self._value, "********") if len(self._value) >= 4 else text

    def __repr__(self) -> str:
        return f"Secret('********', source={self.source!r})"

    def __str__(self) -> str:
        return "********"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRow:
    """One row of an error table. All conditions that are given must hold."""

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
class Provider:
    """A vendor, with the rules for one model applied."""

    id: str
    names: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    evidence: str = "memory"
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
    image_tokens: int = 16_384  # the most that one picture of a prompt can count
    cache_marks_from: int | None = (
        None  # tokens of the shortest prefix that it stores if asked to; None: takes no marks
    )
    errors: tuple[ErrorRow, ...] = ()
    note: str = ""

    @property
    def name(self) -> str:
        return self.names[0]

    def marks_prefix_from(self, system: str) -> bool:
        """Whether it is worth asking the vendor to store this prefix. Below its least length it stores nothing."""
        return self.cache_marks_from is not None and len(system.encode("utf-8", "replace")) >= 2 * self.cache_marks_from

    @property
    def name_zh(self) -> str:
        return next((name for name in self.names if any("一" <= letter <= "鿿" for letter in name)), self.names[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRoute:
    """The way to a model."""

    provider: str  # as the user named it, normalised
    model: str  # as the user named it
    vendor: Provider
    base_url: str  # without a slash at the end; "" for stencil, and for the rehearsal vendor that is to be started
    key: Secret | None = None
    send_as: str = ""  # the vendor's own name of the model

    @property
    def model_id(self) -> str:
        return f"{self.provider}:{self.model}" if self.model else self.provider

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc.rpartition("@")[2]


def resolve_model(
    name: str,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> ModelRoute:
    """The route to `provider/model` or `provider:model`; `stencil` alone asks no model.

    base_url: another address that speaks OpenAI chat; a name without a known provider is then a model of that server.
    api_key: the key, or where it is: `env:NAME`, `file:PATH`. Without one, the provider's own environment variables.
    Raises UnknownName with the near names, and UsageError where the key or the address is missing.
    """
    environment = os.environ if environment is None else environment
    provider_id, model = _split(name.strip(), base_url)
    named = _known()[provider_id]
    if named.protocol == "none":
        if model:
            raise UsageError(f"{STENCIL} takes no model name: write -m {STENCIL}", zh=f"{STENCIL} 不带模型名")
        return ModelRoute(provider=STENCIL, model="", vendor=named, base_url="")
    if not model:
        raise UsageError(
            f"{name!r} names no model; write {provider_id}/MODEL, such as {provider_id}/{_sample(provider_id)}",
            zh=f"{name!r} 缺少模型名;请写成 {provider_id}/模型名",
        )
    if provider_id == REHEARSAL:
        base_url = environment.get(REHEARSAL_URL) or None if base_url is None else base_url
        named = _rehearsed(named, model)
    if base_url is not None:
        named = _at(named, _checked(base_url))
    vendor, send_as = _with_rules(named, model)
    if not vendor.base_url and provider_id != REHEARSAL:
        raise UsageError(
            f"{provider_id} needs an address: add --base-url, such as {_sample_url(provider_id)}",
            zh=f"{provider_id} 需要地址:请加 --base-url,例如 {_sample_url(provider_id)}",
        )
    url = vendor.base_url.rstrip("/")
    key = _key(vendor, api_key, environment, needed=base_url is None and not is_loopback(url))
    return ModelRoute(provider=provider_id, model=model, vendor=vendor, base_url=url, key=key, send_as=send_as or model)


def providers() -> Mapping[str, Provider]:
    """All vendors by id, without aliases."""
    return _load()[0]


def rows_for_all() -> tuple[ErrorRow, ...]:
    """The rows that hold for every vendor, after its own."""
    return _load()[1]


def is_loopback(url: str) -> bool:
    """Whether a server is on this machine: it needs no key and no proxy, and nobody sends a bill."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def reference() -> str:
    """The vendors as the table of `docs/reference/models.md`."""
    lines = ["| provider | also called | vendor | key | address | evidence |", "| --- | --- | --- | --- | --- | --- |"]
    for vendor in providers().values():
        if vendor.protocol == "none":
            continue
        keys = ", ".join(f"`{name}`" for name in vendor.key_env) or "none"
        keys += ", if the server wants one" if vendor.key_optional else ""
        address = vendor.base_url or ("started at need" if vendor.id == REHEARSAL else "`--base-url`")
        cells = (f"`{vendor.id}`", ", ".join(vendor.aliases), ", ".join(vendor.names), keys, address, vendor.evidence)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


# ---- names --------------------------------------------------------------------------------------------------------


def _split(name: str, base_url: str | None) -> tuple[str, str]:
    cut = min((place for place in (name.find("/"), name.find(":")) if place >= 0), default=len(name))
    prefix, model = name[:cut], name[cut + 1 :]
    known = _known().get(prefix.lower())
    if base_url is not None and prefix not in providers() and not (known and _lives_at(known, base_url)):
        return CUSTOM, name  # a server's own name for a model, such as Qwen/Qwen3-8B
    if known:
        return known.id, model
    if not model:
        raise UsageError(
            f"{name!r} does not say whose model it is: write PROVIDER/MODEL, such as openai/{name or 'gpt-5-nano'}, "
            "or add --base-url for a server of your own",
            zh=f"{name!r} 没有写明提供方:请写成 提供方/模型名,例如 openai/gpt-5-nano;自建服务请加 --base-url",
        )
    near = difflib.get_close_matches(prefix.lower(), _known(), cutoff=0.5)
    raise UnknownName("model provider", prefix, _known() if near else providers(), kind_zh="模型提供方")


def _lives_at(vendor: Provider, base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    own = (urlsplit(vendor.base_url).hostname, urlsplit(vendor.compatible_url).hostname, *vendor.hosts)
    return any(known and (host == known or host.endswith("." + known)) for known in own)


def _sample(provider_id: str) -> str:
    return {
        "openai": "gpt-5-nano",
        "deepseek": "deepseek-flash",
        "dashscope": "qwen-plus",
        "moonshot": "kimi-k2.6",
        "zhipu": "glm-5.3-flash",
        REHEARSAL: "smooth",
    }.get(provider_id, "name")


def _sample_url(provider_id: str) -> str:
    return "https://RESOURCE.openai.azure.com/openai/v1" if provider_id == "azure" else "http://127.0.0.1:8000/v1"


def _rehearsed(vendor: Provider, model: str) -> Provider:
    """The rehearsal vendor, in the manner of another one where `PROFILE@VENDOR` asks for it."""
    from goodsmith.models.rehearsal.manners import manner  # noqa: PLC0415 (subprocess and more come with it)
    from goodsmith.models.rehearsal.profiles import profile  # noqa: PLC0415

    name, at, wanted = model.partition("@")
    profile(name)  # both raise for a name that nobody knows
    if not at:
        return vendor
    manner(wanted)
    acted = providers()[wanted]
    return replace(
        acted,
        id=vendor.id,
        names=(f"{vendor.name} as {acted.name}", f"{vendor.name_zh}(扮演 {acted.name_zh})"),
        base_url="",
        compatible_url="",
        key_env=(),
        key_optional=True,
        in_flight=None,
    )


# ---- addresses and keys -------------------------------------------------------------------------------------------


def _checked(base_url: str) -> str:
    parts = urlsplit(base_url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"the base URL {base_url!r} is none; it looks like https://host/v1",
            zh=f"base URL {base_url!r} 无效;应类似 https://host/v1",
        )
    if parts.query or parts.fragment:
        raise UsageError(
            f"the base URL {base_url!r} must end with its path: without ? and #",
            zh=f"base URL {base_url!r} 不能带 ? 或 #",
        )
    if parts.username or parts.password:
        raise UsageError(
            "the base URL must not hold a user or password: it is stored with the run; give the key by environment",
            zh="base URL 不能含用户名或密码(它会随任务保存);请用环境变量提供密钥",
        )
    address = base_url.strip().rstrip("/").removesuffix("/chat/completions")
    return address.removesuffix("/messages").removesuffix("/models")


def _at(named: Provider, base_url: str) -> Provider:
    """The vendor that answers at an address: who it is decides what it can and what its errors mean."""
    compatible = named.compatible_url and base_url == named.compatible_url
    if compatible:
        general = providers()[CUSTOM]
        return replace(
            named,
            base_url=base_url,
            protocol=general.protocol,
            **{name: getattr(general, name) for name in _WAYS},
        )
    if _lives_at(named, base_url) or named.id == REHEARSAL:
        return replace(named, base_url=base_url)
    # The name says which protocol is spoken there: `anthropic/…` at DeepSeek's address is DeepSeek in Claude's words.
    general = providers()[_GENERAL[named.protocol]]
    for vendor in providers().values():
        if not is_loopback(base_url) and _lives_at(vendor, base_url):
            found = replace(vendor, base_url=base_url, key_env=(*vendor.key_env, *named.key_env))
            if vendor.protocol == named.protocol:
                return found
            ways = {name: getattr(general, name) for name in _WAYS}
            return replace(found, protocol=named.protocol, **ways)
    # Some server of the user's: what the named vendor can is not known of it, its errors are read the general way.
    own_keys = (*named.key_env, *general.key_env)
    local = named.base_url and is_loopback(named.base_url)
    return replace(named if local else general, base_url=base_url, key_env=own_keys, key_optional=True)


_GENERAL = {"openai_chat": CUSTOM, "anthropic_messages": "custom-messages", "gemini": "custom-gemini"}
_WAYS = (
    "key_header",
    "headers",
    "answers",
    "strict_schema",
    "max_tokens_field",
    "extra_body",
    "drop",
    "cache_marks_from",
)


def _key(vendor: Provider, given: str | None, environment: Mapping[str, str], *, needed: bool) -> Secret | None:
    if given is not None:
        return read_key(given.strip(), environment)
    for name in vendor.key_env:
        if value := environment.get(name, "").strip():
            return Secret(value, source=f"env:{name}")
    if needed and vendor.key_env and not vendor.key_optional:
        first = vendor.key_env[0]
        raise UsageError(
            f"{vendor.id} needs a key: set the environment variable {first}",
            zh=f"{vendor.id} 需要密钥:请设置环境变量 {first}",
        )
    return None


def read_key(given: str, environment: Mapping[str, str]) -> Secret:
    """The key itself, or the one that a reference leads to: `env:NAME`, `file:PATH`. Raises UsageError."""
    kind, _, rest = given.partition(":")
    if kind == "env":
        if value := environment.get(rest, "").strip():
            return Secret(value, source=given)
        raise UsageError(f"the environment variable {rest} is not set", zh=f"环境变量 {rest} 未设置")
    if kind == "file":
        try:
            value = Path(rest).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"the key file {rest} cannot be read: {error}", zh=f"无法读取密钥文件 {rest}") from error
        if value:
            return Secret(value, source=given)
        raise UsageError(f"the key file {rest} is empty", zh=f"密钥文件 {rest} 是空的")
    if not given:
        raise UsageError("the key is empty", zh="密钥为空")
    return Secret(given)


# ---- the file -----------------------------------------------------------------------------------------------------


def _with_rules(vendor: Provider, model: str) -> tuple[Provider, str]:
    for rule in _load()[2].get(vendor.id, ()):
        if fnmatchcase(model.lower(), rule["match"].lower()):
            changes = {name: rule[name] for name in _RULE_FIELDS if name in rule}
            if "drop" in changes:
                changes["drop"] = frozenset(changes["drop"])
            at_home = vendor.base_url == providers()[vendor.id].base_url
            if not at_home:
                changes.pop("base_url", None)
            return replace(vendor, **changes), rule.get("send_as", "")
    return vendor, ""


_RULE_FIELDS = (
    "base_url",
    "answers",
    "strict_schema",
    "max_tokens_field",
    "extra_body",
    "drop",
    "in_flight",
    "evidence",
    "headers",
    "image_tokens",
    "cache_marks_from",
)
_TUPLES = ("names", "aliases", "hosts", "key_env")

_Loaded = tuple[Mapping[str, Provider], tuple[ErrorRow, ...], Mapping[str, tuple[Mapping[str, Any], ...]]]


@functools.cache
def _load() -> _Loaded:
    from ruamel.yaml import YAML  # noqa: PLC0415 (20 ms that `import goodsmith` need not pay)

    text = resources.files(__package__).joinpath("providers.yaml").read_text(encoding="utf-8")
    data = YAML(typ="safe", pure=True).load(text)
    found: dict[str, Provider] = {}
    rules: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for provider_id, written in data["providers"].items():
        entry = {**data["providers"][written["like"]], **written} if "like" in written else dict(written)
        entry.pop("like", None)
        rules[provider_id] = tuple(entry.pop("models", ()))
        for name in _TUPLES:
            entry[name] = tuple(entry.get(name, ()))
        if "like" in written:
            entry["aliases"] = tuple(written.get("aliases", ()))
        entry["errors"] = tuple(_row(row) for row in entry.get("errors", ()))
        entry["drop"] = frozenset(entry.get("drop", ()))
        found[provider_id] = Provider(id=provider_id, **entry)
    return found, tuple(_row(row) for row in data["anywhere"]), rules


@functools.cache
def _known() -> Mapping[str, Provider]:
    vendors = providers()
    return {**{alias: vendor for vendor in vendors.values() for alias in vendor.aliases}, **vendors}


def _row(written: Mapping[str, Any]) -> ErrorRow:
    row = dict(written)
    return ErrorRow(
        statuses=tuple(_statuses(status) for status in _many(row.pop("status", ()))),
        codes=tuple(str(code).lower() for code in _many(row.pop("code", ()))),
        texts=tuple(str(text).lower() for text in _many(row.pop("text", ()))),
        finishes=tuple(_many(row.pop("finish", ()))),
        **row,
    )


def _many(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _statuses(written: int | str) -> range:
    """`429` or `5xx`."""
    if isinstance(written, int):
        return range(written, written + 1)
    return range(int(written[0]) * 100, int(written[0]) * 100 + 100)


if __name__ == "__main__":
    print(reference())
