import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from goodsmith.catalog import (
    guess_category,
    guess_family,
    guess_key,
    guess_mapping,
    import_table,
    layout_fingerprint,
    load_mapping,
    save_mapping,
)
from goodsmith.errors import UnknownName, UsageError
from goodsmith.records import FieldSpec

FIELDS = (
    FieldSpec(name="name", required=True, aliases=("商品名称", "标题", "product name", "title")),
    FieldSpec(name="brand", aliases=("品牌",)),
    FieldSpec(name="attributes", aliases=("属性", "参数", "specs")),
    FieldSpec(name="price", aliases=("售价", "价格")),
)


@pytest.mark.parametrize(
    ("columns", "column", "how"),
    [
        (["sku", "name"], "name", "exact"),
        (["货号", "商品名称"], "商品名称", "alias"),
        (["SKU", "Product_Name"], "Product_Name", "normalised"),
        (["SKU", "ProductName"], "ProductName", "normalised"),
        (["貨號", "商品名稱"], "商品名稱", "normalised"),
        (["货号", " 商品名称* (必填)"], " 商品名称* (必填)", "normalised"),
        (["货号", "标 题"], "标 题", "normalised"),
        (["货号", "商品标题"], "商品标题", "near"),
        (["货号", "商品名"], "商品名", "near"),
        (["sku", "product names"], "product names", "near"),
        (["sku", "Title", "title"], "title", "alias"),
    ],
)
def test_a_field_finds_its_column(columns, column, how):
    mapping = guess_mapping(columns, FIELDS)
    assert (mapping.fields["name"], mapping.how["name"]) == (column, how)


@pytest.mark.parametrize(
    "columns", [["sku", "brand name id"], ["sku", "nam"], ["英文名", "备注"], ["sku", "subtitle text"]]
)
def test_no_column_is_better_than_a_wrong_one(columns):
    mapping = guess_mapping(columns, FIELDS)
    assert "name" not in mapping.fields
    assert mapping.missing == ("name",)


def test_two_fields_do_not_share_a_guessed_column():
    fields = (FieldSpec(name="title"), FieldSpec(name="name", aliases=("title",)))
    assert guess_mapping(["title"], fields).fields == {"title": "title"}
    assert guess_mapping(["title"], fields, given={"name": "title"}).fields == {"name": "title"}
    both = {"name": "title", "title": "title"}
    assert guess_mapping(["title"], fields, given=both).fields == both


def test_what_is_given_goes_first_and_is_checked():
    mapping = guess_mapping(["标题", "商品名称"], FIELDS, given={"name": "标题"}, key="商品名称")
    assert (mapping.fields["name"], mapping.how["name"], mapping.key) == ("标题", "given", "商品名称")
    assert guess_mapping(["Product Name"], FIELDS, given={"name": "product name"}).fields["name"] == "Product Name"
    with pytest.raises(UnknownName, match="unknown column '标题'; known: 商品名称"):
        guess_mapping(["商品名称"], FIELDS, given={"name": "标题"})
    with pytest.raises(UnknownName, match="did you mean: brand"):
        guess_mapping(["品牌"], FIELDS, given={"brnad": "品牌"})
    with pytest.raises(UnknownName, match="column 'skuu'"):
        guess_mapping(["sku"], FIELDS, key="skuu")
    with pytest.raises(UsageError, match="could be any of: Name, NAME"):
        guess_mapping(["Name", "NAME"], FIELDS, given={"name": "name"})


def sample(**columns):
    return {name: [str(value) if value is not None else None for value in values] for name, values in columns.items()}


@pytest.mark.parametrize("name", ["商品编号", "货号", "SKU", "商品ID", "ASIN", "handle", "编码", "product_id", "貨號"])
def test_a_key_is_known_by_its_name(name):
    assert guess_key(["名称", name, "售价"]) == name


def test_a_name_alone_makes_no_key():
    values = sample(货号=[1, 1, 1, 2, 2, 2, 3, 3] * 10, SKU编号=[f"A{n}" for n in range(80)], 名称=["a"] * 80)
    assert guess_key(list(values), values) == "SKU编号"
    values = sample(货号=[1, 1, 1, 2, 2, 2, 3, 3] * 10, 名称=["a"] * 80)
    assert guess_key(list(values), values) is None


