"""Turns what cells hold into words that a sentence can carry, and adds no fact of its own.

Cells hold HTML, `NA`, `45*45cm / 66*66cm`, names all in small letters and brands that the name already says.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from goodsmith.base.attribute_cells import pairs

# ---- cells --------------------------------------------------------------------------------------------------------

_SAID_NOTHING: Final = "na n/a n.a. nil null none nan unknown tbd tba 无 暂无 没有 未知 不详 待定 待补充 空 无数据"
_KEPT: Final = 256  # the sentences of one row ask for the same cells again
_NOTHING: Final = frozenset(_SAID_NOTHING.split())
_TAG: Final = re.compile(r"<[a-zA-Z/!][^<>]*>")
_BREAK: Final = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6])\b[^<>]*>", re.IGNORECASE)
_CODE: Final = re.compile(r"<(script|style)\b.{0,20000}?</\1\s*>|<!--.{0,20000}?-->", re.IGNORECASE | re.DOTALL)
_INVISIBLE: Final = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, 0xAD])
_HAN: Final = r"\u3400-\u9fff\uf900-\ufaff"
_WIDE: Final = rf"{_HAN}\u3000-\u303f\uff00-\uffef“”‘’"
_LOOSE: Final = re.compile(  # what lets a cell pass unchanged if it is not found: most cells
    rf"\.\.|[<&\s][\s,.;:!?)\]%'/<]|[(\[]\s|\s[(\[]\s|[%{_WIDE}]\s|\s[{_WIDE}]|[<&\u00a0-\u00ad\u200b-\u206f\ufeff\r\n\t]"
)


@lru_cache(maxsize=_KEPT)
def neat(cell: str) -> str:
    """The text of a cell on one line: no HTML, no stray spaces; "" for what means nothing, such as `NA` or 暂无."""
    return _on_one_line(cell) if _LOOSE.search(cell) else _meaning(cell.strip())


def neat_lines(cell: str) -> list[str]:
    """The lines of a cell, or the parts between bullets, each neat and without its bullet."""
    text = html.unescape(cell) if "&" in cell else cell
    text = _BREAK.sub("\n", text) if "<" in text else text
    lines = (neat(_BULLET.sub("", line)).rstrip(_END_MARKS + "!！") for line in _LINE_ENDS.split(text))
    return [line for line in lines if line]


_LINE_ENDS: Final = re.compile(r"[\r\n•●◆▪|｜;；]+")


@lru_cache(maxsize=_KEPT)
def phrase(value: str) -> str:
    """A value as a part of a sentence: on one line, its parts joined as the language does, no mark at the end.

    `面料：100% 亚麻  填充：100%聚酯纤维` becomes 面料为100%亚麻，填充为100%聚酯纤维, and `天蓝/ 米白` 天蓝、米白.
    """
    if _SIMPLE.fullmatch(value) and value.count("%") < 2:
        return _meaning(value.rstrip(_END_MARKS))
    if not _has_han(value):
        lines = [re.sub(r"\s*/\s+|\s+/\s*", " / ", neat(line)).rstrip(_END_MARKS) for line in value.splitlines()]
        return " / ".join(filter(None, lines))
    lines = [neat(_chinese_parts(line)).rstrip(_END_MARKS) for line in value.splitlines()]
    labelled = _INNER_LABEL.search(value) is not None
    text = ("，" if labelled else "、").join(filter(None, lines))
    return _INNER_LABEL.sub(r"\1为", text) if labelled else text


_SIMPLE: Final = re.compile(r"[^\s/:：;；,，<&()\[（【\u00a0-\u00ad\u200b-\u206f\ufeff]*")
_END_MARKS: Final = "。；;，,、. "
_LABEL: Final = rf"[{_HAN}\w（）()]{{1,12}}\s?[:：]"
_INNER_LABEL: Final = re.compile(rf"([{_HAN}A-Za-z_）)]|\d(?=\s?[:：]\s*\D))\s?[:：]\s*(?=\S)")  # not that of 10:30


def _chinese_parts(line: str) -> str:
    """The parts of a line parted by 、 where they are choices or shares, and by ， where they are clauses."""
    if _GAP.search(line):
        line = _WIDE_GAP.sub("  ", line)
        line = _BETWEEN_CLAUSES.sub("，", line)
    if "%" in line:
        line = _BEFORE_SHARE.sub("、", line)  # 60%棉 40%聚酯纤维
        line = _SHARES.sub(lambda found: _SHARE.sub(r"\1、", found.group()).rstrip("、"), line)
    if ":" in line or "：" in line:
        line = _BEFORE_LABEL.sub("，", line)
    if "/" in line:  # tight within shares they are whole choices: 60%、90%驼绒/40%、10%驼毛
        line = (_SLASH if "%" in line else _ANY_SLASH).sub("、", line)
    if " " in line:
        line = _TWO_GAPS.sub("，", line)
        line = _SHORT_PAIR.sub(r"\1、", line)  # 浙江 江苏
    return line


_GAP: Final = re.compile(r"[\s,;；，]")
_WIDE_GAP: Final = re.compile(r"\s{3,}")
_BETWEEN_CLAUSES: Final = re.compile(
    rf"\s?\s?[；;]\s?\s?|(?<=[{_HAN}]),\s?\s?(?=[{_HAN}])|(?<=[{_HAN}]{{4}})\s{{1,2}}(?=[{_HAN}]{{4}})"
)
_BEFORE_SHARE: Final = re.compile(r"(?:[，,]\s?\s?|(?<=[^\s:：，、/])\s{1,2})(?=\d{1,3}(?:\.\d+)?\s?%)")
_BEFORE_LABEL: Final = re.compile(rf"\s?\s?/\s?\s?(?={_LABEL})|(?<=[^\s:：，、/])\s{{1,2}}(?={_LABEL})")
_SLASH: Final = re.compile(r"\s?\s?/\s{1,2}|\s{1,2}/")
_ANY_SLASH: Final = re.compile(rf"(?<=[{_HAN}）])/(?=\S)|\s?\s?/\s{{1,2}}|\s{{1,2}}/")
_TWO_GAPS: Final = re.compile(rf"(?<=[^\s:：，、])\s{{2}}(?=[{_HAN}])")
_SHORT_PAIR: Final = re.compile(rf"(?<![{_HAN}])([{_HAN}]{{2,3}}) (?=[{_HAN}]{{2,3}}(?![{_HAN}]))")
_ONE_SHARE: Final = rf"\d{{1,3}}(?:\.\d+)?%\s?[{_HAN}]{{1,8}}(?:（[^（）\s]{{1,12}}）)?"
_SHARE: Final = re.compile(f"({_ONE_SHARE})")
_SHARES: Final = re.compile(rf"(?<![{_HAN}）\d.])(?:{_ONE_SHARE}){{2,12}}")  # 40%棉60%聚酯纤维, but not 锦纶80%氨纶20%


def options(value: str) -> list[str]:
    """The alternatives that a cell lists: `红/ 蓝` and `0.5KG/1KG`, but not `1.5/1.8m*2m` or `10/100/1000`.

    A value without alternatives is the only one.
    """
    text = neat(value.replace("\n", "/") if ":" not in value and "：" not in value else value)
    if not text:
        return []
    if "%" in text or not _BETWEEN_OPTIONS.search(text):
        return [text]
    parts = [part.strip() for part in _BETWEEN_OPTIONS.split(text) if part.strip()]
    alike = len({_shape(part) for part in parts}) == 1 and all(len(part) <= 24 for part in parts)
    return list(dict.fromkeys(parts)) if len(parts) > 1 and alike else [text]


_BETWEEN_OPTIONS: Final = re.compile(r"\s*[/／、|]\s*|\s*[,，]\s+|，")


def facts(cell: str, longest: int, left_out: Iterable[str] = ()) -> list[tuple[str, str]]:
    """The attributes of a cell whose neat values are at most `longest` characters, ready to be said.

    left_out: words; an attribute whose name contains one of them is not taken.
    """
    words = tuple(left_out)
    return [(name, said) for name, said in _said_pairs(cell) if len(said) <= longest and not _holds(name, words)]


@lru_cache(maxsize=1024)  # products of a catalog have the same attributes
def _holds(name: str, words: tuple[str, ...]) -> bool:
    return any(word in name for word in words)


@lru_cache(maxsize=16)
def _said_pairs(cell: str) -> tuple[tuple[str, str], ...]:
    said = ((neat(name), phrase(value)) for name, value in pairs(cell))
    return tuple((name, value) for name, value in said if value and not _STANDARD.match(value))


_STANDARD: Final = re.compile(
    r"(?:GB|QB|FZ|LY|SB|NY|YY|Q|ISO|EN)(?:/[A-Z\d]+)?\s?\d{3,}"
)  # its number says nothing to a shopper


def fact(cell: str, names: Iterable[str]) -> str:
    """The value, as a phrase, of the first of these names that the cell gives; upper and lower case are the same."""
    given = {name.casefold(): value for name, value in pairs(cell)}
    said = (phrase(given.get(name.strip().casefold(), "")) for name in names)
    return next((value for value in said if value and not _STANDARD.match(value)), "")


_BULLET: Final = re.compile(r"^\s{0,20}(?:[-*·–—]\s{0,4}|[0-9]{1,2}[.)、．]\s{0,4}(?!\d))?")


def _on_one_line(cell: str) -> str:
    text = html.unescape(cell) if "&" in cell else cell
    if "<" in text:
        if "<!--" in text or "<s" in text or "<S" in text:
            text = _CODE.sub(" ", text)
        text = _TAG.sub(" ", text)
    if not text.isascii():
        text = text.translate(_INVISIBLE)
    text = " ".join(text.split())
    if "(" in text or "[" in text:
        text = re.sub(r"([(\[])\s+", r"\1", text)
        text = re.sub(r"\(\s*\)|\[\s*\]", "", text)
    if _MISPLACED.search(text):
        text = re.sub(r"\s+(?=[,;:!?)\]%](?:\s|$|[,;:!?)\].]))|\s+(?=\.(?:\s|$))", "", text)  # `cu . ft.`, `red , blue`
        text = re.sub(
            r"(?<=\w)\s'(?=s\b)|(?<=\d)\s(?='(?:\s|$))", lambda found: found.group().strip(), text
        )  # let 's; 37 '
        text = re.sub(r"(?<=\d)\s+(?=[.,]\d)", "", text)  # f/3 .5, 8-22 ,000
        text = re.sub(r"(?<=\w)\s\(s\)", "(s)", text)
        text = re.sub(r"(?<!\.)\.\.(?!\.)", ".", text)
    if not text.isascii() and " " in text:
        text = re.sub(
            rf"(?<=%)\s+(?=[{_HAN}])|(?<=[，。；：、！？（）【】])\s+|\s+(?=[，。；：、！？（）【】])", "", text
        )
    if "（" in text or "【" in text:
        text = re.sub("[（【]\\s*[）】]", "", text)
    return _meaning(" ".join(text.split()))


_MISPLACED: Final = re.compile(r" [,;:!?)\]%.']| \(s\)|\.\.")  # what the patterns that look for it have in common


def _meaning(text: str) -> str:
    """Signs alone, such as - or ?, say nothing either, and a formula is no text."""
    if text[:1] in {"=", "+", "@"} and _FORMULA.match(text):
        return ""
    short = len(text) < 12 and (text.casefold() in _NOTHING or not any(map(str.isalnum, text)))
    return "" if short else text


def _shape(part: str) -> tuple[bool, bool, bool]:
    """Alternatives look alike: all measures with a unit, or all words."""
    return (bool(_DIGIT.search(part)), bool(_LAST_DIGIT.search(part)), bool(_PLAIN_NUMBER.fullmatch(part)))


_DIGIT: Final = re.compile(r"\d")
_LAST_DIGIT: Final = re.compile(r"\d$")
_PLAIN_NUMBER: Final = re.compile(r"[\d.]+")


_FORMULA: Final = re.compile(r"[=+@]\s?[A-Za-z.]{2,30}\(")


# ---- names --------------------------------------------------------------------------------------------------------


def with_brand(name: str, brand: str) -> str:
    """The brand before the name, unless the name already says it, in whatever spelling."""
    if not brand or not name:
        return name
    inside, sought = _letters(name), _letters(brand)
    first_word = _letters(brand.split(maxsplit=1)[0])
    said = not sought or sought in inside or (len(first_word) > 2 and inside.startswith(first_word))
    return name if said else f"{brand} {name}"


def says(text: str, other: str) -> bool:
    """Whether a text already says another, apart from case, spaces and signs. Every text says the empty one.

    Of Chinese, six in ten pairs of neighbouring characters are enough: such a line only says the name again.
    """
    inside, sought = _letters(text), _letters(other)
    if sought in inside:
        return True
    if len(sought) < 6 or not _has_han(other):
        return False
    twos = [sought[at : at + 2] for at in range(len(sought) - 1)]
    return sum(two in inside for two in twos) * 10 >= len(twos) * 6


def after_name(text: str, name: str) -> str:
    """A text without the name that it begins with; some words of the name may be missing."""
    words, left = text.split(), Counter(map(_letters, name.split()))
    at = 0
    while at < len(words) and left[_letters(words[at])] > 0:
        left[_letters(words[at])] -= 1
        at += 1
    return text if at < 2 else " ".join(words[at:]).lstrip(",;:.-–—，。：、 ")


def as_sentence(text: str) -> str:
    """The text with one full stop at its end, in its own script; an ellipsis, which marks a cut, goes."""
    said = text.rstrip(" .…,;:，；：、。").lstrip(" ,;:，；：、。")
    if not said:
        return ""
    chinese = _has_han(said[-1]) or (_has_han(said) and not said[-1].isascii())
    return said if said[-1] in "!?！？" else said + ("。" if chinese or _has_han(said[-12:]) else ".")


_WRITTEN_SO: Final = (
    "iPod iPad iPhone iMac iTunes iWork iLife eBook MacBook PowerBook YouTube WiFi Wi-Fi BenQ D-Link TP-Link Bluetooth"
    " USB HDMI DVD CD LCD LED OLED TV HDTV GPS DVI VGA SATA SCSI RAM ROM SDRAM DDR DDR2 DDR3 SDHC SD SSD HDD LAN RJ45"
    " XP OEM PC AC DC UPS VCR VHS DVR DSLR SLR MP3 MP4 AM FM UV 3D 4K USA UK EU US PS2 PS3 PVC PU TPU ABS"
    " II III IV VI VII VIII IX XL XXL EOS PCI DECT PDA SVGA AAC WMA DLP NFL NBA NHL MLB CRT EMC PCIe LaserJet"
    " CMOS CCD TFT ISO JPEG MPEG NTSC PCM DTS CD-R CD-RW DVD-R DVD-RW DVD-RAM DVD-ROM CD-ROM"
    " BlackBerry PlayStation PowerPoint FireWire JetFlash QuickBooks TurboTax AutoCAD"
    " HP LG IBM MSI AMD ATI BMW JBL JVC TDK PNY EVGA XFX SIIG NEC RCA AOC GHz MHz kHz Hz kg mAh dB kW kWh GB MB TB KB"
)
_SHOP_WORDS: Final = {word.lower(): word for word in _WRITTEN_SO.split()}
_ALSO_WORDS: Final = frozenset({"us", "am"})  # in a sentence mostly no abbreviations
_STAY_SMALL: Final = "a an and as at but by for from in into nor of off on onto or over per the to via vs with w v vol"
_UNIT_WORDS: Final = "ft in mm cm lb lbs oz sq cu ml pcs fps ms dpi mbps gbps diag approx"
_UNITS: Final = frozenset(_UNIT_WORDS.split())
_SMALL: Final = frozenset(_STAY_SMALL.split())
_MEASURE: Final = {
    "gb": "GB", "mb": "MB", "tb": "TB", "kb": "KB", "ghz": "GHz", "mhz": "MHz", "khz": "kHz", "hz": "Hz", "mah": "mAh",
    "w": "W", "kw": "kW", "v": "V", "mp": "MP", "dpi": "dpi", "d": "D", "g": "G", "l": "L", "k": "K", "db": "dB",
    "rpm": "RPM",
}  # fmt: skip
_AMOUNT: Final = re.compile(r"([\d.,x×/\-]*\d)([a-z]+)")
_INITIALS: Final = re.compile(r"(?:[a-z]\.){2,}[a-z]?")
_WORD: Final = re.compile(r"[a-z0-9]+(?:['’.&+][a-z0-9]+)*")


def shop_case(name: str) -> str:
    """A name written all in small letters as shops write it: `hp usb 2.0 cable` becomes HP USB 2.0 Cable.

    A name with any capital letter, or in a script without capitals, stays as it is.
    """
    return _shop_cased(name) if name.islower() and _LATIN.search(name) else name


def shop_words(text: str, name: str = "") -> str:
    """A text written all in small letters, with the words set right that are always written large, such as USB.

    The first word of the name, mostly the brand, is written as the name does.
    """
    if not text.islower() or not _LATIN.search(text):
        return text
    brand = name.partition(" ")[0]
    return " ".join(brand if word == brand.lower() else _known_word(word) for word in text.split(" "))


@lru_cache(maxsize=4096)
def _known_word(word: str) -> str:
    if "/" in word:
        return "/".join(map(_known_word, word.split("/")))
    core = word.strip("()[],;:!?.\"'")
    if core in _ALSO_WORDS:
        return word
    if core in _SHOP_WORDS:
        return word.replace(core, _SHOP_WORDS[core])
    if _is_code(core):
        return word.upper()
    if "-" in word:
        return "-".join(map(_known_word, word.split("-")))
    amount = _AMOUNT.fullmatch(core)
    return word.replace(core, amount[1] + _MEASURE[amount[2]]) if amount and amount[2] in _MEASURE else word


_LATIN: Final = re.compile("[a-z]")


@lru_cache(maxsize=256)
def _shop_cased(name: str) -> str:
    if name.count("-") > 1 and name.replace("-", "").isalpha():
        name = name.replace("-", " ")  # sony-pictures-entertainment, as web addresses have it
    words = name.split(" ")
    said = " ".join(_cased_word(word, first=at == 0) for at, word in enumerate(words))
    return re.sub(r"(?<=\d) X (?=\d)", " x ", said)


@lru_cache(maxsize=4096)
def _cased_word(word: str, *, first: bool) -> str:
    if "/" in word and not word.startswith(("f/", "w/")):
        return "/".join(_cased_word(part, first=True) for part in word.split("/"))
    core = word.strip("()[],;:!?.\"'")
    if (core in _SMALL and not first) or core.startswith(("f/", "w/")):
        return word
    if core in _SHOP_WORDS:
        return word.replace(core, _SHOP_WORDS[core])
    if core in _UNITS and not first:
        return word
    if _is_code(core) or word.startswith("#") or _INITIALS.fullmatch(word):
        return word.upper()
    return _WORD.sub(_cased_piece, word)


def _cased_piece(found: re.Match[str]) -> str:
    piece = found.group()
    if piece in _SHOP_WORDS:
        return _SHOP_WORDS[piece]
    if piece[0].isdigit() and re.fullmatch(r"\d+x\d+", piece):
        return piece
    if amount := _AMOUNT.fullmatch(piece):
        return amount[1] + _MEASURE.get(amount[2], amount[2])
    if piece in _SMALL and found.start() > 0:
        return piece
    if piece in {"s", "es"} and found.string[found.start() - 1 : found.start()] == "(":
        return piece  # user(s)
    if not re.search("[aeiouy0-9]", piece) and 1 < len(piece) < 5:
        return piece.upper()  # dvd, lg, hdtv: no word without a vowel
    return piece[0].upper() + piece[1:]


_LINKS: Final = frozenset({"by", "in", "to", "for", "and", "with"})
_CODE_SIGNS: Final = re.compile(r"[a-z0-9\-/.#]+")
_MEASURES: Final = re.compile(
    r"[\d.]+x[\d.x]+|[\d.,/x×\-]*[\d.]-?[a-z]{1,8}(?:-[a-z]+)*|[a-z]+-\d{1,2}(?:-[a-z]+)*|\w+-in-\d+"
)
_WORD_AND_NUMBER: Final = re.compile(r"([a-z]{4,})\d+(?:\.\d+)?")


def _is_code(word: str) -> bool:
    """A part number such as `phdc-1`, `mb470lla` or `scdce595`; no measure (250gb, 4-port) and no word (project5)."""
    if (
        word.isalpha()
        or not _CODE_SIGNS.fullmatch(word)
        or not (any(map(str.isdigit, word)) and re.search("[a-z]", word))
    ):
        return False
    parts = word.split("-")
    if len(parts) > 2 and any(part in _LINKS or (len(part) > 5 and _is_word(part)) for part in parts):
        return False  # 320-by-240-pixel
    if _MEASURES.fullmatch(word) and not re.fullmatch(r"\d{4,}[a-z]+(?<!\d[pi])|[a-z]{2,4}-\d", word):
        return False
    if named := _WORD_AND_NUMBER.fullmatch(word):
        return not _is_word(named[1])
    return True


def _is_word(part: str) -> bool:
    return part.isalpha() and sum(sign in "aeiouy" for sign in part) * 4 > len(part)


# ---- languages ----------------------------------------------------------------------------------------------------

_SCRIPTS: Final = {
    "zh": re.compile("[\u3400-\u9fff]"),
    "ja": re.compile("[\u3040-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7a3]"),
    "ru": re.compile("[\u0400-\u04ff]"),
    "uk": re.compile("[\u0400-\u04ff]"),
    "bg": re.compile("[\u0400-\u04ff]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "fa": re.compile("[\u0600-\u06ff]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "hi": re.compile("[\u0900-\u097f]"),
}
_OTHER_SCRIPT: Final = re.compile("[\u0370-\u1cff\u2e80-\ud7ff\uf900-\ufaff]")
_SAYS: Final = {  # small words that only one of these languages has
    "en": "the and with for of your this that is are from you our it its to by in on",
    "de": "der die das und mit für ein eine einer ist sind nicht auf von dem den des zum zur aus im",
    "fr": "le la les et avec pour un une des du est sont dans vos votre ce cette aux sur",
    "es": "el la los las y con para un una del es son en su sus este esta por",
    "it": "il lo gli e con per un una del della sono è che di nel sul",
    "pt": "o os as e com para um uma do da dos das são é em seu sua por",
    "nl": "de het een en met voor van is zijn op uw deze dit te",
}
_SMALL_WORDS: Final = {code: frozenset(words.split()) for code, words in _SAYS.items()}
_ANY_SMALL_WORD: Final = frozenset().union(*_SMALL_WORDS.values())
_JUDGED: Final = 4000  # characters: enough to know a language by


def written_in(text: str, code: str, *, surely: bool = False) -> bool:
    """Whether a text can be in the language `code`: by its script, then by its small words.

    A name such as `Lock Nut 8` can be in any Latin language; surely: it must show that it is in this one.
    """
    if not text:
        return False
    return (_short_in if len(text) <= _SHORT else _is_in)(text[:_JUDGED], code, surely)


def _is_in(text: str, code: str, surely: bool) -> bool:
    own = _SCRIPTS.get(code)
    if own is not None:
        if text.isascii() or not own.search(text):
            return False
        kana = _SCRIPTS["ja"].findall(text) if code == "zh" else ()
        return not kana or len(own.findall(text)) > len(kana)  # a Chinese shop may write の
    if not text.isascii() and _OTHER_SCRIPT.search(text):
        return False
    small = {word.strip(".,;:!?()\"'") for word in text.casefold().split()} & _ANY_SMALL_WORD
    mine = len(small & _SMALL_WORDS[code]) if code in _SMALL_WORDS else 0
    best = max(len(small & words) for words in _SMALL_WORDS.values()) if small else 0
    if surely:
        return mine == best and mine >= 2
    return mine > best - 2 and any(map(str.isalpha, text))  # La Crosse and El Capitan are names


_SHORT: Final = 64  # characters; such cells come again: materials, colours, brands
_short_in: Final = lru_cache(maxsize=2048)(_is_in)


def _has_han(text: str) -> bool:
    return not text.isascii() and _ANY_HAN.search(text) is not None


_ANY_HAN: Final = re.compile(f"[{_HAN}]")


@lru_cache(maxsize=512)
def _letters(text: str) -> str:
    """Letters and digits only, in small letters: what is left when spelling does not count."""
    return _NO_LETTERS.sub("", text.casefold())


_NO_LETTERS: Final = re.compile(r"[\W_]+")
