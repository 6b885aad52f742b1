from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.catalog.workbooks.format_codes import BUILT_IN
from goodsmith.catalog.workbooks.number_formats import general, make_formatter, make_text_formatter

SHOWN = [
    ("00000", "123", "00123"),
    ("0.000", "90.75", "90.750"),
    ("0000.00", "1.5", "0001.50"),
    ("0%", "0.155", "16%"),
    ("0.00%", "0.155", "15.50%"),
    ("00%", "0.05", "05%"),
    ("#,##0", "999", "999"),
    ("#,##0", "-1234", "-1,234"),
    ("#,##0.00", "1234567.891", "1,234,567.89"),
    ("0,000", "12", "0,012"),
    ("0.0,,", "1234567", "1.2"),
    ("0.##", "5", "5."),
    ("0.0#", "5.25", "5.25"),
    (".00", "12.5", "12.50"),
    ("0.00", "2.675", "2.68"),
    ("0", "2.5", "3"),
    ("0", "1.5E3", "1500"),
    ("0.00", "-0.001", "-0.00"),
    ("0.00E+00", "12345", "1.23E+04"),
    ("##0.0E+0", "12345", "12.3E+3"),
    ("# ?/?", "1.5", "1 1/2"),
    ("# ??/??", "0.3333", "1/3"),
    ("# ?/8", "2.25", "2 2/8"),
    ("000-00-0000", "123456789", "123-45-6789"),
    ('0"kg"', "5", "5kg"),
    ('"SKU-"0000', "7", "SKU-0007"),
    ("¥#,##0.00", "-1234.5", "-¥1,234.50"),
    ("[$€-407] #,##0.00", "5", "€ 5.00"),
    ("[Red]0.00", "1", "1.00"),
    ("0.00;[Red]-0.00", "-3", "-3.00"),
    (BUILT_IN[43], "1234.5", "1,234.50"),
    (BUILT_IN[43], "-3", "(3.00)"),
    (BUILT_IN[43], "0", "-"),
    ('[>=1000]0.0,"k";0', "1500", "1.5k"),
    ('[>=1000]0.0,"k";0', "15", "15"),
    ("G/通用格式", "1.50", "1.5"),
    ('General"件"', "3", "3件"),
    ("@", "12.50", "12.5"),
    ("yyyy-mm-dd", "45000", "2023-03-15"),
    ('yyyy"年"m"月"d"日"', "45000", "2023年3月15日"),
    ("dd.mm.yyyy", "45000", "15.03.2023"),
    ("d-mmm-yy", "45000", "15-Mar-23"),
    ("[$-804]aaaa", "45000", "星期三"),
    ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "45000", "Wednesday, March 15, 2023"),
    (BUILT_IN[14], "45000", "2023/3/15"),
    (BUILT_IN[31], "45000", "2023年3月15日"),
    ("yyyy-mm-dd hh:mm:ss", "45000.5", "2023-03-15 12:00:00"),
    ("h:mm AM/PM", "0.75", "6:00 PM"),
    ('上午/下午h"时"mm"分"', "0.75", "下午6时00分"),
    ("[h]:mm:ss", "1.5", "36:00:00"),
    ("mm:ss.0", "0.0005", "00:43.2"),
    ("m/d", "60", "2/29"),
    ("yyyy-m-d", "1", "1900-1-1"),
]


@pytest.mark.parametrize(("code", "stored", "shown"), SHOWN)
def test_a_number_reads_as_its_format_shows_it(code, stored, shown):
    assert make_formatter(code)(stored) == shown


@pytest.mark.parametrize("code", [";;;", "0;-0;;@", "#"])
def test_a_format_that_shows_nothing_hides_no_value(code):
    assert make_formatter(code)("0") == "0"


@pytest.mark.parametrize(("code", "stored"), [("yyyy-mm-dd", "-1"), ("yyyy-mm-dd", "2958466"), ("0.00", "TBA")])
def test_what_a_format_cannot_show_stays_as_stored(code, stored):
    assert make_formatter(code)(stored) == stored


def test_days_are_counted_from_1904_where_the_workbook_says_so():
    assert make_formatter("yyyy-mm-dd", from_1904=True)("43538") == "2023-03-15"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("0.30000000000000004", "0.3"),
        ("12.0", "12"),
        ("1E+21", "1E+21"),
        ("1e20", "100000000000000000000"),
        ("1.2345678901234501E+18", "1234567890123450000"),
        ("6932169358293", "6932169358293"),
        ("1234567890123456789", "1234567890123456789"),
        ("1E-5", "0.00001"),
        ("1.5E-12", "1.5E-12"),
        ("-0", "0"),
    ],
)
def test_general_numbers_read_as_in_the_formula_bar(stored, shown):
    assert general(stored) == shown


def test_a_text_format_shows_its_own_words_around_a_text():
    assert make_text_formatter('@"件"') == ("", "件")
    assert make_text_formatter("_(@_)") is None
    assert make_text_formatter("0.00") is None


@given(st.decimals(-(10**9), 10**9, places=4), st.integers(0, 4), st.booleans())
def test_decimals_round_half_up_and_group(value, places, grouped):
    code = ("#,##0" if grouped else "0") + ("." + "0" * places if places else "")
    rounded = abs(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    sign = "-" if value < 0 else ""
    assert make_formatter(code)(f"{value:f}") == sign + (f"{rounded:,f}" if grouped else f"{rounded:f}")


@given(st.dates(date(1900, 3, 1), date(9999, 12, 31)), st.integers(0, 86_399))
def test_dates_and_times_come_back(day, second):
    serial = (day - date(1899, 12, 30)).days + second / 86_400
    moment = datetime.combine(day, datetime.min.time()) + timedelta(seconds=second)
    assert make_formatter("yyyy-mm-dd hh:mm:ss")(repr(serial)) == moment.isoformat(sep=" ")


@given(st.text(max_size=30), st.floats())
def test_no_format_breaks_the_reading(code, value):
    assert isinstance(make_formatter(code)(repr(value)), str)


@given(st.text('0#?.,%E+-/[];@ydhms"\\_*', max_size=20), st.floats(-1e25, 1e25))
def test_no_mixture_of_format_signs_breaks_the_reading(code, value):
    assert make_formatter(code)(repr(value)) != ""
