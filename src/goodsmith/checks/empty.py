"""Is there something to read, rather than blanks, dashes or a word that stands for nothing?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from goodsmith.checks.texts import Text, shown, written
from goodsmith.records import Draft, Fields, Finding, Locale, OutputSpec, Severity

# Words for nothing, casefolded, without the punctuation around them.
_WORDS = (
    "null|none|nil|nan|n/a|na|n.a|undefined|unknown|empty|tbd|not available|not applicable|not provided|not specified",
    "no data|no description|无|空|暂无|没有|未知|不详|未提供|不适用|暂缺|无数据|暂无数据|暂无描述",
    "なし|不明|없음|нет|keine|ninguno|aucun",
)
_NOTHING = frozenset(word for line in _WORDS for word in line.split("|"))
_LONGEST = 24  # characters, with quotation marks and dashes around the longest of them
_FILLERS = "\u3164\u115f\u1160\uffa0\u2800"  # letters to Unicode, blanks to the eye


class Empty:
    """An error where the slot is required, a warning where it may be left out."""

    name = "empty"
    deep = False

    def __call__(
        self, drafts: Sequence[Draft], *, outputs: Mapping[str, OutputSpec], fields: Fields, locale: Locale | None
    ) -> Iterator[Finding]:
        for place in written(drafts, outputs):
            draft, item, text = place
            if _says_something(text) and (len(text) > _LONGEST or _bare(text) not in _NOTHING):
                continue
            spec = outputs.get(draft.slot)
            required = spec is None or spec.required
            if not text.strip() and not required and not item:
                continue  # left out, as it may be
            yield Text(*place).finding(
                self.name,
                Severity.ERROR if required else Severity.WARNING,
                f"it only says {shown(text)!r}" if text.strip() else "it is empty",
                f"内容只有“{shown(text)}”" if text.strip() else "内容为空",
            )
        for draft in drafts:
            if draft.value == ():
                spec = outputs.get(draft.slot)
                if spec is not None and spec.required and not spec.min_items:  # else `schema` counts them
                    yield Finding(
                        rule=self.name,
                        severity=Severity.ERROR,
                        slot=draft.slot,
                        locale=draft.locale,
                        en=f"{draft.slot}: the list is empty",
                        zh=f"{draft.slot}:列表为空",
                    )


def _says_something(text: str) -> bool:
    if text[:1].isalnum() and text[0] not in _FILLERS:
        return True  # nearly always
    return any(character.isalnum() and character not in _FILLERS for character in text)


def _bare(text: str) -> str:
    start, end = 0, len(text)
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not text[end - 1].isalnum():
        end -= 1
    return text[start:end].casefold()
