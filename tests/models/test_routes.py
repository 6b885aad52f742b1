"""The way from a model's name to a vendor, an address and a key."""

import pickle

import pytest

from goodsmith.errors import UnknownName, UsageError
from goodsmith.models.providers import RUNGS, providers
from goodsmith.models.routes import resolve_model
from goodsmith.models.secrets import Secret


def route(name, base_url=None, api_key=None, **environment):
    return resolve_model(name, base_url=base_url, api_key=api_key, environment=environment)


@pytest.mark.parametrize("name", ["deepseek/deepseek-flash", "deepseek:deepseek-flash", "DeepSeek/deepseek-flash"])
def test_a_model_is_written_provider_slash_or_colon_name(name):
    found = route(name, DEEPSEEK_API_KEY="k1")
    assert (found.model_id, found.base_url) == ("deepseek:deepseek-flash", "https://api.deepseek.com")


@pytest.mark.parametrize(("alias", "provider"), [("kimi", "moonshot"), ("qwen", "dashscope"), ("glm", "zhipu")])
def test_vendors_have_the_names_that_people_use(alias, provider):
    assert route(f"{alias}/m", api_key="k").provider == provider


def test_names_of_models_may_have_slashes_and_colons():
    assert route("ollama/qwen3.5:2b").model == "qwen3.5:2b"
    assert route("vllm/Qwen/Qwen3-8B").model == "Qwen/Qwen3-8B"


def test_stencil_needs_neither_key_nor_address():
    assert (route("stencil").model_id, route("stencil").base_url) == ("stencil", "")


def test_an_unknown_provider_is_answered_with_the_near_ones():
    with pytest.raises(UnknownName) as caught:
        route("opnai/gpt-5")
    assert "openai" in caught.value.near


def test_a_bare_name_is_answered_with_how_to_write_it():
    with pytest.raises(UsageError, match="openai/gpt-4o"):
        route("gpt-4o")


def test_a_name_without_a_model_is_answered_with_an_example():
    with pytest.raises(UsageError, match="deepseek/deepseek-flash"):
        route("deepseek/")


def test_an_unknown_rehearsal_model_is_answered_with_the_near_ones():
    with pytest.raises(UnknownName) as caught:
        route("rehearsal/fualty")
    assert caught.value.near[0] == "faulty"


# ---- keys ---------------------------------------------------------------------------------------------------------


def test_a_missing_key_names_the_environment_variable():
    with pytest.raises(UsageError, match="DASHSCOPE_API_KEY") as caught:
        route("dashscope/qwen-plus")
    assert "DASHSCOPE_API_KEY" in caught.value.zh


def test_the_key_comes_from_the_argument_a_named_variable_a_file_or_the_providers_own(tmp_path):
    path = tmp_path / "key"
    path.write_text("from-file\n")
    given = [
        (route("openai/m", api_key="plain"), "plain", "given"),
        (route("openai/m", api_key="env:MINE", MINE="from-env"), "from-env", "env:MINE"),
        (route("openai/m", api_key=f"file:{path}"), "from-file", f"file:{path}"),
        (route("openai/m", OPENAI_API_KEY="own"), "own", "env:OPENAI_API_KEY"),
        (route("kimi/m", KIMI_API_KEY="second"), "second", "env:KIMI_API_KEY"),
    ]
    assert [(r.key.reveal(), r.key.source) for r, *_ in given] == [(value, source) for _, value, source in given]


@pytest.mark.parametrize("reference", ["env:NOT_SET", "file:/nowhere/key", ""])
def test_a_key_that_is_not_there_is_a_usage_error(reference):
    with pytest.raises(UsageError):
        route("openai/m", api_key=reference)


def test_a_key_prints_as_stars_everywhere():
    found = route("openai/m", OPENAI_API_KEY="sk-very-secret")
    for text in (str(found.key), repr(found.key), repr(found), f"{found.key}", str([found.key])):
        assert "very-secret" not in text
    assert found.key.hide("the key sk-very-secret is wrong") == "the key ******** is wrong"


def test_a_key_travels_to_a_worker_process():
    key = Secret("sk-1", source="env:X")
    assert pickle.loads(pickle.dumps(key)) == key


# ---- addresses ----------------------------------------------------------------------------------------------------


def test_any_server_by_url_needs_no_key_and_is_judged_as_itself():
    found = route("some-model", base_url="http://127.0.0.1:9000/v1/")
    assert (found.model_id, found.base_url, found.key) == ("custom:some-model", "http://127.0.0.1:9000/v1", None)


def test_a_model_name_of_another_server_stays_whole():
    assert route("Qwen/Qwen3-8B", base_url="http://127.0.0.1:8000/v1").send_as == "Qwen/Qwen3-8B"


