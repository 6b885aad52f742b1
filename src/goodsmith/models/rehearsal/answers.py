"""Plausible answers for any JSON Schema: right in type, length, number and language, and without a single fact.

The words say nothing that could be checked, so a rehearsed row passes the checks and nobody mistakes it for copy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Maker = Callable[["Occasion"], Any]


@dataclass(slots=True)
class Occasion:
    """What an answer is made for. number: the draw; equal numbers give equal answers."""

    number: int
    language: str = "en"  # zh or en
    name: str = ""  # of the product, "" if none was found or it is in another script
    ids: Sequence[str] = ()
    placeholder: bool = False
    invents: bool = False  # until a fact that no source has is said
    used: int = 0
    ids_used: int = 0
    drawn: int = field(default=0)

    def draw(self, below: int) -> int:
        """A number from 0 on; another at each call."""
        self.drawn += 1
        mixed = (self.number + self.drawn * 0x9E3779B97F4A7C15) & _MASK
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return (mixed ^ (mixed >> 31)) % below

    def sentence(self) -> str:
        """The next sentence; none comes twice in an answer until all were used."""
        pool = _SENTENCES[self.language]
        step = _STEPS[self.number % len(_STEPS)]
        chosen = pool[(self.number // 7 + self.used * step) % len(pool)]
        self.used += 1
        return chosen

    def phrase(self) -> str:
        return _PHRASES[self.language][self.draw(len(_PHRASES[self.language]))]


def maker_of(schema: Mapping[str, Any]) -> Maker:
    """Compile a schema once; calling the result fills it."""
    return _maker(schema, schema, "", 0)


def plain_words(occasion: Occasion) -> str:
    """An answer without a shape."""
    return _joined([occasion.sentence() for _ in range(3)], occasion.language)


def language_of(system: str, user: str) -> str:
    """The language that a prompt asks for, zh or en; others are answered in English."""
    for text in (system, user):
        for pattern in _ASKED:
            if found := pattern.search(text):
                return "zh" if found.group(1).lower() in _CHINESE else "en"
    return "zh" if _HAN.search(user) and not system else "en" if not _HAN.search(system) else "zh"


def name_of(user: str, language: str) -> str:
    """The name of the product in a prompt, if it is in the script of the language."""
    found = _NAME.search(user)
    name = _MARK.sub("", found.group(1)).strip(" \"'“”,。") if found else ""
    return name if name and bool(_HAN.search(name)) == (language == "zh") else ""


# ---- schemas ------------------------------------------------------------------------------------------------------

_MASK: Final = (1 << 64) - 1
_DEPTH: Final = 8
_TRIES: Final = 6  # for an item that is not in its list yet
_ID_NAMES: Final = frozenset({"id", "ids", "row_id", "row", "key", "sku", "ordinal", "index", "product_id"})


def _maker(schema: Any, root: Mapping[str, Any], name: str, depth: int) -> Maker:
    if not isinstance(schema, Mapping) or depth > _DEPTH:
        return _constant(None)
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return _maker(_resolved(reference, root), root, name, depth + 1)
    if "const" in schema:
        return _constant(schema["const"])
    if choices := [choice for choice in schema.get("enum") or () if choice is not None]:
        return lambda occasion: choices[occasion.draw(len(choices))]
    for word in ("anyOf", "oneOf", "allOf"):
        for branch in schema.get(word) or ():
            if not (isinstance(branch, Mapping) and branch.get("type") == "null"):
                return _maker(branch, root, name, depth + 1)
    kind = schema.get("type")
    if isinstance(kind, list):
        if "null" in kind and {"integer", "number"} & set(kind):
            return _constant(None)  # a number that nothing supports would be a made-up fact
        kind = next((one for one in kind if one != "null"), "null")
    match kind:
        case "object":
            return _object(schema, root, depth)
        case "array":
            return _array(schema, root, name, depth)
        case "integer" | "number":
            return _number(schema, name, whole=kind == "integer")
        case "boolean":
            return lambda occasion: occasion.draw(2) == 1
        case "string":
            return _text(schema, name)
        case "null":
            return _constant(None)
    return _object(schema, root, depth) if "properties" in schema else _text(schema, name)


def _constant(value: Any) -> Maker:
    return lambda occasion: value


def _resolved(reference: str, root: Mapping[str, Any]) -> Any:
    found: Any = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        if part:
            found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
    return found


def _object(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> Maker:
    makers = [(name, _maker(inner, root, name, depth + 1)) for name, inner in (schema.get("properties") or {}).items()]
    return lambda occasion: {name: make(occasion) for name, make in makers}


def _limit(schema: Mapping[str, Any], name: str) -> Any:
    """A limit, wherever it stands: Claude's structured outputs take some in words only, as `{maxItems: 5}`."""
    if name in schema:
        return schema[name]
    found = re.search(rf"[{{ ]{name}: ([0-9]{{1,6}})[,}}]", str(schema.get("description", "")))
    return found and found[1]


