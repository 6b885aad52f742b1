"""Makes made-up platform template workbooks: the same shapes as the platforms', none of their contents.

    python examples/make_templates.py FOLDER

`kettle_en.xlsm` has Amazon's shape (settings row, labels, technical names, definitions, valid values, macros),
`bedding_zh.xlsx` that of Taobao and 1688 (banner, groups, stars, hints, drop-downs that depend on another column),
`snacks_shopee.xlsx` and `pets_lazada.xlsx` those of Shopee and Lazada. No file of a platform was at hand: the shapes
follow what their manuals describe. The macro part holds a few bytes that run nowhere.
"""

# ruff: noqa: INP001  # a script is no package

from __future__ import annotations

import datetime as dt
import io
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import xlsxwriter

MACROS: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"made up: no macro in here" * 20
PRODUCT_ROWS: Final = 100  # for which the kettle template has its rules

# label, technical name, need, definition, example, values
KETTLE: Final[tuple[tuple[str, str, str, str, str, tuple[str, ...]], ...]] = (
    ("Product Type", "feed_product_type", "Required", "The product type of the listing.", "kettle", ("kettle",)),
    ("Seller SKU", "item_sku", "Required", "A unique identifier of yours. Max. 40 characters.", "KTL-001", ()),
    ("Product Name", "item_name", "Required", "A short title. Max. 80 characters.", "Gooseneck kettle 1.0 L", ()),
    ("Brand Name", "brand_name", "Required", "The brand of the product. Max. 50 characters.", "Sandfield", ()),
    ("Product ID", "external_product_id", "Optional", "A valid GTIN.", "", ()),
    (
        "Product ID Type",
        "external_product_id_type",
        "Optional",
        "The type of the identifier.",
        "EAN",
        ("EAN", "UPC", "GTIN"),
    ),
    ("Your Price", "standard_price", "Required", "The price with up to 2 decimals.", "39.90", ()),
    ("Quantity", "quantity", "Required", "A whole number.", "20", ()),
    ("Main Image URL", "main_image_url", "Required", "The address of the main picture.", "", ()),
    ("Key Product Features", "bullet_point1", "Preferred", "One feature. Max. 120 characters.", "", ()),
    ("Key Product Features", "bullet_point2", "Optional", "One feature. Max. 120 characters.", "", ()),
    ("Key Product Features", "bullet_point3", "Optional", "One feature. Max. 120 characters.", "", ()),
    ("Product Description", "product_description", "Optional", "Max. 500 characters.", "", ()),
    ("Search Terms", "generic_keywords", "Optional", "Words that shoppers look for. No more than 60 bytes.", "", ()),
    ("Parentage", "parent_child", "Optional", "Whether the row is a parent or a child.", "child", ("parent", "child")),
    ("Parent SKU", "parent_sku", "Conditional", "The SKU of the parent.", "", ()),
    (
        "Variation Theme",
        "variation_theme",
        "Optional",
        "What its variations differ in.",
        "",
        ("Color", "Size", "Size-Color"),
    ),
    (
        "Update Delete",
        "update_delete",
        "Optional",
        "What is to be done.",
        "Update",
        ("Update", "PartialUpdate", "Delete"),
    ),
    (
        "Material Type",
        "material_type",
        "Required",
        "What it is made of.",
        "Stainless Steel",
        ("Stainless Steel", "Glass", "Ceramic", "Plastic"),
    ),
    ("Color", "color_name", "Preferred", "The color as the seller calls it.", "Matte black", ()),
    ("Color Map", "color_map", "Preferred", "The nearest base color.", "Black", ("Black", "White", "Green", "Silver")),
    ("Capacity", "capacity", "Required", "A number with up to 2 decimals.", "1.5", ()),
    (
        "Capacity Unit",
        "capacity_unit_of_measure",
        "Required",
        "The unit of the capacity.",
        "Liters",
        ("Liters", "Milliliters"),
    ),
    ("Wattage", "wattage", "Preferred", "A whole number of watts.", "1500", ()),
    ("Voltage", "voltage", "Required", "A whole number of volts.", "220", ()),
    ("Plug Type", "plug_type", "Required", "Depends on the voltage range.", "", ()),
    ("Voltage Range", "voltage_range", "Optional", "Decides about the plug.", "220-240V", ("220-240V", "100-127V")),
    (
        "Country of Origin",
        "country_of_origin",
        "Required",
        "Where it was made.",
        "",
        ("China", "Germany", "Japan", "Thailand"),
    ),
    ("Item Weight", "item_weight", "Optional", "In kilograms, up to 3 decimals.", "0.9", ()),
    ("Warranty", "warranty_description", "Optional", "Free text.", "", ()),
)
PLUGS: Final = {"220-240V": ("Type F", "Type G", "Type I"), "100-127V": ("Type A", "Type B")}


