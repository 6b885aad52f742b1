"""What a call costs: prices per token with source and day, and the bound that is reserved before a call.

Order: stated by the user, the user's price file, our own dated list (prices.yaml), the `genai-prices` package. What no
one of them knows is None, never 0. Amounts are nanos of the price's own currency; prices are nanos per million tokens.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final

from goodsmith.base.money import parse_currency
from goodsmith.base.yaml_files import YamlFile, read_yaml
from goodsmith.errors import UsageError
from goodsmith.records import NANOS, Usage

PER: Final = 1_000_000  # tokens that a price is stated for
ENVELOPE_TOKENS: Final = 64  # what a vendor's chat form adds to a prompt, with room to spare


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Other prices for the whole call once its prompt is longer than `above` tokens. Nanos per million tokens."""

    above: int
    input: int
    output: int
    cache_read: int
    cache_write: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """Hours in which everything costs `mult` times as much."""

    mult: Decimal
    weekdays: frozenset[int]  # Monday is 0
    minutes_utc: tuple[tuple[int, int], ...]  # from, to: minutes of the day

    def holds(self, at: dt.datetime) -> bool:
        utc = at.astimezone(dt.UTC)
        minute = utc.hour * 60 + utc.minute
        return utc.weekday() in self.weekdays and any(begin <= minute < end for begin, end in self.minutes_utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Nanos per million tokens, in one currency."""

    currency: str
    input: int
    output: int
    cache_read: int  # of prompt tokens that the vendor's cache served; as `input` where the vendor states none
    cache_write: int = 0  # of prompt tokens that the vendor's cache stores, where that costs more
    stores_unasked: bool = True  # long prompts count as stored where the vendor does not say what it stored
    tiers: tuple[Tier, ...] = ()  # by rising `above`
    peak: Peak | None = None
    batch_mult: Decimal | None = None
    made_up: bool = False  # a rehearsal's: nothing is paid
    source: str = ""
    evidence: str = ""  # page, package, second_hand
    read_on: dt.date | None = None

    def cost(self, usage: Usage, *, at: dt.datetime | None = None) -> int:
        """What a call costs, rounded up to a nano. at: when it was made; None: at the dearest hour."""
        cached = min(usage.cached_tokens, usage.input_tokens)
        written = min(usage.cache_write_tokens, usage.input_tokens - cached)
        if not written and self.stores_unasked and usage.input_tokens >= STORED_FROM:
            written = usage.input_tokens - cached
        rates = (self.input, max(self.input, self.cache_write), self.cache_read, self.output)
        for tier in self.tiers:
            if usage.input_tokens > tier.above:
                rates = (tier.input, max(tier.input, tier.cache_write), tier.cache_read, tier.output)
        fresh = usage.input_tokens - cached - written
        amount = fresh * rates[0] + written * rates[1] + cached * rates[2] + usage.output_tokens * rates[3]
        return self._at_peak(-(-amount // PER), at)

    def worst(self, prompt_bytes: int, max_output_tokens: int) -> int:
        """A bound of the cost before the call: no tokenizer makes more tokens than there are UTF-8 bytes."""
        tokens = prompt_bytes + ENVELOPE_TOKENS
        passed = [tier for tier in self.tiers if tokens > tier.above]
        into = max(
            self.input, self.cache_write, self.cache_read, *(max(tier.input, tier.cache_write) for tier in passed)
        )
        out = max(self.output, *(tier.output for tier in passed)) if passed else self.output
        return self._at_peak(-(-(tokens * into + max_output_tokens * out) // PER), None)

    def batch(self) -> Price | None:
        """The price of the vendor's batch form; None where none is stated."""
        if self.batch_mult is None:
            return None
        return self.times(self.batch_mult)

    def times(self, factor: Decimal, *, currency: str | None = None) -> Price:
        """All of it multiplied, as for another currency or a discount."""

        def by(nanos: int) -> int:
            return int((nanos * factor).to_integral_value(ROUND_CEILING))

        return Price(
            currency=currency or self.currency,
            input=by(self.input),
            output=by(self.output),
            cache_read=by(self.cache_read),
            cache_write=by(self.cache_write),
            stores_unasked=self.stores_unasked,
            tiers=tuple(
                Tier(
                    above=tier.above,
                    input=by(tier.input),
                    output=by(tier.output),
                    cache_read=by(tier.cache_read),
                    cache_write=by(tier.cache_write),
                )
                for tier in self.tiers
            ),
            peak=self.peak,
            made_up=self.made_up,
            source=self.source,
            evidence=self.evidence,
            read_on=self.read_on,
        )

    def say(self, language: str = "en") -> str:
        """For a person: `in 0.8, out 3.2 CNY per million tokens (source, day)`."""
        into, out = _units(self.input), _units(self.output)
        zh = language.startswith("zh")
        second_hand = ("转述" if zh else "second hand") if self.evidence == "second_hand" else ""
        read_on = self.read_on.isoformat() if self.read_on else ""
        origin = ", ".join(part for part in (self.source, second_hand, read_on) if part)
        if zh:
            return f"每百万 token 输入 {into}、输出 {out} {self.currency}" + (f"({origin})" if origin else "")
        return f"in {into}, out {out} {self.currency} per million tokens" + (f" ({origin})" if origin else "")

    def _at_peak(self, nanos: int, at: dt.datetime | None) -> int:
        if self.peak is None or (at is not None and not self.peak.holds(at)):
            return nanos
        return int((nanos * self.peak.mult).to_integral_value(ROUND_CEILING))


def parse_price(text: str) -> Price:
    """Read `in=0.8,out=3.2,currency=CNY`: per million tokens; `cache_read` and `batch_mult` may be given too."""
    given: dict[str, str] = {}
    for part in text.replace(",", ",").split(","):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or name not in _STATED or name in given:
            raise _not_a_price(text)
        given[name] = value.strip()
    if not {"in", "out", "currency"} <= given.keys():
        raise _not_a_price(text)
    currency = parse_currency(given.pop("currency"))
    if not all(_NUMBER.fullmatch(value) for value in given.values()):
        raise _not_a_price(text)
    return _price({**given, "currency": currency, "source": "stated by the user"})


def find_price(
    provider: str, model: str, *, user_prices: Iterable[Entry] = (), on: dt.date | None = None
) -> Price | None:
    """The price of a vendor's model on a day (None: today); None if nobody here knows it."""
    day = on or dt.datetime.now(tz=dt.UTC).date()
    shipped = _shipped()
    name = shipped.names.get(provider.lower(), provider.lower())
    for entries in (tuple(user_prices), shipped.entries):
        found = _best(entries, name, shipped.names, model, day)
        if found is not None:
            return found
    return _from_package(shipped.package_names.get(name, name), model, day)


def priced_models(provider: str, *, user_prices: Iterable[Entry] = (), on: dt.date | None = None) -> dict[str, Price]:
    """The models of a vendor that have a line of their own in the user's list or in ours, with their prices."""
    day = on or dt.datetime.now(tz=dt.UTC).date()
    shipped = _shipped()
    name = shipped.names.get(provider.lower(), provider.lower())
    lists = (tuple(user_prices), shipped.entries)
    models = [
        entry.model
        for entries in lists
        for entry in entries
        if shipped.names.get(entry.provider, entry.provider) == name and entry.model != "*"
    ]
    found = {model: find_price(provider, model, user_prices=lists[0], on=day) for model in dict.fromkeys(models)}
    return {model: price for model, price in found.items() if price is not None}


def require_price(price: Price | None, *, model: str) -> Price:
    """The price, or a UsageError that tells how to state it: a budget cannot be kept with an unknown price."""
    if price is None:
        raise UsageError(
            f"the price of {model} is not known here, so a budget cannot be kept. State it per million tokens, such as "
            "--price in=0.8,out=3.2,currency=CNY (in=0,out=0 for a model of your own), or run without --budget",
            zh=f"未知 {model} 的价格,无法遵守预算。请按每百万 token 指定价格,例如 --price in=0.8,out=3.2,currency=CNY"
            "(自有模型可写 in=0,out=0),或不设 --budget 运行",
        )
    return price


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a price list."""

    provider: str
    model: str  # `*` stands for all of the provider's
    price: Price
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None  # the last day


def read_prices(text: str, *, file: str) -> tuple[Entry, ...]:
    """The lines of a price file: the form of prices.yaml. Raises RecipeError with the line."""
    return _entries(read_yaml(text, _SCHEMA, file=file))


# ---- private ----------------------------------------------------------------------------------------------------

STORED_FROM: Final = 1024  # tokens; shorter prompts are not stored by any vendor's unasked cache
_NUMBER: Final = re.compile(r"\d{1,9}(\.\d{1,9})?")
_STATED: Final = frozenset({"in", "out", "cache_read", "batch_mult", "currency"})
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_AMOUNT: Final = {"type": "string", "pattern": rf"^{_NUMBER.pattern}$", "x-expected": "a number, per million tokens"}
_DAY: Final = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "x-expected": "a day, such as 2026-11-22"}
_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["prices"],
    "properties": {
        "aliases": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        "package_names": {"type": "object", "additionalProperties": {"type": "string"}},
        "prices": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["provider", "model", "currency", "in", "out"],
                "properties": {
                    "provider": {"type": "string"},
                    "model": {"type": "string"},
                    "currency": {"type": "string"},
                    "in": _AMOUNT,
                    "out": _AMOUNT,
                    "cache_read": _AMOUNT,
                    "cache_write": _AMOUNT,
                    "batch_mult": _AMOUNT,
                    "tiers": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["above", "in", "out"],
                            "properties": {
                                "above": {"type": "integer", "minimum": 0},
                                "in": _AMOUNT,
                                "out": _AMOUNT,
                                "cache_read": _AMOUNT,
                            },
                        },
                    },
                    "peak": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["mult", "hours_utc"],
                        "properties": {
                            "mult": _AMOUNT,
                            "days": {
                                "type": "string",
                                "pattern": rf"^({'|'.join(_DAYS)})-({'|'.join(_DAYS)})$",
                                "x-expected": "days, such as mon-fri",
                            },
                            "hours_utc": {
                                "type": "array",
                                "items": {
                                    "type": "string",
                                    "pattern": r"^\d{2}:\d{2}-\d{2}:\d{2}$",
                                    "x-expected": "hours, such as 01:00-04:00",
                                },
                            },
                        },
                    },
                    "made_up": {"type": "boolean"},
                    "valid_from": _DAY,
                    "valid_to": _DAY,
                    "evidence": {"type": "string", "enum": ["page", "package", "second_hand"]},
                    "source": {"type": "string"},
                    "read_on": _DAY,
                },
            },
        },
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shipped:
    entries: tuple[Entry, ...]
    names: Mapping[str, str] = field(default_factory=dict)  # any name of a provider -> the one used here
    package_names: Mapping[str, str] = field(default_factory=dict)


@cache
def _shipped() -> _Shipped:
    text = files("goodsmith.models").joinpath("prices.yaml").read_text(encoding="utf-8")
    read = read_yaml(text, _SCHEMA, file="prices.yaml")
    names = {alias: name for name, aliases in read.value["aliases"].items() for alias in aliases}
    return _Shipped(entries=_entries(read), names=names, package_names=read.value["package_names"])


def _entries(read: YamlFile) -> tuple[Entry, ...]:
    entries = []
    for place, line in enumerate(read.value["prices"]):
        try:
            entries.append(
                Entry(
                    provider=line["provider"].lower(),
                    model=line["model"],
                    price=_price({**line, "currency": parse_currency(line["currency"])}),
                    valid_from=_day(line.get("valid_from")),
                    valid_to=_day(line.get("valid_to")),
                )
            )
        except (UsageError, ValueError) as error:
            said = error if isinstance(error, UsageError) else UsageError(str(error))
            read.fail(said.en, said.say("zh"), "prices", place)
    return tuple(entries)


def _price(line: Mapping[str, Any]) -> Price:
    """A price from texts, in units per million tokens."""
    into = _nanos(line["in"])
    return Price(
        currency=line["currency"],
        input=into,
        output=_nanos(line["out"]),
        cache_read=_nanos(line.get("cache_read", line["in"])),
        cache_write=_nanos(line.get("cache_write", "0")),
        tiers=tuple(
            Tier(
                above=tier["above"],
                input=_nanos(tier["in"]),
                output=_nanos(tier["out"]),
                cache_read=_nanos(tier.get("cache_read", tier["in"])),
            )
            for tier in sorted(line.get("tiers", ()), key=lambda tier: tier["above"])
        ),
        peak=_peak(line["peak"]) if "peak" in line else None,
        batch_mult=Decimal(line["batch_mult"]) if "batch_mult" in line else None,
        made_up=line.get("made_up", False),
        source=line.get("source", ""),
        evidence=line.get("evidence", ""),
        read_on=_day(line.get("read_on")),
    )


def _peak(line: Mapping[str, Any]) -> Peak:
    first, _, last = line.get("days", "mon-sun").partition("-")
    if _DAYS.index(last) < _DAYS.index(first):
        raise UsageError(f"the days {first}-{last} do not lie in one week", zh=f"{first}-{last} 不在同一周内")
    hours = []
    for span in line["hours_utc"]:
        begin, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in span.split("-"))
        if not begin < end <= 24 * 60:
            raise UsageError(f"the hours {span!r} do not lie in one day", zh=f"时段 {span!r} 不在同一天内")
        hours.append((begin, end))
    return Peak(
        mult=Decimal(line["mult"]),
        weekdays=frozenset(range(_DAYS.index(first), _DAYS.index(last) + 1)),
        minutes_utc=tuple(hours),
    )


def _best(entries: Iterable[Entry], provider: str, names: Mapping[str, str], model: str, day: dt.date) -> Price | None:
    """The newest line that is valid on the day; a line for exactly this model goes before one for all."""
    found = [
        entry
        for entry in entries
        if names.get(entry.provider, entry.provider) == provider
        and entry.model in {model, "*"}
        and (entry.valid_from or dt.date.min) <= day <= (entry.valid_to or dt.date.max)
    ]
    newest = max(found, key=lambda entry: (entry.model != "*", entry.valid_from or dt.date.min), default=None)
    return newest.price if newest else None


def _from_package(provider: str, model: str, day: dt.date) -> Price | None:
    from genai_prices import __version__, data_snapshot  # noqa: PLC0415 - 0.2 s, and an HTTP client that we do not use

    try:
        _, info = data_snapshot.get_snapshot().find_provider_model(model, None, provider, None)
    except LookupError:
        return None
    hours = (dt.datetime.combine(day, dt.time(hour), tzinfo=dt.UTC) for hour in range(24))
    stated = [info.get_prices(hour) for hour in hours]  # a tariff by the hour counts at its dearest
    if any(one.input_mtok is None or one.output_mtok is None for one in stated):
        return None
    starts = sorted({tier.start for one in stated for name in _PACKAGE_FIELDS for tier in _tiers(getattr(one, name))})

    def at(name: str, tokens: int) -> int:
        amounts = [_amount(getattr(one, name), tokens) for one in stated]
        known = [amount for amount in amounts if amount is not None]
        return max(known, default=0)

    into = at("input_mtok", 0)
    return Price(
        currency="USD",
        input=into,
        output=at("output_mtok", 0),
        cache_read=at("cache_read_mtok", 0) or into,
        cache_write=at("cache_write_mtok", 0),
        stores_unasked=provider != "anthropic",  # Claude stores what is marked, and counts it
        tiers=tuple(
            Tier(
                above=start,
                input=at("input_mtok", start + 1),
                output=at("output_mtok", start + 1),
                cache_read=at("cache_read_mtok", start + 1) or at("input_mtok", start + 1),
                cache_write=at("cache_write_mtok", start + 1),
            )
            for start in starts
        ),
        source=f"genai-prices {__version__}",
        evidence="package",
    )


_PACKAGE_FIELDS: Final = ("input_mtok", "output_mtok", "cache_read_mtok")


def _tiers(price: Any) -> Iterable[Any]:
    return getattr(price, "tiers", ())


def _amount(price: Any, tokens: int) -> int | None:
    if price is None:
        return None
    units = getattr(price, "base", price)
    for tier in _tiers(price):
        if tokens > tier.start:
            units = tier.price
    return _nanos(str(units))


def _nanos(units: str) -> int:
    return int((Decimal(units) * NANOS).to_integral_value(ROUND_CEILING))


def _units(nanos: int) -> str:
    return f"{(Decimal(nanos) / NANOS).normalize():f}"


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _not_a_price(text: str) -> UsageError:
    return UsageError(
        f"{text!r} is not a price: write it per million tokens, such as in=0.8,out=3.2,currency=CNY "
        "(cache_read and batch_mult may follow)",
        zh=f"{text!r} 不是价格:请按每百万 token 书写,例如 in=0.8,out=3.2,currency=CNY(还可加 cache_read、batch_mult)",
    )
