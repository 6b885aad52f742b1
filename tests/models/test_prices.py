"""What a call costs, and what is said where nobody knows."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.errors import RecipeError, UsageError
from goodsmith.models.prices import find_price, parse_price, read_prices, require_price
from goodsmith.records import NANOS, Usage

DAY = dt.date(2026, 11, 23)
prices = st.builds(
    lambda into, out, cached: parse_price(f"in={into},out={out},cache_read={cached},currency=CNY"),
    st.integers(0, 100),
    st.integers(0, 100),
    st.integers(0, 100),
)


def test_a_price_is_stated_per_million_tokens():
    price = parse_price("in=0.8,out=3.2,currency=CNY")
    assert price.cost(Usage(input_tokens=1_000_000, output_tokens=500_000)) == 2_400_000_000
    assert price.say("en") == "in 0.8, out 3.2 CNY per million tokens (stated by the user)"


def test_a_price_below_a_nano_per_token_is_exact():
    price = parse_price("in=0.0025,out=0,currency=USD")
    assert price.cost(Usage(input_tokens=1_000_000)) == 2_500_000
    assert price.cost(Usage(input_tokens=1)) == 3  # rounded up


def test_tokens_from_the_vendors_cache_have_their_own_price():
    price = parse_price("in=10,out=0,cache_read=1,currency=CNY")
    assert price.cost(Usage(input_tokens=1_000_000, cached_tokens=900_000)) == 1_900_000_000
    assert price.cost(Usage(input_tokens=100, cached_tokens=900)) == 100_000  # never more cached than sent


@pytest.mark.parametrize(
    "text",
    ["", "in=1", "in=1,out=2", "in=1,out=x,currency=CNY", "in=1,in=2,out=2,currency=CNY", "in=-1,out=2,currency=CNY"],
)
def test_what_is_not_a_price_is_answered_with_an_example(text):
    with pytest.raises(UsageError, match=r"in=0\.8,out=3\.2,currency=CNY"):
        parse_price(text)


@given(price=prices, text=st.text(max_size=200), out=st.integers(0, 500), said=st.integers(0, 500))
def test_the_bound_holds_for_any_text_of_which_each_byte_is_a_token(price, text, out, said):
    size = len(text.encode("utf-8", "surrogatepass"))
    usage = Usage(input_tokens=size, output_tokens=min(out, said), cached_tokens=size // 2)
    assert price.cost(usage) <= price.worst(size, out)


def test_an_unknown_price_is_unknown_and_not_zero():
    assert find_price("openai", "a-model-of-tomorrow", on=DAY) is None
    assert find_price("nobody", "gpt-4o-mini", on=DAY) is None


def test_a_budget_with_an_unknown_price_tells_how_to_state_it():
    with pytest.raises(UsageError, match="--price in=") as caught:
        require_price(None, model="openai/a-model-of-tomorrow")
    assert "--price" in caught.value.say("zh")


def test_the_package_knows_the_western_vendors():
    price = find_price("openai", "gpt-4o-mini", on=DAY)
    assert (price.currency, price.input, price.output) == ("USD", 150_000_000, 600_000_000)
    assert "genai-prices" in price.source


def test_our_own_list_goes_before_the_package():
    price = find_price("zhipu", "glm-5.3-flash", on=DAY)
    assert (price.currency, price.input) == ("CNY", 800_000_000)
    assert "docs.bigmodel.cn" in price.say("en")


@pytest.mark.parametrize("name", ["alibaba_qwen", "dashscope", "qwen", "Qwen"])
def test_a_vendor_may_be_called_by_its_other_names(name):
    assert find_price(name, "qwen-plus", on=DAY).currency == "CNY"


def test_a_second_hand_price_says_so():
    assert "second hand" in find_price("qwen", "qwen-plus", on=DAY).say("en")
    assert "转述" in find_price("qwen", "qwen-plus", on=DAY).say("zh")


def test_rehearsals_have_a_small_made_up_price():
    price = find_price("rehearsal", "anything", on=DAY)
    assert price.made_up
    assert 0 < price.cost(Usage(input_tokens=500, output_tokens=100)) < NANOS // 1000


def test_a_price_by_the_hour_counts_the_hour_and_is_bounded_by_the_dearest():
    price = find_price("deepseek", "deepseek-flash", on=DAY)
    usage = Usage(input_tokens=1_000_000)
    monday_morning, monday_night = (dt.datetime(2026, 11, 23, hour, tzinfo=dt.UTC) for hour in (2, 20))
    saturday_morning = dt.datetime(2026, 11, 21, 2, tzinfo=dt.UTC)
    assert price.cost(usage, at=monday_morning) == 2 * NANOS
    assert price.cost(usage, at=monday_night) == NANOS
    assert price.cost(usage, at=saturday_morning) == NANOS
    assert price.cost(usage) == 2 * NANOS
    assert price.worst(1_000_000, 0) >= 2 * NANOS


def test_a_long_prompt_costs_the_price_of_its_tier():
    price = find_price("ernie", "ernie-5.0", on=DAY)
    assert price.cost(Usage(input_tokens=32_000)) == 192_000_000
    assert price.cost(Usage(input_tokens=32_001)) == 320_010_000
    assert price.worst(40_000, 1_000) >= price.cost(Usage(input_tokens=40_000, output_tokens=1_000))


def test_a_vendor_that_charges_for_storing_a_prompt_is_not_underestimated():
    price = find_price("openai", "gpt-6-luna", on=DAY)
    assert price.cost(Usage(input_tokens=2_000)) == 2_000 * 125
    assert price.cost(Usage(input_tokens=1_000)) == 1_000 * 100


def test_what_a_vendor_stores_because_it_was_asked_costs_more_and_what_it_reads_back_costs_less():
    price = find_price("anthropic", "claude-haiku-4-5", on=DAY)  # in 1, stored 1.25, read 0.1 USD
    assert price.cost(Usage(input_tokens=2_000)) == 2_000 * 1_000
    assert price.cost(Usage(input_tokens=2_000, cache_write_tokens=1_500)) == 500 * 1_000 + 1_500 * 1_250
    assert price.cost(Usage(input_tokens=2_000, cached_tokens=1_500)) == 500 * 1_000 + 1_500 * 100
    assert price.worst(2_000, 0) >= price.cost(Usage(input_tokens=2_000, cache_write_tokens=2_000))


MINE = """
prices:
- {provider: qwen, model: qwen-plus, currency: CNY, in: 0.5, out: 1, valid_from: "2026-01-01", source: our contract}
- {provider: qwen, model: qwen-plus, currency: CNY, in: 0.4, out: 1, valid_from: "2026-12-01"}
- {provider: house, model: "*", currency: CNY, in: 0, out: 0}
- {provider: house, model: big, currency: CNY, in: 3, out: 3}
"""


def test_a_file_of_the_users_own_goes_before_ours():
    mine = read_prices(MINE, file="mine.yaml")
    assert find_price("dashscope", "qwen-plus", user_prices=mine, on=DAY).source == "our contract"


def test_the_newest_price_that_is_valid_on_the_day_counts():
    mine = read_prices(MINE, file="mine.yaml")
    assert find_price("qwen", "qwen-plus", user_prices=mine, on=dt.date(2027, 1, 1)).input == 400_000_000
    assert find_price("qwen", "qwen-plus", user_prices=mine, on=dt.date(2025, 1, 1)).input == 800_000_000


def test_a_line_for_one_model_goes_before_the_line_for_all():
    mine = read_prices(MINE, file="mine.yaml")
    assert find_price("house", "small", user_prices=mine, on=DAY).input == 0
    assert find_price("house", "big", user_prices=mine, on=DAY).input == 3 * NANOS


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("prices:\n- {provider: a, model: b, currency: CNY, in: 1}", 2),
        ("prices:\n- {provider: a, model: b, currency: CYN, in: 1, out: 1}", 2),
        ("prices:\n- {provider: a, model: b, currency: CNY, in: cheap, out: 1}", 2),
        ("prices:\n- {provider: a, model: b, currency: CNY, in: 1, out: 1, valid_from: '2026-02-30'}", 2),
        (
            "prices:\n- {provider: a, model: b, currency: CNY, in: 1, out: 1, peak: {mult: 2, hours_utc: [9:00]}}",
            2,
        ),
    ],
)
def test_a_mistake_in_a_price_file_is_named_with_its_line(text, line):
    with pytest.raises(RecipeError) as caught:
        read_prices(text, file="mine.yaml")
    assert (caught.value.file, caught.value.line) == ("mine.yaml", line)


def test_a_batch_costs_what_the_vendor_states_or_is_unknown():
    assert find_price("qwen", "qwen-plus", on=DAY).batch().input == 400_000_000
    assert find_price("deepseek", "deepseek-flash", on=DAY).batch() is None


def test_a_price_can_be_told_in_another_currency():
    price = find_price("openai", "gpt-4o-mini", on=DAY).times(Decimal("7.1"), currency="CNY")
    assert (price.currency, price.input) == ("CNY", 1_065_000_000)


def test_the_price_package_is_loaded_only_when_it_is_asked():
    code = (
        "import sys; from goodsmith.models.prices import find_price, parse_price;"
        "find_price('rehearsal', 'x'); parse_price('in=1,out=1,currency=CNY');"
        "print('genai_prices' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
