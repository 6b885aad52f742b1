"""What keeps a vendor happy: how many calls may be in flight, how fast they start, and when all of them wait.

One `Limiter` stands before one model of one account. In front of an unlimited server it costs microseconds; before a
strict one it finds the level by itself. Rules, in the order in which a call meets them:

- breaker: after errors of the vendor's own in a row, nobody calls for a while; then one call probes.
- pause: after "too many requests" all wait together, as long as the vendor says; a stray one makes its caller wait.
- in flight: shrinks when the vendor complains (multiplicatively), grows while all goes well (additively); after a start
  or a pause it opens gradually, because some vendors refuse a steep rise.
- buckets: requests and tokens per minute, where they are known.
"""

from __future__ import annotations

import asyncio
import copy
import random
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeVar

from goodsmith.base.clock import Now

E = TypeVar("E", bound=BaseException)
Outcome = Literal["ok", "throttled", "overloaded", "slow", "neutral"]
BreakerState = Literal["closed", "open", "half_open"]

FOREVER: Final = float("inf")
MOMENT_S: Final = 0.001
STRAY_THROTTLES: Final = 0.05  # of the recent outcomes; below, a refused call waits alone
STRAY_OVERLOADS: Final = 0.15  # below, an error of the vendor's own says nothing about the level
FIRST_PAUSE_S: Final = 0.5  # where the vendor does not say; doubled until a call goes well


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is known of a vendor's limits, and how carefully to find the rest."""

    in_flight: int = 64  # at most
    in_flight_start: int | None = None  # None: at most from the start, opened by the ramp
    in_flight_min: int = 1
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    use_share: float = 0.95  # of the stated rates: vendors' clocks are not ours
    ramp_per_s: float | None = 0.10  # share of `in_flight` opened per second after a start or a pause; None: at once
    ramp_start: float = 0.10  # share that is open from the start
    longest_pause_s: float = 60.0  # where the vendor does not say how long
    sharers: int = 1  # processes that share the account; the figures above are one's own part

    def split(self, workers: int) -> Limits:
        """The limits of one of several processes that share an account."""
        if workers <= 1:
            return self
        rpm, tpm = self.requests_per_minute, self.tokens_per_minute
        start = self.in_flight_start
        return replace(
            self,
            in_flight=max(1, self.in_flight // workers),
            in_flight_start=None if start is None else max(1, start // workers),
            requests_per_minute=None if rpm is None else rpm / workers,
            tokens_per_minute=None if tpm is None else tpm / workers,
            sharers=self.sharers * workers,
        )


UNLIMITED: Final = Limits(in_flight=1_000_000, ramp_per_s=None)


class TokenBucket:
    """Lets `per_s` through on average and `burst` at once. What proves larger than expected becomes a debt."""

    __slots__ = ("_at", "_level", "_now", "burst", "per_s")

    def __init__(self, per_s: float, *, burst: float, now: Now = time.monotonic) -> None:
        self.per_s, self.burst = per_s, burst
        self._now = now
        self._level, self._at = burst, now()

    def delay_s(self, amount: float) -> float:
        """Seconds until `amount` may pass. An amount larger than the burst passes when the bucket is full."""
        missing = min(amount, self.burst) - self._fill()
        return missing / self.per_s if missing > 1e-9 else 0.0

    def take(self, amount: float) -> None:
        """Count an amount; the bucket may fall below zero."""
        self._level = self._fill() - amount

    def put_back(self, amount: float) -> None:
        """An estimate was too large (or, negative, too small)."""
        self._level = min(self.burst, self._fill() + amount)

    def _fill(self) -> float:
        now = self._now()
        if now > self._at:
            self._level = min(self.burst, self._level + (now - self._at) * self.per_s)
            self._at = now
        return self._level


class InFlight:
    """How many calls may be in flight: grows by additions while all goes well, shrinks by a factor on a complaint.

    Growth per round trip is a quarter of the way back to where the vendor last complained, one call at that level, and
    a tenth of the way gone beyond it; so the pace does not depend on how many are allowed at most.
    """

    __slots__ = ("_calm_since", "_complained_at", "_max", "_min", "level")

    SHRINK: Final = 0.8

    def __init__(self, *, start: int, least: int, most: int) -> None:
        self._min, self._max = float(least), float(most)
        self.level = float(min(max(start, least), most))
        self._complained_at: float | None = None  # the level of the last complaint
        self._calm_since = -FOREVER

    def grow(self, in_flight: int) -> None:
        """A call went well. Grows only if the level was what held calls back."""
        if self.level >= self._max or in_flight + 1 < int(self.level):
            return
        gain = 1.0  # before the first complaint the level doubles with each round trip
        if self._complained_at is not None:
            gap = self._complained_at - self.level
            gain = min(1.0, (max(1.0, 0.25 * gap) if gap > 0 else 1.0 - 0.1 * gap) / self.level)
        self.level = min(self._max, self.level + gain)

    def shrink(self, *, started: float, now: float, in_flight: int) -> bool:
        """The vendor complained of a call. False if it was sent before the last decrease: that is no news."""
        if started <= self._calm_since:
            return False
        self._calm_since = now
        self._complained_at = min(self.level, in_flight)
        self.level = max(self._min, self._complained_at * self.SHRINK)
        return True


class Breaker:
    """Stops calling a vendor that has trouble of its own, and probes with one call at a time.

    "Too many requests" and refused content are answers: they never open it.
    """

    __slots__ = ("_cool_s", "_in_a_row", "_probing", "_recent", "_until", "opened", "state")

    IN_A_ROW: Final = 8
    RECENT: Final = 32  # of so many, half may fail
    FIRST_COOL_S: Final = 5.0
    LONGEST_COOL_S: Final = 60.0

    def __init__(self) -> None:
        self.state: BreakerState = "closed"
        self.opened = 0  # times
        self._in_a_row = 0
        self._recent: deque[bool] = deque(maxlen=self.RECENT)  # True: trouble
        self._cool_s = self.FIRST_COOL_S
        self._until = 0.0
        self._probing = False

    def blocked_s(self, now: float) -> float:
        """Seconds until a call may try; forever while another one probes."""
        if self.state == "open":
            if now < self._until:
                return self._until - now
            self.state = "half_open"
        return FOREVER if self._probing else 0.0

    def enter(self) -> bool:
        """A call goes out; True if it is the probe."""
        if self.state == "half_open":
            self._probing = True
            return True
        return False

    def good(self, *, probe: bool) -> None:
        self._in_a_row = 0
        if probe:
            self._probing = False
            self.state = "closed"
            self._cool_s = self.FIRST_COOL_S
            self._recent.clear()
        elif self.state == "closed":
            self._recent.append(False)

    def bad(self, now: float, *, probe: bool) -> None:
        if probe:
            self._probing = False
            self._cool_s = min(self.LONGEST_COOL_S, self._cool_s * 2)
            self._open(now)
        elif self.state == "closed":
            self._in_a_row += 1
            self._recent.append(True)
            half = len(self._recent) == self.RECENT and sum(self._recent) * 2 >= self.RECENT
            if self._in_a_row >= self.IN_A_ROW or half:
                self._open(now)

    def gone(self, *, probe: bool) -> None:
        """A call ended without saying anything about the vendor."""
        if probe:
            self._probing = False

    def _open(self, now: float) -> None:
        self.state = "open"
        self.opened += 1
        self._in_a_row = 0
        self._recent.clear()
        self._until = now + self._cool_s * random.uniform(1.0, 1.1)


class RetryBudget:
    """Retries may add about a tenth to the traffic, so that trouble is not answered with more traffic.

    A retry takes one token. A success gives back `share`; a second gives back `per_s`, so that small runs and long
    outages go on too.
    """

    __slots__ = ("_bucket", "_share", "taken")

    def __init__(
        self, *, share: float = 0.1, start: float = 10.0, per_s: float = 1.0, most: float = 100.0, now: Now
    ) -> None:
        self._bucket = TokenBucket(per_s, burst=most, now=now)
        self._bucket.take(most - start)
        self._share = share
        self.taken = 0

    def success(self) -> None:
        self._bucket.put_back(self._share)

    def take(self) -> float:
        """Take a token: 0. If there is none, nothing is taken: the seconds until there may be one."""
        delay_s = self._bucket.delay_s(1)
        if delay_s == 0:
            self._bucket.take(1)
            self.taken += 1
        return delay_s


class _Share:
    """How many of the last 64 outcomes were of a kind, as a share; of fewer than 16, one is a sixteenth."""

    __slots__ = ("_bits", "_count")

    def __init__(self) -> None:
        self._bits = self._count = 0

    def add(self, hit: bool) -> float:
        self._bits = ((self._bits << 1) | hit) & 0xFFFF_FFFF_FFFF_FFFF
        if self._count < 64:
            self._count += 1
        return self._bits.bit_count() / max(16, self._count) if self._bits else 0.0


@dataclass(slots=True)
class Permit:
    """One call in flight."""

    started: float
    tokens: int
    probe: bool


class Limiter:
    """Everything above, before one model of one account. Waiters are served in order.

    Calls come from one event loop. Use: `permit = limiter.try_enter(n) or await limiter.enter(n)`, then exactly one
    `leave`.
    """

    def __init__(self, limits: Limits = UNLIMITED, *, now: Now = time.monotonic) -> None:
        self.limits = limits
        self.breaker = Breaker()
        self.retries = RetryBudget(now=now)
        self.in_flight = 0
        self.throttled = 0  # "too many requests" seen
        self.waiting = 0  # callers
        self._now = now
        start = limits.in_flight if limits.in_flight_start is None else limits.in_flight_start
        self._allowed = InFlight(start=start, least=limits.in_flight_min, most=limits.in_flight)
        self._throttles, self._overloads = _Share(), _Share()
        self._requests = _bucket(limits.requests_per_minute, limits.use_share, now)
        self._tokens = _bucket(limits.tokens_per_minute, limits.use_share, now)
        self._pause_until = -FOREVER
        self._pause_s = FIRST_PAUSE_S
        self._open_share = limits.ramp_start if limits.ramp_per_s else 1.0
        self._open_since: float | None = None  # the ramp begins with the first call
        self._turns: deque[tuple[asyncio.Future[Permit], int]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._waited_s = 0.0  # by those who wait no more
        self._began_sum = 0.0  # of those who wait
        self._error: BaseException | None = None

    @property
    def level(self) -> int:
        """Calls that may be in flight at the moment."""
        return self._level(self._now())

    @property
    def waited_s(self) -> float:
        """Seconds that callers have waited here, added up, those of the waiting ones included."""
        return self._waited_s + self.waiting * self._now() - self._began_sum

    @property
    def paused_s(self) -> float:
        """Seconds until the shared pause ends."""
        return max(0.0, self._pause_until - self._now())

    def try_enter(self, tokens: int = 0) -> Permit | None:
        """A permit if nobody has to wait, else None."""
        if self._error is not None:
            raise fresh(self._error)
        if self._turns:
            return None
        now = self._now()
        return self._go(now, tokens) if self._blocked_s(now, tokens) <= 0 else None

    async def enter(self, tokens: int = 0, *, until: float | None = None) -> Permit:
        """Wait for a permit. until: a moment of the clock at which to give up with TimeoutError."""
        permit = self.try_enter(tokens)
        if permit is not None:
            return permit
        began = self._now()
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[Permit] = loop.create_future()
        self._turns.append((turn, tokens))
        self.waiting += 1
        self._began_sum += began
        alarm = None if until is None else loop.call_later(max(0.0, until - began), _give_up, turn)
        self._pump()
        try:
            return await turn
        except BaseException:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._undo(turn.result())  # the permit came together with the cancellation
            self._pump()
            raise
        finally:
            if alarm is not None:
                alarm.cancel()
            self.waiting -= 1
            self._began_sum -= began
            self._waited_s += self._now() - began

    def leave(
        self, permit: Permit, outcome: Outcome, *, tokens: int | None = None, retry_after_s: float | None = None
    ) -> float:
        """The call has ended. tokens: what it really took, where known.

        The answer: seconds that this caller alone should wait before it tries again. A stray "too many requests" among
        many good answers is that caller's affair; from one in twenty on all wait together.
        """
        now = self._now()
        alone_s = 0.0
        self.in_flight -= 1
        throttled = self._throttles.add(outcome == "throttled")
        overloaded = self._overloads.add(outcome == "overloaded")
        if tokens is not None and self._tokens is not None:
            self._tokens.put_back(permit.tokens - tokens)
        if outcome == "ok":
            self.breaker.good(probe=permit.probe)
            self.retries.success()
            self._allowed.grow(self.in_flight)
            if permit.started >= self._pause_until:
                self._pause_s = FIRST_PAUSE_S
        elif outcome == "throttled":
            self.throttled += 1
            self.breaker.good(probe=permit.probe)
            if throttled >= STRAY_THROTTLES:
                self._throttle(now, permit.started, retry_after_s)
            else:
                alone_s = FIRST_PAUSE_S * random.uniform(1.0, 2.0) if retry_after_s is None else retry_after_s
        elif outcome == "neutral":
            self.breaker.gone(probe=permit.probe)
        else:
            self.breaker.bad(now, probe=permit.probe)
            if overloaded >= STRAY_OVERLOADS and outcome == "overloaded":
                self._allowed.shrink(started=permit.started, now=now, in_flight=self.in_flight + 1)
        if self._turns:
            self._pump()
        return alone_s

    def learn(self, *, requests_per_minute: float | None, tokens_per_minute: float | None) -> None:
        """What the vendor says of the account's rates; taken where nothing was stated."""
        limits = self.limits
        if limits.requests_per_minute is None and requests_per_minute:
            self._requests = self._learnt(self._requests, requests_per_minute)
        if limits.tokens_per_minute is None and tokens_per_minute:
            self._tokens = self._learnt(self._tokens, tokens_per_minute)

    @property
    def counts_tokens(self) -> bool:
        """Whether it matters how many tokens a call asks for."""
        return self._tokens is not None

    def stop(self, error: BaseException) -> None:
        """From now on every caller, waiting or new, gets `error`. Calls in flight are not touched."""
        self._error = error
        while self._turns:
            turn, _ = self._turns.popleft()
            if not turn.done():
                turn.set_exception(fresh(error))
        self._cancel_timer()

    # ---- private

    def _learnt(self, bucket: TokenBucket | None, per_minute: float) -> TokenBucket | None:
        made = _bucket(per_minute / self.limits.sharers, self.limits.use_share, self._now)
        assert made is not None
        if bucket is None:
            return made
        bucket.per_s, bucket.burst = made.per_s, made.burst
        return bucket

    def _level(self, now: float) -> int:
        return max(1, int(min(self._allowed.level, self.limits.in_flight * self._share(now))))

    def _share(self, now: float) -> float:
        """How far the ramp is open."""
        ramp = self.limits.ramp_per_s
        if not ramp or self._open_share >= 1.0:
            return 1.0
        if self._open_since is None:
            self._open_since = now
        share = self._open_share + ramp * max(0.0, now - self._open_since)
        if share >= 1.0:
            self._open_share = 1.0
            return 1.0
        return share

    def _blocked_s(self, now: float, tokens: int) -> float:
        """Seconds until the next call may go, at most; forever: until another one ends."""
        if self.breaker.state != "closed":
            wait_s = self.breaker.blocked_s(now)
            if wait_s > 0:
                return wait_s
        if now < self._pause_until:
            return self._pause_until - now
        if self.in_flight >= self._level(now):
            return self._ramp_s(now)
        wait_s = 0.0
        if self._requests is not None:
            wait_s = self._requests.delay_s(1)
        if self._tokens is not None:
            wait_s = max(wait_s, self._tokens.delay_s(tokens))
        return wait_s

    def _ramp_s(self, now: float) -> float:
        """Seconds until the ramp opens for one more."""
        share, ramp = self._share(now), self.limits.ramp_per_s
        if share >= 1.0 or not ramp or int(self._allowed.level) <= self.in_flight:
            return FOREVER
        return max(MOMENT_S, ((self.in_flight + 1) / self.limits.in_flight - share) / ramp)

    def _go(self, now: float, tokens: int) -> Permit:
        self.in_flight += 1
        if self._requests is not None:
            self._requests.take(1)
        if self._tokens is not None:
            self._tokens.take(tokens)
        return Permit(now, tokens, self.breaker.state != "closed" and self.breaker.enter())

    def _undo(self, permit: Permit) -> None:
        self.in_flight -= 1
        self.breaker.gone(probe=permit.probe)
        if self._requests is not None:
            self._requests.put_back(1)
        if self._tokens is not None:
            self._tokens.put_back(permit.tokens)

    def _throttle(self, now: float, started: float, retry_after_s: float | None) -> None:
        news = self._allowed.shrink(started=started, now=now, in_flight=self.in_flight + 1)
        if retry_after_s is None:
            if not news:
                return  # sent before the pause that is on already
            retry_after_s = self._pause_s
            self._pause_s = min(self.limits.longest_pause_s, self._pause_s * 2)
        until = now + retry_after_s * random.uniform(1.0, 1.1)  # not all processes come back at once
        if until <= self._pause_until:
            return
        ramp = self.limits.ramp_per_s
        if ramp:  # closes while it waits as fast as it opens
            self._open_share = max(self.limits.ramp_start, self._share(now) - ramp * (until - now))
            self._open_since = until
        self._pause_until = until

    def _pump(self) -> None:
        """Let in whoever may go, and look again when the next one may."""
        turns = self._turns
        while turns:
            turn, tokens = turns[0]
            if turn.done():
                turns.popleft()
                continue
            now = self._now()
            wait_s = self._blocked_s(now, tokens)
            if wait_s > 0:
                break
            turns.popleft()
            turn.set_result(self._go(now, tokens))
        self._cancel_timer()
        if turns and wait_s < FOREVER:
            self._timer = asyncio.get_running_loop().call_later(max(MOMENT_S, wait_s), self._pump)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def fresh(error: E) -> E:
    """The same error to be raised once more: an exception that is raised again keeps all its tracebacks."""
    again = copy.copy(error)
    again.__cause__, again.__traceback__ = error.__cause__, None
    return again


def _bucket(per_minute: float | None, use_share: float, now: Now) -> TokenBucket | None:
    if per_minute is None:
        return None
    per_s = per_minute * use_share / 60
    return TokenBucket(per_s, burst=max(1.0, per_s), now=now)


def _give_up(turn: asyncio.Future[Permit]) -> None:
    if not turn.done():
        turn.set_exception(TimeoutError())
