"""The first five minutes: a table, no key, no network."""

from __future__ import annotations

import csv
import json

import openpyxl
import pytest
import xlsxwriter

from door import Terminal, products


def test_a_table_comes_back_with_copy_that_is_called_a_template(goodsmith: Terminal) -> None:
    goodsmith.table(products(5))
    done = goodsmith("run", "products.csv", "--locale", "en-US", "-o", "out.csv")
    with (goodsmith.folder / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["sku"] for row in rows] == ["00000", "00001", "00002", "00003", "00004"]
    assert all(row["Made by"] == "template" for row in rows)
    assert "linen" in rows[0]["description (new)"].lower()
    assert "template, not AI" in done.stderr


def test_what_came_in_goes_out_unharmed(goodsmith: Terminal) -> None:
    source = goodsmith.folder / "in.xlsx"
    book = xlsxwriter.Workbook(source)
    sheet = book.add_worksheet("Products")
    book.add_worksheet("Prices").hide()
    sheet.write_row(0, 0, ["sku", "name", "ean", "weight", "code", "note", "since"])
    sheet.write_string(1, 0, "00123")
    sheet.write_string(1, 1, "Steel mug")
    sheet.write_string(1, 2, "0693216935829312345")
    sheet.write_number(1, 3, 90.75, book.add_format({"num_format": "0.000"}))
    sheet.write_string(1, 4, "1E5")
    sheet.write_string(1, 5, "NA")
    sheet.write_datetime(
        1, 6, __import__("datetime").datetime(2026, 1, 2), book.add_format({"num_format": "dd.mm.yyyy"})
    )
    sheet.write_string(2, 0, "00124")
    sheet.write_string(2, 1, "Oak tray")
    sheet.write_string(2, 5, '=HYPERLINK("http://x","y")')
    book.close()
    goodsmith("run", "in.xlsx", "--locale", "en-US", "-o", "out.xlsx")
    goodsmith("export", "--to", "csv", "-o", "out.csv")
    out = openpyxl.load_workbook(goodsmith.folder / "out.xlsx")
    row = [cell.value for cell in out["Products"][2]]
    assert row[:3] == ["00123", "Steel mug", "0693216935829312345"]
    assert (row[3], out["Products"]["D2"].number_format) == (90.75, "0.000")
    assert row[4:6] == ["1E5", "NA"]
    assert out["Products"]["F3"].data_type == "s"  # text, not a live formula
    assert out["Prices"].sheet_state == "hidden"
    with (goodsmith.folder / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = list(csv.reader(file))
    assert cells[1][:7] == ["00123", "Steel mug", "0693216935829312345", "90.750", "1E5", "NA", "02.01.2026"]
    assert cells[2][5].startswith("'=")


def test_a_row_that_cannot_be_made_says_why_and_the_run_says_so(goodsmith: Terminal) -> None:
    goodsmith.table([*products(2), {"sku": "00009", "name": ""}])
    facts = goodsmith.json("run", "products.csv", "--locale", "en-US", "-o", "out.jsonl", exit_code=1)
    assert (facts["done"] + facts["review"], facts["failed"]) == (2, 1)
    lost = json.loads((goodsmith.folder / "out.jsonl").read_text(encoding="utf-8").splitlines()[2])
    assert lost["title"] is None
    assert "stencil" in json.dumps(lost)


def test_a_dry_run_counts_and_shows_and_makes_nothing(goodsmith: Terminal) -> None:
    goodsmith.table(products(30))
    facts = goodsmith.json("run", "products.csv", "--where", "price > 20", "--locale", "en-US", "--dry-run")
    assert facts["rows"] == {"selected": 20, "total": 30}
    assert facts["prompts"][0]["made"]["title"]
    assert goodsmith.json("runs") == []


def test_only_what_changed_is_made_again(goodsmith: Terminal) -> None:
    rows = products(20)
    goodsmith.table(rows)
    goodsmith("run", "products.csv", "--locale", "en-US")
    rows[3]["attributes"] = "material: cotton"
    rows[5]["price"] = "99.00"  # no text reads the price
    goodsmith.table(rows)
    facts = goodsmith.json("run", "products.csv", "--locale", "en-US", "--only-changed")
    assert facts["made"] == 1


def test_two_rows_with_one_key_are_two_rows(goodsmith: Terminal) -> None:
    rows = products(3)
    rows[2]["sku"] = rows[0]["sku"]
    goodsmith.table(rows)
    goodsmith("run", "products.csv", "--locale", "en-US", "-o", "out.jsonl")
    made = [json.loads(line) for line in (goodsmith.folder / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert "100 x 140" in json.dumps(made[0])
    assert "102 x 140" in json.dumps(made[2])


@pytest.mark.parametrize(
    ("command", "near"),
    [
        (("-r", "lsting"), "listing"),
        (("--where", 'brnd == "X"'), "brand"),
        (("--map", "name=nam"), "name"),
        (("--locale", "zh-CM"), "zh-CN"),
        (("--per", "categry", "--sample", "2"), "category"),
        (("-m", "opnai/x"), "openai"),
    ],
)
def test_a_typo_is_answered_with_the_near_names(goodsmith: Terminal, command: tuple[str, ...], near: str) -> None:
    goodsmith.table(products(3))
    done = goodsmith("run", "products.csv", *command, exit_code=2)
    assert near in done.stderr
    assert "Traceback" not in done.stderr


def test_errors_are_said_in_the_users_language(goodsmith: Terminal) -> None:
    goodsmith.environment["GOODSMITH_LANGUAGE"] = "zh"
    done = goodsmith("run", "nothing.xlsx", exit_code=2)
    assert done.stderr.startswith("错误:")


def test_help_lists_every_command(goodsmith: Terminal) -> None:
    done = goodsmith("--help")
    for command in ("inspect", "run", "status", "resume", "pause", "cancel", "retry", "export", "runs", "recipe"):
        assert command in done.stdout
