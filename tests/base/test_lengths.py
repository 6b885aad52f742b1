import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.base.lengths import cut, length

units = st.sampled_from(["characters", "utf8_bytes", "half_width"])
texts = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from(
            "保温杯不锈钢，。、！ abcDEF 0123 .,;:-()（）“”👨\u200d👩🏽🇨🇳\u0301\ufe0f\u0e33\u0e19नि\u094d한국"
        ),
    ),
    max_size=80,
)


@pytest.mark.parametrize(
    ("text", "characters", "utf8_bytes", "half_width"),
    [
        ("", 0, 0, 0),
        ("bottle 500ml", 12, 12, 12),
        ("保温杯", 3, 9, 6),
        ("保温杯 500ml", 9, 15, 12),
        ("ＡＢ（）", 4, 12, 8),
        ("“杯”…", 4, 12, 8),
        ("Café", 4, 5, 5),
        ("텀블러", 3, 9, 6),
        ("แก้ว", 4, 12, 4),
        ("🍵", 1, 4, 2),
    ],
)
def test_each_unit_counts_as_the_shops_do(text, characters, utf8_bytes, half_width):
    assert length(text, "characters") == characters
    assert length(text, "utf8_bytes") == utf8_bytes
    assert length(text, "half_width") == half_width


@given(st.text(max_size=60))
def test_half_widths_are_never_fewer_than_gbk_bytes(text):
    assert length(text, "half_width") >= len(text.encode("gbk", "ignore"))


@given(texts, texts, units)
def test_lengths_add_up(one, two, unit):
    assert length(one + two, unit) == length(one, unit) + length(two, unit)


@given(texts, st.integers(-2, 60), units)
def test_a_cut_stays_within_the_limit_and_is_a_prefix(text, limit, unit):
    piece = cut(text, limit, unit)
    assert length(piece, unit) <= max(limit, 0)
    assert text.startswith(piece)


@given(texts, st.integers(0, 60), units)
def test_cutting_twice_changes_nothing(text, limit, unit):
    piece = cut(text, limit, unit)
    assert cut(piece, limit, unit) == piece


@given(texts, st.integers(0, 60), units)
def test_a_text_that_fits_is_returned_as_it_is(text, limit, unit):
    assert (cut(text, limit, unit) == text) == (length(text, unit) <= limit)


@given(texts, st.integers(0, 40), units)
def test_an_accent_is_never_torn_from_its_letter(text, limit, unit):
    piece = cut(text, limit, unit)
    rest = text[len(piece) :]
    assert not piece or not rest or unicodedata.category(rest[0])[0] != "M"


@pytest.mark.parametrize(
    ("text", "limit", "unit", "expected"),
    [
        ("容量大。内胆光滑，易清洗", 7, "characters", "容量大。"),
        ("容量大。内胆光滑，易清洗", 8, "characters", "容量大。内胆光滑"),
        ("内胆光滑易清洗。容量大", 10, "characters", "内胆光滑易清洗。"),
        ("内胆光滑易清洗，容量大", 10, "characters", "内胆光滑易清洗"),
        ("Steel bottle, keeps drinks cold", 20, "characters", "Steel bottle, keeps"),
        ("Holds 3.5 l of tea", 8, "characters", "Holds"),
        ("容量500ml不锈钢", 6, "characters", "容量"),
        ("双层5层过滤", 3, "characters", "双层"),
        ("北欧陶瓷马克杯", 9, "half_width", "北欧陶瓷"),
        ("北欧陶瓷马克杯", 10, "utf8_bytes", "北欧陶"),
        ("陶瓷杯（红色）", 4, "characters", "陶瓷杯"),
        ("👨‍👩‍👧👨‍👩‍👧", 7, "characters", "👨‍👩‍👧"),
        ("🇨🇳🇨🇳🇨🇳", 3, "characters", "🇨🇳"),
        ("abc", 0, "characters", ""),
        ("👨‍👩‍👧", 2, "characters", ""),
    ],
)
def test_a_cut_ends_where_a_reader_would_end_it(text, limit, unit, expected):
    assert cut(text, limit, unit) == expected


def test_an_unknown_unit_is_an_error():
    with pytest.raises(ValueError, match="half_width"):
        length("abc", "inches")


@pytest.mark.parametrize(
    "text", ["a" * 1_000_000, "保" * 1_000_000, "e" + "\u0301" * 999_999, "🇨🇳" * 500_000, ", " * 500_000]
)
def test_a_megabyte_in_one_cell_is_cut_at_once(text):
    started = time.process_time()
    for unit in ("characters", "utf8_bytes", "half_width"):
        cut(text, 60, unit)
        cut(text, 5_000, unit)
    assert time.process_time() - started < 2