def _array(schema: Mapping[str, Any], root: Mapping[str, Any], name: str, depth: int) -> Maker:
    items = schema.get("items") or {"type": "string"}
    described = schema.get("description")
    if isinstance(items, Mapping) and "description" not in items and isinstance(described, str):
        items = {**items, "description": described}  # the limits of items are told with their list
    make = _maker(items, root, name, depth + 1)
    least = int(_limit(schema, "minItems") or 0)
    most = int(_limit(schema, "maxItems") or max(least, 3))
    count = max(least, min(most, 5))
    has_ids = isinstance(items, Mapping) and bool(_ID_NAMES & set(items.get("properties") or ()))

    def fill(occasion: Occasion) -> list[Any]:
        asked = len(occasion.ids) if has_ids and occasion.ids else count
        made: list[Any] = []
        for _ in range(max(least, min(asked, most) if _limit(schema, "maxItems") else asked)):
            item = make(occasion)
            for _ in range(_TRIES if isinstance(item, str) else 0):
                if item not in made:
                    break
                item = make(occasion)
            made.append(item)
        return made

    return fill


def _number(schema: Mapping[str, Any], name: str, *, whole: bool) -> Maker:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    low = low if low is not None else min(1, high if high is not None else 1)
    high = high if high is not None else low + 99
    if "exclusiveMinimum" in schema:
        low += 1 if whole else (high - low) / 100
    if "exclusiveMaximum" in schema:
        high -= 1 if whole else (high - low) / 100

    def fill(occasion: Occasion) -> float:
        if whole and name in _ID_NAMES and (digits := re.sub(r"\D", "", _next_id(occasion))):
            return int(digits)
        if whole:
            return int(low) + occasion.draw(max(1, int(high) - int(low) + 1))
        return float(round(low + (high - low) * occasion.draw(101) / 100, 2))

    return fill


