"""The tempers of the rehearsal vendor: how it answers, how fast, and what goes wrong with it.

`docs/reference/rehearsal.md` lists them; the name of a model chooses one: `rehearsal/faulty`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any, Final

from goodsmith.errors import UnknownName, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How the vendor behaves. Shares are of requests, 0 to 1, and exclude each other: together at most 1."""

    about: str = ""
    latency_ms: float = 200.0  # median
    latency_sigma: float = 0.0  # of the logarithm; 0: always the median
    slow_share: float = 0.0
    slow_ms: float = 20_000.0

    # before the model is asked
    rate_limit_share: float = 0.0  # 429 with Retry-After
    retry_after_s: float = 1.0
    closed_s: float = 0.0  # from the first request on, everything is a 429 for so long
    rpm: int = 0  # requests a minute; 0: no limit
    tpm: int = 0  # tokens a minute, of prompt and asked maximum
    concurrency: int = 0  # requests in flight
    overloaded_share: float = 0.0  # 500 and 503, half each
    reset_share: float = 0.0  # the connection breaks before an answer
    html_share: float = 0.0  # a gateway's page, with HTTP 200
    refused_input_share: float = 0.0  # 400 content_filter
    context_bytes: int = 0  # 400 for longer prompts; 0: no limit
    account: str = ""  # `no_credit`, `wrong_key`, `no_model`, `wrong_region`, `clock`: every request fails so
    stores_from: int = 0  # tokens of the shortest prefix that it remembers and counts as cached; 0: none
    stores_if_asked: bool = False  # only prefixes that are marked

    # the answer
    truncated_json_share: float = 0.0  # breaks off, but says that it is finished
    length_share: float = 0.0  # breaks off with finish_reason length
    refusal_share: float = 0.0  # finish_reason content_filter
    wrong_language_share: float = 0.0
    placeholder_share: float = 0.0
    invented_share: float = 0.0  # one text says a number, place, standard or model that no source has
    wrong_ids_share: float = 0.0  # ids in the answer shuffled, missing or doubled
    empty_share: float = 0.0  # no choices
    huge_share: float = 0.0  # eleven megabytes
    cut_stream_share: float = 0.0  # streams only: it ends without a finish reason
    missing_usage_share: float = 0.0

    # what it does not take
    refuses: tuple[str, ...] = ()  # json_schema, json_object, tools, temperature, max_tokens
    ignores_schema: bool = False  # takes any schema and answers in plain words
    ignores_most_tokens: bool = False  # says more than it was allowed

    def changed(self, changes: Mapping[str, Any]) -> Profile:
        """With some fields replaced. Raises UsageError for unknown fields and values that cannot be."""
        known = {field.name: field for field in fields(self)}
        made = {}
        for name, value in changes.items():
            if name not in known:
                raise UnknownName("profile field", name, known, kind_zh="排练供应商字段")
            made[name] = _fitting(name, value, getattr(self, name))
        changed = replace(self, **made)
        if (total := sum(getattr(changed, name) for name in SHARES)) > 1.000_001:
            raise UsageError(f"the shares of a profile add up to {total:g}; at most 1 is possible")
        return changed


SHARES: Final = tuple(field.name for field in fields(Profile) if field.name.endswith("_share"))

PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {
        "smooth": Profile(about="Answers everything, 200 ms each."),
        "instant": Profile(about="Answers everything at once.", latency_ms=0),
        "faulty": Profile(
            about="A bad day: about one call in eight goes wrong.",
            latency_sigma=0.5,
            rate_limit_share=0.03,
            overloaded_share=0.02,
            reset_share=0.01,
            html_share=0.005,
            slow_share=0.005,
            slow_ms=4_000,
            truncated_json_share=0.01,
            length_share=0.005,
            refusal_share=0.005,
            refused_input_share=0.005,
            wrong_language_share=0.01,
            placeholder_share=0.01,
            wrong_ids_share=0.01,
            empty_share=0.005,
            cut_stream_share=0.01,
            missing_usage_share=0.02,
            context_bytes=60_000,
        ),
        "inventing": Profile(about="Every answer has a fact that no source has.", latency_ms=20, invented_share=1.0),
        "limited": Profile(
            about="600 requests and 300,000 tokens a minute, 20 in flight, with the headers that say so.",
            rpm=600,
            tpm=300_000,
            concurrency=20,
        ),
        "closed": Profile(about="Two minutes of 429 from the first request on, then smooth.", closed_s=120),
        "slow": Profile(about="20 s each.", latency_ms=20_000),
        "wild": Profile(about="Log-normal latency: median 200 ms, sigma 0.5.", latency_sigma=0.5),
        "refuses-schema": Profile(about="Refuses json_schema with a 400.", latency_ms=20, refuses=("json_schema",)),
        "refuses-json": Profile(
            about="Refuses json_schema and json_object; takes tools.",
            latency_ms=20,
            refuses=("json_schema", "json_object"),
        ),
        "text-only": Profile(
            about="Refuses every way of asking for a shape.",
            latency_ms=20,
            refuses=("json_schema", "json_object", "tools"),
        ),
        "picky": Profile(
            about="Refuses json_schema, temperature and max_tokens, one after the other.",
            latency_ms=20,
            refuses=("json_schema", "temperature", "max_tokens"),
        ),
        "chatty": Profile(about="Takes any schema and answers in plain words.", latency_ms=20, ignores_schema=True),
        "html": Profile(about="A gateway's HTML page with HTTP 200.", latency_ms=20, html_share=1),
        "refusing": Profile(
            about="Refuses all content, half of it before answering.",
            latency_ms=20,
            refusal_share=0.5,
            refused_input_share=0.5,
        ),
        "truncating": Profile(about="Every answer ends at the length limit.", latency_ms=20, length_share=1),
        "cutting": Profile(about="Every stream ends without a finish reason.", latency_ms=20, cut_stream_share=1),
        "unmetered": Profile(about="Sends no usage.", latency_ms=20, missing_usage_share=1),
        "short": Profile(about="Takes at most 4,000 bytes of prompt.", latency_ms=20, context_bytes=4_000),
        "down": Profile(about="Answers 500 and 503.", latency_ms=20, overloaded_share=1),
        "broke": Profile(about="The account has no credit.", latency_ms=20, account="no_credit"),
        "locked": Profile(about="The key is wrong.", latency_ms=20, account="wrong_key"),
        "abroad": Profile(about="The key is of another region.", latency_ms=20, account="wrong_region"),
        "retired": Profile(about="The model is gone.", latency_ms=20, account="no_model"),
        "skewed": Profile(about="Refuses the time of the request.", latency_ms=20, account="clock"),
        "huge": Profile(about="Every answer has eleven megabytes.", latency_ms=20, huge_share=1),
        "endless": Profile(about="Says more than it is allowed to.", latency_ms=20, ignores_most_tokens=True),
        "storing": Profile(
            about="Remembers prefixes of 64 tokens and more, and counts them as cached.",
            stores_from=64,
        ),
        "storing-if-asked": Profile(
            about="The same, for prefixes that are marked.",
            stores_from=64,
            stores_if_asked=True,
        ),
    }
)


def profile(name: str) -> Profile:
    """Raises UnknownName with the near names."""
    if name not in PROFILES:
        raise UnknownName("rehearsal model", name, PROFILES, kind_zh="排练模型")
    return PROFILES[name]


def reference() -> str:
    """The shipped profiles as the table of `docs/reference/rehearsal.md`."""
    plain = Profile()
    lines = ["| model | what it does | fields that differ |", "| --- | --- | --- |"]
    for name, shipped in PROFILES.items():
        values = {field.name: getattr(shipped, field.name) for field in fields(Profile) if field.name != "about"}
        differing = [
            f"{field} {', '.join(value) if isinstance(value, tuple) else value}"
            for field, value in values.items()
            if value != getattr(plain, field)
        ]
        lines.append(f"| `rehearsal/{name}` | {shipped.about} | {'; '.join(differing)} |")
    return "\n".join(lines)


def _fitting(name: str, value: Any, like: Any) -> Any:
    """`value` in the type of the field; texts come from query strings."""
    try:
        if isinstance(like, bool):
            return value if isinstance(value, bool) else {"true": True, "1": True, "false": False, "0": False}[value]
        if isinstance(like, tuple):
            return tuple(part for part in value.split(",") if part) if isinstance(value, str) else tuple(value)
        if isinstance(like, str):
            return str(value)
        number = type(like)(value)
    except (ValueError, TypeError, KeyError, OverflowError):
        number = None
    if number is None or not 0 <= number < 1e9 or (name in SHARES and number > 1):
        raise UsageError(
            f"{name} of a rehearsal profile cannot be {value!r}", zh=f"排练供应商的 {name} 不能是 {value!r}"
        )
    return number
