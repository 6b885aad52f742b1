"""Template workbooks as tests need them: the made-up ones of examples/, and small ones around one question."""

import pytest
import xlsxwriter

from goodsmith.catalog.template_workbooks import read_template


@pytest.fixture
def template(tmp_path):
    """Reads a template of one sheet: `template(rows, rules)`; rules are (first cell, last cell, xlsxwriter options).

    lists: name of another sheet -> its columns. names: defined names.
    """

    def read(rows, rules=(), *, lists=None, names=None, **said):
        path = tmp_path / "template.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("Template")
            for number, row in enumerate(rows):
                for column, text in enumerate(row):
                    if text:
                        sheet.write_string(number, column, text)
            for name, columns in (lists or {}).items():
                other = book.add_worksheet(name)
                for column, values in enumerate(columns):
                    other.write_column(0, column, values)
            for name, formula in (names or {}).items():
                book.define_name(name, formula)
            for first, last, options in rules:
                sheet.data_validation(f"{first}:{last}", options)
        return read_template(path, **said)

    return read
