"""The process that reads a workbook: an order on stdin, JSON lines on stdout. `python -m goodsmith.catalog.importer`"""

from __future__ import annotations

import gc
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from goodsmith.base.spare_pandas import spare_pandas
from goodsmith.catalog.child import told
from goodsmith.catalog.first_look import look_at
from goodsmith.catalog.importing import convert, disk_error, stored
from goodsmith.catalog.opening import ReadOptions, open_table
from goodsmith.errors import GoodsmithError, InputFileError

PROGRESS_S = 0.5
GARBAGE_THRESHOLD = 100_000  # a scan makes tuples by the million and no cycles: Python looks for them every 700 objects


def main() -> int:
    spare_pandas()
    gc.set_threshold(GARBAGE_THRESHOLD)
    order = json.loads(sys.stdin.buffer.read())
    limited = limit_memory(order["memory_limit_bytes"])
    source = Path(order["source"])
    try:
        made = _look(source, order) if "rows" in order else _convert(source, order)
    except GoodsmithError as error:
        _say({"error": told(error)})
    except MemoryError:
        _say({"error": told(_too_large(source, order["memory_limit_bytes"] if limited else 0))})
    except OSError as error:
        _say({"error": told(disk_error(Path(order.get("target", order["source"])).parent, error))})
    else:
        _say({"made": made})
        return 0
    return 1


def _convert(source: Path, order: dict[str, Any]) -> Any:
    reader = open_table(source, ReadOptions(**order["options"]))
    return stored(convert(reader, Path(order["target"]), sha256=order["sha256"], progress=_progress()))


def _look(source: Path, order: dict[str, Any]) -> Any:
    return asdict(look_at(open_table(source, ReadOptions(**order["options"]), most_rows=order["rows"]), order["rows"]))


def limit_memory(limit_bytes: int) -> bool:
    """Bound the address space of this process. False where the system has no such limit."""
    try:
        import resource  # noqa: PLC0415  # not on Windows
    except ImportError:
        return False
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = limit_bytes if hard == resource.RLIM_INFINITY else min(limit_bytes, hard)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    except (ValueError, OSError):
        return False
    return True


def _progress() -> Any:
    last = time.monotonic()

    def progress(rows: int) -> None:
        nonlocal last
        if time.monotonic() - last >= PROGRESS_S:
            last = time.monotonic()
            _say({"read": rows})

    return progress


def _say(message: dict[str, Any]) -> None:
    print(json.dumps(message, ensure_ascii=True), flush=True)


def _too_large(source: Path, limit_bytes: int) -> InputFileError:
    limit = f"{limit_bytes / 1e6:,.0f} MB" if limit_bytes else "what this machine has"
    return InputFileError(
        f"reading it needs more memory than {limit} (import_memory_bytes). Raise the limit, split the workbook, or "
        "save the sheet as CSV",
        file=source.name,
        zh=f"读取所需内存超过 {limit}(import_memory_bytes)。请提高限制、拆分工作簿,或另存为 CSV",
    )


if __name__ == "__main__":
    sys.exit(main())
