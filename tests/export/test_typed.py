"""jsonl and parquet: values keep their types, names do not follow the language."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from goodsmith.export import ExportSlot, export_rows
from goodsmith.records import OutputSpec

SLOTS = (
    ExportSlot(spec=OutputSpec(slot="title"), locales=("zh-CN", "en-US")),
    ExportSlot(spec=OutputSpec(slot="points", type="list", max_items=5)),
    ExportSlot(spec=OutputSpec(slot="weight", type="number")),
    ExportSlot(spec=OutputSpec(slot="stock", type="integer")),
    ExportSlot(spec=OutputSpec(slot="fragile", type="boolean")),
)
FINDING = {
    "rule": "length",
    "severity": "warning",
    "slot": "title",
    "locale": "en-US",
    "en": "long",
    "zh": "长",
    "start": 0,
    "end": 3,
}
MADE = [
    {"title@zh-CN": "杯", "title@en-US": "Cup", "points": ["a", "b"], "weight": 0.5, "stock": 3, "fragile": False,
     "status": "review", "findings": json.dumps([FINDING])},
    {"title@zh-CN": "half", "points": ["x"], "stock": 1, "status": "failed", "error_code": "timed_out",
     "error": "no answer", "maker": None},
]  # fmt: skip


@pytest.fixture
def write(shop):
    def written(name, **settings):
        plan = shop.plan(shop.info("a.csv", ["sku", "title"]), slots=SLOTS, language="zh", **settings)
        report = export_rows(plan, shop.rows(plan, [["007", "x"], ["1E5", None]], MADE), shop.folder / name)
        return shop.folder / name, report

    return written


def test_jsonl_keeps_types_lists_and_findings(write):
    first, second = (json.loads(line) for line in write("o.jsonl")[0].read_text().splitlines())
    assert first == {
        "sku": "007", "title": "x", "points": ["a", "b"], "weight": 0.5, "stock": 3, "fragile": False,
        "title (zh-CN)": "杯", "title (en-US)": "Cup",
        "status": "review", "findings": [FINDING], "maker": "template", "error": None,
    }  # fmt: skip
    assert (second["sku"], second["title"], second["status"], second["error"]) == ("1E5", None, "failed", "no answer")
    assert [second[name] for name in ("title (zh-CN)", "points", "weight", "stock", "fragile", "maker")] == [None] * 6


def test_parquet_keeps_types_lists_and_findings(write):
    table = pq.read_table(write("o.parquet")[0])
    assert [table.schema.field(name).type for name in ("sku", "points", "weight", "stock", "fragile")] == [
        pa.string(), pa.list_(pa.string()), pa.float64(), pa.int64(), pa.bool_(),
    ]  # fmt: skip
    first, second = table.to_pylist()
    assert first["findings"] == [FINDING]
    assert (second["stock"], second["points"], second["title (zh-CN)"], second["findings"]) == (None, None, None, [])
    assert table.schema.metadata[b"goodsmith.run"] == b"run-1"


def test_trace_adds_the_counts_as_whole_numbers(write):
    table = pq.read_table(write("o.parquet", trace=True)[0])
    assert table.schema.field("cost_nanos").type == pa.int64()
    assert table["error_code"].to_pylist() == [None, "timed_out"]


def test_a_parquet_without_rows_has_its_columns(shop):
    plan = shop.plan(shop.info("a.csv", ["sku"]))
    assert export_rows(plan, [], shop.folder / "o.parquet").rows == 0
    assert pq.read_table(shop.folder / "o.parquet").column_names == [
        "sku",
        "title",
        "status",
        "findings",
        "maker",
        "error",
    ]
