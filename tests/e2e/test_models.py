"""`goodsmith models`: does a model answer, what does it cost, what do its vendor's errors mean."""

import pytest

from door import Terminal

pytestmark = pytest.mark.servers


def test_a_model_is_tried_with_one_question_and_says_how_it_was_asked(goodsmith: Terminal) -> None:
    found = goodsmith.json("models", "test", "rehearsal/picky@gemini")
    assert (found["ok"], found["asked_as"], found["left_out"]) == (True, "json_object", [])
    assert found["said"].startswith("{")
    assert found["cost_nanos"] > 0


def test_a_wrong_key_is_one_clear_line_and_an_exit_code(goodsmith: Terminal) -> None:
    done = goodsmith("models", "test", "rehearsal/locked@anthropic", exit_code=2)
    line = done.stderr.strip().splitlines()[-1]
    assert "refuses the key (HTTP 401, authentication_error)" in line


def test_a_price_is_told_with_its_source_and_for_a_table_also_under_an_old_name(goodsmith: Terminal) -> None:
    found = goodsmith.json("models", "price", "dashscope/qwen-plus", "--rows", "50000")
    assert (found["cost_nanos"], found["batch_cost_nanos"]) == (52_000_000_000, 26_000_000_000)
    assert (found["currency"], found["evidence"], found["read_on"]) == ("CNY", "second_hand", "2026-11-22")
    done = goodsmith("models", "price", "gpt-3.5-turbo")
    assert "openai/gpt-5-nano: in 0.05, out 0.4 USD" in done.stdout
    assert "old name" in done.stderr


def test_an_error_table_can_be_read_in_both_languages_and_a_vendor_nobody_called_says_so(goodsmith: Terminal) -> None:
    rows = goodsmith.json("models", "show", "zhipu", "--errors")["own"]
    (arrears,) = [row for row in rows if row["code or type"] == "1113"]
    assert arrears["means"] == "account: no credit or an unpaid bill"
    assert arrears["what is done"] == "stop asking the vendor"
    assert "Nobody here has called it" in goodsmith("models", "show", "anthropic/claude-haiku-5-5").stdout
    goodsmith.environment["GOODSMITH_LANGUAGE"] = "zh"
    assert "停止调用该提供方" in goodsmith("models", "show", "智谱", "--errors").stdout
