"""Money that stops at its limit: budgets, dated exchange rates, and wallets whose reservations nest.

Amounts are ints of nanos (1e-9 of a currency unit), so sums are exact. An amount that is not known is None, never 0.
"""

# ruff: noqa: SLF001 - the pots of this module stand in each other
from __future__ import annotations

import asyncio
import datetime as dt
import re
import unicodedata
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Final

from goodsmith.errors import BudgetExhausted, UsageError
from goodsmith.records import NANOS, Budget

_CODES = (
    "AED AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD IDR INR JPY KRW MXN MYR NOK NZD PHP PLN RUB SAR SEK SGD THB TRY TWD "
    "USD VND ZAR"
)
CURRENCIES: Final = frozenset(_CODES.split())
LARGEST: Final = 1_000_000_000  # units; a sum of such budgets still fits the 64-bit column of the ledger


def in_units(nanos: int | None) -> float | None:
    """Nanos as units of the currency, for JSON; None stays unknown."""
    return None if nanos is None else nanos / NANOS


def parse_budget(text: str) -> Budget:
    """Read an amount of money as a person writes it: `300CNY`, `40 USD`, `¥300`, `$40`, `300元`. `¥` means CNY."""
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _AMOUNT.fullmatch(plain)
    if not found:
        raise UsageError(
            f"{text!r} is not an amount of money: write a number and a currency, such as 300CNY or 40USD",
            zh=f"{text!r} 不是金额:请写数字和币种,例如 300CNY 或 40USD",
        )
    before, digits, after = (part or "" for part in found.groups())
    if bool(before) == bool(after):
        raise UsageError(
            f"{text!r} needs one currency: write {digits}CNY or {digits}USD",
            zh=f"{text!r} 需要一个币种:请写 {digits}CNY 或 {digits}USD",
        )
    currency = parse_currency(before or after)
    units = Decimal(digits.replace(",", ""))
    if not 0 < units <= LARGEST:
        raise UsageError(
            f"the budget {text!r} must be more than 0 and at most {LARGEST:,} {currency}",
            zh=f"预算 {text!r} 必须大于 0,且不超过 {LARGEST:,} {currency}",
        )
    nanos = int((units * NANOS).to_integral_value(ROUND_HALF_EVEN))
    if nanos == 0:
        raise UsageError(f"the budget {text!r} is too small to be counted", zh=f"预算 {text!r} 太小,无法计数")
    return Budget(nanos=nanos, currency=currency)


def parse_currency(text: str) -> str:
    """The ISO 4217 code of a currency's code, sign or Chinese name."""
    name = unicodedata.normalize("NFKC", text).strip()
    code = _SIGNS.get(name.upper(), name.upper())
    if code not in CURRENCIES:
        raise UsageError(
            f"unknown currency {text!r}; known: {' '.join(sorted(CURRENCIES))}",
            zh=f"未知的币种 {text!r};已知:{' '.join(sorted(CURRENCIES))}",
        )
    return code


def format_money(nanos: int | None, currency: str, *, language: str = "en") -> str:
    """An amount for people: `12.30 CNY`; four significant digits below one unit; None reads as unknown."""
    if nanos is None:
        return "未知" if language.startswith("zh") else "unknown"
    units = Decimal(nanos) / NANOS
    places = 2
    if 0 < abs(units) < 1:
        places = max(2, min(9, 3 - units.adjusted()))
    shown = f"{units.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN):,f}"
    if places > 2:
        whole, _, part = shown.partition(".")
        shown = f"{whole}.{part.rstrip('0').ljust(2, '0')}"
    return f"{shown} {currency}".rstrip()


