import csv
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodsmith.catalog.texts import separated as text
from goodsmith.errors import InputFileError, UnknownName, UsageError

CHINESE = "商品编号,商品名称,售价\n001,轻奢纯棉刺绣水洗四件套,919.00\n002,秋冬保暖加厚澳洲羊毛被,90.750\n"
TRADITIONAL = "商品編號,商品名稱,價格\n1,純棉刺繡水洗四件套,9\n2,羊毛被子保暖加厚秋冬款式,100\n"
JAPANESE = "商品コード,商品名\n1,軽量で通気性に優れたバイザー\n"
FRENCH = "ref,désignation\n1,Légère été\n2,Casque à vélo\n"


@pytest.fixture
def file(tmp_path):
    def write(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_ids_and_prices_stay_as_written(file, read_table):
    path = file("sku,price,n,id\n00123,90.750,1E5,1234567890123456789\n06932169358293,NA,,0\n")
    assert read_table(path).rows == [
        ("00123", "90.750", "1E5", "1234567890123456789"),
        ("06932169358293", "NA", None, "0"),
    ]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (CHINESE, "utf-8"),
        (CHINESE, "utf-8-sig"),
        (CHINESE, "gb18030"),
        (CHINESE, "gbk"),
        (CHINESE, "utf-16"),
        (CHINESE, "utf-16-le"),
        (CHINESE, "utf-16-be"),
        (CHINESE, "utf-32"),
        (TRADITIONAL, "big5"),
        (TRADITIONAL, "gb18030"),
        (JAPANESE, "cp932"),
        (FRENCH, "cp1252"),
    ],
)
@pytest.mark.parametrize("times", [1, 300])
def test_the_encoding_is_found(file, read_table, content, encoding, times):
    head, _, body = content.partition("\n")
    whole = head + "\n" + body * times
    read = read_table(file(whole.encode(encoding)))
    expected = list(csv.reader(whole.splitlines()))
    assert [read.names, *map(list, read.rows)] == expected


def test_an_encoding_that_shows_late_is_found(file, read_table):
    late = "sku,name\n" + "1,plain ascii text\n" * 70_000 + "2,轻奢纯棉刺绣水洗四件套\n" * 50
    assert read_table(file(late.encode("gb18030"))).rows[-1] == ("2", "轻奢纯棉刺绣水洗四件套")


def test_torn_characters_are_counted_and_do_not_change_the_encoding(file, read_table):
    whole = bytearray((CHINESE.partition("\n")[0] + "\n" + CHINESE.partition("\n")[2] * 100).encode("gbk"))
    del whole[whole.index("棉刺".encode("gbk")) + 1]
    read = read_table(file(bytes(whole)))
    assert read.info.encoding == "gb18030"
    assert read.notices["broken_bytes"].row == 2
    assert len(read.rows) == 200


def test_a_torn_utf_8_file_stays_utf_8(file, read_table):
    whole = CHINESE.encode() * 10
    read = read_table(file(whole[:40] + whole[41:]))
    assert (read.info.encoding, "broken_bytes" in read.notices) == ("utf-8", True)


def test_a_given_encoding_is_used_and_an_unknown_one_named(file, read_table):
    path = file(FRENCH.encode("cp1252"))
    assert read_table(path, encoding="latin-1").rows[0] == ("1", "Légère été")
    with pytest.raises(UnknownName, match="gb18030"):
        read_table(path, encoding="gb18300")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(file, read_table, separator):
    lines = [["sku", "name", "price"], ["1", "a, b; c", "9,50"], ["2", "d | e", "10,00"]]
    quoted = "\n".join(separator.join(f'"{cell}"' for cell in line) for line in lines)
    read = read_table(file(quoted))
    assert (read.info.separator, read.rows[0]) == (separator, ("1", "a, b; c", "9,50"))