def test_a_provider_at_another_address_keeps_its_name_and_key_but_not_its_ways():
    found = route("openai/my-model", base_url="http://gateway.corp/v1", OPENAI_API_KEY="k")
    assert (found.model_id, found.key.reveal()) == ("openai:my-model", "k")
    assert found.vendor.max_tokens_field == "max_tokens"  # an unknown server may ignore newer fields without a word


def test_an_address_tells_who_answers_there():
    url = "https://dashscope.aliyuncs.com/compatible-mode/v1"
    found = route("openai/qwen-plus", base_url=url, DASHSCOPE_API_KEY="q", OPENAI_API_KEY="o")
    assert found.vendor.id == "dashscope"
    assert found.key.reveal() == "q"


def test_the_path_of_chat_completions_may_be_pasted_with_the_address():
    assert route("m", base_url="http://h/v1/chat/completions").base_url == "http://h/v1"


@pytest.mark.parametrize("url", ["gateway.corp/v1", "ftp://h/v1", "https://", "https://h/v1?x=1", "https://u:p@h/v1"])
def test_a_base_url_that_cannot_be_one_is_a_usage_error(url):
    with pytest.raises(UsageError):
        route("openai/m", base_url=url)


@pytest.mark.parametrize("name", ["anthropic/claude-haiku-5-5", "gemini/gemini-3.8-flash"])
def test_vendors_with_a_protocol_of_their_own_speak_openai_chat_at_their_compatible_address(name):
    own = route(name, ANTHROPIC_API_KEY="k", GEMINI_API_KEY="k")
    assert own.vendor.protocol in {"anthropic_messages", "gemini"}
    found = route(name, base_url=own.vendor.compatible_url, ANTHROPIC_API_KEY="k", GEMINI_API_KEY="k")
    assert found.vendor.protocol == "openai_chat"
    assert (found.key.reveal(), found.vendor.key_header) == ("k", "authorization")


def test_a_name_says_the_protocol_and_the_address_who_speaks_it():
    found = route("anthropic/deepseek-flash", base_url="https://api.deepseek.com/anthropic", DEEPSEEK_API_KEY="k")
    assert (found.vendor.id, found.vendor.protocol) == ("deepseek", "anthropic_messages")
    assert found.vendor.key_header == "x-api-key"
    local = route("anthropic/mug-1", base_url="http://127.0.0.1:8080/v1/messages")
    assert (local.vendor.id, local.base_url) == ("custom-messages", "http://127.0.0.1:8080/v1")


def test_vertex_is_reached_by_the_address_of_a_project():
    url = "https://europe-west4-aiplatform.googleapis.com/v1/projects/shop/locations/europe-west4/publishers/google"
    found = route("vertex/gemini-2.5-flash-lite", base_url=url, api_key="token")
    assert (found.vendor.id, found.vendor.protocol, found.vendor.key_header) == ("vertex", "gemini", "authorization")


def test_a_rehearsal_takes_on_the_manner_of_a_vendor():
    found = route("rehearsal/faulty@zhipu")
    assert found.vendor.id == "rehearsal"
    assert found.vendor.errors == route("zhipu/glm-5.3", ZHIPU_API_KEY="k").vendor.errors
    with pytest.raises(UnknownName, match="zhipu"):
        route("rehearsal/faulty@zhipuu")


def test_a_vendor_without_an_address_of_its_own_asks_for_one():
    with pytest.raises(UsageError, match=r"openai\.azure\.com"):
        route("azure/gpt", api_key="k")
    found = route("azure/gpt", base_url="https://mine.openai.azure.com/openai/v1", api_key="k")
    assert found.vendor.key_header == "api-key"


def test_models_that_the_path_tells_apart_have_names_of_their_own():
    x2, flash = route("spark/spark-x2", api_key="k"), route("spark/spark-x2-flash", api_key="k")
    assert (x2.send_as, flash.send_as) == ("spark-x", "spark-x")
    assert x2.base_url != flash.base_url


def test_a_shared_rehearsal_vendor_is_found_by_environment():
    found = route("rehearsal/faulty", GOODSMITH_REHEARSAL_URL="http://127.0.0.1:5000/v1")
    assert found.base_url == "http://127.0.0.1:5000/v1"


# ---- the file -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vendor", providers().values(), ids=lambda vendor: vendor.id)
def test_every_vendor_can_be_resolved_with_a_key_and_an_address(vendor):
    if vendor.protocol == "none":
        return
    model = "smooth" if vendor.id == "rehearsal" else "m"
    found = route(f"{vendor.id}/{model}", base_url=vendor.base_url or "http://127.0.0.1:1/v1", api_key="k")
    assert found.vendor.answers in RUNGS
    assert found.vendor.evidence in ("tried", "doc", "package", "secondary", "memory")


def test_names_and_aliases_are_unique():
    names = [name for vendor in providers().values() for name in (vendor.id, *vendor.aliases)]
    assert len(names) == len(set(names))
