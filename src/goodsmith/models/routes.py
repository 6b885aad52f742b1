"""The way from a model's name to a vendor, an address and a key; and from an old name to today's model."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

from goodsmith.errors import UnknownName, UsageError
from goodsmith.models.providers import CUSTOM, REHEARSAL, STENCIL, Provider, Vendors, vendors
from goodsmith.models.secrets import Secret, read_key, usable
from goodsmith.records import Notice

REHEARSAL_URL = "GOODSMITH_REHEARSAL_URL"  # a rehearsal vendor that several processes share


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
    providers_file: str | Path | None = None,
) -> ModelRoute:
    """The route to `provider/model` or `provider:model`; `stencil` alone asks no model.

    base_url: another address that speaks the provider's protocol; a name without a known provider is then a model of
    that server, which speaks OpenAI chat. Without an address an old name leads to today's model.
    api_key: the key, or where it is: `env:NAME`, `file:PATH`, `keyring:SERVICE/USER`. Without one, the provider's own
    environment variables. providers_file: vendors of the user's own, see `vendors`.
    Raises UnknownName with the near names, and UsageError where the key or the address is missing.
    """
    environment = os.environ if environment is None else environment
    known = vendors(providers_file)
    if base_url is None:
        name = _todays(name.strip(), known) or name
    provider_id, model = _split(name.strip(), base_url, known)
    named = known.providers[provider_id]
    if named.protocol == "none":
        if model:
            raise UsageError(f"{STENCIL} takes no model name: write -m {STENCIL}", zh=f"{STENCIL} 不带模型名")
        return ModelRoute(provider=STENCIL, model="", vendor=named, base_url="")
    if not model:
        raise UsageError(
            f"{name!r} names no model; write {provider_id}/MODEL, such as {provider_id}/{_sample(named)}",
            zh=f"{name!r} 缺少模型名;请写成 {provider_id}/模型名,例如 {provider_id}/{_sample(named)}",
        )
    if provider_id == REHEARSAL:
        base_url = environment.get(REHEARSAL_URL) or None if base_url is None else base_url
        named = _rehearsed(named, model, known)
    if base_url is not None:
        named = _at(named, _checked(base_url), known)
    vendor, send_as = known.for_model(named, model)
    if not vendor.base_url and provider_id != REHEARSAL:
        raise UsageError(
            f"{provider_id} needs an address: add --base-url, such as {_sample_url(provider_id)}",
            zh=f"{provider_id} 需要地址:请加 --base-url,例如 {_sample_url(provider_id)}",
        )
    url = vendor.base_url.rstrip("/")
    key = _key(vendor, api_key, environment, needed=base_url is None and not is_loopback(url))
    return ModelRoute(provider=provider_id, model=model, vendor=vendor, base_url=url, key=key, send_as=send_as or model)


def todays_models(
    names: str, *, base_url: str | None = None, providers_file: str | Path | None = None
) -> tuple[str, tuple[Notice, ...]]:
    """Models with old names replaced by today's, and what to say about it. names: as `open_answerer` takes them."""
    if base_url is not None or names == STENCIL:
        return names, ()
    known = vendors(providers_file)
    found: list[str] = []
    notices: list[Notice] = []
    for name in (part.strip() for part in names.split(",")):
        today = _todays(name, known)
        found.append(today or name)
        if today:
            notices.append(
                Notice(
                    code="old_model_name",
                    en=f"{name} is an old name: {today} is asked, today's model in its place (write -m {today})",
                    zh=f"{name} 是旧名称:实际使用现行模型 {today}(可直接写 -m {today})",
                )
            )
    return ",".join(found), tuple(notices)


def is_loopback(url: str) -> bool:
    """Whether a server is on this machine: it needs no key and no proxy, and nobody sends a bill."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


# ---- names --------------------------------------------------------------------------------------------------------


def _todays(name: str, known: Vendors) -> str | None:
    """The model that has taken an old one's place."""
    bare = " ".join(name.lower().split())
    if bare in known.old_names:
        return known.old_names[bare]
    prefix, model = _cut(name)
    if not model:
        return next((today for old, today in known.old_names.items() if fnmatchcase(bare, old)), None)
    provider_id = known.called.get(prefix.lower())
    if provider_id is None:
        return None
    retired = known.providers[provider_id].retired
    return next((today for old, today in retired.items() if fnmatchcase(model.lower(), old)), None)


def _cut(name: str) -> tuple[str, str]:
    """`provider/model` or `provider:model` as two."""
    cut = min((place for place in (name.find("/"), name.find(":")) if place >= 0), default=len(name))
    return name[:cut], name[cut + 1 :]


