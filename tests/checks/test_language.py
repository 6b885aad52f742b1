import pytest

from goodsmith.records import Severity

EN = "The bottle keeps drinks cold for a whole day and fits every cup holder in the car."
DE = "Die Flasche hält Getränke einen ganzen Tag kalt und passt in jeden Becherhalter im Auto."
FR = "La bouteille garde les boissons froides toute la journée et se range dans le porte-gobelet de la voiture."
ES = "La botella mantiene las bebidas frías durante todo el día y cabe en el portavasos del coche."
PT = "A garrafa mantém as bebidas frias durante todo o dia e cabe no porta-copos do seu carro."
ZH = "这款保温杯可以让饮料全天保持冰凉，适合放在车载杯架中使用。"
TW = "這款保溫杯可以讓飲料全天保持冰涼，適合放在車載杯架中使用。"
JA = "このボトルは一日中飲み物を冷たく保ち、車のカップホルダーに収まります。"
KO = "이 보틀은 하루 종일 음료를 차갑게 유지하며 차량용 컵홀더에 잘 맞습니다."
TH = "ขวดนี้เก็บความเย็นได้ตลอดทั้งวันและวางในที่วางแก้วในรถได้พอดี"
AR = "تحافظ هذه الزجاجة على برودة المشروبات طوال اليوم وتناسب حامل الأكواب في السيارة."
RU = "Бутылка сохраняет напитки холодными весь день и подходит для подстаканника в машине."
IN = {
    "en-US": EN,
    "de-DE": DE,
    "fr-FR": FR,
    "es-ES": ES,
    "pt-BR": PT,
    "zh-CN": ZH,
    "zh-TW": TW,
    "ja-JP": JA,
    "ko-KR": KO,
    "th-TH": TH,
    "ar-SA": AR,
    "ru-RU": RU,
}


@pytest.mark.parametrize("tag", IN)
def test_a_text_in_the_asked_language_passes(check, tag):
    assert check("language", {"description": IN[tag]}, locale=tag) == ()


@pytest.mark.parametrize("tag", IN)
@pytest.mark.parametrize("other", IN)
def test_a_text_in_another_language_is_an_error(check, tag, other):
    if tag == other:
        return
    found = check("language", {"description": IN[other]}, locale=tag)
    assert [one.severity for one in found] == [Severity.ERROR]
    assert found[0].zh


@pytest.mark.parametrize(
    ("title", "locale"),
    [
        ("Nike Air Max 270 男子运动鞋", "zh-CN"),
        ("Apple iPhone 15 Pro Max 手机壳 MagSafe", "zh-CN"),
        ("蓝湾 304 不锈钢保温杯 500ml USB-C", "zh-CN"),
        ("JBL FLIP 6", "zh-CN"),
        ("日式の小清新餐具", "zh-CN"),
        ("ソニー WH-1000XM5 ヘッドホン", "ja-JP"),
        ("電源延長コード", "ja-JP"),
        ("iPhone 15 케이스", "ko-KR"),
        ("IKEA KALLAX Shelf, 77×147 cm, 220 Ω, 50 μm", "en-US"),
        ("Café Crème – Porcelain “Fleur” Cup", "en-US"),
        ("Kaffeebecher Edelstahl", "en-US"),
        ("Nintendo Switch OLED Case", "de-DE"),
        ("Термокружка Xiaomi 500 мл", "ru-RU"),
    ],
)
def test_brands_codes_units_and_short_names_are_not_judged(check, title, locale):
    assert check("language", {"title": title}, locale=locale) == ()


@pytest.mark.parametrize(
    ("title", "locale"),
    [
        ("Stainless Steel Vacuum Water Bottle", "zh-CN"),
        ("保温杯 stainless steel bottle keeps drinks cold", "zh-CN"),
        ("不锈钢保温杯", "en-US"),
        ("Steel bottle 保温杯", "en-US"),
        ("Bottle from 北欧 design", "de-DE"),
        ("不銹鋼真空保溫杯大容量車載", "zh-CN"),
        ("不锈钢真空保温杯大容量车载", "zh-TW"),
        ("ステンレスボトル", "zh-CN"),
        ("不锈钢真空保温杯大容量车载便携水杯子男女学生通用款", "ja-JP"),
    ],
)
def test_a_title_that_nobody_translated_is_an_error(check, title, locale):
    (found,) = check("language", {"title": title}, locale=locale)
    assert found.severity is Severity.ERROR


def test_a_brand_in_its_own_script_is_only_a_warning(check):
    (found,) = check("language", {"title": "Xiaomi 小米 kettle"}, fields={"brand": "小米"}, locale="en-US")
    assert (found.severity, found.start, found.end) == (Severity.WARNING, 7, 9)


def test_names_from_short_source_cells_do_not_count(check):
    fields = {"brand": "Blue Bay", "model": "Ocean Breeze Wave"}
    assert check("language", {"title": "Blue Bay Ocean Breeze Wave"}, fields=fields) == ()
    assert check("language", {"title": "Blue Bay Ocean Breeze Wave"}) != ()


def test_a_slot_in_any_language_is_not_judged(check):
    assert check("language", {"brand": DE}, outputs={"brand": {"language": "any"}}) == ()
    assert check("language", {"description": DE}, locale=None) == ()


def test_items_of_a_list_are_judged_together(check):
    points = ("hält den ganzen Tag kalt", "passt in jeden Becherhalter", "leicht zu reinigen und robust")
    (found,) = check("language", {"points": points}, locale="en-US")
    assert "German" in found.en


def test_a_locale_whose_script_we_cannot_tell_blocks(check):
    (found,) = check("language", {"title": "ཆུ་དམ"}, locale="bo-CN")
    assert (found.severity, found.slot) == (Severity.BLOCK, "")


def test_one_untranslated_sentence_is_found_by_the_strict_check(check):
    text = f"{EN} {DE}"
    assert check("language", {"description": text}, locale="en-US") == ()
    (found,) = check("language_strict", {"description": text}, locale="en-US")
    assert text[found.start : found.end] == DE.rstrip(".")