def test_a_key_without_a_name_is_known_by_its_values():
    values = sample(
        说明=[f"text {n}" for n in range(50)], 售价=[f"{n}.50" for n in range(50)], 款=[f"HL-{n:04}" for n in range(50)]
    )
    mapping = guess_mapping(list(values), FIELDS, sample=values)
    assert (mapping.key, mapping.how["key"]) == ("款", "unique")


def test_a_key_with_some_duplicates_is_still_the_key():
    values = sample(sku=[*range(90), *range(10)], modelno=[f"M{n}" for n in range(100)])
    assert guess_key(list(values), values) == "sku"


def test_a_column_with_gaps_is_no_key():
    values = sample(sku=[*range(50), *[None] * 50], 名称=["a"] * 100)
    assert guess_key(list(values), values) is None


def test_category_and_family_are_known_by_name():
    assert guess_category(["sku", "叶子类目", "name"]) == "叶子类目"
    assert guess_category(["sku", "Product Type"]) == "Product Type"
    assert guess_category(["sku", "category_fr"]) == "category_fr"
    assert guess_category(["sku", "name"]) is None
    assert guess_family(["sku", "款号"]) == "款号"
    assert guess_family(["sku", "parent_sku"]) == "parent_sku"
    assert guess_family(["sku", "Style"]) is None


def test_a_family_is_neither_one_product_nor_half_the_shop():
    sizes = sample(款号=[n // 4 for n in range(200)], 性别=["M", "W"] * 100)
    assert guess_family(list(sizes), sizes) == "款号"
    assert guess_family(["款号"], sample(款号=range(200))) is None
    assert guess_family(["款号"], sample(款号=["A"] * 200)) is None


def test_an_import_is_its_own_sample(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("货号,条码,商品名称\n" + "".join(f"A,{n:013},x\n" for n in range(100)), encoding="utf-8")
    mapping = guess_mapping(import_table(path, tmp_path / "i"), FIELDS)
    assert (mapping.key, mapping.how["key"], mapping.fields["name"]) == ("条码", "name", "商品名称")


def test_a_mapping_is_remembered_for_its_layout(tmp_path):
    columns = ["货号", "品名", "牌子"]
    said = guess_mapping(columns, FIELDS, given={"name": "品名", "brand": "牌子"}, key="货号")
    save_mapping(tmp_path, columns, said)
    found = guess_mapping(["牌子", "品名", "货号"], FIELDS, home=tmp_path)
    assert (found.fields, found.key) == ({"name": "品名", "brand": "牌子"}, "货号")
    assert set(found.how.values()) == {"remembered"}
    assert guess_mapping(columns, FIELDS, home=tmp_path, given={"name": "货号"}).fields["name"] == "货号"
    assert guess_mapping([*columns, "售价"], FIELDS, home=tmp_path).how.get("name") is None


def test_a_memory_of_another_recipe_stays_and_a_broken_one_is_no_memory(tmp_path):
    columns = ["a", "b"]
    save_mapping(tmp_path, columns, guess_mapping(columns, FIELDS, given={"name": "a"}))
    path = save_mapping(tmp_path, columns, guess_mapping(columns, (FieldSpec(name="size"),), given={"size": "b"}))
    assert load_mapping(tmp_path, columns).fields == {"name": "a", "size": "b"}
    path.write_text("{", encoding="utf-8")
    assert load_mapping(tmp_path, columns) is None


@settings(deadline=None)
@given(st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=6, unique=True), st.randoms())
def test_a_layout_is_the_same_in_any_order(columns, random):
    shuffled = random.sample(columns, len(columns))
    assert layout_fingerprint(columns) == layout_fingerprint(shuffled)


@given(st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=6, unique=True))
def test_each_guess_is_a_column_and_none_is_used_twice(columns):
    fields = guess_mapping(columns, FIELDS).fields
    assert set(fields.values()) <= set(columns)
    assert len(set(fields.values())) == len(fields)


def test_a_hidden_column_is_mapped_only_if_it_is_given(tmp_path):
    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["sku", "name", "brand"])
        sheet.write_row(1, 0, ["1", "Mug", "Morning"])
        sheet.set_column(2, 2, None, None, {"hidden": True})
    table, fields = import_table(path, tmp_path / "imports"), [FieldSpec(name="name"), FieldSpec(name="brand")]
    assert dict(guess_mapping(table, fields).fields) == {"name": "name"}
    assert guess_mapping(table, fields, given={"brand": "brand"}).how["brand"] == "given"
