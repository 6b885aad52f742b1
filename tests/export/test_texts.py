"""Laws of texts: what goes into a cell or a line comes out again."""

import csv
import json
import re

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from goodsmith.export import export_rows
from goodsmith.export.cells import MAX_CELL_UNITS, column_index, column_letters, split_text, units, xml_text
from goodsmith.export.to_csv import guard, unguard

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
TRICKY = st.lists(
    st.sampled_from(
        ["_x000D_", "_x0041", "_", "x0041_", "\0", "\1", "\r", "\n", "\t", " ", "&lt;", "]]>", "=", "'", "\ufffe", "😀"]
    ),
    min_size=1,
    max_size=8,
).map("".join)
FORMULAS = st.sampled_from(
    [
        "=1+1",
        "+1+1",
        "-1+A1",
        "@SUM(A1)",
        "\uff1d1",
        "\uff0dx",
        '=HYPERLINK("http://a.example","b")',
        "\t=1",
        " =1",
        "=1",
    ]
)
TEXTS = st.lists(ANY_TEXT | TRICKY | FORMULAS, min_size=1, max_size=30)
in_a_few_files = settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def as_read(xml_cell):
    """What Excel makes of a cell's text: `_xHHHH_` is a character."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), xml_cell or "")


def export(shop, texts, name, *, into=False):
    info = shop.workbook([["sku"], *([str(at)] for at in range(len(texts)))]) if into else shop.info("a.csv", ["sku"])
    plan = shop.plan(info)
    source = [[str(at) if into else text] for at, text in enumerate(texts)]
    export_rows(plan, shop.rows(plan, source, [{"title@zh-CN": text} for text in texts]), shop.folder / name)
    return shop.folder / name


@in_a_few_files
@given(TEXTS)
def test_any_text_survives_in_the_source_workbook(shop, texts):
    page = openpyxl.load_workbook(export(shop, texts, "o.xlsx", into=True))["Products"]
    cells = [page.cell(row, 2) for row in range(2, 2 + len(texts))]
    assert [as_read(cell.value) for cell in cells] == texts
    assert {cell.data_type for cell in cells} == {"s"}


@in_a_few_files
@given(TEXTS)
def test_any_text_survives_in_a_new_workbook(shop, texts):
    page = openpyxl.load_workbook(export(shop, texts, "o.xlsx")).worksheets[0]
    for column in (1, 2):
        assert [as_read(page.cell(row, column).value) for row in range(2, 2 + len(texts))] == texts


@in_a_few_files
@given(TEXTS)
def test_any_text_survives_in_csv_when_the_guard_is_taken_off(shop, texts):
    with export(shop, texts, "o.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [unguard(row["sku"]) for row in rows] == texts
    assert [unguard(row["title"]) for row in rows] == texts


@in_a_few_files
@given(TEXTS)
def test_any_text_survives_in_jsonl_and_parquet(shop, texts):
    lines = export(shop, texts, "o.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["title"] for line in lines] == texts
    assert pq.read_table(export(shop, texts, "o.parquet"))["sku"].to_pylist() == texts


@given(ANY_TEXT | TRICKY)
@example("_x0041\x01")
@example("_x0041_x0042_")
def test_escapes_are_undone_by_reading_them_once(text):
    escaped = xml_text(text)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        escaped = escaped.replace(entity, character)
    assert as_read(escaped) == text
    assert not re.search("[\x00-\x08\x0b-\x1f\ufffe\uffff]", escaped)


@given(ANY_TEXT | TRICKY | FORMULAS)
def test_a_guard_comes_off_again_and_leaves_nothing_that_runs(text):
    guarded = guard(text)
    assert unguard(guarded) == text
    if re.match(r"\s*[=@]", guarded):
        pytest.fail(f"{guarded!r} would run")


@pytest.mark.parametrize(
    "text",
    [
        "-5",
        "+86",
        "-1,234.50",
        "+1e5",
        "-12.5%",
        "90.750",
        "06932169358293",
        "1E5",
        "0.5kg",
        "3:4",
        "-",
        "--",
        "A=B",
        "'x",
    ],
)
def test_numbers_and_harmless_texts_are_not_guarded(text):
    assert guard(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "=1",
        " =1",
        "\t=1",
        "\tx",
        "\rx",
        "+86 138",
        "-A1",
        "@x",
        "+1+2",
        "\uff1d1",
        "\uff0dx",
        "\uff20x",
        "\u200b=1",
        "'=1",
    ],
)
def test_what_a_spreadsheet_would_run_is_guarded(text):
    assert guard(text) == f"'{text}"


@given(st.text("a甲😀", max_size=6), st.integers(0, 40_000), st.text("a甲😀", max_size=6))
def test_split_texts_fit_join_and_tear_no_character(head, repeats, tail):
    text = head + "😀" * repeats + tail
    pieces = split_text(text)
    assert "".join(pieces) == text
    assert all(units(piece) <= MAX_CELL_UNITS for piece in pieces)


@given(st.integers(0, 16_383))
def test_column_letters_count_back(index):
    assert column_index(column_letters(index)) == index