def kettle_en(path: Path, *, rows: int = PRODUCT_ROWS) -> Path:
    """Amazon's shape: six sheets, two of them hidden, macros, one rule for each cell below the headings."""
    vba = path.with_suffix(".vba.tmp")
    vba.write_bytes(MACROS)
    with xlsxwriter.Workbook(path) as book:
        book.set_properties(_MADE)
        styles = {name: book.add_format(style) for name, style in _STYLES.items()}
        sheets = {
            name: book.add_worksheet(name)
            for name in ("Instructions", "Data Definitions", "Template", "Images", "Valid Values", "Dropdown Lists")
        }
        sheets["Template"].activate()
        sheets["Instructions"].write("A1", "How to use this workbook", styles["title"])
        sheets["Instructions"].write("A3", "Fill the sheet Template from row 4 on, one product a row.")
        sheets["Images"].write("A1", "Pictures must be at least 1,000 pixels wide.")
        _write(
            sheets["Data Definitions"],
            0,
            [
                "Group Name",
                "Field Name",
                "Local Label Name",
                "Definition and Use",
                "Accepted Values",
                "Example",
                "Required?",
            ],
            styles["head"],
        )
        for number, (label, name, need, about, example, values) in enumerate(KETTLE, 1):
            _write(
                sheets["Data Definitions"], number, [_group(need), name, label, about, ", ".join(values), example, need]
            )
        lists = sheets["Dropdown Lists"]
        template = sheets["Template"]
        _write(
            template,
            0,
            [
                "TemplateType=fptcustom",
                "Version=2031.0117",
                "settings=contentLanguageTag=en_US&feedType=113",
                "The top three rows are for the platform only. Do not change or delete them.",
            ],
            styles["note"],
        )
        _write(template, 1, [label for label, *_ in KETTLE], styles["head"])
        _write(template, 2, [name for _, name, *_ in KETTLE], styles["names"])
        template.freeze_panes(3, 3)
        template.set_column(0, len(KETTLE) - 1, 18)
        template.set_column(1, 1, 18, styles["text"])
        template.conditional_format(3, 3, 3 + rows, 3, {"type": "blanks", "format": styles["empty"]})
        place = {name: column for column, (_, name, *_) in enumerate(KETTLE)}
        for column, (label, name, _, _, _, values) in enumerate(KETTLE):
            sheets["Valid Values"].write_row(column, 1, [label, *values])
            if values:
                lists.write_column(0, column, [name, *values])
                letter = xlsxwriter.utility.xl_col_to_name(column)
                book.define_name(f"{name}_values", f"='Dropdown Lists'!${letter}$2:${letter}${len(values) + 1}")
        for number, (volts, plugs) in enumerate(PLUGS.items()):
            lists.write_column(0, 40 + number, [volts, *plugs])
            letter = xlsxwriter.utility.xl_col_to_name(40 + number)
            book.define_name(
                "plug_" + volts.replace("-", "_"), f"='Dropdown Lists'!${letter}$2:${letter}${len(plugs) + 1}"
            )
        for row in range(3, 3 + rows):
            for column, (_, name, _, _, _, values) in enumerate(KETTLE):
                template.data_validation(row, column, row, column, _kettle_rule(name, values, row, place))
        sheets["Valid Values"].hide()
        lists.very_hidden()
        book.add_vba_project(str(vba))
    vba.unlink()
    return path


