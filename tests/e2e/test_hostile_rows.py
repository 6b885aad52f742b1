"""A row that a template cannot be written for fails alone: in the plan, in the budget and in what has changed."""

from __future__ import annotations

from door import Terminal

RECIPE = """
recipe: squares
fields:
  name: {required: true}
steps:
  - ask:
      instruction: Write a title.
      input: "{{ name }}{% assign w = name | split: '' %}{% for a in w %}{% for b in w %}x{% endfor %}{% endfor %}"
      output:
        title: {type: text, max: 60}
"""


def test_a_row_over_a_template_limit_stops_neither_plan_nor_budget_nor_only_changed(goodsmith: Terminal) -> None:
    (goodsmith.folder / "squares.yaml").write_text(RECIPE, encoding="utf-8")
    goodsmith.table([{"sku": "1", "name": "mug"}, {"sku": "2", "name": "y" * 5000}, {"sku": "3", "name": "cup"}])
    command = ("run", "products.csv", "-r", "squares.yaml", "--locale", "en-US", "-m", "rehearsal/smooth")
    first = goodsmith.json(*command, "--budget", "5CNY", exit_code=1)
    assert (first["made"], first["failed"], first["failures"]) == (3, 1, {"template": 1})
    again = goodsmith.json(*command, "--only-changed", exit_code=1)
    assert (again["made"], again["failed"]) == (1, 1)
