"""The estimate of prompt tokens against a real tokenizer, a byte-level BPE trained here on made-up product texts."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer

from goodsmith.base.letter_kinds import count_kinds
from goodsmith.models.tokens import GUESS, TERMS, TokenCounter, fit
from goodsmith.records import ModelRequest, TokenSums, Usage

WORDS = {
    "zh": [
        "纯棉",
        "四件套",
        "加厚",
        "保温杯",
        "不锈钢",
        "便携",
        "礼盒装",
        "无糖",
        "燕麦",
        "收纳架",
        "客厅",
        "复古",
        "陶瓷",
    ],
    "en": ["linen", "tablecloth", "stainless", "kettle", "oak", "board", "washable", "organic", "stoneware", "set"],
    "de": ["Tischdecke", "Edelstahlwasserkocher", "waschbar", "Eichenholzbrett", "Bettwäschegarnitur", "ölfrei"],
}
HEADS = {
    "zh": "你为商店页面撰写商品文案。只使用给出的事实,没有给出的内容一律不写。" * 6,
    "en": "You write product copy for a shop page. Use only the facts given; leave out what is not given. " * 5,
    "de": "Du schreibst Produkttexte für einen Shop. Nutze nur die genannten Angaben und lass alles andere weg. " * 5,
}
SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}, "points": {"type": "array"}}}


def prompt(chance, language):
    lines = [
        f"{chance.choice(WORDS[language])}: {chance.choice(WORDS[language])} {chance.randint(1, 4000)}cm"
        for _ in range(chance.randint(2, 30))
    ]
    words = (" " if language != "zh" else "").join(chance.choices(WORDS[language], k=chance.randint(5, 60)))
    user = f"<product_data>\n{words}\nSKU-{chance.randint(10**6, 10**9)}\n" + "\n".join(lines) + "\n</product_data>"
    return ModelRequest(system=HEADS[language], user=user, schema=SCHEMA, language=language)


@pytest.fixture(scope="module")
def true_count():
    chance = random.Random(1)
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    texts = [f"{one.system} {one.user}" for one in (prompt(chance, chance.choice([*WORDS])) for _ in range(300))]
    tokenizer.train_from_iterator(texts, BpeTrainer(vocab_size=1_500, show_progress=False))

    def count(request):
        return len(tokenizer.encode(request.system).ids) + len(tokenizer.encode(request.user).ids) + 21

    return count


def error_of(counter, count, requests):
    estimated = sum(counter.tokens(request) for request in requests)
    return abs(estimated / sum(count(request) for request in requests) - 1)


@pytest.mark.parametrize("language", [*WORDS])
def test_after_500_calls_the_total_is_right_within_3_percent_and_more_than_a_guess(language, true_count):
    chance = random.Random(7)
    first = TokenCounter("deepseek:m")
    errors = [error_of(first, true_count, [prompt(chance, language) for _ in range(500)])]
    known = ()
    for calls in (50, 500):
        counter = TokenCounter("deepseek:m", known)
        for _ in range(calls):
            request = prompt(chance, language)
            counter.learn(request, Usage(input_tokens=true_count(request)))
        known = counter.drain()
        errors.append(
            error_of(TokenCounter("deepseek:m", known), true_count, [prompt(chance, language) for _ in range(500)])
        )
    assert errors[2] <= 0.03 < errors[0]
    assert errors[2] <= errors[1] + 0.005 < errors[0]


def test_a_language_that_was_never_asked_uses_what_the_model_showed_in_others(true_count):
    chance = random.Random(3)
    counter = TokenCounter("m")
    for _ in range(200):
        request = prompt(chance, "en")
        counter.learn(request, Usage(input_tokens=true_count(request)))
    taught = TokenCounter("m", counter.drain())
    german = [prompt(chance, "de") for _ in range(200)]
    assert error_of(taught, true_count, german) < error_of(TokenCounter("m"), true_count, german)
    assert taught.weights("de").calls == 200
    assert TokenCounter("another", counter.drain()).weights("en").weights == GUESS


def test_what_is_handed_on_says_how_far_off_the_estimate_was():
    counter = TokenCounter("m")
    request = ModelRequest(system="", user="a red mug", language="en")
    counter.learn(request, Usage(input_tokens=20))
    (sums,) = counter.drain()
    assert (sums.tokens, sums.estimated, sums.calls) == (20, counter.tokens(request), 1)
    assert counter.drain() == ()


def test_a_vendor_that_counts_nothing_teaches_nothing():
    counter = TokenCounter("m")
    counter.learn(ModelRequest(system="", user="a mug"), None)
    counter.learn(ModelRequest(system="", user="a mug"), Usage())
    assert counter.drain() == ()


@given(st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 900), st.integers(1, 9_000)), min_size=1, max_size=30))
def test_weights_are_never_negative_and_meet_what_was_measured_in_total(calls):
    counter = TokenCounter("m")
    requests = [ModelRequest(system="", user="字" * cjk + "word " * words) for cjk, words, _ in calls]
    for request, (_, _, tokens) in zip(requests, calls, strict=True):
        counter.learn(request, Usage(input_tokens=tokens))
    (sums,) = counter.drain()
    weights = fit(sums)
    assert min(weights.weights) >= 0
    assert len(weights.weights) == len(TERMS)
    estimated = sum(weights.tokens(counter.counts(request)) for request in requests)
    assert estimated == pytest.approx(sum(tokens for _, _, tokens in calls), rel=1e-6)


def test_sums_of_another_version_are_no_obstacle():
    old = TokenSums(model="m", language="en", calls=9, products=(1.0,), with_tokens=(1.0,), tokens=9.0, estimated=9.0)
    assert TokenCounter("m", [old]).weights("en").weights == GUESS


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("", (0, 0, 0, 0, 0)),
        ("红色马克杯,350毫升", (7, 3, 0, 1, 0)),
        ("A café-style mug, 12 oz!", (0, 2, 5, 3, 0)),
        ("Красная кружка", (0, 0, 0, 0, 13)),
        ("SKU-00123", (0, 5, 1, 1, 0)),
    ],
)
def test_letters_are_counted_by_kind(text, counts):
    assert count_kinds(text) == counts


@given(st.text())
def test_kinds_add_up_over_texts_apart(text):
    both = count_kinds(f"{text}\n{text}")
    assert both == tuple(2 * count for count in count_kinds(text))
