"""Small imports, as the catalog writes them: text columns and `_gs_row`."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from goodsmith.records import ColumnMapping


@pytest.fixture
def catalog(tmp_path):
    """Write an import from columns of texts."""

    def written(row_group_size=500, **columns):
        rows = len(next(iter(columns.values())))
        arrays = {name: pa.array(texts, pa.string()) for name, texts in columns.items()}
        path = tmp_path / "import.parquet"
        pq.write_table(
            pa.table({**arrays, "_gs_row": pa.array(range(rows), pa.int64())}), path, row_group_size=row_group_size
        )
        return path

    return written


@pytest.fixture
def by_sku():
    return ColumnMapping(key="sku", fields={"name": "title"})
