"""The tagger: what it learns from filled cells, and the laws of its findings."""

import random

import pytest

from goodsmith.attributes.tagging.tagger import Example, learn_tagger

ROASTS = ("light roast", "dark roast", "medium roast")
FORMS = ("whole bean", "ground", "pods")


def examples(count, seed):
    drawn = random.Random(seed)
    made = []
    for number in range(count):
        roast, form, brand = drawn.choice(ROASTS), drawn.choice(FORMS), f"Brand{chr(97 + number % 26)}x"
        made.append(
            Example(
                text=f"{brand} coffee, {roast}, {form}, {drawn.randint(6, 40)} oz",
                category="coffee",
                values={"brand": (brand,), "roast": (roast,), "form": (form,)},
            )
        )
    return made


@pytest.fixture(scope="module")
def tagger():
    return learn_tagger(examples(160, 1), asked={"coffee": frozenset({"brand", "roast", "form"})})


def test_values_of_unseen_products_are_found_word_by_word(tagger):
    unseen = examples(60, 2)
    right = total = 0
    for example, found in zip(unseen, tagger.find([(one.text, one.category) for one in unseen]), strict=True):
        for finding in found:
            total += 1
            right += example.text[finding.start : finding.end] in example.values[finding.attribute]
    assert total > 150
    assert right / total > 0.95


def test_findings_do_not_overlap_and_their_chances_are_shares(tagger):
    texts = [(one.text, "coffee") for one in examples(40, 3)] + [
        ("", "coffee"),
        ("咖啡豆 深烘", "coffee"),
        ("İstanbul coffee", "x"),
    ]
    for (text, _), found in zip(texts, tagger.find(texts), strict=True):
        at = 0
        for finding in found:
            assert at <= finding.start < finding.end <= len(text)
            assert 0 < finding.chance <= 1
            at = finding.end


def test_a_text_says_the_same_alone_and_among_others(tagger):
    texts = [(one.text, "coffee") for one in examples(30, 4)]
    together = tagger.find(texts)
    for text, found in zip(texts, together, strict=True):
        alone = tagger.find([text])[0]
        assert [(one.attribute, one.start, one.end) for one in alone] == [
            (one.attribute, one.start, one.end) for one in found
        ]
        assert [one.chance for one in alone] == pytest.approx([one.chance for one in found], abs=1e-4)


def test_a_category_is_not_asked_what_it_does_not_have():
    tagger = learn_tagger(
        examples(120, 5), asked={"coffee": frozenset({"brand", "roast", "form"}), "tea": frozenset({"brand"})}
    )
    found = tagger.find([("Brandax coffee, dark roast, ground, 12 oz", "tea")])[0]
    assert {one.attribute for one in found} <= {"brand"}


def test_too_few_examples_teach_nothing():
    assert learn_tagger(examples(10, 1), asked={}) is None
