"""Makes the sample tables of this folder. Run it again and the files are the same, byte for byte.

    python examples/make_samples.py

All products, brands and prices are made up. The tables have the gaps of real ones on purpose: missing brands,
attributes and descriptions, a key that stands twice with two prices, ids with leading zeros and one of 19 digits, a
date format, a cell that says NA and one that looks like a formula.
"""

# ruff: noqa: E501, INP001  # a row of a table stays on one line; a script is no package

from __future__ import annotations

import csv
import datetime as dt
import io
import sys
from pathlib import Path
from typing import Final

import xlsxwriter

HERE: Final = Path(__file__).parent
ZH_COLUMNS: Final = ("商品编号", "商品名称", "品牌", "类目", "属性", "卖点", "描述", "市场价", "上架日期")
EN_COLUMNS: Final = (
    "sku", "product name", "brand", "category", "specs", "highlights", "description", "price", "updated",
)  # fmt: skip

# 商品编号, 商品名称, 品牌, 类目, 属性, 卖点, 描述, 市场价, 上架日期
ZH: Final[tuple[tuple[str, str, str, str, str, str, str, str, str], ...]] = (
    ("000101", "水洗棉四件套 原野格", "青禾埠", "家纺 > 床品套件", "面料:100%棉; 件数:4件; 适用床宽:1.5米/ 1.8米; 颜色:原野绿/ 燕麦白; 产地:中国江苏", "洗后微皱，不必熨烫；隐形拉链被套", "", "329", "2026-03-02"),
    ("000102", "针织棉床笠 纯色", "青禾埠", "家纺 > 床品套件", "面料:100%棉; 尺寸:150*200*25cm/ 180*200*25cm; 颜色:石板灰/ 雾蓝", "四角松紧，不易移位", "", "129", "2026-03-02"),
    ("000103", "双层纱夏凉被", "青禾埠", "家纺 > 被枕", "面料:100%棉; 填充物:聚酯纤维; 尺寸:200*230cm; 重量:1.2kg", "双层纱布，透气轻薄", "<p>被面为双层纱布，中间薄薄一层填充，适合夏夜。</p>", "199", "2026-03-05"),
    ("000104", "荞麦壳护颈枕", "", "家纺 > 被枕", "面料:100%棉; 填充物:荞麦壳; 尺寸:60*35cm; 温馨提示:荞麦壳为天然材料，请勿水洗", "可拆枕套；高度可调", "", "89", "2026-03-05"),
    ("000105", "羊毛混纺盖毯", "织云间", "家纺 > 毯类", "材质:60%羊毛 40%腈纶; 尺寸:150*200cm; 颜色:驼色/ 深灰", "流苏收边", "", "259", "2026-03-09"),
    ("000106", "华夫格浴巾", "青禾埠", "家纺 > 毛巾", "材质:100%棉; 尺寸:70*140cm; 克重:380g", "华夫格纹理，吸水快干", "", "59", "2026-03-09"),
    ("000107", "亚麻遮光窗帘", "织云间", "家纺 > 窗帘", "材质:绒面：70%聚酯纤维 背面：30%亚麻; 尺寸:1.4*2.6m/ 2.8*2.6m; 颜色:米白/ 灰蓝", "挂钩与打孔两种做法", "", "168", "2026-03-12"),
    ("000108", "全棉浴室地垫", "", "家纺 > 毛巾", "材质:100%棉; 尺寸:45*65cm", "", "", "39", "2026-03-12"),
    ("000109", "提花抱枕套 山形纹", "织云间", "家纺 > 布艺", "材质:55%亚麻45%棉; 尺寸:45*45cm; 颜色:陶土红/ 墨绿; 温馨提示:此商品不含枕芯", "提花纹理，隐形拉链", "", "45", "2026-03-15"),
    ("000110", "记忆棉坐垫", "", "家纺 > 布艺", "", "慢回弹，可拆洗外套", "", "69", "2026-03-15"),
    ("000201", "细口手冲壶 1.0L", "砚田器物", "厨电 > 水壶", "材质:304不锈钢; 容量:1.0L; 颜色:哑光黑/ 奶白; 产地:中国广东", "鹤嘴壶口，出水均匀", "<div>壶身为 304 不锈钢，壶嘴细长，注水方向好控制。<br>手柄隔热。</div>", "189", "2026-04-01"),
    ("000202", "电热水壶 1.5L", "砚田器物", "厨电 > 水壶", "材质:内胆：304不锈钢  外壳：PP; 容量:1.5L; 额定功率:1500W; 额定电压:220V; 型号:SK-15A", "双层壶身，外壁不烫手；烧开自动断电", "", "159", "2026-04-01"),
    ("000203", "玻璃养生壶 1.8L", "", "厨电 > 水壶", "材质:高硼硅玻璃; 容量:1.8L; 额定功率:800W", "十二档时间可调", "", "139", "2026-04-03"),
    ("000204", "便携折叠水壶", "砚田器物", "厨电 > 水壶", "材质:硅胶; 容量:0.6L; 颜色:米灰", "折叠后高 6 厘米，出差好带", "", "99", "2026-04-03"),
    ("000205", "珐琅烧水壶 复古绿", "砚田器物", "厨电 > 水壶", "材质:珐琅; 容量:2.0L", "燃气灶与电陶炉可用", "", "149", "2026-04-08"),
    ("000206", "保温壶 1.2L", "砚田器物", "厨电 > 水壶", "", "", "", "119", "2026-04-08"),
    ("000301", "雪松白茶无火香薰 120ml", "半坡香事", "香氛 > 无火香薰", "香调:木质; 容量:120ml; 香材:雪松、白茶、柑橘", "藤条扩香，适合玄关与客厅", "", "128", "2026-04-20"),
    ("000302", "桂花大豆蜡烛 180g", "半坡香事", "香氛 > 蜡烛", "材质:大豆蜡; 净重:180g; 香调:花香; 燃烧时间:约35小时", "棉芯，燃烧少烟", "", "88", "2026-04-20"),
    ("000303", "檀香线香 50支", "半坡香事", "香氛 > 线香", "长度:21cm; 数量:50支; 香材:檀香、香楠粉", "", "", "58", "2026-04-22"),
    ("000304", "衣柜香包 三只装", "", "香氛 > 香包", "规格:10g*3; 香调:薰衣草/ 柑橘/ 雪松", "挂绳款，衣柜抽屉可用", "", "29.9", "2026-04-22"),
    ("000305", "车载香薰夹 金属款", "半坡香事", "香氛 > 车载", "材质:锌合金; 颜色:枪灰/ 银色", "卡在出风口，可换香片", "", "49", "2026-04-25"),
    ("000306", "睡前喷雾 100ml", "半坡香事", "香氛 > 喷雾", "", "喷在枕边，气味清淡", "", "69", "2026-04-25"),
    ("000401", "海苔夹心脆 64g", "谷雨小仓", "食品 > 休闲零食", "净含量:64g; 口味:芝麻/ 扁桃仁; 保质期:240天; 产地:中国福建", "两片海苔夹一层坚果", "", "19.9", "2026-05-06"),
    ("000402", "冻干草莓块 40g", "谷雨小仓", "食品 > 休闲零食", "净含量:40g; 配料:草莓; 保质期:12个月", "配料只有草莓", "", "26.8", "2026-05-06"),
    ("000403", "每日坚果 25g*15袋", "谷雨小仓", "食品 > 坚果", "规格:25g*15袋; 保质期:180天; 配料:核桃仁、腰果仁、蔓越莓干", "一日一袋，独立包装", "", "79", "2026-05-06"),
    ("000404", "黑芝麻糕 200g", "NA", "食品 > 糕点", "净含量:200g; 保质期:90天; 储存:阴凉干燥处", "口感松软，微甜", "", "22", "2026-05-08"),
    ("000405", "陈皮山楂条 150g", "谷雨小仓", "食品 > 蜜饯", "净含量:150g", "酸甜开胃；独立小包", "", "15.5", "2026-05-08"),
    ("000406", "手工牛轧饼干 120g", "谷雨小仓", "食品 > 糕点", "", "咸甜口，奶香夹心", "", "24", "2026-05-10"),
    ("000501", "宠物云朵窝 圆形", "绒团社", "宠物 > 窝垫", "面料:短绒; 填充物:PP棉; 尺寸:直径50cm/ 直径70cm; 颜色:米白/ 浅灰", "底部防滑，外套可拆洗", "", "99", "2026-05-20"),
    ("000502", "藤编猫窝 带坐垫", "绒团社", "宠物 > 窝垫", "材质:仿藤PE; 尺寸:45*45*40cm; 承重:8kg", "可睡可抓，两面通风", "", "179", "2026-05-20"),
    ("000503", "封闭式宠物帐篷", "", "宠物 > 窝垫", "材质:帆布、松木; 尺寸:60*60*70cm", "免工具安装", "", "129", "2026-05-22"),
    ("000504", "凉感冰垫 宠物用", "绒团社", "宠物 > 窝垫", "填充物:凝胶; 尺寸:50*65cm/ 60*90cm", "夏天趴卧，擦拭即净", "", "59", "2026-05-22"),
    ("000505", "外出宠物提包", "绒团社", "宠物 > 外出", "", "侧边透气网，肩带可调", "", "149", "2026-05-25"),
    ("000601", "精梳棉圆领T恤", "素衣工社", "服饰 > T恤", "面料:100%棉; 尺码:S/ M/ L/ XL; 颜色:白/ 黑/ 雾蓝; 克重:220g", "领口加固，洗后不易变形", "", "79", "2026-06-01"),
    ("000602", "速干运动T恤", "素衣工社", "服饰 > T恤", "面料:88%聚酯纤维 12%氨纶; 尺码:M/ L/ XL; 颜色:炭灰/ 薄荷绿", "网眼面料，透气快干", "", "89", "2026-06-01"),
    ("000603", "宽松落肩T恤", "", "服饰 > T恤", "面料:100%棉; 尺码:均码; 颜色:燕麦色", "", "", "69", "2026-06-03"),
    ("000604", "亚麻短袖衬衫", "素衣工社", "服饰 > 衬衫", "面料:100%亚麻; 尺码:S/ M/ L", "椰壳纽扣", '=HYPERLINK("https://shop.example/size","尺码表")', "139", "2026-06-03"),
    ("000605", "儿童条纹T恤", "素衣工社", "服饰 > T恤", "面料:95%棉 5%氨纶; 尺码:110/ 120/ 130", "无骨缝制", "", "49", "2026-06-05"),
    ("000601", "精梳棉圆领T恤", "素衣工社", "服饰 > T恤", "面料:100%棉; 尺码:S/ M/ L/ XL; 颜色:白/ 黑/ 雾蓝; 克重:220g", "领口加固，洗后不易变形", "", "85", "2026-06-08"),
    ("6901234567890123456", "春季家居礼盒", "青禾埠", "家纺 > 礼盒", "规格:浴巾*2+香薰*1; 数量:1盒", "牛皮纸盒，可附手写卡", "", "268", "2026-06-08"),
)  # fmt: skip

