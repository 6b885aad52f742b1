"""Language tags: what a user types, checked against CLDR and given its names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from goodsmith.errors import UnknownName
from goodsmith.records import Locale

if TYPE_CHECKING:
    from babel.core import Locale as BabelLocale

_MARKETS = "zh-CN zh-TW en-US en-GB de-DE fr-FR es-ES es-MX it-IT pt-BR ja-JP ko-KR th-TH vi-VN id-ID ms-MY ru-RU ar-SA"
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?")


def parse_locales(tags: str | Iterable[str]) -> tuple[Locale, ...]:
    """Locales of `zh-CN,en-US` or of several such texts, in order, each once."""
    listed = [tags] if isinstance(tags, str) else list(tags)
    wanted = [tag for text in listed for tag in re.split(r"[,，;\s]+", text) if tag]
    return tuple({locale.tag: locale for locale in map(parse_locale, wanted)}.values())


@cache
def parse_locale(tag: str) -> Locale:
    """The locale of a BCP-47 tag. `zh_CN` and `ZH-cn` are understood; a bare `zh` has no region.

    Raises UnknownName with the near tags: also for a language and region that CLDR does not know together, since a
    typing mistake (`zh-CM`) is far more likely than Chinese for Cameroon.
    """
    found = _TAG.fullmatch(tag.strip()[:20])
    babel = _known(*found.groups(default="")) if found else None
    if found is None or babel is None:
        raise UnknownName("locale", tag[:40], _candidates(tag), kind_zh="语言区域")
    code, script, region = (part or "" for part in found.groups())
    code, script, region = code.lower(), script.title(), region.upper()
    return Locale(
        tag="-".join(part for part in (code, script, region) if part),
        code=code,
        region=region,
        language=_display_name(_babel("en"), babel, code, script, region),
        own_name=_display_name(babel, babel, code, script, region),
    )


@cache
def script_of(tag: str) -> str:
    """The script that a locale is written in, as four letters: Hans, Hant, Jpan, Kore, Latn, Cyrl, Arab, Thai."""
    from babel.core import get_global  # noqa: PLC0415  Babel loads where it is used

    locale = parse_locale(tag)
    parts = locale.tag.split("-")
    if len(parts) > 1 and len(parts[1]) == 4:
        return parts[1]
    likely = get_global("likely_subtags")
    full = likely.get(f"{locale.code}_{locale.region}") or likely.get(locale.code) or ""
    return next((part for part in full.split("_")[1:] if len(part) == 4), "Latn")


def likely_tag(code: str) -> str:
    """A language with the region where most of its readers live: de-DE for de."""
    from babel.core import get_global  # noqa: PLC0415  Babel loads where it is used

    region = get_global("likely_subtags").get(code, "").rpartition("_")[2]
    return f"{code}-{region}" if region else code


def template_values(locale: Locale | None) -> dict[str, str]:
    """What a template sees as `locale`; empty without one."""
    if locale is None:
        return {}
    return {
        "tag": locale.tag,
        "code": locale.code,
        "region": locale.region,
        "language": locale.language,
        "own_name": locale.own_name,
    }


def _babel(tag: str) -> BabelLocale:
    from babel.core import Locale as BabelLocale  # noqa: PLC0415  Babel loads where it is used

    return BabelLocale.parse(tag)


def _known(code: str, script: str, region: str) -> BabelLocale | None:
    try:
        return _babel("_".join(part for part in (code.lower(), script.title(), region.upper()) if part))
    except (ValueError, LookupError):
        return None
    except Exception as error:
        if type(error).__name__ == "UnknownLocaleError":
            return None
        raise


def _display_name(speaker: BabelLocale, babel: BabelLocale, code: str, script: str, region: str) -> str:
    language = speaker.languages.get(code) or speaker.languages.get(babel.language) or code
    details = [speaker.scripts.get(script, script)] if script else []
    details += [speaker.territories.get(region, region)] if region else []
    return f"{language} ({', '.join(details)})" if details else str(language)


def _candidates(tag: str) -> list[str]:
    """Tags to propose: of the same language (`zh-CM`, `chinese`), of a region given alone (`cn`), else big markets."""
    from babel.localedata import locale_identifiers  # noqa: PLC0415  Babel loads where it is used

    typed = re.split(r"[-_]", tag.strip()[:20].lower())
    english = _babel("en").languages
    language = next((code for code, name in english.items() if name.lower() == typed[0]), typed[0])
    known: set[str] = set()
    for identifier in locale_identifiers():
        parts = identifier.split("_")
        known.add("-".join(part for part in parts if len(part) != 4))  # zh_Hans_CN is typed zh-CN
    same_language = {name for name in known if name.split("-")[0] == language}
    same_region = {name for name in known if name.split("-")[-1].lower() == typed[0]}
    return sorted(same_language or same_region or _MARKETS.split())
