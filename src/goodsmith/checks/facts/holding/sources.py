"""What a product's own cells say: the facts that a text about it may state, each with its cell and place."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

from goodsmith.base.attribute_cells import pairs
from goodsmith.checks.facts.reading.claims import Claim
from goodsmith.checks.facts.reading.codes import plain
from goodsmith.checks.facts.reading.dates import Day
from goodsmith.checks.facts.reading.folding import fold, lower
from goodsmith.checks.facts.reading.lexicon import CJK, lexicon
from goodsmith.checks.facts.reading.measures import Measure
from goodsmith.checks.facts.reading.packs import Unit
from goodsmith.checks.facts.reading.sizes import Size
from goodsmith.checks.facts.reading.texts import MAX_CHARS, Reading, read
from goodsmith.records import Fields

MAX_SOURCE_CHARS: Final = 12_000  # of all cells of a product together
_MAX_MARKUP: Final = 60_000  # characters of a cell of which tags are taken off
_MAX_KNOWN: Final = 80  # facts of a sort, or of a dimension, that are kept
_MAX_TIMES: Final = 6  # places at which a meaning is kept
_COVERED: Final = 0.6  # of an attribute cell that its pairs should hold
_UNIT_IN_NAME: Final = re.compile(r"(?:[(_/\[]|\bin )([A-Za-zμ°%℃℉\"²³]{1,10}|[\u4e00-\u9fff]{1,4})[)\]]?\s*$")
_SHORT: Final = 24  # characters of a value that is read together with its name
_TAG: Final = re.compile(r"<[^<>]{1,2000}(?:>|$)")
_ADDRESS: Final = re.compile(r"(?:https?:)?//[^\s\"'<>]{1,2000}")
_WRAPPING: Final = re.compile(r"^[\s{\[(\"']{1,8}(?:value:)?[\s\"']{0,4}|[\s}\])\"']{1,8}$")
_SLUG_WORD: Final = re.compile(r"(?<![\w-])[a-z]{2,20}(?:-[a-z]{2,20}){2,6}(?![\w-])")
_VALUE_UNIT: Final = re.compile(
    r"unit\W{1,4}(?P<unit>[a-z ]{1,24}?)\W(?:[^{}]|\{[^{}]{0,80}\}){0,60}?value\W{1,4}(?P<value>\d[\d.]{0,14})"
    r"|value\W{1,4}(?P<value2>\d[\d.]{0,14})\W[^{}]{0,60}?unit\W{1,4}(?P<unit2>[a-z ]{1,24})"
)
_NO: Final = re.compile(
    r"^(?:no|none|not|non|nein|kein|keine|nicht|ohne|sin|false|n/a|never|without|无|没有|不支持|不含|不带|不可|不能|不适用|不需|否|"
    r"不|未|なし|不可|使用不可|非対応|いいえ|無し|除外|×|✗)(?![a-zß-öø-ž])",
    re.IGNORECASE,
)
_NO_AT_END: Final = re.compile(
    r"(?:不可|不支持|不适用|使用不可|非対応|none|なし|ません|できない|用不了)$", re.IGNORECASE
)
_EXCLUDES: Final = re.compile(
    r"^(?:不含|无|不适用|不可用于|not for|not suitable|free (?:of|from)|without|frei von|ohne|sin|does not contain)",
    re.IGNORECASE,
)
_YES: Final = re.compile(
    r"^(?:yes|true|ja|sí|si|y|是|有|支持|可|可用|含|带|はい|あり|対応|○|✓)(?![a-zß-öø-ž\u4e00-\u9fff])", re.IGNORECASE
)
_INCLUDED: Final = re.compile(
    r"^(?:not |no |nicht )?(?:included|inklusive|incluid[oa]|enthalten|含|附|附赠)|^(?:不含|无|none)$", re.IGNORECASE
)
_ITEMS: Final = re.compile(r"[、,，/;；·+]|和|与|及| and | und | y ")
_LATIN_WORD: Final = re.compile(r"[A-Za-zÀ-ÖØ-öø-ž][A-Za-zÀ-ÖØ-öø-ž'-]{1,30}")


class Place(NamedTuple):
    """Where a fact of the source stands."""

    field: str
    start: int
    end: int


class KnownMeasure(NamedTuple):
    measure: Measure
    place: Place
    roles: frozenset[str]  # of the cell's name as well
    nouns: frozenset[str]  # of the cell's name as well


class KnownClaim(NamedTuple):
    claim: Claim
    meaning: str
    kind: str
    affirmed: bool
    place: Place
    component: str  # the part of the product that it is said of


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The facts of a product's cells."""

    measures: tuple[KnownMeasure, ...]
    shares: Mapping[str, tuple[KnownMeasure, ...]]  # meaning -> the percentages that are said of it
    by_dimension: Mapping[str, tuple[tuple[KnownMeasure, Unit], ...]]
    counts: tuple[KnownMeasure, ...]
    numbers: Mapping[float, Place]  # every number, whatever it measures
    bare: Mapping[float, Place]  # those that measure nothing: counts, sizes, parts of names
    claims: Mapping[str, tuple[KnownClaim, ...]]  # by meaning
    kinds: Mapping[str, tuple[KnownClaim, ...]]  # affirmed ones by kind
    codes: Mapping[str, Place]
    dates: tuple[tuple[Day, Place], ...]
    sizes: tuple[tuple[Size, Place], ...]
    lists: Mapping[int, tuple[tuple[Place, frozenset[str]], ...]]  # how many things cells list, and what things
    words: frozenset[str]  # of Latin letters, small
    included: Mapping[str, tuple[bool, Place]]  # word of a thing -> does it come with the product
    languages: frozenset[str]  # of the cells
    small: str  # all cells, small letters, a line each
    cells: tuple[tuple[str, str], ...]  # name and text of each, folded, in small letters
    plain: str  # its letters and digits alone
    unread: tuple[str, ...] = ()  # cells that were too long to be read whole


