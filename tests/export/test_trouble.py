"""A file appears whole or not at all, and trouble is one clear line."""

import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from goodsmith.errors import GoodsmithError, StoreError, UsageError
from goodsmith.export import check_target, export_rows
from goodsmith.export.atomic import disk_trouble

FORMATS = ("o.xlsx", "o.csv", "o.jsonl", "o.parquet")


@pytest.mark.parametrize("name", FORMATS)
def test_rows_that_break_off_leave_the_old_file_and_nothing_else(shop, name):
    plan = shop.plan(shop.info("a.csv", ["sku"]))
    target = shop.folder / name
    target.write_bytes(b"old")

    def broken():
        yield shop.rows(plan, [["a"]], [{}])[0]
        raise RuntimeError("the store is gone")

    with pytest.raises(RuntimeError, match="the store is gone"):
        export_rows(plan, broken(), target)
    assert [path.name for path in shop.folder.iterdir()] == [name]
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize("name", FORMATS)
def test_a_folder_that_is_not_there_is_one_clear_line(shop, name):
    plan = shop.plan(shop.info("a.csv", ["sku"]))
    with pytest.raises(StoreError, match="the folder does not exist") as caught:
        export_rows(plan, shop.rows(plan, [["a"]], [{}]), shop.folder / "nowhere" / name)
    assert "文件夹不存在" in caught.value.say("zh")


def test_what_cannot_be_written_is_known_before_a_run(shop):
    info = shop.workbook([["sku"], ["a"]])
    assert check_target(info, shop.folder / "o.xlsx") == "xlsx"
    assert check_target(info, shop.folder / "o", format="csv") == "csv"
    for name, trouble in (
        ("o.xlsm", "no macros"),
        ("source.xlsx", "source of this run"),
        ("no/o.csv", "does not exist"),
    ):
        with pytest.raises(GoodsmithError, match=trouble):
            check_target(info, shop.folder / name)


def test_a_folder_that_nobody_may_write_to_is_one_clear_line(shop):
    plan = shop.plan(shop.info("a.csv", ["sku"]))
    with pytest.raises(StoreError) as caught:
        export_rows(plan, shop.rows(plan, [["a"]], [{}]), "/proc/o.csv")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", FORMATS)
def test_a_disk_that_takes_no_more_is_one_clear_line(shop, name):
    """The limit on file sizes stands for a full disk: writing fails in the middle of the file."""
    plan = shop.plan(shop.info("a.csv", ["sku"]))
    texts = [[os.urandom(400).hex()] for _ in range(2_000)]
    rows = shop.rows(plan, texts, [{}] * len(texts))
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, former[1]))
    try:
        with pytest.raises(StoreError, match="unchanged"):
            export_rows(plan, rows, shop.folder / name)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
    assert list(shop.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "en", "zh"),
    [
        (errno.ENOSPC, "the disk is full", "磁盘已满"),
        (errno.EROFS, "read-only", "只读"),
        (errno.EACCES, "denied", "权限"),
    ],
)
def test_disk_trouble_says_what_to_do_in_both_languages(number, en, zh):
    error = disk_trouble(OSError(number, os.strerror(number)), Path("out.xlsx"))
    assert en in error.say("en")
    assert zh in error.say("zh")


def test_xlsx_is_written_by_a_process_that_keeps_to_its_memory_limit(shop):
    plan = shop.plan(shop.info("a.csv", ["sku"]), memory_limit_bytes=60_000_000)
    with pytest.raises(UsageError, match=r"more than 0\.06 GB of memory") as caught:
        export_rows(plan, shop.rows(plan, [["a"]], [{}]), shop.folder / "o.xlsx")
    assert "export_memory_bytes" in caught.value.say("zh")
    assert list(shop.folder.iterdir()) == []


def test_a_new_file_has_the_usual_rights_and_a_replaced_one_keeps_its_own(shop):
    plan = shop.plan(shop.info("a.csv", ["sku"]))
    umask = os.umask(0o022)
    try:
        export_rows(plan, [], shop.folder / "o.csv")
        assert (shop.folder / "o.csv").stat().st_mode & 0o777 == 0o644
        (shop.folder / "o.csv").chmod(0o600)
        export_rows(plan, [], shop.folder / "o.csv")
    finally:
        os.umask(umask)
    assert (shop.folder / "o.csv").stat().st_mode & 0o777 == 0o600


def test_importing_the_room_loads_no_heavy_library():
    code = "import sys, goodsmith.export; print([n for n in ('pyarrow', 'openpyxl', 'xlsxwriter') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
