"""A folder of difficult files that is not part of the project: GOODSMITH_DIFFICULT_FILES names it.

Its `expected.json` says of each file what a reader should understand; files without a line only have to be read or
refused with a reason in both languages.
"""

import json
import os
from pathlib import Path

import pytest

from goodsmith.catalog import import_table
from goodsmith.errors import InputFileError

FOLDER = os.environ.get("GOODSMITH_DIFFICULT_FILES", "")
FILES = sorted(path for path in Path(FOLDER).iterdir() if path.suffix != ".json") if FOLDER else []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_difficult_file_is_understood_or_refused_with_a_reason(path, tmp_path):
    expected = json.loads((path.parent / "expected.json").read_text("utf-8")).get(path.name, {})
    rows = expected.get("data_rows", expected.get("products", expected.get("data_rows_about")))
    made = refused = None
    try:
        made = import_table(path, tmp_path, transpose="products" in expected)
    except InputFileError as error:
        refused = error
    if made is None:
        assert (bool(refused.zh), rows or 0) == (True, 0)
        return
    assert made.rows == rows
    if "columns" in expected:
        assert [column.name for column in made.info.columns] == expected["columns"]