@dataclass(slots=True)
class _Gathering:
    measures: list[KnownMeasure] = field(default_factory=list)
    shares: dict[str, list[KnownMeasure]] = field(default_factory=lambda: defaultdict(list))
    by_dimension: dict[str, list[tuple[KnownMeasure, Unit]]] = field(default_factory=lambda: defaultdict(list))
    counts: list[KnownMeasure] = field(default_factory=list)
    numbers: dict[float, Place] = field(default_factory=dict)
    bare: dict[float, Place] = field(default_factory=dict)
    claims: dict[str, list[KnownClaim]] = field(default_factory=lambda: defaultdict(list))
    codes: dict[str, Place] = field(default_factory=dict)
    dates: list[tuple[Day, Place]] = field(default_factory=list)
    sizes: list[tuple[Size, Place]] = field(default_factory=list)
    lists: dict[int, list[tuple[Place, frozenset[str]]]] = field(default_factory=lambda: defaultdict(list))
    words: set[str] = field(default_factory=set)
    included: dict[str, tuple[bool, Place]] = field(default_factory=dict)
    languages: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)


def source_of(fields: Fields, language: str, *, only: Sequence[str] | None = None) -> Source:
    """The facts in a product's cells. language: of the text that will be compared, whose words may stand here too.

    only: names of the cells to read, None for all.
    """
    gathering = _Gathering()
    seen: set[str] = set()
    left = MAX_SOURCE_CHARS
    own = _own_language(fields, language)
    for name, value in fields.items():
        if (
            not isinstance(value, str)
            or not value
            or (len(value) > _SHORT and value in seen)
            or (only is not None and name not in only)
        ):
            continue
        seen.add(value)
        text = value[:_MAX_MARKUP]
        if "<" in text or "//" in text:
            text = _ADDRESS.sub(_blank, _TAG.sub(_blank, text)).rstrip()
            if not text.strip("[]\"', \n\t"):
                continue  # pictures and addresses say nothing
        room = min(MAX_CHARS, left)
        if len(text) > room or len(value) > _MAX_MARKUP:
            gathering.unread.append(name)
        text = text[:room]
        left -= len(text)
        if "unit" in text and "value" in text:
            _nested(gathering, name, text)
        gathering.read.append(name)
        for label, inner, start in _statements(name, text):
            _gather(gathering, name, label, inner, start, language, own)
        if left <= 0:
            break
    kinds: dict[str, list[KnownClaim]] = defaultdict(list)
    for listed in gathering.claims.values():
        for known in listed:
            if known.affirmed:
                kinds[known.kind].append(known)
    small = "\n".join(gathering.texts)
    cells = tuple((name, lower(fold(fields[name][:MAX_CHARS]))) for name in gathering.read[:_MAX_KNOWN])
    return Source(
        measures=tuple(gathering.measures),
        shares={name: tuple(listed) for name, listed in gathering.shares.items()},
        by_dimension={name: tuple(listed) for name, listed in gathering.by_dimension.items()},
        counts=tuple(gathering.counts),
        numbers={**gathering.bare, **gathering.numbers},
        bare=gathering.bare,
        claims={name: tuple(listed) for name, listed in gathering.claims.items()},
        kinds={name: tuple(listed) for name, listed in kinds.items()},
        codes=gathering.codes,
        dates=tuple(gathering.dates),
        sizes=tuple(gathering.sizes),
        lists={number: tuple(listed) for number, listed in gathering.lists.items()},
        words=frozenset(gathering.words),
        included=gathering.included,
        languages=frozenset(gathering.languages),
        small=small,
        cells=cells,
        plain=plain(small),
        unread=tuple(gathering.unread),
    )