# sku, product name, brand, category, specs, highlights, description, price, updated
EN: Final[tuple[tuple[str, str, str, str, str, str, str, str, str], ...]] = (
    ("HL-0001", "Linen-blend cushion cover", "Hazel & Lind", "Home > Cushions", "Material: 55% linen, 45% cotton; Size: 45 x 45 cm; Color: oat / sage / rust; Made in: Portugal", "hidden zip; washes at 30 °C", "", "18.50", "2026-03-04"),
    ("HL-0002", "Waffle bath towel", "Hazel & Lind", "Home > Towels", "Material: cotton; Size: 70 x 140 cm; Weight: 380 g", "dries quickly; hanging loop", "", "22.00", "2026-03-04"),
    ("HL-0003", "Washed cotton duvet set", "Hazel & Lind", "Home > Bedding", "Material: cotton; Pieces: 3; Color: stone / fog blue", "soft from the first night; corner ties keep the duvet in place", "<p>Two pillowcases and one cover, washed before it reaches you, so it does not shrink again.</p>", "89.00", "2026-03-06"),
    ("HL-0004", "Wool throw with fringe", "", "Home > Throws", "Material: 60% wool, 40% acrylic; Size: 130 x 180 cm", "", "", "64.00", "2026-03-06"),
    ("HL-0005", "Buckwheat neck pillow", "Hazel & Lind", "Home > Pillows", "Filling: buckwheat hulls; Size: 60 x 35 cm", "height can be changed through the side zip", "", "29.90", "2026-03-08"),
    ("HL-0006", "Blackout curtain", "Hazel & Lind", "Home > Curtains", "", "eyelets or hooks", "", "39.00", "2026-03-08"),
    ("NM-0101", "Gooseneck kettle 1.0 l", "Northmere", "Kitchen > Kettles", "Material: 304 stainless steel; Capacity: 1.0 l; Color: matt black / cream", "even pour; cool handle", "", "45.00", "2026-04-02"),
    ("NM-0102", "Electric kettle 1.5 l", "Northmere", "Kitchen > Kettles", "Capacity: 1.5 l; Power: 1500 W; Voltage: 220-240 V", "double wall stays cool outside\nswitches off when the water boils", "", "52.00", "2026-04-02"),
    ("NM-0103", "Glass teapot with strainer", "Northmere", "Kitchen > Teapots", "Material: borosilicate glass; Capacity: 0.8 l", "strainer lifts out", "A clear pot that shows the colour of the tea. The strainer lifts out when it is strong enough.", "27.00", "2026-04-05"),
    ("NM-0104", "Folding travel kettle", "Northmere", "Kitchen > Kettles", '{"Material": "silicone", "Capacity": "0.6 l", "Color": "N/A"}', "folds down to 6 cm", "", "34.00", "2026-04-05"),
    ("NM-0105", "Enamel stovetop kettle", "", "Kitchen > Kettles", "", "", "", "38.00", "2026-04-09"),
    ("HA-0201", "Cedar and tea reed diffuser 120 ml", "Halfhill", "Fragrance > Diffusers", "Volume: 120 ml; Notes: cedar, white tea, citrus", "for a hall or a living room", "", "24.00", "2026-04-20"),
    ("HA-0202", "Soy candle, osmanthus 180 g", "Halfhill", "Fragrance > Candles", "Wax: soy; Weight: 180 g; Burning time: about 35 h", "cotton wick", "", "19.00", "2026-04-20"),
    ("HA-0203", "Sandalwood incense, 50 sticks", "Halfhill", "Fragrance > Incense", "Length: 21 cm; Pieces: 50", "", "", "12.00", "2026-04-22"),
    ("HA-0204", "Wardrobe sachets, set of 3", "", "Fragrance > Sachets", "Scent: lavender / citrus / cedar", "hang or lay flat", "", "9.50", "2026-04-22"),
    ("HA-0205", "Pillow mist 100 ml", "Halfhill", "Fragrance > Sprays", "", "a light scent for the bedside", "", "16.00", "2026-04-25"),
    ("LF-0301", "Seaweed crisps with sesame 64 g", "Little Granary", "Food > Snacks", "Net weight: 64 g; Shelf life: 240 days; Origin: Korea", "two sheets with a layer of seeds", "", "3.90", "2026-05-06"),
    ("LF-0302", "Freeze-dried strawberries 40 g", "Little Granary", "Food > Snacks", "Net weight: 40 g; Ingredients: strawberries", "nothing but strawberries", "", "4.80", "2026-05-06"),
    ("LF-0303", "Daily nut mix, 15 bags", "Little Granary", "Food > Nuts", "Net weight: 15 x 25 g; Ingredients: walnuts, cashews, cranberries", "one bag a day", "", "14.50", "2026-05-06"),
    ("LF-0304", "Black sesame cake 200 g", "", "Food > Cakes", "Net weight: 200 g; Storage: cool and dry", "soft and not too sweet", "", "5.20", "2026-05-08"),
    ("MT-0401", "Round cloud pet bed", "Tuft & Tail", "Pets > Beds", "Cover: short plush; Filling: polyester; Size: 50 cm / 70 cm", "cover comes off for washing; base does not slip", "", "36.00", "2026-05-20"),
    ("MT-0402", "Rattan cat house with cushion", "Tuft & Tail", "Pets > Beds", "Material: PE rattan; Size: 45 x 45 x 40 cm; Load: 8 kg", "good for sleeping and scratching", "", "58.00", "2026-05-20"),
    ("MT-0403", "Pet tent", "", "Pets > Beds", "Material: canvas, pine; Size: 60 x 60 x 70 cm", "no tools needed", "", "42.00", "2026-05-22"),
    ("MT-0404", "Cooling mat for pets", "Tuft & Tail", "Pets > Beds", "Size: 50 x 65 cm / 60 x 90 cm", "wipes clean", "", "21.00", "2026-05-22"),
    ("EC-0501", "Combed cotton T-shirt", "Everyday Clothing Co", "Clothing > T-shirts", "Material: cotton; Sizes: S / M / L / XL; Color: white / black / fog blue", "reinforced neck", "", "19.00", "2026-06-01"),
    ("EC-0502", "Quick-dry running tee", "Everyday Clothing Co", "Clothing > T-shirts", "Material: 88% polyester, 12% elastane; Sizes: M / L / XL", "mesh back panel", "", "24.00", "2026-06-01"),
    ("EC-0503", "Loose T-shirt with dropped shoulders", "", "Clothing > T-shirts", "Material: cotton; Color: oat", "", "", "17.00", "2026-06-03"),
    ("EC-0504", "Linen short-sleeve shirt", "Everyday Clothing Co", "Clothing > Shirts", "Material: linen; Sizes: S / M / L", "coconut buttons", "", "39.00", "2026-06-03"),
    ("EC-0501", "Combed cotton T-shirt", "Everyday Clothing Co", "Clothing > T-shirts", "Material: cotton; Sizes: S / M / L / XL; Color: white / black / fog blue", "reinforced neck", "", "21.00", "2026-06-08"),
    ("0000000000000000042", "Spring home gift box", "Hazel & Lind", "Home > Gifts", "Contents: 2 towels, 1 diffuser", "kraft box with a blank card", "", "72.00", "2026-06-08"),
)  # fmt: skip


