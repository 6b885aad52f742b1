"""Each run teaches the next one how many tokens a model counts, and says how far off it was."""

import pytest

from door import products


@pytest.mark.servers
def test_the_error_of_the_token_estimate_is_said_after_a_run_and_falls_with_the_next(goodsmith, vendor):
    goodsmith.table(products(40), "one.csv")
    goodsmith.table(products(90)[50:], "two.csv")
    options = ("-r", "listing", "-m", "rehearsal/smooth", "--base-url", vendor.base_url, "--locale", "en-US")
    first = goodsmith.json("run", "one.csv", *options)
    said = goodsmith("run", "two.csv", *options).stderr
    second = goodsmith.json("status")
    assert abs(first["token_estimate_error"]) > 0.05
    assert abs(second["token_estimate_error"]) <= 0.03
    assert f"prompts were estimated {second['token_estimate_error']:+.1%} off" in said