def language_of(text: str, latin: str) -> str:
    """The language of a cell by its script. latin: the one to take for Latin letters."""
    if text.isascii():
        return latin
    for language, script in _SCRIPTS:
        if script.search(text):
            return language
    return latin


_SCRIPTS: Final = (
    ("ja", re.compile("[\u3040-\u30fa]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
)


def _statements(name: str, text: str) -> Iterator[tuple[str, str, int]]:
    """Name, value and place of what a cell states: the pairs of an attribute cell, or the whole cell."""
    listed = pairs(text)
    if not listed:
        yield name, text, 0
        return
    if sum(len(label) + len(value) for label, value in listed) < _COVERED * len(text):
        yield name, text, 0  # it says more than its pairs
    at = 0
    for label, value in listed:
        place = text.find(value, at)
        if place < 0:
            place = max(text.find(value), 0)
        at = place + len(value)
        yield label, value, place


class _Label(NamedTuple):
    roles: frozenset[str]
    nouns: frozenset[str]
    claims: tuple[Claim, ...]
    unit: str


@lru_cache(maxsize=2_048)
def _label(name: str, latin: str) -> _Label:
    """Roles, nouns and claims in the name of a cell, and the unit that stands in it: `Weight (kg)`."""
    raw, name = name, name.replace("_", " ")
    language = language_of(name, latin)
    if language == "zh" and latin == "ja":
        language = "ja"
    read_name = read(name, language, lenient=True)
    words = lexicon(language)
    roles = frozenset(sign.role for sign in words.signs(read_name.small) if sign.kind == "role")
    nouns = {word for run in re.findall("[\u4e00-\u9fff]{2,4}", read_name.small) for word in (run, run[:2], run[-2:])}
    nouns |= {_singular(word) for word in re.findall("[a-zß-öø-ž]{3,}", read_name.small)}
    for length in range(1, 5):
        for place in range(len(read_name.small) - length + 1):
            part = words.parts.get(read_name.small[place : place + length])
            if part is not None and not part[1]:
                nouns.update(part[0].split())
    for word in re.findall("[a-zß-öø-ž-]{3,}", read_name.small):
        part = words.parts.get(word)
        if part is not None:
            nouns.update(part[0].split())
    return _Label(roles, frozenset(nouns), read_name.claims, _unit_in(raw, language))


def _unit_in(name: str, language: str) -> str:
    match = _UNIT_IN_NAME.search(fold(name))
    if match is None:
        return ""
    probe = read(f"1 {match.group(1)}", language, decimal="", lenient=True)
    return match.group(1) if any(each.units and not each.nouns for each in probe.measures) else ""


def _own_language(fields: Fields, language: str) -> str:
    """The language of Latin cells: by their little words, else that of the text, else English."""
    latin = language if language not in {"zh", "ja", "ko", "th", "ru", "ar"} else "en"
    some = lower(" ".join(f"{name} {value[:200]}" for name, value in list(fields.items())[:40]))
    hints = {code: len(pattern.findall(some)) for code, pattern in _HINTS.items()}
    best = max(hints, key=lambda code: hints[code])
    return best if hints[best] >= _ENOUGH_HINTS and hints[best] > hints.get(latin, 0) else latin


_ENOUGH_HINTS: Final = 3
_HINTS: Final = {
    "de": re.compile(
        r"\b(?:und|der|die|das|mit|aus|farbe|maße|gewicht|größe|höhe|länge|herkunft|inhalt|nicht|stück)\b|ß"
    ),
    "es": re.compile(
        r"\b(?:de|con|y|el|la|color|peso|origen|medidas|altura|capacidad|nombre|marca|tamaño|unidades)\b|ñ"
    ),
    "en": re.compile(r"\b(?:the|and|with|of|for|name|color|colour|size|weight|material|brand|capacity|origin)\b"),
}


def _gather(found: _Gathering, cell: str, label: str, text: str, offset: int, language: str, latin: str) -> None:
    text = _plain_text(text)
    named = _label(label, latin)
    if named.unit and len(text) <= _SHORT and text[-1:].isdigit():
        text = f"{text} {named.unit}"  # `Weight (kg): 5.2`
    roles, nouns, label_claims = named.roles, named.nouns, named.claims
    for other in {"en", language if language in {"ja", "de", "es"} else "en"} - {latin}:
        more = _label(label, other)
        roles, nouns, label_claims = roles | more.roles, nouns | more.nouns, label_claims + more.claims
    main = language_of(text, latin)
    readings = [read(text, main, decimal="", lenient=True)]
    if main == latin and len(text) > 3:
        others = {"en", language if language in lexicon("en").known.languages else "en"} - {latin, *CJK}
        readings += [read(text, other, decimal="", lenient=True) for other in sorted(others)]
    elif main == "ja" or (main == "zh" and language == "ja"):
        readings.append(read(text, "zh" if main == "ja" else "ja", decimal="", lenient=True))
    told = _WRAPPING.sub("", text).strip()
    denied = _NO.match(told) is not None or _NO_AT_END.search(told) is not None
    excluded = _EXCLUDES.match(fold(label)) is not None
    whole = Place(cell, offset, offset + len(text))
    for claim in label_claims:
        for meaning in claim.meanings:
            found.claims[meaning.name].append(
                KnownClaim(claim, meaning.name, meaning.kind, claim.affirmed is not denied, whole, "")
            )
    if len(text) <= _SHORT and text[:1].isalpha() and label[:1].isascii():
        both = read(f"{text} {label}", main, decimal="", lenient=True)  # `fit: slim` is a slim fit
        for claim in both.claims:
            if claim.start < len(text) < claim.end:
                for meaning in claim.meanings:
                    found.claims[meaning.name].append(
                        KnownClaim(claim, meaning.name, meaning.kind, claim.affirmed, whole, "")
                    )
    component = _component_of(label, main, latin)
    for reading in readings:
        _add(found, reading, cell, offset, roles, nouns, component, excluded=excluded)
    folded = readings[0]
    found.texts += [lower(fold(label)), folded.small]
    found.words.update(_singular(word) for word in _LATIN_WORD.findall(folded.small))
    found.words.update(_singular(word) for word in _LATIN_WORD.findall(lower(label)))
    if main != latin or re.search("[a-zß-öø-ž]{4}", readings[0].text):
        found.languages.add(main)
    for content in (content for reading in readings for content in reading.contents):
        for noun in (*content.nouns, *re.findall("[a-zß-öø-ž]{3,}|[\u4e00-\u9fff]{2,}", lower(label))):
            found.included.setdefault(_singular(noun), (content.affirmed, whole))
    if _INCLUDED.match(text.strip()):
        for noun in re.findall("[a-zß-öø-ž]{3,}|[\u4e00-\u9fff]{2,}", lower(label)):
            found.included.setdefault(_singular(noun), (not denied, whole))
    if _PAIR.search(folded.small) is not None:
        two = Measure(
            0, len(text), ((2.0,),), (0.5,), (), "", spelled=True, nouns=frozenset(nouns | {"pair", "set", "piece_any"})
        )
        found.counts.append(KnownMeasure(two, whole, frozenset(), two.nouns))
        found.bare.setdefault(2.0, whole)
    items = [item for item in _ITEMS.split(text) if item.strip()]
    if len(items) > 1:
        found.lists[len(items)].append((whole, nouns))


def _add(
    found: _Gathering,
    reading: Reading,
    cell: str,
    offset: int,
    roles: frozenset[str],
    nouns: frozenset[str],
    component: str,
    *,
    excluded: bool,
) -> None:
    before = len(found.measures)
    for measure in reading.measures:
        _add_measure(found, measure, Place(cell, offset + measure.start, offset + measure.end), roles, nouns)
    for code in reading.codes:
        place = Place(cell, offset + code.start, offset + code.end)
        found.codes.setdefault(code.plain, place)
        for digits in re.findall(r"\d+(?:\.\d+)?", reading.text[code.start : code.end]):
            found.bare.setdefault(float(digits[:15]), place)
    found.dates += [(day, Place(cell, offset + day.start, offset + day.end)) for day in reading.dates]
    for day in reading.dates:
        if day.year:
            found.bare.setdefault(float(day.year), Place(cell, offset + day.start, offset + day.end))
    found.sizes += [(size, Place(cell, offset + size.start, offset + size.end)) for size in reading.sizes]
    shares = {
        known.place.start: known
        for known in found.measures[before:]
        if known.place.field == cell and known.measure.dimensions == {"percent"}
    }
    shares |= {-known.place.end: known for known in shares.values()}
    for claim in reading.claims:
        place = Place(cell, offset + claim.start, offset + claim.end)
        for meaning in claim.meanings:
            if shares and (share := _share_of(claim, place, shares)) is not None:
                found.shares[meaning.name].append(share)
            if len(found.claims[meaning.name]) >= _MAX_TIMES:
                continue
            found.claims[meaning.name].append(
                KnownClaim(
                    claim,
                    meaning.name,
                    meaning.kind,
                    claim.affirmed is not excluded,
                    place,
                    claim.component or component,
                )
            )


def _share_of(claim: Claim, place: Place, shares: Mapping[int, KnownMeasure]) -> KnownMeasure | None:
    """The percentage that a cell says of a material: 95%羊绒, 羊绒95%. shares: by start, and by end as -end."""
    side = share_side(claim)
    found = shares.get(-(place.start + side + 1)) if side < 0 else shares.get(place.end + side - 1) if side else None
    return found if found is not None and found.place.field == place.field else None


def share_side(claim: Claim) -> int:
    """Where the percentage of a material stands: behind it, before it (negative), 0 for nowhere; the distance from the
    material to its last sign (%) or first digit, counted from 1.
    """
    after, before = _SHARE_BEHIND.match(claim.after), _SHARE_BEFORE.search(claim.before)
    if after is not None and before is not None:
        close = not after.group().startswith(" "), not before.group().endswith(" ")
        if close == (True, True):
            return 0  # 40%棉60%聚酯纤维 can be read both ways
        return len(after.group()) if close[0] else -len(before.group())
    return len(after.group()) if after is not None else -len(before.group()) if before is not None else 0


_SHARE_BEFORE: Final = re.compile(r"% ?(?:的|of )?$")
_SHARE_BEHIND: Final = re.compile(r":? ?\d(?=[\d.,]{0,5} ?%)")


def _nested(found: _Gathering, cell: str, text: str) -> None:
    """Measures of structured cells: { unit: lumen, value: 160 }."""
    for match in _VALUE_UNIT.finditer(lower(text).replace("_", " ")):
        said = f"{(match['value'] or match['value2']).rstrip('.')} {(match['unit'] or match['unit2']).strip()}"
        for measure in read(said, "en", decimal=".", lenient=True).measures:
            _add_measure(found, measure, Place(cell, match.start(), match.end()), frozenset(), frozenset())


def _add_measure(
    found: _Gathering, measure: Measure, place: Place, roles: frozenset[str], nouns: frozenset[str]
) -> None:
    if len(found.measures) >= _MAX_KNOWN:
        return
    known = KnownMeasure(measure, place, roles | measure.roles, nouns | measure.nouns)
    found.measures.append(known)
    if not measure.units or measure.nouns:
        found.counts.append(known)
    numbers = found.numbers if measure.units and not measure.nouns else found.bare
    for values in measure.values:
        for value in values:
            numbers.setdefault(value, place)
    for unit in measure.units:
        found.by_dimension[unit.dimension].append((known, unit))


@lru_cache(maxsize=2_048)
def _component_of(label: str, main: str, latin: str) -> str:
    """The part of the product that a cell is about, by its name."""
    small = lower(fold(label))
    for language in dict.fromkeys((language_of(label, latin), main, "en")):
        if found := lexicon(language).components(small):
            return found[-1][2]
    return ""


def _plain_text(text: str) -> str:
    """Without the joints of identifiers and slugs (rose-gold-plated-brass), each sign in its place."""
    text = text.replace("_", " ")
    if text.count("-") > 1:
        text = _SLUG_WORD.sub(lambda match: match.group().replace("-", " "), text)
    return text


def _blank(match: re.Match[str]) -> str:
    return " " * (match.end() - match.start())


_PAIR: Final = re.compile(r"(?:^|[,(] ?)(?:a )?pair(?: of [a-z ]{1,30})?(?:$|[,)])|(?:一对|对拍|成对)")


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
