"""From a model's name to an answerer: who lives at the address, what it asks for, what it takes."""

from __future__ import annotations

import asyncio

import pytest

from goodsmith.base.clock import run_in_virtual_time
from goodsmith.base.money import ASSUMED_RATES, Wallet
from goodsmith.errors import AccountProblem, ModelError, UnknownName, UsageError
from goodsmith.models.fake import FakeModel, MemoryRecorder
from goodsmith.models.gateway import open_answerer
from goodsmith.models.lazy import LazyModel
from goodsmith.records import Answer, ModelRequest

REQUEST = ModelRequest(system="Write.", user="a mug", max_output_tokens=50)


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    for vendor in ("OPENAI", "DEEPSEEK", "DASHSCOPE", "ZHIPU"):
        monkeypatch.setenv(f"{vendor}_API_KEY", "sk-test")


def test_stencil_asks_nobody():
    assert open_answerer("stencil") is None


def test_a_model_has_its_vendors_price():
    assert open_answerer("openai/gpt-4o-mini").currency == "USD"
    assert open_answerer("dashscope/qwen-plus").price.input == 800_000_000


def test_a_stated_price_goes_first():
    assert open_answerer("openai/gpt-4o-mini", price="in=1,out=2,currency=CNY").currency == "CNY"


def test_a_file_of_prices_goes_before_the_shipped_ones(tmp_path):
    path = tmp_path / "prices.yaml"
    path.write_text("prices:\n- {provider: openai, model: gpt-4o-mini, currency: EUR, in: 1, out: 1}\n", "utf-8")
    assert open_answerer("openai/gpt-4o-mini", prices_file=path).currency == "EUR"


def test_a_file_of_prices_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"missing\.yaml"):
        open_answerer("openai/gpt-4o-mini", prices_file=tmp_path / "missing.yaml")


def test_behind_another_address_the_vendors_price_is_not_assumed():
    answerer = open_answerer("openai/gpt-4o-mini", base_url="https://resale.example/v1")
    assert (answerer.currency, answerer.worst_cost_nanos(REQUEST)) == ("", None)


def test_a_server_of_ones_own_is_free_on_ones_own_machine_only():
    assert open_answerer("ollama/qwen3").worst_cost_nanos(REQUEST) == 0
    assert open_answerer("ollama/qwen3", base_url="http://gpu.example:11434/v1").worst_cost_nanos(REQUEST) is None


def test_a_rehearsal_has_a_price_and_starts_nothing_yet():
    answerer = open_answerer("rehearsal/faulty")
    assert answerer.currency == "CNY"
    assert 0 < answerer.worst_cost_nanos(REQUEST) < 10_000_000


def test_near_servers_need_no_ramp_and_far_ones_do():
    assert open_answerer("rehearsal/faulty", concurrency=256).stats().level == 256
    assert open_answerer("custom/m", base_url="http://127.0.0.1:8000/v1", concurrency=256).stats().level == 256
    assert open_answerer("openai/gpt-4o-mini", concurrency=100).stats().level == 10


def test_a_vendors_limit_of_calls_in_flight_is_shared_among_processes():
    answerer = open_answerer("deepseek/deepseek-v4-pro", concurrency=9_999, sharers=10)
    assert answerer.stats().level == 5  # 500 in flight for the account, 50 for this process, a tenth at the start


def test_a_fallback_order_counts_in_the_currency_of_its_first_model():
    chain = open_answerer("dashscope/qwen-plus,openai/gpt-4o-mini", rates=ASSUMED_RATES.stated("USD/CNY=7"))
    assert (chain.model_id, chain.currency) == ("dashscope:qwen-plus,openai:gpt-4o-mini", "CNY")
    assert [gateway.price.input for gateway in chain.gateways] == [800_000_000, 1_050_000_000]


def test_a_fallback_order_cannot_share_one_address_or_price():
    with pytest.raises(UsageError, match="one model only"):
        open_answerer("openai/a,deepseek/b", base_url="https://x.example/v1")
    with pytest.raises(UsageError, match="--fallback-stencil"):
        open_answerer("openai/gpt-4o-mini,stencil")


def test_an_unknown_vendor_names_the_near_ones():
    with pytest.raises(UnknownName, match="openai"):
        open_answerer("opnai/gpt-4o-mini")


def test_a_model_is_opened_once_and_only_when_it_is_asked():
    async def work():
        opened = []

        async def open_it():
            opened.append(FakeModel(then="A mug."))
            return opened[0]

        lazy = LazyModel("fake:model", open_it)
        assert opened == []
        assert [(await lazy.complete(REQUEST, timeout_s=1)).text for _ in range(2)] == ["A mug."] * 2
        await lazy.close()
        assert len(opened) == 1
        assert opened[0].closed

    run_in_virtual_time(work())


def test_a_model_that_cannot_be_opened_stops_the_vendor():
    async def work():
        async def open_it():
            raise UsageError("no such certificate file")

        lazy = LazyModel("fake:model", open_it)
        with pytest.raises(AccountProblem, match="certificate"):
            await lazy.complete(REQUEST, timeout_s=1)
        await lazy.close()

    run_in_virtual_time(work())


@pytest.mark.servers
def test_a_bad_day_with_a_real_vendor_loses_no_row_and_counts_every_nano():
    """A process of its own that answers with 429, 500, resets, HTML, cut answers and refusals."""

    async def work():
        answerer = open_answerer("rehearsal/faulty", concurrency=64, timeout_s=2)
        recorder, wallet = MemoryRecorder(), Wallet()

        async def ask(row):
            request = ModelRequest(system="Write.", user=f"a mug ROWID-{row}", max_output_tokens=200)
            return await answerer.answer(request, ordinal=row, recorder=recorder, purse=wallet)

        answers = await asyncio.gather(*(ask(row) for row in range(300)), return_exceptions=True)
        stats = answerer.stats()
        await answerer.close()
        return answers, stats, wallet, recorder

    answers, stats, wallet, recorder = asyncio.run(work())
    told = [answer for answer in answers if isinstance(answer, Answer)]
    failed = [answer for answer in answers if isinstance(answer, ModelError)]
    assert len(told) + len(failed) == 300
    assert len(told) > 280
    assert {error.code for error in failed} <= {"content_refused", "truncated", "not_understood", "context_overflow"}
    assert sum(stats.retries.values()) > 0
    assert (len(recorder.answers), wallet.reserved_nanos) == (len(told), 0)
    assert wallet.spent_nanos == sum(one.cost_nanos for one in told) + sum(one.spent_nanos for one in failed)
