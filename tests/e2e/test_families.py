"""Families: what is said of a style is asked once and shared; what is said of a variant rests on its own row."""

import pytest

from door import write_recipe, write_table

pytestmark = pytest.mark.servers

STYLES = """
recipe: styles
locales: [en-US]
fields:
  name: {required: true}
  color: {}
  size: {}
  attributes: {}
steps:
  - ask:
      name: style
      level: family
      instruction: Describe the style.
      input: "Name: {{ name }} Facts: {{ attributes }} Color: {{ color }} Size: {{ size }}"
      output:
        copy: {max: 120, language: any}
    stencil:
      copy: "{{ name }}|{{ attributes }}|{{ color }}|{{ size }}"
  - ask:
      name: variant
      instruction: Write the title of the variant.
      input: "Style: {{ copy }} Color: {{ color }} Size: {{ size }}"
      output:
        title: {max: 120, language: any}
    stencil:
      title: "{{ name }} {{ color }} {{ size }}"
checks: [schema]
"""


def shirts(styles=4, colors=("Red", "Blue", "Sand"), sizes=("S", "L")):
    return [
        {
            "sku": f"TS{style:02d}-{color[:3].upper()}-{size}",
            "name": f"Cotton shirt number {style} {color} {size}",
            "brand": "Olmo",
            "color": color,
            "size": size,
            "style": f"TS{style:02d}",
            "attributes": f"material: cotton; color: {color}; style: {style}",
        }
        for style in range(styles)
        for color in colors
        for size in sizes
    ]


def run(goodsmith, *more, exit_code=0):
    write_recipe(goodsmith.folder, STYLES, "styles.yaml")
    goodsmith("run", "products.csv", "-r", "styles.yaml", *more, "-o", "out.jsonl", exit_code=exit_code)
    return goodsmith.lines()


def test_a_style_is_asked_once_for_all_its_variants(goodsmith, vendor):
    goodsmith.table(shirts())
    rows = run(goodsmith, "--family", "style", "-m", "rehearsal/instant", "--base-url", vendor.base_url)
    status = goodsmith.json("status")
    assert (status["calls"], status["cached_calls"]) == (4 + 24, 20)
    for style in {row["style"] for row in rows}:
        assert len({row["copy"] for row in rows if row["style"] == style}) == 1


def test_what_is_said_of_a_style_rests_only_on_what_all_variants_say(goodsmith):
    goodsmith.table(shirts(styles=1))
    rows = run(goodsmith, "--family", "style")
    assert {row["copy"] for row in rows} == {"Cotton shirt number 0|material: cotton; style: 0"}


def test_a_variants_own_facts_never_come_from_another(goodsmith):
    goodsmith.table(shirts())
    for row in run(goodsmith, "--family", "proposed"):
        assert row["title"] == f"{row['name']} {row['color']} {row['size']}"
        assert row["color"] not in row["copy"]


def test_proposed_families_are_those_of_the_column(goodsmith):
    goodsmith.table(shirts())
    by_column = run(goodsmith, "--family", "style")
    assert [row["copy"] for row in run(goodsmith, "--family", "proposed")] == [row["copy"] for row in by_column]
    seen = goodsmith.json("inspect", "products.csv", "--family", "proposed")["families"]
    assert (seen["how"], seen["families"], seen["products"], seen["alone"]) == ("proposed", 4, 24, 0)
    assert {axis["column"]: axis["families"] for axis in seen["axes"]} == {"color": 4, "size": 4}


def test_some_of_a_family_are_made_as_in_the_whole_family(goodsmith):
    goodsmith.table(shirts(styles=2))
    every = {row["sku"]: row["copy"] for row in run(goodsmith, "--family", "style")}
    some = run(goodsmith, "--family", "style", "--where", 'color == "Red" and size == "S"')
    assert {row["sku"]: row["copy"] for row in some} == {row["sku"]: every[row["sku"]] for row in some}


def test_a_change_of_one_variant_asks_nothing_of_the_style_again(goodsmith, vendor):
    goodsmith.table(shirts(styles=2))
    asking = ("--family", "style", "-m", "rehearsal/instant", "--base-url", vendor.base_url)
    run(goodsmith, *asking)
    rows = shirts(styles=2)
    rows[0]["size"] = "XL"
    write_table(goodsmith.folder, rows)
    run(goodsmith, *asking, "--only-changed")
    status = goodsmith.json("status")
    assert (status["rows"], status["calls"]) == (1, 1)


def test_a_list_that_all_variants_carry_is_divided_or_left_to_the_style(goodsmith):
    goodsmith.table(
        [
            {"sku": "D1", "name": "Duvet cover 200*230", "size": "200*230/220*240cm", "style": "D"},
            {"sku": "D2", "name": "Duvet cover 220*240", "size": "200*230/220*240cm", "style": "D"},
            {"sku": "E1", "name": "Duvet cover plain", "size": "200*230/220*240cm", "style": "E"},
            {"sku": "E2", "name": "Duvet cover plain", "size": "200*230/220*240cm", "style": "E"},
        ]
    )
    rows = run(goodsmith, "--family", "style")
    assert [row["title"] for row in rows] == [
        "Duvet cover 200*230 200*230cm",
        "Duvet cover 220*240 220*240cm",
        "Duvet cover plain",
        "Duvet cover plain",
    ]
    assert all(row["copy"].endswith("200*230/220*240cm") for row in rows)
    assert {row["size"] for row in rows} == {"200*230/220*240cm"}  # the source's own cell stays as it is
    seen = goodsmith.json("inspect", "products.csv", "--family", "style")["families"]
    assert seen["divided_rows"] == 2
    assert [(one["family"], one["column"], one["rows"]) for one in seen["open_lists"]] == [("E", "size", 2)]


def test_a_step_for_families_cannot_read_what_was_said_of_a_variant(goodsmith):
    goodsmith.table(shirts(styles=1))
    swapped = STYLES.replace("level: family\n      instruction", "instruction").replace(
        "name: variant\n", "name: variant\n      level: family\n"
    )
    write_recipe(goodsmith.folder, swapped, "wrong.yaml")
    said = goodsmith("run", "products.csv", "-r", "wrong.yaml", exit_code=2).stderr
    assert "step 2 is asked once for a family, so it cannot read what step 1 says of one variant" in said
