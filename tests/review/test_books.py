"""A review book goes out, is edited in a spreadsheet program, and comes back."""

import shutil
import subprocess

import openpyxl
import pytest

from door import products, write_recipe
from goodsmith.errors import UsageError
from goodsmith.runner import read_review_book, write_review_book

RECIPE = """
recipe: shop
locales: [en-US]
fields:
  name: {required: true}
steps:
  - ask:
      instruction: Write.
      input: "{{ name }}"
      output:
        title: {max: 80}
        points: {type: list, items: 2, each_max: 80}
        weight: {type: integer, required: false}
    stencil:
      title: "{{ name }}"
      points: ["Washes at 40 degrees", "Made to last for years"]
"""


class Book:
    """A review book as openpyxl sees it, and its way back."""

    def __init__(self, shop, run, name="book.xlsx", language="en"):
        self.shop, self.run, self.path = shop, run, shop.folder / name
        write_review_book(run, self.path, queue="all", language=language)
        self.workbook = openpyxl.load_workbook(self.path)
        self.sheet = self.workbook.worksheets[0]

    def headings(self):
        return [cell.value for cell in self.sheet[1]]

    def set(self, row, **cells):
        for name, value in cells.items():
            self.sheet.cell(row, self.headings().index(name) + 1).value = value

    def get(self, row, name):
        return self.sheet.cell(row, self.headings().index(name) + 1).value

    def back(self, *, by="Ann", path=None, **more):
        if path is None:
            self.workbook.save(self.path)
        return read_review_book(self.run, path or self.path, by=by, **more)


@pytest.fixture
def run(shop):
    """A finished run over six products."""
    return shop.run(products(6), recipe=RECIPE, key="sku")


@pytest.fixture
def book(shop, run):
    return Book(shop, run)


def refused(report):
    return [(one.row, one.why.code) for one in report.reading.refused]


def test_a_book_shows_source_and_text_and_offers_decisions(book):
    assert book.headings() == [
        "Key", "Language", "name", "Findings", "title (made)", "title", "points (made)", "points", "weight (made)",
        "weight", "Decision", "Reason", "Made by", "_goodsmith",
    ]  # fmt: skip
    assert book.get(2, "Key") == "00000"
    assert book.get(2, "points") == "Washes at 40 degrees\nMade to last for years"
    (validation,) = book.sheet.data_validations.dataValidation
    assert validation.formula1 == '"accept,edit,reject,reopen"'


def test_edits_rejections_and_approvals_come_back_and_reach_the_export(shop, run, book):
    book.set(2, title="Tablecloth of linen", points="Washable\nWoven in Portugal", weight="350")
    book.set(3, Decision="reject", Reason="wrong photo")
    book.set(4, Decision="accept")
    assert book.back().taken == 3
    edited, rejected, accepted, untouched, *_ = shop.lines(run)
    assert (edited["title"], edited["points"]) == ("Tablecloth of linen", ["Washable", "Woven in Portugal"])
    assert (edited["weight"], edited["status"]) == (350, "approved")
    assert "template, edited" in str(edited["maker"])
    assert (rejected["title"], rejected["status"]) == (None, "rejected")
    assert "rejected by Ann: wrong photo" in str(rejected["findings"])
    assert (accepted["status"], untouched["status"]) == ("approved", "done")


def test_the_same_book_twice_changes_nothing_the_second_time(book):
    book.set(2, title="Mine")
    book.set(3, Decision="reject", Reason="2")
    assert book.back().taken == 2
    again = book.back()
    assert (again.taken, again.reading.unchanged, refused(again)) == (0, 6, [])


def test_sorting_deleting_and_adding_columns_does_no_harm(shop, run, book):
    book.set(5, title="Edited and moved")
    lines = list(book.sheet.iter_rows(min_row=2, values_only=True))
    book.sheet.delete_rows(2, len(lines))
    book.sheet.insert_cols(2)
    book.sheet.cell(1, 2).value = "my notes"
    for number, line in enumerate(reversed(lines[2:]), 2):
        for column, value in enumerate([line[0], "looks fine", *line[1:]], 1):
            book.sheet.cell(number, column).value = value
    assert book.back().taken == 1
    assert shop.lines(run)[3]["title"] == "Edited and moved"


def test_edits_of_two_people_in_different_texts_of_a_row_both_stand(shop, run):
    ann, ben = Book(shop, run, "ann.xlsx"), Book(shop, run, "ben.xlsx")
    ann.set(2, title="Ann's title")
    ben.set(2, points="Ben's\npoints")
    ann.back()
    assert ben.back(by="Ben").taken == 1
    row = shop.lines(run)[0]
    assert (row["title"], row["points"]) == ("Ann's title", ["Ben's", "points"])