def test_decimal_commas_do_not_pass_for_separators(file, read_table):
    read = read_table(file("art;preis;gewicht\nA;33,64;1,2\nB;1,5;2,0\n"))
    assert (read.info.separator, read.rows[0]) == (";", ("A", "33,64", "1,2"))


def test_the_hint_of_excel_on_the_first_line_is_no_row(file, read_table):
    read = read_table(file("sep=|\r\nsku|name\r\n1|a;b\r\n"))
    assert (read.names, read.rows) == (["sku", "name"], [("1", "a;b")])


def test_quoted_line_breaks_stay_in_their_cell(file, read_table):
    read = read_table(file('sku,text\n1,"first\r\nsecond ""quoted"", line"\n2,b\n'))
    assert read.rows == [("1", 'first\r\nsecond "quoted", line'), ("2", "b")]


def test_ragged_rows_lose_nothing(file, read_table):
    read = read_table(file("sku,name\n1\n2,b,extra\n\n3,c,,,far\n"))
    assert read.names == ["sku", "name", "column C", "column E"]
    assert read.rows == [("1", None, None, None), ("2", "b", "extra", None), ("3", "c", None, "far")]
    assert read.places == [0, 1, 3]
    assert read.notices["short_rows"].count == 1
    assert read.notices["blank_header"].count == 2


def test_a_long_row_beyond_the_first_thousand_gets_its_columns(file, read_table):
    read = read_table(file("sku,name\n" + "1,a\n" * 3000 + "2,b,late\n"))
    assert (read.names[-1], read.rows[-1]) == ("column C", ("2", "b", "late"))


def test_a_quote_that_is_never_closed_is_an_error_with_its_row(file, read_table):
    with pytest.raises(InputFileError, match=r"row 3.*never closed") as caught:
        read_table(file('sku,name\n1,a\n2,"b\n3,c\n4,d\n'))
    assert "引号" in caught.value.zh


def test_a_stray_quote_that_swallows_rows_is_noticed(file, read_table):
    lines = ["sku,name,price", '1,"a,9', *(f"{n},n,9" for n in range(2, 9)), '9,b",9', "10,c,9"]
    assert read_table(file("\n".join(lines))).notices["open_quote"].row == 2


def test_a_cell_longer_than_pythons_own_limit_is_read(file, read_table):
    assert read_table(file(f"sku,html\n1,{'长' * 250_000}\n")).rows == [("1", "长" * 250_000)]


def test_a_cell_without_end_is_refused(file, read_table, monkeypatch):
    monkeypatch.setattr(text, "MAX_CELL_CHARACTERS", 1000)
    with pytest.raises(InputFileError, match="quote left open"):
        read_table(file('sku,name\n1,a\n2,"' + "b\n" * 2000))


def test_null_bytes_are_left_out_and_counted(file, read_table):
    read = read_table(file(b"sku,name\n1,a\x00b\n" + b"2,c\n" * 50))
    assert (read.rows[0], read.notices["null_bytes"].row) == (("1", "ab"), 2)


def test_a_csv_named_xlsx_is_known_by_its_bytes(file, read_table):
    read = read_table(file(CHINESE, name="table.xlsx"))
    assert (read.info.format, read.rows[0][0]) == ("csv", "001")
    assert "named_otherwise" in read.notices


def test_a_file_with_blank_lines_only_is_empty(file, read_table):
    with pytest.raises(InputFileError, match="the file is empty"):
        read_table(file("\n\n  \n"))


def test_a_separator_must_be_one_character(file, read_table):
    assert read_table(file("a\tb\n1\t2\n"), separator="tab").rows == [("1", "2")]
    with pytest.raises(UsageError, match="expected one character"):
        read_table(file("a,b\n"), separator=", ")


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=6),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
)
def test_any_texts_written_to_a_csv_come_back(read_table, rows, separator, encoding):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=separator).writerows([("a", "b", "c"), *rows])
        read = read_table(path, separator=separator, encoding=encoding, header=1, all_rows=True)
    assert read.rows == [tuple(cell or None for cell in row) for row in rows if any(row)]
