"""Names that a recipe may not give, and names of languages."""

from __future__ import annotations

from typing import Final

from goodsmith.base.locales import parse_locale
from goodsmith.base.yaml_files import YamlFile
from goodsmith.errors import UnknownName
from goodsmith.records import SOURCE_LOCALE

_TEMPLATE_WORDS: Final = (
    "locale blank empty nil null true false and or not contains in if unless else for forloop with as let"
)
RESERVED: Final = frozenset(_TEMPLATE_WORDS.split())


def refuse_reserved(yaml: YamlFile, name: str, *place: str | int) -> None:
    if name in RESERVED or name.startswith("_gs_"):
        yaml.fail(
            f"the name {name!r} is taken by the template language; choose another",
            f"名称 {name!r} 是模板语言的保留字;请换一个",
            *place,
        )


def locale_tag(yaml: YamlFile, tag: str, *place: str | int) -> str:
    if tag == SOURCE_LOCALE and place[0] == "locales":
        return tag
    try:
        return parse_locale(tag).tag
    except UnknownName as unknown:
        zh = unknown.zh or unknown.en
        if place[-1] == tag:  # a key of a stencil
            yaml.fail(f"stencil: {unknown.en} (keys that hold keys are languages)", f"stencil:{zh}", *place)
        yaml.fail(unknown.en, zh, *place)