# ---- exchange rates -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One unit of `base` costs `value` units of `quote`, as of a day and by a source.

    assumed: nobody looked it up; it stands in until somebody states the real one.
    """

    base: str
    quote: str
    value: Decimal
    on: dt.date
    source: str
    assumed: bool = False

    def say(self, language: str = "en") -> str:
        value = f"{self.value.normalize():f}"
        if language.startswith("zh"):
            kind = "假定汇率,请核对并用 --rate 指定" if self.assumed else f"来源:{self.source}"
            return f"1 {self.base} = {value} {self.quote}({self.on.isoformat()},{kind})"
        kind = "assumed, state the real one with --rate" if self.assumed else self.source
        return f"1 {self.base} = {value} {self.quote} ({self.on.isoformat()}, {kind})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Exchange rates, newest statement first; a rate also serves the other way round."""

    rates: tuple[Rate, ...] = ()

    def find(self, base: str, quote: str) -> Rate:
        """The rate between two currencies, in whichever direction it is stated."""
        for rate in self.rates:
            if {rate.base, rate.quote} == {base, quote}:
                return rate
        raise UsageError(
            f"no exchange rate between {base} and {quote}: state one, such as --rate {base}/{quote}=1.00",
            zh=f"缺少 {base} 与 {quote} 之间的汇率:请指定,例如 --rate {base}/{quote}=1.00",
        )

    def convert(self, nanos: int, base: str, quote: str) -> int:
        """The same money in another currency, rounded up: a cost is never made smaller by rounding."""
        if base == quote:
            return nanos
        rate = self.find(base, quote)
        amount = nanos * rate.value if rate.base == base else Decimal(nanos) / rate.value
        return int(amount.to_integral_value(ROUND_CEILING))

    def stated(self, text: str, *, on: dt.date | None = None, source: str = "stated by the user") -> Rates:
        """These rates with one more on top, written `USD/CNY=7.10`; `on` None: today."""
        return Rates(rates=(parse_rate(text, on=on, source=source), *self.rates))


def parse_rate(text: str, *, on: dt.date | None = None, source: str = "stated by the user") -> Rate:
    """Read `USD/CNY=7.10`: one USD costs 7.10 CNY."""
    found = _RATE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if not found:
        raise UsageError(
            f"{text!r} is not an exchange rate: write it as USD/CNY=7.10", zh=f"{text!r} 不是汇率:请写成 USD/CNY=7.10"
        )
    base, quote, value = parse_currency(found[1]), parse_currency(found[2]), Decimal(found[3])
    if value <= 0 or base == quote:
        raise UsageError(
            f"the exchange rate {text!r} must be above 0 and between two currencies",
            zh=f"汇率 {text!r} 必须大于 0,且两个币种不同",
        )
    return Rate(base=base, quote=quote, value=value, on=on or _today(), source=source)


ASSUMED_RATES: Final = Rates(
    rates=(
        Rate(
            base="USD",
            quote="CNY",
            value=Decimal("7.10"),
            on=dt.date(2026, 11, 23),
            source="a round figure chosen for this release; no market was asked",
            assumed=True,
        ),
    )
)


# ---- wallets --------------------------------------------------------------------------------------------------------


class _Pot:
    """What is spent and what is set aside. A reservation is a pot that stands in another pot."""

    __slots__ = ("_held", "_spent")

    def __init__(self) -> None:
        self._spent = 0
        self._held = 0  # claims of the reservations made from this pot

    @property
    def spent_nanos(self) -> int:
        """Settled so far, by all reservations however deep."""
        return self._spent

    @property
    def reserved_nanos(self) -> int:
        """Set aside and not settled yet."""
        return self._held

    async def reserve(self, nanos: int) -> Reservation:
        """Set an amount aside. Raises BudgetExhausted if it is not there; waits for no one."""
        if nanos < 0:
            raise ValueError("an amount to reserve is not negative")
        await self._secure(nanos)
        self._held += nanos  # nothing can come between: _secure returns without giving up the loop
        return Reservation(self, nanos)

    async def _secure(self, nanos: int) -> None:
        """Return when `nanos` are free here; raises BudgetExhausted."""
        raise NotImplementedError

    def _changed(self, spent: int, held: int) -> None:
        """A reservation spent money, or its claim on this pot grew or shrank."""
        self._spent += spent
        self._held += held


