"""Where in a template something is wrong, and the near names, said in English and Chinese."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from liquid.exceptions import LiquidError

from goodsmith.errors import TemplateError


@dataclass(frozen=True, slots=True)
class Place:
    """A template's source and where it stands in its file."""

    source: str
    name: str = ""
    first_line: int = 1

    def error(self, index: int, en: str, zh: str) -> TemplateError:
        """The error at a character of the source; index beyond the end points behind the last character."""
        before = self.source[: max(0, min(index, len(self.source)))]
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        return TemplateError(
            en,
            zh=zh,
            # TemplateError shows the line that it names, so the file's earlier lines are stood in for by empty ones.
            source="\n" * (self.first_line - 1) + self.source.replace("\r\n", "\n"),
            line=self.first_line + line - 1,
            column=column,
            name=self.name,
        )

    def unknown(self, index: int, kind: str, kind_zh: str, name: str, known: Iterable[str]) -> TemplateError:
        """The error about a name that is not among the known ones."""
        names = sorted(known)
        near = (
            difflib.get_close_matches(name, names, n=3, cutoff=0.5)
            or [other for other in names if name and (name.casefold() in other.casefold())][:3]
        )
        shown = ", ".join(map(written, near or names[:12]))
        en, zh = f"unknown {kind} {name!r}", f"没有名为 {name!r} 的{kind_zh}"
        if near:
            en, zh = f"{en}; did you mean: {shown}?", f"{zh};您是否要找:{shown}"
        elif shown:
            en, zh = f"{en}; known: {shown}", f"{zh};已有:{shown}"
        return self.error(index, en, zh)

    def translated(self, error: LiquidError, fallback: int) -> TemplateError:
        """A parser's error as ours. fallback: the index to point at if the parser does not say where."""
        token = error.token
        index = token.start_index if token is not None and token.start_index >= 0 else fallback
        message = str(error.args[0]) if error.args else "this is not understood"
        seen = token.value if token is not None else ""
        for pattern, en, zh in _MESSAGES:
            if match := re.search(pattern, message):
                said = match.groupdict().get("seen") or seen
                return self.error(index, en.format(seen=said), zh.format(seen=said))
        return self.error(index, message, f"写法有误:{message}")


def written(name: str) -> str:
    """A name as a template writes it: bare, or `['odd name']`."""
    if _BARE.fullmatch(name) and name not in _RESERVED and not name[0].isdigit():
        return name
    return f'["{name}"]' if "'" in name else f"['{name}']"


_BARE = re.compile(r"\w[\w\-]*\??")
_RESERVED = frozenset(
    (
        *("true", "false", "nil", "null", "empty", "blank", "and", "or", "contains", "not", "in", "offset", "limit"),
        *("reversed", "cols", "continue", "with", "for", "as", "if", "else", "required"),
    )
)
_HINTS = {
    "“": ('write straight quotes: "', '请用英文引号 "'),
    "”": ('write straight quotes: "', '请用英文引号 "'),
    "‘": ("write straight quotes: '", "请用英文引号 '"),
    "’": ("write straight quotes: '", "请用英文引号 '"),
    "，": ("write a plain comma: ,", "请用英文逗号 ,"),
    "：": ("write a plain colon: :", "请用英文冒号 :"),
    "（": ("write plain parentheses: ( )", "请用英文括号 ( )"),
    "）": ("write plain parentheses: ( )", "请用英文括号 ( )"),
    "＝": ("write == to compare", "比较请写 =="),
    "＞": ("write >", "请用英文 >"),
    "＜": ("write <", "请用英文 <"),
    "&": ('write "and"', "请写 and"),
    "'": ("the text is not closed with '", "文本缺少结尾的 '"),
    '"': ('the text is not closed with "', '文本缺少结尾的 "'),
}
_MESSAGES: list[tuple[str, str, str]] = [
    *(
        (rf"^unexpected ['\"]+{re.escape(sign)}", f"unexpected {{seen}}: {en}", f"多余的 {{seen}}:{zh}")
        for sign, (en, zh) in _HINTS.items()
    ),
    (r"unexpected '?(?P<seen>.+?)'?$", "unexpected {seen}", "这里不应出现 {seen}"),
    (r"expected '}}', found end of file", "this {{{{ is not closed with }}}}", "这里的 {{{{ 没有用 }}}} 结束"),
    (r"missing tag name or closing", "this {{% is not closed with %}}", "这里的 {{% 没有用 %}} 结束"),
    (r"unknown operator '(?P<seen>.+)'", "unknown operator {seen}; known: == != < <= > >=", "没有运算符 {seen}"),
    (
        r"expected end of expression, found word",
        "unexpected {seen!r}; a name with spaces is written ['such a name']",
        "这里不应出现 {seen!r};带空格的列名请写成 ['列 名']",
    ),
    (r"comma separated list", "a comma is missing before {seen!r}", "{seen!r} 前缺少逗号"),
    (
        r"expected a primitive expression, found (?P<seen>\w+)",
        "expected a name, text or number, found {seen!r}; a column of that name is written ['…']",
        "这里应是列名、文本或数字,却是 {seen!r};若有同名的列请写成 ['…']",
    ),
]
