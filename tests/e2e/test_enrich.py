"""`goodsmith.enrich`: a data frame in, the same kind with the made columns on the right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import goodsmith
from door import mark, products, write_recipe
from goodsmith.models.rehearsal import RehearsalServer

pytestmark = pytest.mark.servers

KINDS = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "arrow": pa.Table.from_pylist}


@pytest.fixture(params=KINDS)
def frame(request: pytest.FixtureRequest) -> Any:
    return KINDS[request.param](products(12))


@pytest.fixture
def enrich(tmp_path: Path, vendor: RehearsalServer) -> Any:
    def made(frame: Any, **request: Any) -> Any:
        asked = {"recipe": str(write_recipe(tmp_path)), "model": "rehearsal/instant", "base_url": vendor.base_url}
        return goodsmith.enrich(frame, home=tmp_path / ".goodsmith", **asked | request)

    return made


def rows_of(frame: Any) -> list[dict[str, Any]]:
    if isinstance(frame, pa.Table):
        return frame.to_pylist()
    return frame.to_dicts() if isinstance(frame, pl.DataFrame) else frame.to_dict("records")


def test_the_same_kind_comes_back_with_every_answer_on_its_own_row(enrich: Any, frame: Any) -> None:
    made = enrich(frame)
    assert type(made) is type(frame)
    rows = rows_of(made)
    assert [row["mark"] for row in rows] == [mark(number) for number in range(12)]
    assert all(row["row_id"] == row["mark"] and row["status"] == "done" for row in rows)
    assert list(rows[0])[: len(products(1)[0])] == list(products(1)[0])
    assert all(isinstance(row["title"], str) and len(row["points"]) == 2 for row in rows)


def test_the_frame_that_was_given_is_left_as_it_was(enrich: Any, frame: Any) -> None:
    before = rows_of(frame)
    enrich(frame)
    assert rows_of(frame) == before


def test_a_pandas_index_is_kept(enrich: Any) -> None:
    frame = pd.DataFrame(products(5), index=pd.Index(["e", "d", "c", "b", "a"], name="place"))
    made = enrich(frame)
    assert made.index.equals(frame.index)
    assert list(made.loc["d", ["mark", "row_id"]]) == [mark(1), mark(1)]


def test_rows_that_were_not_chosen_or_failed_are_null(enrich: Any, frame: Any, vendor: RehearsalServer) -> None:
    vendor.ctl(refused_input_share=0.5)
    rows = rows_of(enrich(frame, where="price < 16"))
    assert all(pd.isna(row["status"]) and pd.isna(row["title"]) for row in rows[6:])
    lost = [row for row in rows[:6] if row["status"] == "failed"]
    assert lost
    assert all(pd.isna(row["title"]) and row["error"] for row in lost)


def test_a_column_that_is_there_already_keeps_its_name_and_its_values(enrich: Any, frame: Any) -> None:
    names = [{**row, "title": "mine", "status": "old"} for row in products(3)]
    kind = {pd.DataFrame: "pandas", pl.DataFrame: "polars"}.get(type(frame), "arrow")
    made = rows_of(enrich(KINDS[kind](names)))
    assert {(row["title"], row["status"]) for row in made} == {("mine", "old")}
    assert all(row["title (goodsmith)"] and row["status (goodsmith)"] == "done" for row in made)
    again = rows_of(enrich(KINDS[kind](made)))[0]
    assert again["title (goodsmith 2)"] == again["title (goodsmith)"]


def test_several_locales_are_several_columns(enrich: Any, frame: Any) -> None:
    row = rows_of(enrich(frame, locales="zh-CN,en-US"))[0]
    assert row["title (en-US)"].isascii()
    assert not row["title (zh-CN)"].isascii()


def test_numbers_and_dates_and_missing_cells_of_a_frame_are_texts_for_the_model_and_stay_as_they_are(
    enrich: Any,
) -> None:
    frame = pd.DataFrame({"name": ["Mug", "Cup"], "mark": [mark(0), mark(1)], "price": [9.5, None], "n": [1, 2]})
    made = enrich(frame, where="price == blank")
    assert list(made["status"].isna()) == [True, False]
    assert made["price"].dtype == float
    assert made["n"].dtype == frame["n"].dtype


def test_an_empty_frame_comes_back_with_the_columns_and_no_rows(enrich: Any) -> None:
    made = enrich(pd.DataFrame(products(1)).iloc[:0])
    assert len(made) == 0
    assert {"row_id", "title", "status"} <= set(made.columns)


def test_a_budget_that_ends_leaves_the_rest_null(enrich: Any) -> None:
    made = enrich(pd.DataFrame(products(30)), price="in=100,out=400,currency=USD", budget="2USD")
    assert 0 < made["title"].isna().sum() < 30


def test_what_is_no_frame_is_refused(enrich: Any) -> None:
    with pytest.raises(TypeError, match="data frame"):
        enrich(42)


def test_a_word_that_no_request_knows_is_refused_with_the_near_one(enrich: Any) -> None:
    with pytest.raises((TypeError, goodsmith.GoodsmithError), match="locale"):
        enrich(pd.DataFrame(products(1)), locale="en-US")