def _kettle_rule(name: str, values: Sequence[str], row: int, place: dict[str, int]) -> dict[str, Any]:
    if name == "plug_type":
        cell = xlsxwriter.utility.xl_rowcol_to_cell(row, place["voltage_range"], col_abs=True)
        return {"validate": "list", "source": f'=INDIRECT("plug_"&SUBSTITUTE({cell},"-","_"))'}
    if values:
        return {"validate": "list", "source": f"={name}_values"}
    if name in {"quantity", "wattage", "voltage"}:
        return {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": 99_999}
    if name in {"standard_price", "capacity", "item_weight"}:
        return {"validate": "decimal", "criteria": ">", "value": 0}
    return {"validate": "length", "criteria": "<=", "value": 500}


def _group(need: str) -> str:
    return {"Required": "Needed to list", "Preferred": "Helps shoppers"}.get(need, "Other")


# group, heading as written, hint, example, values
BEDDING: Final[tuple[tuple[str, str, str, str, tuple[str, ...]], ...]] = (
    ("基本信息", "*商家编码", "同一店铺内唯一，不超过30个字符", "BED-0001", ()),
    ("基本信息", "*宝贝标题", "最多30个汉字（60个字符）", "水洗棉四件套", ()),
    ("基本信息", "*类目", "请从下拉列表中选择", "四件套", ("四件套", "被套", "枕套")),
    ("基本信息", "品牌", "请填写已授权品牌", "青禾埠", ()),
    ("销售信息", "*一口价（元）", "最多两位小数，即小数点后2位", "329.00", ()),
    ("销售信息", "*库存", "填写整数", "50", ()),
    ("销售信息", "颜色分类", "", "雾蓝", ()),
    ("销售信息", "尺寸", "请填写规格", "200*230cm", ()),
    ("类目属性", "*面料材质【必填】", "请从下拉列表中选择", "棉", ("棉", "亚麻", "桑蚕丝", "涤纶")),
    ("类目属性", "*款式", "随类目变化", "床单款", ()),
    ("类目属性", "适用季节", "可不填", "四季通用", ("春秋", "夏季", "冬季", "四季通用")),
    ("类目属性", "产地", "", "", ()),
    ("类目属性", "卖点", "不超过40个字符", "", ()),
)
STYLES_BY_CATEGORY: Final = {"四件套": ("床单款", "床笠款"), "被套": ("纽扣款", "拉链款"), "枕套": ("信封款",)}


def bedding_zh(path: Path, *, rows: int = 200) -> Path:
    """Taobao's and 1688's shape: banner, groups, stars and hints; drop-downs in the extension of Excel 2010."""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties(_MADE)
        styles = {name: book.add_format(style) for name, style in _STYLES.items()}
        about, sheet, lists = book.add_worksheet("填写说明"), book.add_worksheet("商品模板"), book.add_worksheet("字典")
        about.write("A1", "本模板由示例生成，仅用于演示。")
        sheet.activate()
        sheet.merge_range(0, 0, 0, len(BEDDING) - 1, "淘宝商品批量发布：请勿修改表头，带*为必填项", styles["title"])
        first = 0
        for column, (group, *_) in enumerate(BEDDING):
            if column + 1 == len(BEDDING) or BEDDING[column + 1][0] != group:
                sheet.merge_range(1, first, 1, column, group, styles["head"])
                first = column + 1
        _write(sheet, 2, [heading for _, heading, *_ in BEDDING], styles["head"])
        _write(sheet, 3, [hint for _, _, hint, *_ in BEDDING], styles["note"])
        _write(sheet, 4, ["示例：" + BEDDING[0][3], *[example for _, _, _, example, _ in BEDDING[1:]]], styles["note"])
        sheet.set_column(0, 0, 16, styles["text"])
        sheet.set_column(1, len(BEDDING) - 1, 14)
        rules = []
        for column, (_, _, _, _, values) in enumerate(BEDDING):
            letter = xlsxwriter.utility.xl_col_to_name(column)
            if values:
                lists.write_column(0, column, values)
                rules.append((f"{letter}6:{letter}{5 + rows}", f"字典!${letter}$1:${letter}${len(values)}"))
        for number, (category, found) in enumerate(STYLES_BY_CATEGORY.items(), 20):
            letter = xlsxwriter.utility.xl_col_to_name(number)
            lists.write_column(0, number, found)
            book.define_name(category, f"=字典!${letter}$1:${letter}${len(found)}")
        sheet.data_validation(5, 9, 4 + rows, 9, {"validate": "list", "source": "=INDIRECT($C6)"})
        sheet.data_validation(5, 5, 4 + rows, 5, {"validate": "integer", "criteria": ">=", "value": 0})
        lists.hide()
    rewrite(
        path,
        {"xl/worksheets/sheet2.xml": lambda xml: xml.replace(b"</worksheet>", _extension(rules) + b"</worksheet>")},
    )
    return path


def snacks_shopee(path: Path) -> Path:
    """Shopee's shape: technical names first, then labels, needs and hints."""
    fields = (
        ("ps_category", "Category", "Mandatory", "Choose from the list", ("Snacks", "Nuts", "Candy")),
        ("ps_product_name", "Product Name", "Mandatory", "Enter 20-255 characters", ()),
        ("ps_product_description", "Product Description", "Mandatory", "Enter 20 - 3,000 characters", ()),
        ("ps_sku_parent_short", "Parent SKU", "Optional", "Up to 100 characters", ()),
        ("et_title_variation_1", "Variation Name1", "Conditional Mandatory", "Such as flavour. Max 14 characters", ()),
        ("et_title_option_for_variation_1", "Option for Variation 1", "Conditional Mandatory", "Max 20 characters", ()),
        ("ps_price", "Price", "Mandatory", "A number", ()),
        ("ps_stock", "Stock", "Mandatory", "A whole number", ()),
        ("ps_sku_short", "SKU", "Optional", "Your own code", ()),
        ("ps_weight", "Weight", "Mandatory", "In kg", ()),
        ("ps_item_cover_image", "Cover image", "Optional", "An address", ()),
        ("et_title_allergens", "Allergens", "Mandatory", "As printed on the pack", ()),
    )
    with xlsxwriter.Workbook(path) as book:
        book.set_properties(_MADE)
        sheet, lists = book.add_worksheet("Template"), book.add_worksheet("HiddenLists")
        for row, place in enumerate((0, 1, 2, 3)):
            _write(sheet, row, [field[place] for field in fields])
        for column, field in enumerate(fields):
            if field[4]:
                lists.write_column(0, column, field[4])
                letter = xlsxwriter.utility.xl_col_to_name(column)
                rule = {"validate": "list", "source": f"=HiddenLists!${letter}$1:${letter}${len(field[4])}"}
                sheet.data_validation(4, column, 1003, column, rule)
        lists.hide()
    return path


def pets_lazada(path: Path) -> Path:
    """Lazada's shape: groups over starred labels, names below, some lists written into the rule itself."""
    fields = (
        ("Basic Information", "*Product Name(English)", "name", ()),
        ("Basic Information", "Highlights", "short_description", ()),
        ("Product Attributes", "*Brand", "brand", ("No Brand", "Rongtuan")),
        ("Product Attributes", "Filling Material", "filling_material", ("PP Cotton", "Feather", "Foam")),
        ("SKU", "Color Family", "color_family", ("White", "Grey", "Multicolor")),
        ("SKU", "*SellerSKU", "SellerSku", ()),
        ("SKU", "*Price", "price", ()),
        ("Package", "*Package Weight (kg)", "package_weight", ()),
    )
    with xlsxwriter.Workbook(path) as book:
        book.set_properties(_MADE)
        sheet = book.add_worksheet("template")
        for row, place in enumerate((0, 1, 2)):
            _write(sheet, row, [field[place] for field in fields])
        for column, field in enumerate(fields):
            if field[3]:
                rule = {"validate": "list", "source": list(field[3])}
                if field[2] == "brand":
                    rule["error_type"] = "warning"
                sheet.data_validation(3, column, 502, column, rule)
    return path


def rewrite(path: Path, changes: dict[str, Callable[[bytes], bytes]]) -> None:
    """Change parts of a zip in place."""
    with zipfile.ZipFile(path) as archive:
        parts = [(member, archive.read(member)) for member in archive.infolist()]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for member, content in parts:
            change = changes.get(member.filename)
            out.writestr(member, change(content) if change else content)
    path.write_bytes(made.getvalue())


def _extension(rules: Sequence[tuple[str, str]]) -> bytes:
    """Drop-downs on another sheet as Excel 2010 and later write them."""
    listed = "".join(
        '<x14:dataValidation type="list" allowBlank="1" showInputMessage="1" showErrorMessage="1">'
        f"<x14:formula1><xm:f>{formula}</xm:f></x14:formula1><xm:sqref>{cells}</xm:sqref></x14:dataValidation>"
        for cells, formula in rules
    )
    return (
        '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}" '
        'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main">'
        f'<x14:dataValidations count="{len(rules)}" xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main">'
        f"{listed}</x14:dataValidations></ext></extLst>"
    ).encode()


def _write(sheet: Any, row: int, texts: Sequence[str], style: Any = None) -> None:
    for column, text in enumerate(texts):
        if text:
            sheet.write_string(row, column, text, style)


_MADE: Final = {"created": dt.datetime(2031, 1, 17, tzinfo=dt.UTC).replace(tzinfo=None)}  # the same file each time
_STYLES: Final[dict[str, dict[str, Any]]] = {
    "title": {"bold": True, "font_size": 14},
    "head": {"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True},
    "names": {"font_color": "#808080", "italic": True},
    "note": {"font_color": "#C00000", "text_wrap": True},
    "text": {"num_format": "@"},
    "empty": {"bg_color": "#FFF2CC"},
}

if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    for made in (
        kettle_en(folder / "kettle_en.xlsm"),
        bedding_zh(folder / "bedding_zh.xlsx"),
        snacks_shopee(folder / "snacks_shopee.xlsx"),
        pets_lazada(folder / "pets_lazada.xlsx"),
    ):
        print(made)