def test_a_conflict_keeps_the_first_word_and_names_who_said_it(shop, run):
    ann, ben = Book(shop, run, "ann.xlsx"), Book(shop, run, "ben.xlsx")
    ann.set(2, title="Ann's words")
    ben.set(2, title="Ben's words")
    ben.set(3, Decision="reject")
    ann.back()
    report = ben.back(by="Ben")
    assert (refused(report), report.taken) == ([(2, "conflict")], 1)
    assert "Ann has decided otherwise" in report.reading.refused[0].why.en
    assert shop.lines(run)[0]["title"] == "Ann's words"


def test_what_cannot_be_read_is_refused_with_its_row_and_the_rest_is_taken(book):
    book.set(2, weight="heavy")
    book.set(3, Decision="perhaps")
    book.set(4, _goodsmith="something else")
    book.set(5, title="Fine")
    report = book.back()
    assert refused(report) == [(2, "unreadable"), (3, "unreadable"), (4, "wrong_mark")]
    assert report.taken == 1


def test_a_row_that_stands_twice_is_taken_once(book):
    for column, cell in enumerate([cell.value for cell in book.sheet[2]], 1):
        book.sheet.cell(9, column).value = cell
    book.set(9, title="A copy that was edited")
    assert refused(book.back()) == [(9, "twice")]


def test_a_dry_run_takes_nothing(shop, run, book):
    book.set(2, title="Mine")
    report = book.back(dry_run=True)
    assert (report.taken, len(report.reading.decisions)) == (0, 1)
    assert shop.lines(run)[0]["status"] == "done"


def test_a_book_in_chinese_takes_chinese_words(shop, run):
    book = Book(shop, run, language="zh")
    assert {"主键", "决定", "原因", "title (原文)"} <= set(book.headings())
    book.set(2, 决定="拒绝", 原因="图片不符")
    assert book.back().taken == 1
    assert shop.lines(run)[0]["status"] == "rejected"


def test_an_edit_stays_in_later_runs_and_is_withheld_when_its_source_changes(shop, book):
    book.set(2, title="A person's words")
    book.back()
    assert shop.lines(shop.run(products(6), recipe=RECIPE, key="sku"))[0]["title"] == "A person's words"
    rows = products(6)
    rows[0]["name"] = "Cotton tablecloth 0"
    changed = shop.lines(shop.run(rows, recipe=RECIPE, key="sku"))[0]
    assert (changed["title"], changed["status"]) == (None, "contradicted")
    assert "the source has changed since" in str(changed["findings"])


def test_only_rows_of_the_queue_are_in_the_book(shop, run):
    path = shop.folder / "risky.xlsx"
    assert write_review_book(run, path) == 0  # nothing was found
    assert write_review_book(run, path, queue="all", limit=4) == 4


def test_the_commands_carry_a_book_there_and_back(goodsmith):
    goodsmith.table(products(3))
    write_recipe(goodsmith.folder, RECIPE, "shop.yaml")
    goodsmith("run", "products.csv", "-r", "shop.yaml", "--key", "sku")
    goodsmith("review", "export", "--queue", "all", "-o", "book.xlsx")
    workbook = openpyxl.load_workbook(goodsmith.folder / "book.xlsx")
    workbook.worksheets[0].cell(2, 6).value = "Mine"
    workbook.save(goodsmith.folder / "book.xlsx")
    assert goodsmith.json("review", "import", "book.xlsx", "--by", "Ann")["taken"] == 1
    workbook.worksheets[0].cell(3, 11).value = "perhaps"
    workbook.save(goodsmith.folder / "book.xlsx")
    said = goodsmith("review", "import", "book.xlsx", exit_code=1)
    assert "row 3 (00001): the decision 'perhaps' is not known" in said.stderr


def test_a_workbook_that_is_no_book_is_refused(shop, run):
    workbook = openpyxl.Workbook()
    workbook.active.append(["sku", "title"])
    workbook.active.append(["00000", "mine"])
    workbook.save(shop.folder / "other.xlsx")
    with pytest.raises(UsageError, match="no review book"):
        read_review_book(run, shop.folder / "other.xlsx", by="Ann")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_book_survives_being_saved_by_libreoffice(book):
    book.set(2, title="Edited before")
    book.set(3, Decision="accept")
    book.workbook.save(book.path)
    folder = book.path.parent
    profile, saved = f"-env:UserInstallation=file://{folder}/office", folder / "saved"
    command = ["soffice", "--headless", profile, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(saved)]
    subprocess.run([*command, str(book.path)], check=True, capture_output=True, timeout=120)
    report = book.back(path=saved / "book.xlsx")
    assert (report.taken, report.reading.unchanged) == (2, 4)