def _split(name: str, base_url: str | None, known: Vendors) -> tuple[str, str]:
    prefix, model = _cut(name)
    found = known.called.get(prefix.lower())
    vendor = known.providers[found] if found else None
    if base_url is not None and prefix not in known.providers and not (vendor and _lives_at(vendor, base_url)):
        return CUSTOM, name  # a server's own name for a model, such as Qwen/Qwen3-8B
    if vendor:
        return vendor.id, model
    if not model:
        raise UsageError(
            f"{name!r} does not say whose model it is: write PROVIDER/MODEL, such as openai/{name or 'gpt-5-nano'}, "
            "or add --base-url for a server of your own",
            zh=f"{name!r} 没有写明提供方:请写成 提供方/模型名,例如 openai/gpt-5-nano;自建服务请加 --base-url",
        )
    near = difflib.get_close_matches(prefix.lower(), known.called, cutoff=0.5)
    raise UnknownName("model provider", prefix, known.called if near else known.providers, kind_zh="模型提供方")


def _sample(vendor: Provider) -> str:
    if vendor.id == REHEARSAL:
        return "smooth"
    return vendor.known[0].id if vendor.known else "name"


def _sample_url(provider_id: str) -> str:
    return {
        "azure": "https://RESOURCE.openai.azure.com/openai/v1",
        "vertex": "https://REGION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/REGION/publishers/google",
    }.get(provider_id, "http://127.0.0.1:8000/v1")


def _rehearsed(vendor: Provider, model: str, known: Vendors) -> Provider:
    """The rehearsal vendor, in the manner of another one where `PROFILE@VENDOR` asks for it."""
    from goodsmith.models.rehearsal.manners import manner  # noqa: PLC0415 (subprocess and more come with it)
    from goodsmith.models.rehearsal.profiles import profile  # noqa: PLC0415

    name, at, wanted = model.partition("@")
    profile(name)  # both raise for a name that nobody knows
    if not at:
        return vendor
    manner(wanted)
    acted = known.providers[wanted]
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

_GENERAL = {"openai_chat": CUSTOM, "anthropic_messages": "custom-messages", "gemini": "custom-gemini"}
_WAYS = (
    *("protocol", "key_header", "headers", "answers", "strict_schema", "max_tokens_field", "extra_body", "drop"),
    "cache_marks",
)


def _lives_at(vendor: Provider, base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    own = (urlsplit(vendor.base_url).hostname, urlsplit(vendor.compatible_url).hostname, *vendor.hosts)
    return any(known and (host == known or host.endswith("." + known)) for known in own)


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


def _at(named: Provider, base_url: str, known: Vendors) -> Provider:
    """The vendor that answers at an address: who it is decides what it can and what its errors mean."""
    if named.compatible_url and base_url == named.compatible_url:
        return _in_the_way_of(known.providers[CUSTOM], named, base_url)
    if _lives_at(named, base_url) or named.id == REHEARSAL:
        return replace(named, base_url=base_url)
    # The name says which protocol is spoken there: `anthropic/…` at DeepSeek's address is DeepSeek in Claude's words.
    general = known.providers[_GENERAL[named.protocol]]
    for vendor in known.providers.values():
        if not is_loopback(base_url) and _lives_at(vendor, base_url):
            found = replace(vendor, key_env=(*vendor.key_env, *named.key_env))
            same = vendor.protocol == named.protocol
            return replace(found, base_url=base_url) if same else _in_the_way_of(general, found, base_url)
    # Some server of the user's: what the named vendor can is not known of it, its errors are read the general way.
    own_keys = (*named.key_env, *general.key_env)
    local = named.base_url and is_loopback(named.base_url)
    return replace(named if local else general, base_url=base_url, key_env=own_keys, key_optional=True)


def _in_the_way_of(general: Provider, vendor: Provider, base_url: str) -> Provider:
    """A vendor at an address where it speaks another protocol than its own."""
    return replace(vendor, base_url=base_url, **{name: getattr(general, name) for name in _WAYS})


def _key(vendor: Provider, given: str | None, environment: Mapping[str, str], *, needed: bool) -> Secret | None:
    if given is not None:
        return read_key(given.strip(), environment)
    for name in vendor.key_env:
        if value := environment.get(name, "").strip():
            return usable(Secret(value, source=f"env:{name}"))
    if needed and vendor.key_env and not vendor.key_optional:
        first = vendor.key_env[0]
        raise UsageError(
            f"{vendor.id} needs a key: set the environment variable {first}",
            zh=f"{vendor.id} 需要密钥:请设置环境变量 {first}",
        )
    return None
