"""Was something left that a writer should have replaced: a slot, a note to oneself, a chat model's small talk?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from goodsmith.checks.texts import SEPARATOR, Text, joined, shown, written
from goodsmith.records import Draft, Fields, Finding, Locale, OutputSpec, Severity


class _Mark(NamedTuple):
    """Something that gives a placeholder away. signs: one of them stands in the lower-case text if the pattern fits."""

    signs: tuple[str, ...]
    pattern: re.Pattern[str]
    en: str
    zh: str
    real: Callable[[str, Fields, str], bool] = lambda found, fields, code: True


class Placeholder:
    """An error, with the leftover as span."""

    name = "placeholder"
    deep = False

    def __call__(
        self, drafts: Sequence[Draft], *, outputs: Mapping[str, OutputSpec], fields: Fields, locale: Locale | None
    ) -> Iterator[Finding]:
        marks = _suspects(joined(drafts, outputs))
        if not marks:
            return
        code = locale.code if locale else ""
        for place in written(drafts, outputs):
            for mark in marks:
                found = next((hit for hit in mark.pattern.finditer(place[2]) if mark.real(hit[0], fields, code)), None)
                if found is not None:
                    yield Text(*place).finding(
                        self.name,
                        Severity.ERROR,
                        f"{mark.en}: {shown(found[0])!r}",
                        f"{mark.zh}:“{shown(found[0])}”",
                        start=found.start(),
                        end=found.end(),
                    )
                    break


def _suspects(texts: str) -> list[_Mark]:
    """The marks with a sign in the texts."""
    if not _may_hold_a_sign(texts):
        return []
    lowered = texts.lower()
    return [mark for mark in _MARKS if any(sign in lowered for sign in mark.signs)]


def _may_hold_a_sign(texts: str) -> bool:
    """False for nearly all texts. ASCII signs are sought in the ASCII part, which is short in Chinese."""
    ascii_part = texts.encode("ascii", "ignore").lower()
    for hint in _ASCII_HINTS:
        if hint in ascii_part:
            return True
    if _OPENERS.search(ascii_part):
        return True
    return not texts.isascii() and _WIDE_SIGNS.search(texts) is not None


def _names_a_slot(found: str, fields: Fields, code: str) -> bool:
    """Whether what stands in brackets is the name of a slot; `[NEW]`, `<b>` and 【新品】 are decoration."""
    inner = found[1:-1].strip(" _-{}%").casefold()
    if inner in _SENTINELS or _SLOT_WORDS.fullmatch(inner):
        return True
    return found[0] not in "【(" and len(inner) > 1 and any(inner == name.casefold() for name in fields)


def _is_no_size(found: str, fields: Fields, code: str) -> bool:
    """XXX is a placeholder unless the source says so too."""
    return not any(found in value for value in fields.values() if isinstance(value, str))


def _is_no_word(found: str, fields: Fields, code: str) -> bool:
    """TODO is `all` in Spanish and Portuguese."""
    return code not in {"es", "pt", "gl", "it", "ca"}


_SENTINELS = frozenset(
    "skipped error failed redacted null none missing blank empty omitted truncated placeholder insert tbd todo".split()  # noqa: SIM905  reads better than quotes around each
)
_SLOT_WORDS = re.compile(
    r"(?:insert |enter |add |your |the |product |brand |company |item |shop |此处|在此|插入|填写|填入|您的|你的){0,3}"
    r"(?:(?:product|brand|company|item|shop|model|colou?r|category|material)[ _-]?(?:name|title|description|number)?"
    r"|name|title|price|size|keyword|feature|description|link|text|商品名称?|产品名称?|品牌名称?|名称|标题|描述|型号"
    r"|价格|关键词|卖点|文案|内容)(?: here)?"
)
_NOUNS = r"title|description|translation|product|copy|text|json|output|listing|selling|bullet|key|answer|result|revised"
_FLAGS = re.IGNORECASE
_MARKS: tuple[_Mark, ...] = (
    _Mark(
        ("{", "}}", "<%"),
        re.compile(r"\{\{.{0,60}|[^{}\n]{0,20}\}\}|\{%.{0,60}|\$\{.{0,40}|<%.{0,40}"),
        "a template slot was not filled",
        "模板变量未填充",
    ),
    _Mark(
        ("[", "<", "{", "【"),
        re.compile(r"\[[^\[\]\n]{1,40}\]|<[^<>\n]{1,40}>|\{[^{}\n]{1,40}\}|【[^【】\n]{1,20}】"),
        "a slot was not filled",
        "占位内容未替换",
        _names_a_slot,
    ),
    _Mark(
        ("lorem ips", "dolor sit"),
        re.compile(r"lorem ipsum.{0,40}|dolor sit amet.{0,40}", _FLAGS),
        "filler text",
        "填充用的假文",
    ),
    _Mark(
        ("xxx", "×××"),
        re.compile(r"(?<![A-Za-z\d])(?:X{3,40}|x{3,40})(?![A-Za-z\d])(?!-| ?[Ll]arge| ?[Ss]mall)|×{3,40}"),
        "a blank to fill in",
        "待填内容",
        _is_no_size,
    ),
    _Mark(
        ("xx", "某某"),
        re.compile(r"[Xx]{2}(?:品牌|公司|商品|产品|型号)|某某(?:品牌|公司|商品|产品)"),
        "a blank to fill in",
        "待填内容",
    ),
    _Mark(
        ("todo", "fixme"),
        re.compile(r"(?<![A-Za-z])(?:TODO|FIXME)(?![A-Za-z])"),
        "a note to oneself",
        "待办标记",
        _is_no_word,
    ),
    _Mark(("tbd", "tba"), re.compile(r"(?<![A-Za-z])(?:TBD|TBA)(?![A-Za-z])"), "a note to oneself", "待办标记"),
    _Mark(
        ("待补", "待填", "待完善", "此处", "请在此", "请填写", "占位", "示例文", "在此插入", "在这里"),
        re.compile(
            r"待补充?|待填[写充]?|待完善|(?:请在)?此处(?:填写|插入|输入|补充|添加|省略|替换).{0,10}|请在此.{0,10}|请填写.{0,10}"
            r"|占位(?:符|文本|内容)|示例文[本案字]|在(?:此|这里)(?:插入|填写|输入).{0,10}"
        ),
        "a blank to fill in",
        "待填内容",
    ),
    _Mark(
        ("insert ", "placeholder", "your text here", "goes here", "enter your"),
        re.compile(
            r"\binsert (?:your |the |product |brand ){0,2}(?:name|text|title|description|details|image|link)\b"
            r"|\bplaceholder (?:text|title|description|image)\b|\byour text here\b"
            r"|\b(?:text|title|description) goes here\b|\benter your (?:text|title|description)\b",
            _FLAGS,
        ),
        "a blank to fill in",
        "待填内容",
    ),
    _Mark(
        ("as an ai", "language model", "m sorry", "i cannot ", "i can", "i apologi"),
        re.compile(
            r"\bas an ai(?: language)? (?:model|assistant)\b.{0,40}|\bas an ai, i\b.{0,40}"
            r"|\b(?:a|large) language model, i\b.{0,40}"
            r"|\bi(?:['’]m| am) sorry,? (?:but |i ).{0,40}"
            r"|\bi (?:cannot|can['’]t) (?:write|provide|create|generate|assist|help|fulfil|translate|comply).{0,40}"
            r"|\bi apologi[sz]e,? (?:but|for).{0,40}",
            _FLAGS,
        ),
        "the model talks about itself",
        "模型的自述",
    ),
    _Mark(
        ("作为", "语言模型", "抱歉", "我无法", "我不能"),
        re.compile(
            r"作为(?:一个|一名|一款)?(?:AI|人工智能|大?语言模型)(?:语言模型|助手|模型)?[，,我].{0,20}"
            r"|(?:很|非常)?抱歉[，,。]?(?:我|无法|不能).{0,20}|我(?:无法|不能)(?:提供|生成|撰写|完成|翻译).{0,20}",
            _FLAGS,
        ),
        "the model talks about itself",
        "模型的自述",
    ),
    _Mark(
        tuple(SEPARATOR + opener for opener in ("here", "sure", "certainly", "of course", "below is", "title:")),
        re.compile(
            r"\A(?:(?:sure|certainly|of course|absolutely)[,!.] ?(?:here|i |below|let).{0,60}"
            r"|(?:here(?:['’]s| is| are)|below (?:is|are)) "
            r"(?:(?:the|a|an|your|some|my|five|\d) )?(?:[\w-]{1,20} ){0,4}?"
            rf"(?:{_NOUNS})s?\b[^.!?\n]{{0,60}}:|title: )",
            _FLAGS,
        ),
        "small talk before the text",
        "正文前的客套话",
    ),
    _Mark(
        tuple(SEPARATOR + opener for opener in ("以下", "下面是", "好的", "当然", "标题：", "标题:", "没问题")),
        re.compile(
            r"\A(?:(?:好的|当然|没问题)[，,！!。].{0,40}"
            r"|(?:以下|下面)(?:是|为)[^，。！？\n]{0,30}(?:[：:]|标题|卖点|描述|翻译|文案|译文)"
            r"|标题[：:])"
        ),
        "small talk before the text",
        "正文前的客套话",
    ),
    _Mark(("```",), re.compile(r"```[a-z]{0,10}"), "a code fence", "代码块标记"),
)
_SIGNS = tuple(dict.fromkeys(sign for mark in _MARKS for sign in mark.signs))
_WIDE_SIGNS = re.compile("|".join(re.escape(sign) for sign in _SIGNS if not sign.isascii()))
_ASCII_SIGNS = [sign for sign in _SIGNS if sign.isascii()]
_TELLING = "{}[<%`"  # one letter is found five times as fast as a word


def _hint(sign: str) -> str:
    """What stands wherever the sign stands, and is quickly found."""
    letter = next((letter for letter in _TELLING if letter in sign), None)
    return letter or min((other for other in _ASCII_SIGNS if other in sign), key=len)


_ASCII_HINTS = {_hint(sign).encode() for sign in _ASCII_SIGNS if sign[0] != SEPARATOR}
_OPENERS = re.compile(
    b"%b(?:%b)" % (SEPARATOR.encode(), "|".join(sign[1:] for sign in _ASCII_SIGNS if sign[0] == SEPARATOR).encode())
)
