"""What a trial found, in words and figures for people, the same at a terminal and on a page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from goodsmith.base.durations import as_clock
from goodsmith.base.money import format_money
from goodsmith.records import RowStatus, Value
from goodsmith.trials import ModelTrial, Trial
from goodsmith.trials.accuracy import SlotAccuracy
from goodsmith.trials.choosing import Choice
from goodsmith.trials.estimating import ENOUGH_ROWS, WIDER_ABOVE, Interval
from goodsmith.trials.forecast import Forecast, Share

ADVISED_ROWS: Final = 500
WIDER: Final = (1 + WIDER_ABOVE) / 2
Line = tuple[str, str]  # what it is, and the figure

STATUS: Final = {
    RowStatus.DONE: ("done", "完成"),
    RowStatus.REVIEW: ("to review", "待审核"),
    RowStatus.BLOCKED: ("blocked", "已拦截"),
    RowStatus.FAILED: ("failed", "失败"),
    RowStatus.SKIPPED: ("not tried", "未试"),
}


class Words:
    """Says things in one language."""

    def __init__(self, language: str) -> None:
        self.language = "zh" if language.startswith("zh") else "en"

    def pick(self, en: str, zh: str) -> str:
        return zh if self.language == "zh" else en

    # ---- rows

    def why(self, choice: Choice) -> str:
        """Why a row was chosen."""
        if choice.part == "random":
            return self.pick("drawn at random; the forecast rests on it", "随机抽取,用于预测")
        if choice.part == "known":
            return self.pick(
                "drawn at random among rows whose answer is known; that was hidden",
                "从答案已知的行中随机抽取,答案已隐藏",
            )
        return "; ".join(
            reason.trait.say(self.language)
            if reason.trait.kind == "length"
            else self.pick(
                f"{reason.trait.en} ({percent(reason.share)} of all rows)",
                f"{reason.trait.zh}(占全部行的 {percent(reason.share)})",
            )
            for reason in choice.reasons
        )

    def status(self, status: RowStatus) -> str:
        return self.pick(*STATUS[status])

    def money(self, nanos: float | None, currency: str) -> str:
        return format_money(None if nanos is None else round(nanos), currency, language=self.language)

    # ---- forecasts

    def title(self, trial: Trial, forecast: Forecast) -> str:
        certain = percent(forecast.failures.interval.confidence)
        return self.pick(
            f"Forecast for all {trial.selected:,} rows from the {forecast.drawn:,} random ones; "
            f"each interval holds the truth with {certain} confidence",
            f"对全部 {trial.selected:,} 行的预测,仅依据随机抽取的 {forecast.drawn:,} 行;每个区间的置信度为 {certain}",
        )

    def forecast(self, found: ModelTrial) -> list[Line]:
        """The lines of a model's forecast."""
        forecast = found.forecast
        stopped = [(self.pick("stopped", "已停止"), found.stopped)] if found.stopped else []
        if forecast is None:
            nothing = self.pick("none: no random row was tried", "无:没有试到随机行")
            return [*stopped, (self.pick("forecast", "预测"), nothing)]
        lines = [
            *stopped,
            (self.pick("failures", "失败"), self.share(forecast.failures)),
            (self.pick("to review", "需人工审核"), self.share(forecast.review)),
            (self.pick("cost now", "现在的费用"), self.cost(forecast)),
        ]
        if forecast.later_cost is not None:
            later = self._range(forecast.later_cost, forecast.currency)
            later += self.pick("; this version sends no batches yet", ";本版本尚不能提交批量任务")
            lines.append((self.pick("at the batch price", "按批量价"), later))
        if forecast.calls.value:
            lines += [
                (self.pick("calls", "调用次数"), self.count(forecast.calls)),
                (self.pick("tokens in", "输入 token"), self.count(forecast.input_tokens)),
                (self.pick("tokens out", "输出 token"), self.count(forecast.output_tokens)),
            ]
        if forecast.seconds is not None:
            lines.append((self.pick("time", "时间"), self._time(forecast)))
        if forecast.price_words[0]:
            lines.append((self.pick("price", "价格"), self.pick(*forecast.price_words)))
        if forecast.earlier is not None:
            lines.append((self.pick("earlier runs", "以往运行"), self._earlier(forecast)))
        return lines

    def share(self, share: Share) -> str:
        """`0 of 12: up to 22 %`."""
        said = self.pick(f"{share.hits} of {share.of}: ", f"{share.of} 行中 {share.hits} 行:") + self._bounds(
            share.interval
        )
        if share.rows.high >= 1:
            low, high = round(share.rows.low), round(share.rows.high)
            rows = self.pick(
                f"up to {high:,} rows" if not share.hits else f"{low:,} to {high:,} rows",
                f"最多 {high:,} 行" if not share.hits else f"{low:,} 到 {high:,} 行",
            )
            said += f" ({rows})" if self.language == "en" else f"({rows})"
        if share.with_earlier is not None:
            bounds = self._bounds(share.with_earlier)
            said += self.pick(f"; with earlier runs {bounds}", f";结合以往运行 {bounds}")
        return said

    def cost(self, forecast: Forecast) -> str:
        if forecast.cost is None:
            return self.pick(
                "unknown: the price is not known, state it with --price", "未知:价格未知,请用 --price 指定"
            )
        if not forecast.currency:
            return self.pick("nothing is paid", "不产生费用")
        return self._range(forecast.cost, forecast.currency)

    def rough(self, forecasts: Sequence[Forecast]) -> str:
        """That figures are rough, and how many rows make them better; empty if they are not."""
        rough = [forecast for forecast in forecasts if forecast.rough]
        if not rough:
            return ""
        more = [rows for rows in (ENOUGH_ROWS, ADVISED_ROWS) if rows < rough[0].rows]
        en = "".join(f"; --rows {rows} would give about {_narrower(rough, rows)}" for rows in more)
        zh = "".join(f";--rows {rows} 时约为 {_narrower(rough, rows)}" for rows in more)
        return self.pick(
            f"Rough: fewer than {ENOUGH_ROWS} random rows easily miss a long tail, so the intervals are wider{en}",
            f"粗略估计:随机行少于 {ENOUGH_ROWS} 行时容易漏掉少数特别贵的行,因此区间已放宽{zh}",
        )

    def accuracy(self, found: SlotAccuracy) -> str:
        right = self._bounds(found.right)
        said = self.pick(
            f"{found.same} of {found.known} right ({found.exact} letter by letter): {right}",
            f"{found.known} 行中 {found.same} 行正确(逐字相同 {found.exact} 行):{right}",
        )
        if found.empty:
            said += self.pick(f"; {found.empty} left empty", f";{found.empty} 行留空")
            if found.when_made is not None:
                bounds = self._bounds(found.when_made)
                said += self.pick(f"; of those made {bounds}", f";已填写的行中 {bounds}")
        return said

    def value(self, value: Value) -> str:
        if value is None or value in {"", ()}:
            return "–"
        if isinstance(value, bool):
            return self.pick("yes", "是") if value else self.pick("no", "否")
        return "\n".join(value) if isinstance(value, tuple) else str(value)

    def offer_cost(self, cost: Interval, currency: str) -> str:
        return self._range(cost, currency)

    def fits(self, *, fits: bool) -> str:
        return self.pick("yes", "是") if fits else self.pick("perhaps not", "不一定")

    def count(self, interval: Interval) -> str:
        return self._spread(f"{_rounded(interval.value):,}", f"{_rounded(interval.low):,}", _upper(interval))

    def _bounds(self, interval: Interval) -> str:
        low, high = percent(interval.low), percent(interval.high)
        if interval.low <= 0:
            return self.pick(f"up to {high}", f"最多 {high}")
        if interval.high >= 1:
            return self.pick(f"at least {low}", f"至少 {low}")
        return self.pick(f"{low} to {high}", f"{low} 到 {high}")

    def _range(self, interval: Interval, currency: str) -> str:
        value, low = (self.money(each, currency) for each in (interval.value, interval.low))
        high = self.pick("unknown", "未知") if math.isinf(interval.high) else self.money(interval.high, currency)
        said = self._spread(value, low.removesuffix(f" {currency}"), high.removesuffix(f" {currency}"))
        return said + (self.pick(", rough", ",粗略") if interval.rough else "")

    def _spread(self, value: str, low: str, high: str) -> str:
        if low == high:
            return value
        return self.pick(f"{value} ({low} to {high})", f"{value}({low} 到 {high})")

    def _time(self, forecast: Forecast) -> str:
        assert forecast.seconds is not None
        ends = [
            as_clock(max(1.0, each)) if math.isfinite(each) else "∞"
            for each in (forecast.seconds.value, forecast.seconds.low, forecast.seconds.high)
        ]
        held = {
            "latency": ("by the answers' latency", "取决于应答延迟"),
            "requests": ("by the limit of requests a minute", "取决于每分钟请求数限额"),
            "tokens": ("by the limit of tokens a minute", "取决于每分钟 token 限额"),
            "": ("", ""),
        }[forecast.held_by]
        return self._spread(ends[0], ends[1], ends[2]) + self.pick(f", {held[0]}", f",{held[1]}")

    def _earlier(self, forecast: Forecast) -> str:
        earlier = forecast.earlier
        assert earlier is not None
        return self.pick(
            f"{earlier.runs} with this recipe and model, {earlier.rows:,} rows: {percent(earlier.failed)} failed, "
            f"{percent(earlier.review)} to review, {earlier.tokens_per_row:,.0f} tokens a row, "
            f"{earlier.latency_s:.1f} s an answer",
            f"同一配方与模型共 {earlier.runs} 次、{earlier.rows:,} 行:失败 {percent(earlier.failed)},"
            f"需审核 {percent(earlier.review)},每行 {earlier.tokens_per_row:,.0f} token,"
            f"应答 {earlier.latency_s:.1f} 秒",
        )


def _narrower(forecasts: Sequence[Forecast], rows: int) -> str:
    """Half an interval with more rows: it shrinks with the root of their number."""
    halves = [
        (each.high - each.low) / 2 / each.value / WIDER * math.sqrt(forecast.drawn / rows)
        for forecast in forecasts
        for each in (forecast.cost or forecast.output_tokens,)
        if each.value and math.isfinite(each.high)
    ]
    return f"± {percent(max(halves))}" if halves else "± 9 %"


def percent(share: float) -> str:
    """`22 %`, `0.4 %`; never 0 for what is more."""
    if 0 < share < 0.0005:
        return "< 0.1 %"
    small = 0 < share < 0.0095 or 0.9905 < share < 1
    return f"{share:.1%}".replace("%", " %") if small else f"{share:.0%}".replace("%", " %")


def _upper(interval: Interval) -> str:
    return "∞" if math.isinf(interval.high) else f"{_rounded(interval.high):,}"


def _rounded(number: float) -> int:
    """Three digits that mean something."""
    if number < 1000:
        return round(number)
    return round(round(number), 2 - math.floor(math.log10(number)))