class Reservation(_Pot):
    """Money set aside (protocols.Purse). Its own reservations draw from it first, then extend it from its parent."""

    __slots__ = ("_amount", "_parent", "_settled")

    def __init__(self, parent: _Pot, amount: int) -> None:
        super().__init__()
        self._parent = parent
        self._amount = amount  # invariant: at least spent + held
        self._settled = False

    def settle(self, spent_nanos: int) -> None:
        """Give back what was not used.

        spent_nanos is all that was spent under this reservation; what its own reservations settled counts by itself, so
        that 0 is right where nothing else was spent. More than was reserved is allowed, and counted.
        """
        if self._settled:
            raise RuntimeError("a reservation is settled once")
        self._settled = True
        claim = self._amount - self._spent
        more = max(0, spent_nanos - self._spent)
        self._spent += more
        self._amount = self._spent + self._held  # open reservations keep their claim until they settle
        self._parent._changed(more, self._held - claim)

    async def reserve(self, nanos: int) -> Reservation:
        """Set an amount aside from this reservation, which grows from its parent where it does not suffice."""
        if self._settled:
            raise RuntimeError("a settled reservation covers nothing")
        return await super().reserve(nanos)

    async def _secure(self, nanos: int) -> None:
        while (missing := nanos - (self._amount - self._spent - self._held)) > 0:
            await self._parent._secure(missing)
            self._parent._changed(0, missing)
            self._amount += missing

    def _changed(self, spent: int, held: int) -> None:
        before = self._amount - self._spent
        self._spent += spent
        self._held += held
        if self._settled or self._amount < self._spent + self._held:
            self._amount = self._spent + self._held
        self._parent._changed(spent, self._amount - self._spent - before)


class Wallet(_Pot):
    """The money of a run (protocols.Purse). A limit of None: no budget; what is spent is counted all the same.

    spent_nanos: what earlier attempts of the run have spent already.
    """

    __slots__ = ("_limit", "currency")

    def __init__(self, limit: Budget | int | None = None, *, currency: str = "", spent_nanos: int = 0) -> None:
        super().__init__()
        self._limit = limit.nanos if isinstance(limit, Budget) else limit
        self.currency = limit.currency if isinstance(limit, Budget) else currency
        self._spent = spent_nanos

    @property
    def limit_nanos(self) -> int | None:
        return self._limit

    @property
    def remaining_nanos(self) -> int | None:
        """Neither spent nor set aside; None without a limit."""
        return None if self._limit is None else max(0, self._limit - self._spent - self._held)

    def settle(self, spent_nanos: int) -> None:
        """Count money that was spent without a reservation."""
        self._changed(spent_nanos, 0)

    async def _secure(self, nanos: int) -> None:
        self.require(nanos)

    def require(self, nanos: int) -> None:
        """Raises BudgetExhausted if `nanos` are not free."""
        if self._limit is not None and self._spent + self._held + nanos > self._limit:
            raise _exhausted(nanos, self._limit, self._spent, self._held, self.currency)


class BlockWallet(_Pot):
    """The money of one worker process, taken from the run's wallet in blocks (protocols.Purse).

    take(nanos) -> granted: at least `nanos`, or less if that is not there. give_back(nanos): what is left at the end;
    negative if more was spent than was ever granted.
    """

    __slots__ = ("_asking", "_give_back", "_granted", "_take", "currency")

    def __init__(
        self,
        take: Callable[[int], Awaitable[int]],
        give_back: Callable[[int], Awaitable[None]],
        *,
        currency: str = "",
    ) -> None:
        super().__init__()
        self._take, self._give_back = take, give_back
        self.currency = currency
        self._granted = 0
        self._asking = asyncio.Lock()  # one question at a time: a block often covers the next caller too

    @property
    def granted_nanos(self) -> int:
        return self._granted

    def settle(self, spent_nanos: int) -> None:
        """Count money that was spent without a reservation."""
        self._changed(spent_nanos, 0)

    async def close(self) -> None:
        """Give back what is neither spent nor set aside."""
        left = self._granted - self._spent - self._held
        self._granted -= left
        await self._give_back(left)

    async def _secure(self, nanos: int) -> None:
        if self._granted - self._spent - self._held >= nanos:
            return
        async with self._asking:
            missing = nanos - (self._granted - self._spent - self._held)
            if missing <= 0:
                return
            # shielded, so that a grant on its way is kept when the caller is cancelled
            await asyncio.shield(asyncio.ensure_future(self._fetch(missing)))
        if self._granted - self._spent - self._held < nanos:
            raise _exhausted(nanos, self._granted, self._spent, self._held, self.currency)

    async def _fetch(self, nanos: int) -> None:
        self._granted += await self._take(nanos)


