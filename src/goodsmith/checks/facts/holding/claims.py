"""Claims in words: said or denied by the source, said of another part, or put in the place of what the source says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from goodsmith.checks.facts.holding.sources import KnownClaim, Source
from goodsmith.checks.facts.holding.verdicts import Judged, plain_word
from goodsmith.checks.facts.reading.claims import BOTH_SIDES, NAMED, RIGHT_SIDE, Claim
from goodsmith.checks.facts.reading.packs import Meaning, packs
from goodsmith.checks.facts.reading.texts import Reading
from goodsmith.records import FactVerdict


def claims(reading: Reading, source: Source) -> Iterator[Judged]:
    judged = [(claim, _decided(claim, source)) for claim in reading.claims]
    unsaid = _unsaid(judged, source)
    for claim, each in judged:
        found = each or _undecided(claim, reading, source, unsaid)
        if found is not None:
            yield found


def _decided(claim: Claim, source: Source) -> Judged | None:
    """What the source says for or against it."""
    against: KnownClaim | None = None
    for meaning in claim.meanings:
        supported, opposed = evidence(meaning, source)
        for_it, against_it = (supported, opposed) if claim.affirmed else (opposed, supported)
        if for_it is not None and not (against_it is not None and _is_nearer(claim, against_it, for_it)):
            if claim.affirmed and (other := _other_part(claim, meaning, source)) is not None:
                return _spoken(claim, meaning, FactVerdict.CONTRADICTED, other)
            return _spoken(claim, meaning, FactVerdict.SUPPORTED, for_it)
        against = against or against_it
    if against is None or (not claim.affirmed and against.kind == "colour"):
        return None
    meaning = next((each for each in claim.meanings if each.kind == against.kind), claim.meanings[0])
    return _spoken(claim, meaning, FactVerdict.CONTRADICTED, against)


def _other_part(claim: Claim, meaning: Meaning, source: Source) -> KnownClaim | None:
    """What the source says of the part that the claim is about, if it says this only of other parts."""
    if not claim.component:
        return None
    supporting = [
        each
        for name, listed in source.claims.items()
        if meaning.name in (packs().above.get(name) or {name})
        for each in listed
        if each.affirmed
    ]
    if any(each.component == claim.component for each in supporting):
        return None
    other = next((each for each in source.kinds.get(meaning.kind, ()) if each.component == claim.component), None)
    general = any(not each.component for each in supporting)
    return None if general and (other is None or meaning.kind == "colour") else other


def _is_nearer(claim: Claim, one: KnownClaim, other: KnownClaim) -> bool:
    """Is it said of the part that `one` speaks of? 枕芯可水洗 where 枕套可水洗，枕芯不可水洗."""
    mine = _subject(claim)
    return bool(mine & _subject(one.claim)) and not mine & _subject(other.claim)


def _subject(claim: Claim) -> set[str]:
    near = re.split(r"[，。；;,.!?！？:：()（）\n]", claim.before)[-1]
    return {word for word in re.findall(r"[a-zß-öø-ž]{3,}|(?=([\u4e00-\u9fff]{2}))", near) if word}


def _unsaid(judged: Sequence[tuple[Claim, Judged | None]], source: Source) -> set[str]:
    """Kinds of which the source has something that the text does not repeat."""
    places = {each.place for _, each in judged if each is not None and each.verdict is FactVerdict.SUPPORTED}
    return {kind for kind, listed in source.kinds.items() if any(known.place not in places for known in listed)}


def _undecided(claim: Claim, reading: Reading, source: Source, unsaid: set[str]) -> Judged | None:
    """A claim of which the source says nothing. unsaid: kinds of which the source has something else."""
    first = claim.meanings[0]
    if claim.figurative:
        return None
    literal = reading.small[claim.start : claim.end]
    written = literal if len(literal) > 1 else literal + claim.after[:1]
    if claim.affirmed and len(written) > 1 and written in source.small and not _is_only_denied(claim, source):
        return Judged(kind=first.kind, start=claim.start, end=claim.end, verdict=FactVerdict.SUPPORTED)
    if not claim.affirmed and first.kind != "claim":
        return None  # to say what it is not is cautious, not invented
    known = [meaning for meaning in claim.meanings if source.kinds.get(meaning.kind)]
    missing = [meaning for meaning in known if meaning.kind in unsaid]
    chosen = (missing or known or [first])[0]
    if not _is_meant(claim, chosen.kind, literal, source, known=bool(known), replaced=bool(missing)):
        return None
    rival = _rival_claim(chosen, source)
    verdict = FactVerdict.CONTRADICTED if rival else FactVerdict.UNSUPPORTED
    return _spoken(claim, chosen, verdict, rival, risk=_RISK.get(chosen.kind, 0.5))


def _is_meant(claim: Claim, kind: str, literal: str, source: Source, *, known: bool, replaced: bool) -> bool:
    """Is it said of the product, and not of the scene? known: the source has something of the kind; replaced: that is
    not in the text, so this may stand in its place, and less is asked of the words around it.
    """
    if kind == "ingredient" and (not known or _is_sort_of_known(claim, source)):
        return False
    both = claim.stated & BOTH_SIDES == BOTH_SIDES
    if kind == "origin":
        if claim.origin_marked:
            return not claim.weak or replaced or both
        return replaced and (not claim.weak or bool(claim.stated & RIGHT_SIDE))
    if kind not in _REPLACED:
        return not claim.weak or both
    sides = _sides(claim, source)
    if len(literal) == 1 and not literal.isascii() and not _is_listed_sign(claim, kind, replaced=replaced):
        return False
    if sides & BOTH_SIDES == BOTH_SIDES or not replaced:
        return sides & BOTH_SIDES == BOTH_SIDES
    if not claim.weak:
        return kind != "colour" or bool(sides)
    if literal[0].isascii():
        return bool(sides & NAMED) or (kind == "material" and _OF.search(claim.before) is not None)
    return bool(sides & NAMED)


def _is_sort_of_known(claim: Claim, source: Source) -> bool:
    """Is it a sort of what the source has: wheat flour of wheat?"""
    return any(
        each.affirmed
        for meaning in claim.meanings
        for parent in meaning.parents
        for each in source.claims.get(parent, ())
    )


def _is_listed_sign(claim: Claim, kind: str, *, replaced: bool) -> bool:
    """A single Chinese sign (红, 铁) is meant in a list or before 色, or where it takes the place of a material."""
    if claim.after[:1] in _AFTER_SIGN or claim.before[-1:] in {"、", "/", "%"}:
        return True
    return kind == "material" and replaced and bool(claim.component)


_AFTER_SIGN: Final = frozenset("色制质製、/和柄盖底身")


_OF: Final = re.compile(r"(?:\bof|\bin|\bfrom|\bde|\baus) $")


def _sides(claim: Claim, source: Source) -> int:
    """The sides on which words speak of the product, those that the source uses among them."""
    after = re.match(r"[ 的]?([a-zß-öø-ž]{3,})|的?([\u4e00-\u9fff]{1,2})", claim.after)
    if after is None or claim.stated & NAMED:
        return claim.stated
    word, signs = after.groups()
    known = (word is not None and plain_word(word) in source.words) or (signs is not None and signs in source.small)
    return claim.stated | (RIGHT_SIDE | NAMED if known else 0)


_REPLACED: Final = frozenset({"material", "colour", "ingredient"})  # where one value takes another's place
_RISK: Final = {"claim": 0.9, "certificate": 0.9, "origin": 0.8, "ingredient": 0.7, "feature": 0.6, "attribute": 0.5}


def evidence(meaning: Meaning, source: Source) -> tuple[KnownClaim | None, KnownClaim | None]:
    """What of the source says that the product is this, and what says that it is not."""
    known = packs()
    supported = opposed = None
    for name, listed in source.claims.items():
        above = known.above.get(name) or frozenset({name})
        for each in listed:
            if each.affirmed and meaning.name in above:
                supported = supported or each
            elif (
                not each.affirmed
                and name in (known.above.get(meaning.name) or frozenset({meaning.name}))
                and name == meaning.name
            ) or (each.affirmed and known.meanings.get(name) and meaning.name in known.meanings[name].denies):
                opposed = opposed or each
            elif name in meaning.denies:
                if each.affirmed:
                    opposed = opposed or each
                elif len(meaning.denies) == 1:
                    supported = supported or each
            elif not each.affirmed and known.meanings.get(name) and meaning.name in known.meanings[name].denies:
                supported = supported or each
    if supported is None and opposed is None and len(meaning.parents) > 1:
        each_parent = [evidence(known.meanings[parent], source)[0] for parent in meaning.parents]
        if all(each_parent):
            return each_parent[0], None  # recycled polyamide where it says: polyamide, recycled
    return supported, opposed


def _is_only_denied(claim: Claim, source: Source) -> bool:
    return any(not known.affirmed for meaning in claim.meanings for known in source.claims.get(meaning.name, ()))


def _rival_claim(meaning: Meaning, source: Source) -> KnownClaim | None:
    """Another meaning of the kind (or of the group, where it has one) that the source has."""
    listed = source.kinds.get(meaning.kind, ())
    if meaning.group:
        groups = packs().meanings
        listed = tuple(
            each for each in listed if each.meaning in groups and groups[each.meaning].group == meaning.group
        )
    elif meaning.kind not in {"material", "colour", "origin"}:
        return None
    return listed[0] if listed else None


def _spoken(
    claim: Claim, meaning: Meaning, verdict: FactVerdict, known: KnownClaim | None, risk: float = 0.0
) -> Judged:
    return Judged(
        kind=meaning.kind,
        start=claim.start,
        end=claim.end,
        verdict=verdict,
        place=known.place if known else None,
        risk=risk,
    )
