"""Empty cells filled from what the catalog says: evidence for every value, nothing made up, differences shown."""

import random

import pandas as pd
import pytest

import goodsmith
from goodsmith.attributes import read_schema_text
from goodsmith.attributes.completing.saying import JOIN
from goodsmith.errors import UnknownName
from goodsmith.settings import Settings

KETTLES = """\
schema: test_kettles
categories:
  kettle:
    attributes:
      brand: {need: required, stated_only: true}
      capacity: {name: {en: Capacity, zh: 容量}, need: required, type: quantity, unit: L, units: [ml], min: 0.2, max: 6}
      voltage: {name: {en: Voltage}, need: required, type: quantity, unit: V, stated_only: true}
      colour:
        name: {en: Colour, zh: 颜色}
        type: choice
        multiple: true
        level: variant
        values:
          red: {en: Red, zh: 红色, synonyms: [crimson]}
          blue: {en: Blue, zh: 蓝色, synonyms: [sky blue]}
          green: {en: Green, zh: 绿色}
      material:
        name: {en: Material, zh: 材质}
        need: required
        type: choice
        values:
          glass: {en: Glass, zh: 玻璃, synonyms: [borosilicate glass]}
          steel: {en: Steel, zh: 不锈钢, synonyms: [stainless steel, stainless]}
      cordless: {name: {en: Cordless}, type: boolean}
      base_size: {name: {en: Base size}, type: quantity, unit: cm, when: 'cordless == "Yes"'}
"""


@pytest.fixture
def complete(tmp_path):
    schema = read_schema_text(KETTLES, file="kettles.yaml")
    settings = Settings(home=tmp_path / ".goodsmith")

    def run(rows, **request):
        request.setdefault("schema", schema)
        return goodsmith.complete(pd.DataFrame(rows), settings=settings, home=settings.home, **request)

    return run


def one(made, name):
    """(value, status) of an attribute in the first row."""
    value = made[name][0]
    return (None if pd.isna(value) else value), made[f"{name}.status"][0]


def kettle(**cells):
    return [{"sku": "K-1", "title": "Vireo kettle", **cells}]


def html(name, value):
    return f"<table><tr><td>{name}</td><td>{value}</td></tr></table><p>A kettle for every kitchen.</p>"


def test_a_value_is_taken_from_a_cell_of_pairs_and_says_where_it_stands(complete):
    made = complete(kettle(attributes="Material: stainless steel; Capacity: 1700 ml"))
    assert one(made, "material") == ("Steel", "normalised")
    assert one(made, "capacity") == ("1700 ml", "extracted")
    assert "attributes “1700 ml”" in made["capacity.evidence"][0]


def test_an_amount_is_converted_only_where_the_schema_does_not_take_its_unit(complete):
    assert one(complete(kettle(attributes="Capacity: 57 fl oz; Colour: red")), "capacity") == (
        "1.686 L",
        "normalised",
    )


def test_what_no_source_says_is_unknown_and_empty(complete):
    made = complete(kettle())
    assert one(made, "voltage") == (None, "unknown")
    assert one(made, "material") == (None, "unknown")


@pytest.mark.parametrize(
    ("cells", "name", "value"),
    [
        ({"attributes": "Material: 玻璃; Colour: 红色"}, "material", "Glass"),
        ({"attributes": "Colour: sky blue/green; Capacity: 1 L"}, "colour", "Blue; Green"),
        ({"attributes": "Cordless: yes; Colour: red"}, "cordless", "Yes"),
        ({"description": html("Material", "Glass")}, "material", "Glass"),
        ({"Material": "Stainless"}, "material", "Steel"),
        ({"Capacity (ml)": "900"}, "capacity", "900 ml"),
        ({"title": "Vireo kettle, borosilicate glass"}, "material", "Glass"),
    ],
)  # fmt: skip
def test_sources_and_spellings_lead_to_the_schemas_value(complete, cells, name, value):
    assert one(complete(kettle(**cells)), name)[0] == value


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ({"attributes": "Material: bamboo; Colour: red"}, "material"),  # not among the allowed values
        ({"attributes": "Capacity: 40 L; Colour: red"}, "capacity"),  # above the limit
        ({"attributes": "Capacity: 900 g; Colour: red"}, "capacity"),  # measures something else
        ({"attributes": "Material: glass/steel; Colour: red"}, "material"),  # two values where one is asked
        ({"title": "Vireo kettle without glass"}, "material"),
        ({"title": "Vireo cover, steel look"}, "material"),
        ({"title": "Vireo descaler for stainless kettles"}, "material"),
    ],
)
def test_a_value_that_cannot_stand_is_never_written(complete, cells, name):
    made = complete(kettle(**cells))
    assert one(made, name) == (None, "unknown")


