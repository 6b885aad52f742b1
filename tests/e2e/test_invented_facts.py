"""What a model invents does not leave: from the command line to the exported sheet."""

import pytest

from door import Terminal, products, write_recipe
from goodsmith.models.rehearsal.answers import INVENTIONS

pytestmark = pytest.mark.servers

RECIPE = """
recipe: facts
locales: [en-US, zh-CN]
fields:
  name: {required: true}
  attributes: {}
steps:
  - ask:
      instruction: You write product copy for {{ locale.language }} shoppers. Use only the facts given.
      input: |
        Name: {{ name }}
        Facts: {{ attributes }}
      output:
        description: {max: 300}
checks: [schema, facts]
"""


def test_every_fact_that_a_model_invents_is_withheld(goodsmith: Terminal) -> None:
    goodsmith.table(products(12))
    write_recipe(goodsmith.folder, RECIPE)
    goodsmith("run", "products.csv", "-r", "marked.yaml", "-m", "rehearsal/inventing", exit_code=4)
    goodsmith("export", "--trace", "-o", "out.jsonl")
    rows = goodsmith.lines()
    assert len(rows) == 12
    said = {invention for pool in INVENTIONS.values() for invention in pool}
    for row in rows:
        assert row["status"] == "blocked"
        texts = [value for heading, value in row.items() if heading.startswith("description")]
        assert len(texts) >= 2, sorted(row)
        assert not any(texts)
        blocked = [finding for finding in row["findings"] if finding["severity"] == "block"]
        assert {finding["rule"] for finding in blocked} == {"facts"}
        assert {finding["locale"] for finding in blocked} == {"en-US", "zh-CN"}
        words = [finding["en"].split("“")[1].split("”")[0] for finding in blocked]
        assert all(any(word in sentence for sentence in said) for word in words)
        assert "unsupported" in {receipt["verdict"] for receipt in row["receipts"]}


def test_words_without_closed_facts_are_not_withheld(goodsmith: Terminal) -> None:
    goodsmith.table(products(12))
    write_recipe(goodsmith.folder, RECIPE)
    goodsmith("run", "products.csv", "-r", "marked.yaml", "-m", "rehearsal/instant")
    goodsmith("export", "--trace", "-o", "out.jsonl")
    rows = goodsmith.lines()
    assert {row["status"] for row in rows} <= {"done", "review"}
    assert {finding["severity"] for row in rows for finding in row["findings"]} <= {"warning"}
