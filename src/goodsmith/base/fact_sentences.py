"""Says the attributes of a product as sentences, in Chinese and in English, and nothing that they do not say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, Literal

from goodsmith.base.wording import options, phrase

Fact = tuple[str, str]  # name and value, both ready to be said


def in_sentences(facts: Iterable[Fact], code: str) -> str:
    """The facts as sentences of the language: what it is made of, which choices there are, what else.

    A language without sentences here gets `Name: value.` for each.
    """
    listed = list(facts)
    return _chinese(listed) if code == "zh" else _english(listed) if code == "en" else _listed(listed)


def with_facts(facts: Iterable[Fact], more: Iterable[Fact]) -> list[Fact]:
    """The facts and more of them, without those that have no value or whose name or value is there already."""
    listed = list(facts)
    for name, value in more:
        said = phrase(value)
        if said and not any(name.casefold() == known.casefold() or said == told for known, told in listed):
            listed.append((name, said))
    return listed


def in_questions(facts: Iterable[Fact], code: str) -> list[str]:
    """Each fact as a question with its answer, on one line. None in a language without questions here."""
    if code not in _ASKED:
        return []
    question, answer, of, say = _ASKED[code]
    return [f"{question}{of(name, value)}{answer}{say(value)}" for name, value in facts]


def _listed(facts: Sequence[Fact]) -> str:
    return " ".join(f"{name}: {value}." for name, value in facts)


# ---- Chinese ------------------------------------------------------------------------------------------------------

_MADE: Final = ("材", "料", "填充", "工艺", "芯", "产地", "成分", "成份", "花材")
_AMOUNT: Final = ("重", "克")
_CHOICE: Final = ("尺寸", "规格", "色", "尺码", "容量", "长度", "高度", "重量", "克重", "口味")


def _chinese(facts: Sequence[Fact]) -> str:
    made, choices, others = [], [], []
    for name, value in facts:
        kind = _kind(name)
        if kind == "made":
            made.append(_made_of(name, value))
        elif kind == "choice":
            choices.append(_chosen(name, value))
        else:
            others.append(f"{name}：{value}")
    between = "；" if any("方面，" in said for said in choices) else "，"
    ends = ("，".join(made), between.join(choices), "；".join(others))
    return "".join(f"{said}。" for said in ends if said)


@lru_cache(maxsize=1024)  # products of a catalog have the same attributes
def _kind(name: str) -> Literal["made", "choice", "other"]:
    """What an attribute says, by its name."""
    if any(word in name for word in _MADE) and not any(word in name for word in _AMOUNT):
        return "made"
    return "choice" if any(word in name for word in _CHOICE) else "other"


def _made_of(name: str, value: str) -> str:
    if name == "产地":
        return f"产自{value}"
    if "工艺" in name:
        return f"采用{value}" if "工艺" in value else f"采用{value}工艺"
    return value if "为" in value else f"{name}为{value}"


def _chosen(name: str, value: str) -> str:
    if "为" in value:
        return f"{name}方面，{value}"
    many = options(value)
    return f"{name}有{'、'.join(many)}可选" if len(many) > 1 else f"{name}为{value}"


# ---- English ------------------------------------------------------------------------------------------------------

_MATERIAL: Final = frozenset({"material", "materials", "fabric", "made of"})
_COLOR: Final = frozenset({"color", "colour", "colors", "colours"})
_ORIGIN: Final = frozenset({"origin", "country of origin", "made in", "country of manufacture"})


def _english(facts: Sequence[Fact]) -> str:
    return " ".join(f"{_english_fact(name, value)}." for name, value in facts)


def _english_fact(name: str, value: str) -> str:
    key = name.casefold()
    if key in _MATERIAL:
        return f"Made of {value}"
    if key in _ORIGIN:
        return f"Made in {value}"
    many = options(value)
    if key in _COLOR and len(many) > 1:
        return f"Comes in {', '.join(many[:-1])} and {many[-1]}"
    return f"{name[:1].upper()}{name[1:]}: {', '.join(many)}"


# ---- questions ----------------------------------------------------------------------------------------------------

_QUESTIONS_ZH: Final = (  # a part of the fact's name -> the question of a shopper
    (("材质", "材料"), "是什么材质的？"),
    (("颜色", "花色"), "是什么颜色的？"),
    (("适用人数",), "适合几个人用？"),
    (("适用人群", "适用对象", "适用年龄"), "适合谁用？"),
    (("适用",), "适用于什么？"),
    (("产地",), "产自哪里？"),
    (("工艺",), "用的是什么工艺？"),
    (("保质期",), "保质期有多久？"),
    (("件数",), "一套有几件？"),
    (("清单",), "包装里有什么？"),
    (("注意", "提示", "洗涤", "保养"), "使用时要注意什么？"),
)
_AMOUNTS_ZH: Final = (
    "尺", "寸", "重", "容量", "含量", "长", "宽", "高度", "厚", "直径", "电压", "功率", "人数", "数量", "克", "规格",
)  # fmt: skip
_QUESTIONS_EN: Final = (
    (("material", "fabric", "made of"), "What is it made of?"),
    (("origin", "made in"), "Where is it made?"),
    (("weight",), "How heavy is it?"),
    (("capacity", "volume"), "How much does it hold?"),
    (("compatib", "fits"), "What does it fit?"),
    (("care", "washing"), "How do I care for it?"),
    (("include", "in the box", "contents"), "What is included?"),
    (("model", "part number"), "What is the model number?"),
)


def _question_zh(name: str, value: str) -> str:
    if "为" not in value and len(options(value)) > 1 and any(word in name for word in _CHOICE):
        return f"有哪些{name}可选？"
    for parts, question in _QUESTIONS_ZH:
        if any(part in name for part in parts):
            return question
    counted = name.endswith(("数", "率", "量")) or any(part in name for part in _AMOUNTS_ZH)
    amount = counted and any(map(str.isdigit, value))
    return f"{name}是多少？" if amount else f"{name}是什么？"


def _answer_zh(value: str) -> str:
    said = value if "为" in value else "、".join(options(value))
    return said if said.endswith(("。", "！", "？")) else f"{said}。"


def _question_en(name: str, value: str) -> str:
    key = name.casefold()
    for parts, question in _QUESTIONS_EN:
        if any(part in key for part in parts):
            return question
    small = name if name.isupper() else f"{name[:1].lower()}{name[1:]}"
    if value.isdigit() and small.endswith("s"):
        return f"How many {small} are there?"
    several = len(options(value)) > 1 and not small.endswith("s")
    return f"Which {small}s are there?" if several else f"What is the {small}?"


def _answer_en(value: str) -> str:
    *most, last = options(value)
    said = f"{', '.join(most)} and {last}" if most else last
    said = f"{said[:1].upper()}{said[1:]}"
    return said if said.endswith((".", "!", "?")) else f"{said}."


_ASKED: Final = {
    "zh": ("问：", "答：", _question_zh, _answer_zh),
    "en": ("Q: ", " A: ", _question_en, _answer_en),
}