def test_sources_that_differ_make_a_conflict_that_shows_all(complete):
    made = complete(
        kettle(
            attributes="Material: glass; Capacity: 1 L",
            description=html("Material", "Steel"),
        )
    )
    assert one(made, "material") == (None, "conflict")
    assert "Glass" in made["material.evidence"][0]
    assert "Steel" in made["material.evidence"][0]


def test_amounts_that_differ_by_rounding_agree(complete):
    made = complete(
        kettle(
            attributes="Capacity: 1.7 L; Colour: red",
            description=html("Capacity", "57.5 fl oz"),
        )
    )
    assert one(made, "capacity") == ("1.7 L", "extracted")


def test_the_own_cell_stays_and_what_denies_it_is_said(complete):
    made = complete(kettle(Material="Glass", attributes="Material: steel; Capacity: 1 L"))
    assert one(made, "material") == ("Glass", "given")
    assert "Steel" in made["material.evidence"][0]


def test_an_attribute_whose_condition_does_not_hold_is_not_applicable(complete):
    assert one(complete(kettle(attributes="Cordless: no; Colour: red")), "base_size") == (None, "not_applicable")
    assert one(complete(kettle(attributes="Cordless: yes; Colour: red")), "base_size") == (None, "unknown")
    assert one(complete(kettle()), "base_size") == (None, "unknown")


def test_siblings_share_what_is_the_same_for_a_family_and_nothing_that_must_be_stated(complete):
    said = "Material: glass; Colour: red; Voltage: 220 V; Brand: Vireo"
    rows = [
        {"sku": "K-1", "style number": "K", "title": "Vireo kettle red", "attributes": said},
        {"sku": "K-2", "style number": "K", "title": "Vireo kettle", "attributes": "Cordless: yes; Capacity: 1 L"},
        {"sku": "L-1", "style number": "L", "title": "Olmo kettle", "attributes": "Cordless: no; Capacity: 2 L"},
    ]
    made = complete(rows, columns={"family": "style number"})
    assert list(made["material.status"]) == ["normalised", "derived", "unknown"]
    assert "K-1" in made["material.evidence"][1]
    for name in ("colour", "voltage", "brand"):
        assert made[f"{name}.status"][1] == "unknown", name


def test_a_second_table_says_more_by_key(complete, tmp_path):
    (tmp_path / "more.csv").write_text("sku,Voltage,Colour\nK-1,220 V,green\nK-2,110 V,red\n", encoding="utf-8")
    made = complete(kettle(), look_up=tmp_path / "more.csv")
    assert one(made, "voltage") == ("220 V", "extracted")
    assert one(made, "colour") == ("Green", "normalised")


def test_only_the_asked_sources_are_read(complete):
    cells = {"attributes": "Material: glass; Colour: red", "title": "Vireo kettle, borosilicate glass"}
    assert one(complete(kettle(**cells), sources=("title",)), "material")[0] == "Glass"
    assert one(complete(kettle(**cells), sources=("table",)), "material")[0] is None
    with pytest.raises(UnknownName, match="pair"):
        complete(kettle(), sources=("pears",))


# ---- what the catalog's own cells teach ---------------------------------------------------------------------------

BRANDS = ("Vireo", "Olmo", "Kestrel Home", "Nordlys", "Bralin")
LINES = ("Aria", "Basalt", "Corvo", "Delta", "Ember")


def learnt_rows(count, *, seed, right=1.0):
    """Kettles whose brand begins the title; the first half of the rows have it in a cell, `right` of them truly."""
    drawn = random.Random(seed)
    rows = []
    for number in range(count):
        brand = drawn.choice(BRANDS)
        line, material = drawn.choice(LINES), drawn.choice(("glass", "steel"))
        title = f"{brand} {line} {material} kettle {drawn.randint(1, 3)}.{number % 10} L"
        said = brand if drawn.random() < right else drawn.choice(BRANDS)
        rows.append({"sku": f"{number:04d}", "title": title, "Brand": said if number % 2 else None, "real": brand})
    return rows


def test_brands_are_found_in_titles_once_other_cells_name_them(complete):
    rows = learnt_rows(240, seed=3)
    made = complete([{key: cell for key, cell in row.items() if key != "real"} for row in rows])
    filled = made[made["brand.status"] == "extracted"]
    assert len(filled) > 100
    for at in filled.index:
        assert made["brand"][at] == rows[at]["real"]
        assert made["brand"][at] in made["title"][at]
        assert made["brand.confidence"][at] >= 0.95


