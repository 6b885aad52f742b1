"""A small step in English, and what fills it."""

import pytest

from goodsmith.base.locales import parse_locale
from goodsmith.prompts import prepare
from goodsmith.records import AskStep, FieldSpec, OutputSpec, Requirement

FIELDS = tuple(FieldSpec(name=name) for name in ("name", "brand", "material", "category"))


@pytest.fixture
def zh():
    return parse_locale("zh-CN")


@pytest.fixture
def en():
    return parse_locale("en-US")


@pytest.fixture
def make():
    """Prepare a step of which a test says only what matters to it."""

    def prepared(**given):
        parts = {
            "name": "copy",
            "instruction": "You write product copy in {{ locale.language }}.",
            "input": "Name: {{ name }}{% if brand %}\nBrand: {{ brand }}{% endif %}",
            "outputs": (OutputSpec(slot="title", max=60),),
            "requirements": (Requirement(say="Plain words only."),),
        } | given
        return prepare(AskStep(**parts), fields=FIELDS, columns=("材质",), earlier=("keywords",))

    return prepared
