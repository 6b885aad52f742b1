"""The rehearsal vendor: deterministic, faulty as told, counted, and gone with its parent."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodsmith.errors import ModelError, UnknownName, UsageError
from goodsmith.models import open_text_model
from goodsmith.models.rehearsal import PROFILES, Profile, rehearsal_server
from goodsmith.models.rehearsal.answers import Occasion, language_of, maker_of, name_of
from goodsmith.models.rehearsal.profiles import SHARES, reference
from goodsmith.models.rehearsal.vendor import Vendor
from goodsmith.models.routes import resolve_model
from goodsmith.records import ModelRequest


def chat(user="Name: mug", system="You write in English (United States).", model="instant", schema=None, **more):
    messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    if schema is not None:
        more["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    return msgspec.json.encode({"model": model, "messages": messages, **more})


def outcomes(vendor, prompts, model="faulty"):
    replies = [vendor.take(chat(user=prompt, model=model), now=0.0) for prompt in prompts]
    return [(reply.status, reply.reset, reply.body, reply.delay_s) for reply in replies]


PROMPTS = [f"Name: mug {number}" for number in range(300)]


# ---- deterministic ------------------------------------------------------------------------------------------------


def test_the_same_seed_treats_the_same_prompts_alike_in_any_order():
    forward = outcomes(Vendor(seed=3), PROMPTS)
    backward = outcomes(Vendor(seed=3), PROMPTS[::-1])
    assert forward == backward[::-1]
    assert forward != outcomes(Vendor(seed=4), PROMPTS)


def test_a_prompt_that_is_asked_again_is_a_new_draw():
    vendor = Vendor(changes={"overloaded_share": 0.5})
    statuses = {vendor.take(chat(), now=0.0).status for _ in range(20)}
    assert 200 in statuses
    assert statuses & {500, 503}


def test_each_fault_comes_as_often_as_its_share_says():
    vendor = Vendor(changes={"rate_limit_share": 0.2, "refusal_share": 0.1})
    outcomes(vendor, [f"Name: {number}" for number in range(3_000)], model="instant")
    faults = vendor.statistics()["faults"]
    assert faults["rate_limit"] == pytest.approx(600, rel=0.15)
    assert faults["refusal"] == pytest.approx(300, rel=0.2)


def test_log_normal_latency_has_the_median_it_is_told():
    vendor = Vendor(changes={"latency_ms": 100, "latency_sigma": 0.5})
    delays = sorted(delay for *_, delay in outcomes(vendor, PROMPTS, model="smooth"))
    assert delays[150] == pytest.approx(0.1, rel=0.15)
    assert delays[-1] > 2 * delays[150]


# ---- answers ------------------------------------------------------------------------------------------------------


def text(least, more):
    return {"type": "string", "minLength": least, "maxLength": least + more}


def whole(low, span):
    return {"type": "integer", "minimum": low, "maximum": low + span}


def listed(items, least):
    return {"type": "array", "items": items, "minItems": least, "maxItems": least + 3}


def record(properties):
    return {"type": "object", "properties": properties, "required": list(properties)}


scalars = st.one_of(
    st.builds(text, st.integers(0, 120), st.integers(20, 300)),
    st.builds(whole, st.integers(-99, 99), st.integers(0, 99)),
    st.builds(lambda low: {"type": "number", "minimum": low, "maximum": low + 1}, st.integers(-9, 9)),
    st.sampled_from([{"type": "boolean"}, {"type": ["string", "null"]}, {"type": ["number", "null"]}]),
    st.sampled_from([{"enum": ["red", "blue", None]}, {"const": 5}]),
)
names = st.sampled_from(["title", "points", "color", "id", "描述"])
schemas = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.builds(listed, inner, st.integers(0, 4)),
        st.builds(lambda inner: {"anyOf": [{"type": "null"}, inner]}, inner),
        st.builds(record, st.dictionaries(names, inner)),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(schemas, st.integers(0, 2**64 - 1), st.sampled_from(["zh", "en"]))
def test_an_answer_fits_any_schema(schema, number, language):
    made = maker_of(schema)(Occasion(number=number, language=language, name="mug"))
    jsonschema.validate(made, schema)


def test_limits_in_words_are_kept_in_their_units():
    words = "list of exactly 5 texts, each at most 40 half-widths (a Chinese character counts 2)."
    schema = {"type": "array", "minItems": 5, "maxItems": 5, "items": {"type": "string"}, "description": words}
    made = maker_of(schema)(Occasion(number=1, language="zh"))
    assert len(set(made)) == 5
    assert max(map(len, made)) <= 20


def test_a_number_that_nothing_supports_is_left_open():
    assert maker_of({"type": ["number", "null"], "description": "null if not supported"})(Occasion(number=1)) is None


@pytest.mark.parametrize(
    ("system", "user", "expected"),
    [
        ("You write the title, in Chinese (China), for a shop.", "Name: mug", "zh"),
        ("You translate the texts of one product into English (United States).", "名称: 毛巾", "en"),
        ("请用中文写标题。", "Name: mug", "zh"),
        ("Write in English.", "名称:毛巾", "en"),
        ("你是文案。", "名称:毛巾", "zh"),
        ("", "名称:毛巾", "zh"),
        ("Write in German (Germany).", "", "en"),
    ],
)
def test_the_answer_is_in_the_language_that_the_prompt_asks_for(system, user, expected):
    assert language_of(system, user) == expected


def test_the_products_name_is_taken_up_if_it_is_in_the_asked_script():
    assert name_of("Brand: x\nName: 棉质毛巾", "zh") == "棉质毛巾"
    assert name_of("Name: 棉质毛巾", "en") == ""
    assert name_of('{"name": "Blue mug", "a": 1}', "en") == "Blue mug"


def test_wrong_ids_shuffle_lose_and_double_records():
    item = {"type": "object", "properties": {"row_id": {"type": "string"}, "title": {"type": "string"}}}
    schema = {"type": "object", "properties": {"rows": {"type": "array", "items": item}}}
    user = "ROWID-00000001 ROWID-00000002 ROWID-00000003"

    def ids(vendor):
        body = msgspec.json.decode(vendor.take(chat(user=user, schema=schema), now=0.0).body)
        return [row["row_id"] for row in msgspec.json.decode(body["choices"][0]["message"]["content"])["rows"]]

    assert ids(Vendor()) == user.split()
    assert ids(Vendor(changes={"wrong_ids_share": 1})) == ["ROWID-00000003", "ROWID-00000002", "ROWID-00000003"]


# ---- quotas -------------------------------------------------------------------------------------------------------


def statuses_at(vendor, times, model, **more):
    replies = [vendor.take(chat(user=f"Name: {at}", model=model, **more), now=at) for at in times]
    return [reply.status for reply in replies], replies


def test_a_quota_of_requests_refills_with_time():
    vendor = Vendor(changes={"rpm": 2, "tpm": 0, "concurrency": 0})
    found, replies = statuses_at(vendor, [0, 0.1, 0.2, 31], "limited")
    assert found == [200, 200, 429, 200]
    wait_s = float(dict(replies[2].headers)["retry-after-ms"]) / 1000
    assert 25 < wait_s < 31


def test_a_quota_of_tokens_counts_the_asked_maximum():
    vendor = Vendor(changes={"rpm": 0, "tpm": 1_000, "concurrency": 0})
    assert statuses_at(vendor, [0, 0.1], "limited", max_tokens=800)[0] == [200, 429]


def test_places_in_flight_are_given_back():
    vendor = Vendor(changes={"rpm": 0, "tpm": 0, "concurrency": 1})
    first = vendor.take(chat(model="limited"), now=0)
    vendor.started()
    assert vendor.take(chat(model="limited"), now=0).status == 429
    vendor.finished(first)
    assert vendor.take(chat(model="limited"), now=0).status == 200


def test_a_closed_vendor_opens_after_its_time():
    assert statuses_at(Vendor(), [0, 60, 119, 121], "closed")[0] == [429, 429, 429, 200]


# ---- profiles -----------------------------------------------------------------------------------------------------


def test_shipped_profiles_are_possible():
    for profile in PROFILES.values():
        assert sum(getattr(profile, name) for name in SHARES) <= 1
        assert profile.about


@pytest.mark.parametrize("changes", [{"latency": 1}, {"rate_limit_share": 2}, {"latency_ms": "soon"}, {"rpm": -1},
                                     {"rate_limit_share": 0.7, "reset_share": 0.7}])  # fmt: skip
def test_an_impossible_change_is_a_usage_error(changes):
    with pytest.raises(UsageError):
        Profile().changed(changes)


def test_an_unknown_profile_fails_before_a_process_is_started():
    with pytest.raises(UnknownName) as caught, rehearsal_server("smoth"):
        pass
    assert caught.value.near[0] == "smooth"


# ---- the process --------------------------------------------------------------------------------------------------

pytestmark = pytest.mark.servers


def http(url, body=None):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, data=body), timeout=10) as answer:
        return answer.status, answer.read()


def test_requests_and_answers_are_counted_per_row(rehearsal):
    for row in (1, 2, 2):
        http(f"{rehearsal.base_url}/chat/completions", chat(user=f"ROWID-{row:08d} Name: mug"))
    assert rehearsal.rows() == {"00000001": (1, 1), "00000002": (2, 2)}
    stats = rehearsal.stats()
    assert (stats["requests"], stats["rows"], stats["rows_asked_again"], stats["prompts_asked_again"]) == (3, 2, 1, 1)


def test_the_vendor_is_changed_while_it_runs(rehearsal):
    rehearsal.ctl(account="wrong_key")
    with pytest.raises(urllib.error.HTTPError) as caught:
        http(f"{rehearsal.base_url}/chat/completions", chat())
    assert caught.value.code == 401
    caught.value.close()
    rehearsal.ctl(restore=True)
    assert http(f"{rehearsal.base_url}/chat/completions", chat())[0] == 200


def test_a_change_by_url_serves_a_shell(rehearsal):
    base = rehearsal.base_url.removesuffix("/v1")
    changed = msgspec.json.decode(http(f"{base}/ctl?latency_ms=7&reset=1")[1])
    assert changed["changes"]["latency_ms"] == 7.0


def test_models_are_listed(rehearsal):
    listed = msgspec.json.decode(http(f"{rehearsal.base_url}/models")[1])
    assert {model["id"] for model in listed["data"]} == set(PROFILES)


def test_bodies_that_are_no_requests_are_refused_and_the_server_lives_on(rehearsal):
    for body in (b"", b"{", b"[]", b'{"messages": []}', b'{"messages": 5}', b"\xff"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            http(f"{rehearsal.base_url}/chat/completions", body)
        assert caught.value.code == 400
        caught.value.close()
    assert http(f"{rehearsal.base_url}/chat/completions", chat())[0] == 200


def test_hundreds_of_requests_in_flight_are_served_at_once(rehearsal):
    rehearsal.ctl(latency_ms=300)
    started = time.perf_counter()
    with ThreadPoolExecutor(40) as pool:
        url = f"{rehearsal.base_url}/chat/completions"
        assert {status for status, _ in pool.map(lambda _: http(url, chat()), range(40))} == {200}
    assert time.perf_counter() - started < 5
    assert rehearsal.stats()["most_in_flight"] > 20
    assert rehearsal.stats()["in_flight"] == 0


PARENT = """
import sys, time
from goodsmith.models.rehearsal import start_rehearsal
server = start_rehearsal("instant")
print(server.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_parent_however_that_ends(how):
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    child = int(parent.stdout.readline())
    os.kill(parent.pid, how)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and alive(child):
        time.sleep(0.02)
    assert not alive(child)


def alive(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
        return stat.rpartition(")")[2].split()[0] != "Z"  # an orphan that nobody reaps is dead too
    except FileNotFoundError:
        return False


def test_a_with_block_stops_it():
    with rehearsal_server("instant") as server:
        pid = server.pid
        assert alive(pid)
    assert not alive(pid)


def test_a_rehearsal_model_starts_its_vendor_and_several_share_it():
    async def run():
        first = await open_text_model(resolve_model("rehearsal/instant", environment={}))
        second = await open_text_model(resolve_model("rehearsal/down", environment={}))
        answer = await first.complete(ModelRequest(system="", user="Name: mug"), timeout_s=5)
        with pytest.raises(ModelError):
            await second.complete(ModelRequest(system="", user="Name: mug"), timeout_s=5)
        await first.close()
        with pytest.raises(ModelError, match="HTTP 50"):  # still there for the second
            await second.complete(ModelRequest(system="", user="Name: mug"), timeout_s=5)
        await second.close()
        return answer

    assert asyncio.run(run()).text


def test_stencil_is_no_model_that_can_be_opened():
    with pytest.raises(UsageError):
        asyncio.run(open_text_model(resolve_model("stencil")))


# ---- the reference ------------------------------------------------------------------------------------------------

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "rehearsal.md"


def test_the_reference_page_shows_the_shipped_profiles_and_every_field():
    text = PAGE.read_text(encoding="utf-8")
    assert reference() in text, "run: python -m goodsmith.models.rehearsal --profiles"
    assert [field.name for field in fields(Profile) if field.name != "about" and f"`{field.name}`" not in text] == []
