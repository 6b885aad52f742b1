"""Several models on one run, from the command line to the exported sheet."""

import pytest

from door import MARKED, Terminal, products, write_recipe

pytestmark = pytest.mark.servers

ORDER = MARKED + "models: [rehearsal/refusing, rehearsal/instant@anthropic]\n"


def test_a_recipes_order_is_asked_where_the_run_names_no_model_and_each_row_says_who_was_tried(
    goodsmith: Terminal,
) -> None:
    goodsmith.table(products(6))
    write_recipe(goodsmith.folder, ORDER)
    planned = goodsmith.json("run", "products.csv", "-r", "marked.yaml", "--dry-run")
    assert planned["model"] == "rehearsal/refusing,rehearsal/instant@anthropic"
    goodsmith("run", "products.csv", "-r", "marked.yaml")
    goodsmith("export", "--trace", "-o", "out.jsonl")
    rows = goodsmith.lines()
    assert {row["maker"] for row in rows} == {"rehearsal/instant@anthropic"}
    assert {row["route"] for row in rows} == {
        "ask en-US: rehearsal/refusing content_refused → rehearsal/instant@anthropic ok"
    }


def test_a_model_of_the_run_goes_before_the_recipes_order(goodsmith: Terminal) -> None:
    goodsmith.table(products(2))
    write_recipe(goodsmith.folder, ORDER)
    goodsmith("run", "products.csv", "-r", "marked.yaml", "-m", "rehearsal/instant@gemini", "-o", "out.jsonl")
    assert {row["maker"] for row in goodsmith.lines()} == {"rehearsal/instant@gemini"}


def test_an_old_name_is_told_before_anything_is_asked(goodsmith: Terminal) -> None:
    goodsmith.table(products(1))
    said = goodsmith("run", "products.csv", "-m", "PaLM 2", "--dry-run", exit_code=2).stderr
    assert "PaLM 2 is an old name: gemini/gemini-2.5-flash-lite is asked" in said
    assert "GEMINI_API_KEY" in said


def test_a_row_that_every_model_refuses_can_be_written_by_a_person(goodsmith: Terminal) -> None:
    goodsmith.table(products(2))
    write_recipe(goodsmith.folder)
    goodsmith(
        "run", "products.csv", "-r", "marked.yaml", "-m", "rehearsal/refusing,rehearsal/refusing@zhipu", exit_code=1
    )
    goodsmith("review", "export", "--queue", "failed", "-o", "book.xlsx")
    import openpyxl

    book = openpyxl.load_workbook(goodsmith.folder / "book.xlsx")
    cells = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None]
    assert any("content_refused" in cell or "refuses the content" in cell for cell in cells)
