"""A condition says the same in Python and as SQL, for every row."""

from decimal import Decimal

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from goodsmith.base.liquid import compile_condition
from goodsmith.errors import TemplateError

NAMES = ("brand", "price", "商品 名")
CELLS = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "\t\u3000", "\xa0", "\u200b", "\x00", ".", "true", "TRUE", "X", "xX", "é", "z", "😀"]),
    st.sampled_from(["食品 > 茶", "茶", "a'b", 'a"b', "12,99", "1E5", "５", "9" * 20 + ".1", "9" * 21]),
    st.sampled_from(["0", "5", " 5 ", "5.0", "05", "-5", "+5", "1,299.00"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    st.decimals(-1000, 1000, places=2, allow_nan=False).map(str),
)
FIELDS = st.sampled_from(["brand", "price", "['商品 名']"])
LITERALS = st.sampled_from(
    [
        '"X"',
        "'5'",
        '"5.0"',
        '""',
        '" "',
        '"茶"',
        "5",
        "5.0",
        "-5",
        "0",
        "1299",
        "99999999999999999999.1",
        '"a\'b"',
        '"\x00"',
        '"😀"',
    ]
)
SPECIALS = st.sampled_from(["blank", "empty", "nil", "true", "false"])
SIZES = FIELDS.map(lambda name: f"{name}.size")
COMPARISONS = st.one_of(
    FIELDS,
    SIZES,
    LITERALS,
    st.builds(
        "{} {} {}".format, FIELDS | LITERALS | SIZES, st.sampled_from(["==", "!=", "<>"]), FIELDS | LITERALS | SPECIALS
    ),
    st.builds("{} {} {}".format, SPECIALS, st.sampled_from(["==", "!="]), FIELDS | SIZES),
    st.builds(
        "{} {} {}".format,
        FIELDS | LITERALS | SIZES,
        st.sampled_from(["<", "<=", ">", ">=", "contains"]),
        FIELDS | LITERALS | SIZES,
    ),
)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        inner.map("not {}".format),
        inner.map("({})".format),
        st.lists(st.tuples(inner, st.sampled_from([" and ", " or "])), min_size=2, max_size=3).map(
            lambda parts: "".join(a + b for a, b in parts).rsplit(parts[-1][1], 1)[0]
        ),
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def table():
    with duckdb.connect() as base:
        base.execute('CREATE TABLE cells (brand VARCHAR, price VARCHAR, "商品 名" VARCHAR)')
        yield base


@settings(max_examples=300, deadline=None)
@given(source=CONDITIONS, rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=5))
@example(source="price > 100", rows=[("", "99.9", ""), ("", "100.01", ""), ("", "abc", ""), ("", None, "")])
@example(source="brand < price", rows=[("9", "10", ""), ("b", "a", ""), ("5", "a", ""), ("", "a", ""), (" ", "5", "")])
@example(source='brand == "X" and price == blank or brand contains "茶"', rows=[("茶", "5", "")])
def test_python_and_sql_agree_on_every_row(table, source, rows):
    condition = compile_condition(source, known=NAMES)
    expression, params = condition.to_sql({name: f'"{name}"' for name in NAMES})
    table.execute("DELETE FROM cells")
    table.executemany("INSERT INTO cells VALUES (?, ?, ?)", rows)
    found = [row[0] for row in table.execute(f"SELECT {expression} FROM cells", params).fetchall()]
    assert found == [condition.holds(dict(zip(NAMES, row, strict=True))) for row in rows]


@pytest.mark.parametrize(
    ("source", "row", "holds"),
    [
        ("brand", {"brand": "X"}, True),
        ("brand", {"brand": ""}, False),
        ("brand", {"brand": " \u3000"}, False),
        ("brand", {}, False),
        ("brand == blank", {"brand": " "}, True),
        ("brand == empty", {"brand": " "}, False),
        ("brand == nil", {}, True),
        ('sku == "00123"', {"sku": "123"}, False),
        ("sku == 123", {"sku": "00123"}, True),
        ("price > 100", {"price": "1,299.00"}, True),
        ("price > 100", {"price": "暂无"}, False),
        ("price < 100", {"price": ""}, False),
        ('price > "20"', {"price": "9"}, False),
        ('day < "2024-02-01"', {"day": "2024-01-31"}, True),
        ("price == 0.1", {"price": "0.10"}, True),
        ('category contains "食品"', {"category": "零食 > 食品"}, True),
        ('brand contains ""', {"brand": "X"}, False),
        ("on_sale == true", {"on_sale": "TRUE"}, True),
        ("points.size > 1", {"points": ("a", "b")}, True),
        ('points contains "b"', {"points": ["a", "b"]}, True),
        ("rating >= 4.5", {"rating": 4.5}, True),
        ("not brand and price", {"price": "1"}, True),
    ],
)
def test_what_a_condition_means(source, row, holds):
    assert compile_condition(source).holds(row) is holds


def test_and_binds_tighter_than_or_and_parentheses_group():
    row = {"a": "", "b": "", "c": "x"}
    assert compile_condition("a and b or c").holds(row)
    assert not compile_condition("a and (b or c)").holds(row)
    assert compile_condition("c or a and b").holds(row)


def test_equal_decimals_are_equal_where_floats_are_not():
    condition = compile_condition("price == 12345678901234567890.1")
    assert condition.holds({"price": "12345678901234567890.10"})
    assert not condition.holds({"price": "12345678901234567890.2"})
    assert condition.holds({"price": Decimal("12345678901234567890.1")})


def test_a_field_without_a_column_is_empty_in_sql():
    expression, params = compile_condition("brand == blank").to_sql({})
    assert duckdb.execute(f"SELECT {expression}", params).fetchone() == (True,)


def test_a_column_name_cannot_break_out_of_the_sql():
    name = 'x" = 1 OR "1'
    expression, _ = compile_condition(f"['{name}'] == blank").to_sql({name: '"x"" = 1 OR ""1"'})
    assert '"x"" = 1 OR ""1"' in expression


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("brnad == blank", "did you mean: brand?"),
        ("brand = 1", "write == to compare"),
        ("brand == “X”", "straight quotes"),
        ("brand && price", 'write "and"'),
        ("brand || price", 'write "or"'),
        ("商品 名 == 1", "['商品 名']"),
        ("blank", "compare: name == blank"),
        ("brand > blank", "goes with == and != only"),
        ("brand | upcase == 'X'", "a condition has no filters"),
        ("(brand == 'X'", "expected )"),
        ("brand ==", "expected a name"),
        ("price > 123456789012345678901", "at most 20 digits"),
        ("", "expected a name"),
    ],
)
def test_a_mistake_is_shown_with_what_to_write_instead(source, said):
    with pytest.raises(TemplateError, match="line 1, column") as caught:
        compile_condition(source, known=NAMES)
    assert said in caught.value.en
    assert caught.value.zh


def test_a_selection_cannot_ask_for_the_locale():
    condition = compile_condition('locale.code == "zh"')
    with pytest.raises(TemplateError, match="by their columns only"):
        condition.to_sql({"name": '"name"'})


def test_conditions_of_great_depth_are_refused():
    for source in ("(" * 500 + "a" + ")" * 500, "not " * 500 + "a", "a == 1 or " * 390 + "a"):
        with pytest.raises(TemplateError):
            compile_condition(source)
