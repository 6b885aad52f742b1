import gc
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodsmith.base.locales import parse_locale
from goodsmith.checks import CHECKS, DEFAULT_CHECKS, open_checks, run_checks
from goodsmith.errors import UnknownName
from goodsmith.records import Draft, Finding, OutputSpec, Severity

ZH = parse_locale("zh-CN")


class BrokenCheck:
    name = "broken"
    deep = False

    def __call__(self, drafts, *, outputs, fields, locale):
        yield Finding(rule="broken", severity=Severity.NOTE, slot="title", en="half a verdict")
        raise ZeroDivisionError("division by zero")


def all_about(text, locale=ZH):
    outputs = {"title": OutputSpec(slot="title", max=60), "points": OutputSpec(slot="points", type="list")}
    drafts = [
        Draft(slot="title", locale=locale.tag, value=text, maker="m"),
        Draft(slot="points", locale=locale.tag, value=(text, text), maker="m"),
    ]
    return run_checks(open_checks(), drafts, outputs=outputs, fields={"name": text}, locale=locale)


def test_a_check_that_raises_blocks_and_says_so():
    found = run_checks([BrokenCheck()], [], outputs={}, fields={}, locale=ZH)
    assert found[-1].severity is Severity.BLOCK
    assert found[-1].rule == "broken"
    assert "could not run" in found[-1].en
    assert found[-1].zh


def test_the_checks_after_a_broken_one_still_run():
    drafts = [Draft(slot="title", locale="zh-CN", value="", maker="m")]
    checks = [BrokenCheck(), *open_checks(["empty"])]
    found = run_checks(checks, drafts, outputs={"title": OutputSpec(slot="title")}, fields={}, locale=ZH)
    assert [one.rule for one in found][-2:] == ["broken", "empty"]


def test_a_recipe_that_names_no_check_gets_the_usual_ones():
    assert tuple(check.name for check in open_checks(())) == DEFAULT_CHECKS
    assert not any(check.deep for check in open_checks(()))


def test_checks_open_once_each_in_the_order_given():
    assert [check.name for check in open_checks(["length", "schema", "length"])] == ["length", "schema"]


def test_an_unknown_check_names_the_near_ones():
    with pytest.raises(UnknownName) as caught:
        open_checks(["schema", "lenght"])
    assert caught.value.near == ["length"]


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_is_registered_under_its_own_name(name):
    assert CHECKS[name]().name == name


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=120), st.sampled_from(["zh-CN", "en-US", "ja-JP", "ar-SA"]))
def test_no_text_makes_a_check_fail(text, tag):
    for found in all_about(text, parse_locale(tag)):
        assert "could not run" not in found.en
        assert found.zh
        assert -1 <= found.start <= found.end <= max(len(text), -1)


HOSTILE = {
    "a megabyte of digits": "1" * 1_000_000,
    "three thousand digits": "1" * 3_000,
    "sizes without end": "1 x " * 5_000,
    "nested brackets": "[" * 5_000 + "]" * 5_000,
    "open brackets": "[brand " * 3_000,
    "open slots": "{{ " * 5_000,
    "one letter": "a" * 20_000,
    "one character": "杯" * 20_000,
    "two letters": "ab" * 10_000,
    "almost a loop": ("ab " * 300 + "c ") * 20,
    "words": "very " * 4_000,
    "almost the same sentences": "".join(f"保温杯容量{n}毫升。" for n in range(2_000)),
    "quotes": "here is the " * 2_000,
    "opener": "Here is " + "very " * 3_000 + "long",
    "blanks": " " * 20_000,
    "tags": "<a " * 5_000,
    "exes": "x" * 20_000,
    "combining marks": "e" + "\u0301" * 20_000,
    "half a surrogate": "\ud800" * 5_000,
    "zero width": "\u200b" * 20_000,
}


@pytest.mark.parametrize("tag", ["zh-CN", "en-US"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_judged_in_bounded_time(name, tag):
    all_about("warm up", parse_locale(tag))
    gc.collect()
    spent = []
    for _ in range(3):
        started = time.process_time()
        all_about(HOSTILE[name], parse_locale(tag))
        spent.append(time.process_time() - started)
    assert min(spent) < 0.15  # three texts of that kind; about 0.05 s each


def test_many_items_are_judged_in_bounded_time():
    points = tuple(f"保温杯 {n} 号,容量很大,容易清洗" for n in range(5_000))
    drafts = [Draft(slot="points", locale="zh-CN", value=points, maker="m")]
    started = time.process_time()
    run_checks(open_checks(), drafts, outputs={"points": OutputSpec(slot="points", type="list")}, fields={}, locale=ZH)
    assert time.process_time() - started < 1


def test_the_language_model_is_not_loaded_before_a_text_needs_it():
    code = "import sys; from goodsmith.checks import open_checks; open_checks(); sys.exit('py3langid' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
