"""Vendors as data: what ships, what a file of the user's own changes, and the pages that are made of it."""

from pathlib import Path

import pytest

from goodsmith.errors import RecipeError, UnknownName, UsageError
from goodsmith.models import reference
from goodsmith.models.prices import find_price
from goodsmith.models.providers import vendors
from goodsmith.models.routes import resolve_model, todays_models

DOCS = Path(__file__).parents[2] / "docs" / "reference"
SOLD = [vendor for vendor in vendors().providers.values() if vendor.known and vendor.id != "rehearsal"]


@pytest.fixture
def own_file(tmp_path):
    def write(text):
        path = tmp_path / "vendors.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


# ---- a file of the user's own -------------------------------------------------------------------------------------


def test_a_vendor_of_ones_own_is_like_another_but_for_what_it_says(own_file):
    path = own_file("providers: {shop: {like: openai, names: [Our gateway], base_url: 'https://llm.shop.test/v1'}}")
    route = resolve_model("shop/mug-1", api_key="k", environment={}, providers_file=path)
    assert (route.base_url, route.vendor.name) == ("https://llm.shop.test/v1", "Our gateway")
    assert route.vendor.strict_schema is vendors().find("openai").strict_schema
    with pytest.raises(UnknownName):
        resolve_model("shop/mug-1", api_key="k", environment={})


def test_a_known_vendor_is_changed_in_what_the_file_says_and_its_rows_are_read_first(own_file):
    path = own_file(
        """providers:
  deepseek:
    base_url: https://proxy.shop.test/deepseek
    errors: [{status: 418, code: tea_time, means: overloaded}]
    models: [{match: "*-flash", in_flight: 20, requests_per_minute: 600}]
"""
    )
    found = vendors(path).find("deepseek")
    assert found.errors[0].codes == ("tea_time",)
    assert found.errors[1:] == vendors().find("deepseek").errors
    route = resolve_model("deepseek/deepseek-flash", api_key="k", environment={}, providers_file=path)
    assert (route.base_url, route.vendor.in_flight) == ("https://proxy.shop.test/deepseek", 20)
    assert route.vendor.requests_per_minute == 600


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("providers:\n  shop:\n    base_ulr: https://x.test", 3, "base_url"),
        ("providers:\n  shop:\n    like: opnai", 3, "openai"),
        ("providers:\n  shop:\n    base_url: x.test", 3, "https"),
        ("providers:\n  shop:\n    errors:\n      - {status: 429, means: slow}", 4, "rate_limited"),
        ("providers: {}\nanywhere: []", 2, "under a provider"),
        ("providers:\n  Shop: {}", 2, "lower case"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_line(own_file, text, line, words):
    with pytest.raises(RecipeError, match=words) as caught:
        vendors(own_file(text))
    assert caught.value.line == line


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match="nowhere"):
        vendors(tmp_path / "nowhere.yaml")


# ---- old names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "today"),
    [
        ("gpt-3.5-turbo", "openai/gpt-5-nano"),
        ("openai/gpt-3.5-turbo-0613", "openai/gpt-5-nano"),
        ("claude-2", "anthropic/claude-haiku-5-5"),
        ("Claude 2", "anthropic/claude-haiku-5-5"),
        ("anthropic/claude-2.1", "anthropic/claude-haiku-5-5"),
        ("PaLM 2", "gemini/gemini-2.5-flash-lite"),
        ("Bard", "gemini/gemini-2.5-flash-lite"),
        ("google/text-bison-001", "gemini/gemini-2.5-flash-lite"),
        ("ERNIE Bot", "qianfan/ernie-4.5-turbo-128k"),
        ("文心一言", "qianfan/ernie-4.5-turbo-128k"),
        ("chatglm_turbo", "zhipu/glm-5.3-flash"),
        ("hunyuan/hunyuan-turbos-latest", "hunyuan/hy3"),
        ("deepseek/deepseek-chat", "deepseek/deepseek-flash"),
    ],
)
def test_an_old_name_leads_to_todays_model_and_says_so(old, today):
    found, (notice,) = todays_models(old)
    assert found == today
    assert old in notice.en
    assert today in notice.zh
    assert resolve_model(old, api_key="k", environment={}).model_id == today.replace("/", ":", 1)


def test_in_an_order_of_models_each_old_name_is_replaced():
    found, notices = todays_models("deepseek/deepseek-flash, claude-2")
    assert found == "deepseek/deepseek-flash,anthropic/claude-haiku-5-5"
    assert len(notices) == 1


@pytest.mark.parametrize("name", ["openai/gpt-5-nano", "stencil", "rehearsal/faulty", "openai/ft:gpt-3.5-turbo:shop"])
def test_todays_names_stay_as_they_are(name):
    assert todays_models(name) == (name, ())


def test_a_server_of_ones_own_may_call_its_models_what_it_likes():
    assert todays_models("gpt-3.5-turbo", base_url="http://127.0.0.1:8000/v1") == ("gpt-3.5-turbo", ())
    assert resolve_model("gpt-3.5-turbo", base_url="http://127.0.0.1:8000/v1").send_as == "gpt-3.5-turbo"


def test_every_old_name_leads_to_a_model_that_is_listed():
    known = vendors()
    leads = [*known.old_names.values(), *(to for vendor in known.providers.values() for to in vendor.retired.values())]
    for today in leads:
        provider, _, model = today.partition("/")
        listed = {one.id for one in known.find(provider).known} | {"gpt-4o", "generalv3.5"}
        assert model in listed, today


# ---- what is said of vendors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("vendor", SOLD, ids=lambda vendor: vendor.id)
def test_facts_about_a_vendor_carry_their_source_and_models_a_price_or_none(vendor):
    assert vendor.sources
    for model in vendor.known:
        price = find_price(vendor.id, model.id)
        assert price is None or price.source


def test_what_nobody_has_called_says_so():
    said = [words for name, (words, _) in reference.EVIDENCE.items() if name != "tried"]
    assert all("never called" in words or "nobody has verified" in words for words in said)
    assert not vendors().find("zhipu").verified
    assert vendors().find("llamacpp").verified


def test_every_row_of_an_error_table_can_be_read_in_both_languages():
    for vendor in vendors().providers.values():
        for zh in (False, True):
            for row in reference.error_rows(vendor, zh=zh):
                assert len(row) == len(reference.ERROR_HEADS)
                assert row[3]
                assert row[4]


@pytest.mark.parametrize("vendor", [one for one in vendors().providers if one != "stencil"])
def test_the_page_of_a_vendor_is_made_of_the_data(vendor):
    text = (DOCS / "vendors" / f"{vendor}.md").read_text(encoding="utf-8")
    made = reference.page(vendors().providers[vendor])
    assert text == made, "run: python -m goodsmith.models.reference docs/reference"


@pytest.mark.parametrize("section", reference.SECTIONS)
def test_the_tables_of_all_vendors_are_made_of_the_data(section):
    text = (DOCS / "models.md").read_text(encoding="utf-8")
    made = f"<!-- {section} -->\n{reference.SECTIONS[section]()}\n<!-- end of {section} -->"
    assert made in text, "run: python -m goodsmith.models.reference docs/reference"


def test_there_is_a_page_for_each_vendor_and_no_other():
    pages = {path.stem for path in (DOCS / "vendors").glob("*.md")}
    assert pages == set(vendors().providers) - {"stencil"}
