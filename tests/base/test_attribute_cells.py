import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.base.attribute_cells import pairs


@pytest.mark.parametrize(
    "cell",
    [
        "材质:棉; 颜色:红",
        "材质：棉；颜色：红；",
        "材质:棉;颜色:红",
        "材质：棉|颜色：红",
        "材质:棉\n颜色:红",
        "材质：棉，颜色：红",
        "材质:棉,颜色:红",
        "材质：棉 / 颜色：红",
        "材质=棉;颜色=红",
        "【材质】:棉;*颜色:红",
        '{"材质": "棉", "颜色": "红"}',
        '[{"name": "材质", "value": "棉"}, {"name": "颜色", "value": ["红"]}]',
        '["材质:棉", "颜色:红"]',
    ],
)
def test_pairs_are_read_however_a_sheet_joins_them(cell):
    assert pairs(cell) == (("材质", "棉"), ("颜色", "红"))


def test_inner_labels_with_another_colon_stay_in_the_value():
    cell = "外套材质:帆布：100%棉；弹力布：锦纶80%; 规格:65*65cm"
    assert pairs(cell) == (("外套材质", "帆布：100%棉；弹力布：锦纶80%"), ("规格", "65*65cm"))


def test_line_breaks_and_commas_within_a_value_stay():
    cell = "材料:合金钢\n塑胶; 颜色:红, 蓝; Size:1,200 mm, boxed"
    assert pairs(cell) == (("材料", "合金钢\n塑胶"), ("颜色", "红, 蓝"), ("Size", "1,200 mm, boxed"))


def test_the_names_of_sizes_are_no_attributes():
    assert pairs("规格:2P:1300mm;  1P:680mm; 颜色:白") == (("规格", "2P:1300mm;  1P:680mm"), ("颜色", "白"))


def test_clock_times_and_web_addresses_are_no_pairs():
    assert pairs("Open: 10:30-18:00; Site: https://shop.example/a") == (
        ("Open", "10:30-18:00"),
        ("Site", "https://shop.example/a"),
    )
    assert pairs("open 10:30") == ()


def test_the_first_of_two_equal_names_wins_and_empty_values_are_left_out():
    assert pairs("尺寸:1; 尺寸:2; 颜色:; Size: 3; SIZE: 4") == (("尺寸", "1"), ("Size", "3"))


@pytest.mark.parametrize("cell", ["", "  ", "纯棉 红色", "NA", "{", "[1, 2]", "https://shop.example"])
def test_a_cell_without_names_gives_nothing(cell):
    assert pairs(cell) == ()


@given(st.text(alphabet=st.sampled_from([*'材质颜色ab1 :：=;；|,，/\n{}[]"%.']), max_size=120))
def test_every_name_and_value_stands_in_the_cell(cell):
    for name, value in pairs(cell):
        assert name
        assert value == value.strip()
        assert cell[0] in "{[" or all(part in cell for part in (name, value))


def test_reading_takes_time_in_proportion_to_the_cell():
    started = time.process_time()
    for cell in ("a:" * 40_000, "; " * 40_000, "a" * 90_000 + ":", "k:v; " * 19_000, "，" * 90_000, "[" * 90_000):
        pairs(cell)
    assert time.process_time() - started < 5