def products_zh() -> bytes:
    """The Chinese table as a workbook: ids as text, prices and dates as numbers with a format."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": dt.datetime(2026, 1, 1)})  # noqa: DTZ001  # Excel knows no time zones
    sheet = book.add_worksheet("商品")
    head = book.add_format({"bold": True, "bg_color": "#EEF3F0", "bottom": 1})
    text = book.add_format({"num_format": "@"})
    price = book.add_format({"num_format": "0.00"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for column, name in enumerate(ZH_COLUMNS):
        sheet.write_string(0, column, name, head)
    for row, cells in enumerate(ZH, start=1):
        for column, value in enumerate(cells[:7]):
            if value:
                sheet.write_string(row, column, value, text if column == 0 else None)
        sheet.write_number(row, 7, float(cells[7]), price)
        sheet.write_datetime(row, 8, dt.datetime.fromisoformat(cells[8]), day)
    for column, width in enumerate((22, 26, 14, 18, 44, 30, 36, 10, 12)):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 2)
    book.close()
    return file.getvalue()


def products_en() -> bytes:
    """The English table as CSV, UTF-8."""
    lines = io.StringIO(newline="")
    csv.writer(lines, lineterminator="\r\n").writerows([EN_COLUMNS, *EN])
    return lines.getvalue().encode("utf-8")


def main(folder: Path = HERE) -> None:
    for name, data in (("products_zh.xlsx", products_zh()), ("products_en.csv", products_en())):
        (folder / name).write_bytes(data)
        print(f"{folder / name}: {len(data):,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