class BlockBank:
    """Hands blocks of a wallet to worker processes: big ones at first, smaller ones as the money runs out."""

    def __init__(self, wallet: Wallet, *, workers: int) -> None:
        self._wallet = wallet
        self._parts = 4 * max(1, workers)
        self._granted: dict[Hashable, int] = {}
        self._spent: dict[Hashable, int] = {}

    def take(self, worker: Hashable, need_nanos: int) -> int:
        """At least `need_nanos`, or 0 if that is not there. A block is at most a small part of what remains."""
        left = self._wallet.remaining_nanos
        if left is None:
            granted = max(need_nanos, NANOS)
        elif left < need_nanos:
            return 0
        else:
            granted = max(need_nanos, left // self._parts)
        self._move(worker, granted=granted, spent=0)
        return granted

    def report(self, worker: Hashable, spent_nanos: int) -> None:
        """A worker has spent so much since it began: keeps the wallet's figures fresh between blocks."""
        self._move(worker, granted=0, spent=max(0, spent_nanos - self._spent.get(worker, 0)))

    def give_back(self, worker: Hashable, unused_nanos: int) -> None:
        """A worker ends: what it did not use comes back, the rest of its blocks counts as spent."""
        self.settle_dead(worker, self._granted.get(worker, 0) - unused_nanos)

    def settle_dead(self, worker: Hashable, spent_nanos: int) -> None:
        """A worker died: its journal says what it has spent since it began. The rest of its blocks comes back."""
        self.report(worker, spent_nanos)
        self._move(worker, granted=self._spent.get(worker, 0) - self._granted.get(worker, 0), spent=0)
        self._granted.pop(worker, None)
        self._spent.pop(worker, None)

    def _move(self, worker: Hashable, *, granted: int, spent: int) -> None:
        before = max(0, self._granted.get(worker, 0) - self._spent.get(worker, 0))
        self._granted[worker] = self._granted.get(worker, 0) + granted
        self._spent[worker] = self._spent.get(worker, 0) + spent
        after = max(0, self._granted[worker] - self._spent[worker])
        self._wallet._changed(spent, after - before)


# ---- private --------------------------------------------------------------------------------------------------------

_AMOUNT = re.compile(
    r"(?P<before>[^\d\s.,+-]{1,6})?\s*(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*(?P<after>[^\d\s.,+-]{1,6})?"
)
_RATE = re.compile(r"([A-Za-z]{3})\s*/\s*([A-Za-z]{3})\s*=\s*(\d+(?:\.\d+)?)")
_SIGNS: Final = {
    "¥": "CNY",
    "RMB": "CNY",
    "元": "CNY",
    "人民币": "CNY",
    "CN¥": "CNY",
    "$": "USD",
    "US$": "USD",
    "美元": "USD",
    "€": "EUR",
    "欧元": "EUR",
    "£": "GBP",
    "英镑": "GBP",
    "HK$": "HKD",
    "港元": "HKD",
    "日元": "JPY",
}


def _today() -> dt.date:
    return dt.datetime.now(tz=dt.UTC).date()


def _exhausted(needed: int, limit: int, spent: int, held: int, currency: str) -> BudgetExhausted:
    figures = [format_money(nanos, currency) for nanos in (limit, spent, held, needed)]
    return BudgetExhausted(
        "the budget of {} does not cover the next call: {} spent, {} reserved for calls in flight, {} needed".format(
            *figures
        ),
        zh="预算 {} 不够支付下一次调用:已用 {},在途预留 {},还需 {}".format(*figures),
    )