def test_cells_that_contradict_the_titles_make_the_titles_less_sure(complete):
    rows = learnt_rows(240, seed=4, right=0.5)
    made = complete([{key: cell for key, cell in row.items() if key != "real"} for row in rows])
    assert (made["brand.status"] == "extracted").sum() < 5


@pytest.mark.parametrize("seed", range(4))
def test_every_value_stands_in_its_source_or_is_a_spelling_of_what_stands_there(complete, seed):
    drawn = random.Random(seed)
    words = [
        "glass",
        "steel",
        "red",
        "sky blue",
        "1.7 L",
        "900 ml",
        "220 V",
        "no",
        "Vireo",
        "kettle",
        "for",
        "glass look",
    ]
    rows = []
    for number in range(80):
        pairs = [
            f"{drawn.choice(('Material', 'Colour', 'Capacity', 'Voltage', 'Weight'))}: {drawn.choice(words)}"
            for _ in range(3)
        ]
        rows.append(
            {
                "sku": f"{number}",
                "title": " ".join(drawn.sample(words, 5)),
                "attributes": "; ".join(pairs) if number % 3 else None,
                "Colour": drawn.choice((None, "red", "unheard of")),
            }
        )
    made = complete(rows, threshold=0.5)
    schema = read_schema_text(KETTLES, file="kettles.yaml")
    spellings = {
        value.names["en"]: [spelling.casefold() for spelling in (*value.names.values(), *value.synonyms)]
        for attribute in schema.categories[0].attributes
        for value in attribute.values  # noqa: PD011
    }
    for name in ("material", "colour", "capacity", "voltage", "brand"):
        for at, value in made[name].items():
            if pd.isna(value):
                continue
            source = " ".join(str(cell) for cell in rows[at].values()).casefold()
            for part in value.split(JOIN):
                assert any(spelling in source for spelling in spellings.get(part, [part.casefold()])), (name, at, value)


def test_without_a_schema_one_is_drafted_from_the_filled_cells(complete):
    rows = [
        {
            "sku": f"{number}",
            "title": f"Olmo cup {number}",
            "attributes": f"Glaze: {('matt', 'gloss')[number % 2]}; Height: {8 + number % 3} cm",
        }
        for number in range(30)
    ]  # fmt: skip
    made = complete([*rows, {"sku": "x", "title": "Olmo cup", "attributes": None}], schema=None)
    assert made["glaze"][0] == "matt"
    assert made["height"][1] == "9 cm"
    assert one(made.tail(1).reset_index(drop=True), "height") == (None, "unknown")


# ---- files --------------------------------------------------------------------------------------------------------


def test_a_workbook_comes_back_filled_with_a_page_of_evidence(goodsmith):
    (goodsmith.folder / "kettles.yaml").write_text(KETTLES, encoding="utf-8")
    rows = kettle(attributes="Material: glass; Capacity: 1 L")
    rows.append({"sku": "K-2", "title": "Olmo kettle <b>", "attributes": None})
    pd.DataFrame(rows).to_excel(goodsmith.folder / "in.xlsx", index=False)
    said = goodsmith(
        "complete", "in.xlsx", "--schema", "kettles.yaml", "-o", "out.xlsx", "--evidence", "page.html"
    ).stdout
    assert "Of 8 required cells empty: 2 filled with evidence, 6 unknown, 0 in conflict" in said
    made = pd.read_excel(goodsmith.folder / "out.xlsx", dtype=str)
    assert list(made["sku"]) == ["K-1", "K-2"]
    assert made["Material"][0] == "Glass"
    assert made["Material · evidence"][0] == "normalised 99% ← attributes “glass”"
    assert made["Status"][1] == "To review"
    page = (goodsmith.folder / "page.html").read_text(encoding="utf-8")
    assert '<mark style="background:' in page
    assert ">glass</mark>" in page


def test_the_fill_line_is_said_in_chinese(goodsmith):
    goodsmith.environment["GOODSMITH_LANGUAGE"] = "zh"
    (goodsmith.folder / "in.csv").write_text(
        "sku,商品名称,属性\nA1,原野电热水壶,容量:1.7L; 材质:玻璃\n", encoding="utf-8"
    )
    said = goodsmith("complete", "in.csv", "--schema", "kettles", "--category", "电热水壶").stdout
    assert "必填空缺 5 格:有据补全 2,未知 3,冲突 0" in said
