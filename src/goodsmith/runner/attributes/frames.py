"""A data frame in, the same kind of data frame with its attributes completed out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from goodsmith.attributes.completing.saying import JOIN, say_cell
from goodsmith.runner.attributes.completing import Completion
from goodsmith.runner.attributes.table import AttributeRequest
from goodsmith.runner.frames import attach
from goodsmith.settings import Settings, load_settings


def complete(
    frame: Any,
    *,
    schema: Any = None,
    settings: Settings | None = None,
    home: Path | None = None,
    **request: Any,
) -> Any:
    """Complete the attributes of a pandas, polars or Arrow table from what it says itself. No model is asked.

    schema: the name of a schema, a file, or a `CategorySchema`; None: drafted from the frame's filled cells. request:
    the other fields of `AttributeRequest`, such as category, supplier, threshold, language. The answer has the frame's
    rows and columns, then for each attribute `ID`, `ID.status`, `ID.confidence` (0 to 1) and `ID.evidence`. A value
    without evidence is null, never a guess. Raises UsageError for what must be changed first.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy

    settings = settings or load_settings()
    asked = AttributeRequest(source=frame, schema=schema, **request)
    completion = Completion(asked, settings=settings, home=home)
    language = completion.table.language
    found: dict[int, Any] = {}
    for batch, done, _ in completion.completed():
        found |= dict(zip(batch.column("_gs_row").to_pylist(), done, strict=True))
    columns: dict[str, list[Any]] = {}
    for name in completion.attributes:
        cells = [found[row].cells.get(name) if row in found else None for row in range(len(frame))]
        columns[name] = [JOIN.join(cell.values) if cell and cell.values else None for cell in cells]
        columns[f"{name}.status"] = [cell.status.value if cell else None for cell in cells]
        columns[f"{name}.confidence"] = [cell.confidence if cell and cell.values else None for cell in cells]
        columns[f"{name}.evidence"] = [say_cell(cell, language) if cell else None for cell in cells]
    arrays = {
        name: pa.array(values, pa.float64() if name.endswith(".confidence") else pa.string())
        for name, values in columns.items()
    }
    return attach(frame, pa.table(arrays))
