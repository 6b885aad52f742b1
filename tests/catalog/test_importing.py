import json
import os
import resource
import signal
import subprocess
import sys
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from goodsmith.catalog import import_table, open_import, open_table, read_sample
from goodsmith.catalog.child import died, revived, told
from goodsmith.errors import InputFileError, StoreError, TemplateError, UnknownName


@pytest.fixture
def products(workbook):
    def fill(book, sheet):
        sheet.write_row(1, 0, ["货号", "名称"])
        sheet.write_row(2, 0, ["001", "杯"])
        sheet.write_row(5, 0, ["002", "=A1"])

    return workbook(fill, strings_to_formulas=False)


def test_a_workbook_becomes_parquet_with_its_texts_and_row_places(products, tmp_path):
    made = import_table(products, tmp_path / "imports")
    table = pq.read_table(made.parquet)
    assert table.to_pylist() == [
        {"货号": "001", "名称": "杯", "_gs_row": 0},
        {"货号": "002", "名称": "=A1", "_gs_row": 3},
    ]
    assert [str(field.type) for field in table.schema] == ["string", "string", "int64"]
    assert (made.rows, made.info.header_row, made.info.rows) == (2, 2, 2)
    assert [(notice.code, notice.row, notice.count) for notice in made.notices] == [("blank_rows", 4, 2)]


def test_the_same_content_is_converted_once(products, tmp_path):
    first = import_table(products, tmp_path / "imports")
    moved = products.rename(products.with_name("renamed.xlsx"))
    again = import_table(moved, tmp_path / "imports")
    assert (again.reused, again.parquet, again.notices) == (True, first.parquet, first.notices)
    assert again.info.source == str(moved)
    assert import_table(moved, tmp_path / "imports", header=3).parquet != first.parquet


def test_changed_content_is_converted_again(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    first = import_table(path, tmp_path / "imports")
    path.write_text("a\n2\n", encoding="utf-8")
    second = import_table(path, tmp_path / "imports")
    assert (second.reused, second.sha256 != first.sha256) == (False, True)
    assert read_sample(second.parquet) == {"a": ["2"]}


def test_a_damaged_import_is_made_again(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    made = import_table(path, tmp_path / "imports")
    made.parquet.write_bytes(made.parquet.read_bytes()[:50])
    assert read_sample(import_table(path, tmp_path / "imports").parquet) == {"a": ["1"]}


def test_an_import_is_found_again_by_its_file(products, tmp_path):
    made = import_table(products, tmp_path / "imports")
    assert open_import(made.parquet) == made
    with pytest.raises(InputFileError, match="import the source again"):
        open_import(tmp_path / "none.parquet")


def test_frames_and_readers_are_named_by_their_content(tmp_path):
    frame = pa.table({"sku": ["1", "2"], "n": [1, 2]})
    first = import_table(frame, tmp_path / "imports")
    again = import_table(open_table(frame.slice(0)), tmp_path / "imports")
    assert (again.parquet, again.reused) == (first.parquet, True)
    other = import_table(pa.table({"sku": ["1", "3"], "n": [1, 2]}), tmp_path / "imports")
    assert other.parquet != first.parquet
    assert len(list((tmp_path / "imports").iterdir())) == 2


def test_a_table_that_widens_far_down_is_read_again(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a\n" + "1\n" * 2000 + "2,x\n", encoding="utf-8")
    made = import_table(path, tmp_path / "imports")
    assert [column.name for column in made.info.columns] == ["a", "column B"]
    assert made.rows == 2001


def test_a_header_without_rows_is_imported_with_a_notice(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("sku,name\n", encoding="utf-8")
    made = import_table(path, tmp_path / "imports")
    assert (made.rows, [notice.code for notice in made.notices]) == (0, ["empty_table"])
    assert read_sample(made.parquet) == {"sku": [], "name": []}


def test_an_error_in_the_child_is_the_same_error(products, tmp_path):
    with pytest.raises(UnknownName, match="商品") as caught:
        import_table(products, tmp_path / "imports", sheet="商品表")
    assert (caught.value.kind, caught.value.near) == ("sheet", ["商品"])
    with pytest.raises(InputFileError) as caught:
        import_table(products, tmp_path / "imports", header=99)
    assert (caught.value.row, caught.value.sheet, "表头" in caught.value.zh) == (99, "商品", True)
    assert list((tmp_path / "imports").iterdir()) == []


def test_every_error_survives_the_way_back():
    for error in (UnknownName("sheet", "a", ["b"]), TemplateError("x", source="y", line=1, zh="中"), StoreError("s")):
        back = revived(json.loads(json.dumps(told(error))))
        assert (type(back), str(back), back.say("zh"), vars(back)) == (
            type(error), str(error), error.say("zh"), vars(error),
        )  # fmt: skip


def test_a_workbook_that_needs_too_much_memory_is_refused_in_words(raw_workbook, tmp_path):
    strings = "".join(f"<si><t>{number:09}{'长' * 200}</t></si>" for number in range(300_000))
    path = raw_workbook('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings=strings)
    with pytest.raises(InputFileError, match="import_memory_bytes") as caught:
        import_table(path, tmp_path / "imports", memory_limit_bytes=300_000_000)
    assert "内存" in caught.value.zh
    assert list((tmp_path / "imports").iterdir()) == []
    assert import_table(path, tmp_path / "imports").rows == 0


def test_a_killed_child_is_a_clear_error(tmp_path):
    error = died(tmp_path / "t.xlsx", -signal.SIGKILL, "", 1_500_000_000)
    assert "1,500 MB" in str(error)
    assert "broke off (exit 3)" in str(died(tmp_path / "t.xlsx", 3, "", 1_500_000_000))


def test_the_limit_holds_for_the_child_and_not_for_us(products, tmp_path):
    before = resource.getrlimit(resource.RLIMIT_AS)
    import_table(products, tmp_path / "imports")
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "imports").write_text("a file", encoding="utf-8")
    (tmp_path / "t.csv").write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be written"):
        import_table(tmp_path / "t.csv", tmp_path / "imports")


def test_a_full_disk_leaves_nothing_half_written(tmp_path, products):
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from goodsmith.catalog import import_table\n"
        "from goodsmith.errors import StoreError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try: import_table(sys.argv[1], Path(sys.argv[2]))\n"
        "except StoreError as error: print(error)\n"
    )
    folder = tmp_path / "imports"
    ran = subprocess.run(
        [sys.executable, "-c", script, products, folder], capture_output=True, text=True, check=True, env=os.environ
    )
    assert "cannot be written" in ran.stdout
    assert list(folder.iterdir()) == []


def test_what_killed_imports_left_is_swept_after_a_day(tmp_path):
    folder = tmp_path / "imports"
    folder.mkdir()
    for name, age_s in ((".import-1-a.parquet", 90_000), (".import-2-b.parquet", 10)):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (time.time() - age_s,) * 2)
    import_table(pa.table({"a": ["1"]}), folder)
    assert {path.name for path in folder.iterdir()} & {".import-1-a.parquet", ".import-2-b.parquet"} == {
        ".import-2-b.parquet"
    }


def test_progress_tells_the_rows_read(tmp_path):
    told_rows = []
    import_table(pa.table({"a": [str(n) for n in range(25_000)]}), tmp_path / "i", progress=told_rows.append)
    assert told_rows == [10_000, 20_000, 25_000]


def test_opening_the_house_loads_nothing_heavy():
    script = (
        "import sys, goodsmith.catalog; print([n for n in ('pyarrow', 'duckdb', 'sqlalchemy') if n in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
