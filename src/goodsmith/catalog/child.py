"""A process of its own for files that are hostile until read: an order goes in, its answer or its error comes back."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import goodsmith.errors
from goodsmith.errors import GoodsmithError, InputFileError


class ChildFailed(Exception):
    """The child gave no answer. error: what to raise; pid: of the child, by which what it left behind is found."""

    def __init__(self, error: GoodsmithError, pid: int) -> None:
        super().__init__(str(error))
        self.error, self.pid = error, pid


def ask_child(
    order: Mapping[str, Any],
    path: Path,
    *,
    memory_limit_bytes: int,
    progress: Callable[[int], None] | None = None,
) -> Any:
    """The answer of `goodsmith.catalog.importer` to an order about the file at `path`. Raises ChildFailed."""
    command = [sys.executable, "-P", "-m", "goodsmith.catalog.importer"]
    last: dict[str, Any] = {}
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(  # noqa: S603  # our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, env=_environment()
        ) as child,
    ):
        try:
            assert child.stdin
            assert child.stdout
            with contextlib.suppress(BrokenPipeError):  # it died at once; its exit says why
                child.stdin.write(json.dumps({**order, "memory_limit_bytes": memory_limit_bytes}).encode())
                child.stdin.close()
            for line in child.stdout:
                last = json.loads(line)
                if progress is not None and "read" in last:
                    progress(last["read"])
            child.wait()
        except BaseException:
            child.kill()
            raise
        complaints.seek(0)
        complaint = complaints.read().decode("utf-8", "replace")
    if "made" in last:
        return last["made"]
    error = revived(last["error"]) if "error" in last else died(path, child.returncode, complaint, memory_limit_bytes)
    raise ChildFailed(error, child.pid)


def _environment() -> dict[str, str]:
    """One thread and the plain allocator: the others reserve address space that the limit would count."""
    home = str(Path(goodsmith.errors.__file__).parents[1])
    search = os.pathsep.join(part for part in (home, os.environ.get("PYTHONPATH", "")) if part)
    return os.environ | {
        "PYTHONPATH": search,
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "MALLOC_ARENA_MAX": "2",
        "OMP_NUM_THREADS": "1",
    }


def told(error: GoodsmithError) -> dict[str, Any]:
    """An error as JSON."""
    return {"type": type(error).__name__, "args": [str(arg) for arg in error.args], "state": dict(vars(error))}


def revived(error: Mapping[str, Any]) -> GoodsmithError:
    kind = getattr(goodsmith.errors, error["type"])
    made: GoodsmithError = kind.__new__(kind)
    made.args = tuple(error["args"])
    vars(made).update(error["state"])
    return made


def died(path: Path, code: int, complaint: str, memory_limit_bytes: int) -> InputFileError:
    limit = f"{memory_limit_bytes / 1e6:,.0f} MB"
    if code in {-9, 137} or "memory" in complaint.lower() or "failed to map" in complaint:
        return InputFileError(
            f"reading it needs more memory than the {limit} that are allowed (import_memory_bytes), or the system "
            "stopped it. Raise the limit, split the workbook, or save the sheet as CSV",
            file=path.name,
            zh=f"读取所需内存超过允许的 {limit}(import_memory_bytes),或被系统终止。请提高限制、拆分工作簿,或另存为 CSV",
        )
    detail = complaint.strip().splitlines()[-1] if complaint.strip() else f"exit {code}"
    return InputFileError(
        f"the process that reads it broke off ({detail}). Open it in Excel or WPS, save it again, and retry",
        file=path.name,
        zh=f"读取进程中断({detail})。请用 Excel 或 WPS 打开并重新保存后再试",
    )