def _text(schema: Mapping[str, Any], name: str) -> Maker:
    least, most, width = _limits(schema)
    if name in _ID_NAMES:
        return lambda occasion: (_next_id(occasion) or f"id-{occasion.draw(100_000)}").ljust(int(least), "0")

    def fill(occasion: Occasion) -> str:
        if occasion.placeholder:
            return _PLACEHOLDERS[occasion.draw(len(_PLACEHOLDERS))]
        per_letter = width[0] if occasion.language == "zh" else width[1]
        room, needed = max(1, int(most / per_letter)), int(-(-least // per_letter))
        titled = name in _SHORT_NAMES
        parts = [_title(occasion, room)] if titled else [occasion.sentence()]
        wanted = needed if titled or room <= 60 else max(needed, min(room * 0.6, 90))
        while len(text := _joined(parts, occasion.language)) < wanted:
            parts.append(occasion.sentence())
        if occasion.invents and not titled and room >= _INVENTED_CHARS:
            return _with_invention(text, occasion, room)
        if len(text) <= room:
            return text
        shorter = _joined(parts[:-1], occasion.language) or occasion.phrase()
        return shorter if needed <= len(shorter) <= room else _cut(text, room, needed)

    return fill


def _with_invention(text: str, occasion: Occasion, room: int) -> str:
    """The text, or as much of it as there is room for, and a fact that no source has."""
    occasion.invents = False
    pool = INVENTIONS[occasion.language]
    invented = pool[occasion.draw(len(pool))]
    longer = _joined([text, invented], occasion.language)
    return longer if len(longer) <= room else invented


def _limits(schema: Mapping[str, Any]) -> tuple[float, float, tuple[float, float]]:
    """Least and most, and what a Chinese and a Latin letter count. Limits may stand in the description, in words."""
    least, most = float(schema.get("minLength") or 0), float(schema.get("maxLength") or 400)
    width = (1.0, 1.0)
    said = schema.get("description")
    for word, count, unit in _LIMIT.findall(said) if isinstance(said, str) else ():
        width = {"half-widths": (2.0, 1.0), "bytes": (3.0, 1.0)}.get(unit, (1.0, 1.0))
        if word == "most":
            most = min(most, float(count)) if "maxLength" in schema else float(count)
        else:
            least = max(least, float(count))
    return least, most, width


def _title(occasion: Occasion, room: int) -> str:
    gap = "" if occasion.language == "zh" else " "
    phrase = occasion.phrase()
    return f"{occasion.name}{gap}{phrase}" if occasion.name and len(occasion.name) + len(phrase) < room else phrase


def _cut(text: str, room: int, needed: int) -> str:
    """At a word or a comma, if enough stays."""
    cut = text[:room]
    at_word = cut.rpartition(" ")[0] if text.isascii() else cut
    for end in ",,、 ":
        at_word = at_word.removesuffix(end)
    return at_word if at_word and len(at_word) >= needed else cut


def _joined(parts: Sequence[str], language: str) -> str:
    return "".join(parts) if language == "zh" else " ".join(parts)


def _next_id(occasion: Occasion) -> str:
    if not occasion.ids:
        return ""
    occasion.ids_used += 1
    return occasion.ids[(occasion.ids_used - 1) % len(occasion.ids)]


# ---- words --------------------------------------------------------------------------------------------------------

_HAN: Final = re.compile("[㐀-鿿]")
_NAME: Final = re.compile(
    r"(?:^|[\n{,])\s*\"?(?:product )?(?:name|title|商品名称|名称|品名|标题)\"?\s*[::]\s*\"?([^\n\"]{2,60})",
    re.IGNORECASE,
)
_MARK: Final = re.compile(r"ROWID-[0-9]*")
_LANGUAGES: Final = (
    "Chinese|English|German|French|Spanish|Italian|Portuguese|Russian|Japanese|Korean|Arabic|Dutch|Polish|Thai|Turkish|"
    "Vietnamese|Indonesian"
)
_ASKED: Final = (
    re.compile(rf"\b({_LANGUAGES}) \("),  # as locales are named: English (United States)
    re.compile(rf"\b(?:in|into|for) ({_LANGUAGES})\b", re.IGNORECASE),
    re.compile("(?:用|译成|翻译成|翻译为|使用)(简体中文|繁体中文|中文|英文|英语)"),
    re.compile(rf"\b({_LANGUAGES})\b"),
    re.compile("(中文|汉语|英文|英语)"),
)
_CHINESE: Final = frozenset({"chinese", "中文", "汉语", "简体中文", "繁体中文"})
_LIMIT: Final = re.compile(r"at (most|least) (\d{1,7}) (half-widths|characters|bytes)")
_SHORT_NAMES: Final = frozenset({"title", "name", "headline", "subtitle", "slogan", "标题", "名称"})
_INVENTED_CHARS: Final = 30  # that a text must have room for
INVENTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "zh": ("净重7.431千克。", "产自列支敦士登。", "通过EN 99417认证。", "型号为ZX-9417。", "一套共37件。"),
    "en": (
        "It weighs 7.431 kg.",
        "It is made in Liechtenstein.",
        "It is certified to EN 99417.",
        "This is model ZX-9417.",
        "It is a set of 37 pieces.",
    ),
}
_PLACEHOLDERS: Final = ("[product name]", "TODO", "Lorem ipsum dolor sit amet", "{{ title }}", "XXX", "[品牌名]")
_STEPS: Final = (1, 5, 7, 11, 13, 17, 19)  # each prime to the sizes of the pools
_SENTENCES: Final[Mapping[str, tuple[str, ...]]] = {
    "zh": (
        "外观简洁,放在家中很协调。",
        "手感顺滑,拿取都方便。",
        "细节处理得当,看得出用心。",
        "日常打理起来省时省力。",
        "适合自用,也可当作礼物。",
        "颜色耐看,搭配不挑场合。",
        "开箱即可使用,步骤清楚。",
        "收纳时占地不多,移动轻松。",
        "包装完整,送达后便于检查。",
        "线条利落,整体比例匀称。",
        "用起来安静,不打扰旁人。",
        "上手简单,家人都能学会。",
        "边角圆润,触摸时不刮手。",
        "风格百搭,换季也用得上。",
        "结构稳当,摆放后不易晃动。",
        "说明写得明白,照做就好。",
        "周末出门带着它,心情更好。",
        "清洗之后,很快恢复原貌。",
        "桌面因它多了几分整齐。",
        "早晚忙碌时,它能帮上忙。",
        "初次购买的人也容易挑选。",
        "朋友来访时,常会问起它。",
        "与旧物搭在一起,同样好看。",
    ),
    "en": (
        "It fits quietly into most rooms.",
        "Easy to pick up, easy to put away.",
        "The edges feel smooth under the hand.",
        "A calm shape that goes with what you own.",
        "Setting it up takes no special skill.",
        "Made to be used often, not just admired.",
        "Cleaning up afterwards is simple.",
        "Guests tend to ask where it came from.",
        "You can wrap it as a gift without a second thought.",
        "Colours stay muted and pleasant all year.",
        "Thoughtful details show at a closer look.",
        "Beginners find their way around quickly.",
        "Store it on a shelf between two uses.",
        "Works just as well for busy mornings.",
        "Nothing rattles when you carry it along.",
        "Its lines are clean from every side.",
        "Old and new things look right beside it.",
        "Instructions are short and clear.",
        "Your evenings get a little more orderly.",
        "Handles everyday tasks without fuss.",
        "Packs flat for the way home.",
        "Families share it without trouble.",
        "Weekend trips are a good reason to bring it.",
    ),
}
_PHRASES: Final[Mapping[str, tuple[str, ...]]] = {
    "zh": ("日常好搭档", "简约耐看款", "居家常备", "送礼自用皆宜", "轻松上手", "四季可用", "整洁有序之选", "用着顺手"),
    "en": (
        *("for Everyday Use", "with a Calm Look", "for Home and Travel", "Ready to Give", "in a Clean Shape"),
        *("Made Simple", "for Busy Mornings", "That Stays Handy"),
    ),
}
