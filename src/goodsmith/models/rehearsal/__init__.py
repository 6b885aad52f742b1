"""A vendor for rehearsals, as a process of its own on this machine: deterministic, and faulty on demand.

For trying a run before money is spent, and for our own tests. `docs/reference/rehearsal.md` describes it.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from goodsmith.errors import StoreError
from goodsmith.models.rehearsal.profiles import PROFILES, Profile, profile
from goodsmith.models.rehearsal.vendor import Vendor

__all__ = ["PROFILES", "Profile", "RehearsalServer", "lend_rehearsal", "profile", "rehearsal_server", "start_rehearsal"]

START_S: Final = 30.0


@dataclass(slots=True, kw_only=True)
class RehearsalServer:
    """A running vendor. base_url: what a model's route needs."""

    base_url: str
    _process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self._process.pid

    def stats(self) -> dict[str, Any]:
        """Counters since the start or the last reset."""
        found: dict[str, Any] = self._get("/stats")
        return found

    def rows(self) -> dict[str, tuple[int, int]]:
        """Per row marker `ROWID-n` of a prompt: how often it was asked, and how often answered."""
        return {row: (asked, answered) for row, (asked, answered) in self._get("/rows").items()}

    def ctl(self, *, reset: bool = False, restore: bool = False, **changes: Any) -> dict[str, Any]:
        """Change fields of all profiles, and the seed; reset: count anew; restore: the profiles as shipped."""
        body = msgspec.json.encode({"reset": reset, "restore": restore, **changes})
        found: dict[str, Any] = self._get("/ctl", body)
        return found

    def stop(self) -> None:
        """End the process; no error if it has ended."""
        process = self._process
        if process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def _get(self, path: str, body: bytes | None = None) -> Any:
        url = self.base_url.removesuffix("/v1") + path
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy
        request = urllib.request.Request(url, data=body)  # noqa: S310 (loopback)
        with opener.open(request, timeout=30) as answer:
            return msgspec.json.decode(answer.read())


@contextmanager
def rehearsal_server(
    profile: str = "smooth", *, seed: int = 0, port: int = 0, **changes: Any
) -> Iterator[RehearsalServer]:
    """A vendor for the length of a `with`. It ends with this process, however that ends.

    profile: for models without a profile's name. changes: fields of `Profile`, for all profiles.
    """
    server = start_rehearsal(profile, seed=seed, port=port, changes=changes)
    try:
        yield server
    finally:
        server.stop()


def start_rehearsal(
    profile: str = "smooth", *, seed: int = 0, port: int = 0, changes: Mapping[str, Any] | None = None
) -> RehearsalServer:
    """Start a vendor and wait until it listens. The caller stops it."""
    Vendor(profile, seed=seed, changes=changes)  # raises for an unknown profile or field, before a process is started
    command = [sys.executable, "-P", "-m", "goodsmith.models.rehearsal", "--with-parent"]
    command += ["--profile", profile, "--seed", str(seed), "--port", str(port)]
    for name, value in (changes or {}).items():
        written = ",".join(value) if isinstance(value, tuple | list) else str(value)
        command += ["--set", f"{name}={written}"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 (our own module)
    server = RehearsalServer(base_url=_first_line(process), _process=process)
    if not server.base_url:
        server.stop()
        raise StoreError("the rehearsal vendor did not start; its last words are above", zh="排练供应商未能启动")
    return server


def lend_rehearsal() -> tuple[str, _Loan]:
    """The address of the one vendor that this process shares: started at need, stopped with the last loan."""
    with _lock:
        if _shared.server is None or _shared.server._process.poll() is not None:  # noqa: SLF001 (our own)
            _shared.server = start_rehearsal()
            _shared.loans = 0
        _shared.loans += 1
        return _shared.server.base_url, _Loan(_shared.server)


class _Loan:
    def __init__(self, server: RehearsalServer) -> None:
        self._server: RehearsalServer | None = server

    async def give_back(self) -> None:
        with _lock:
            server, self._server = self._server, None
            if server is None or server is not _shared.server:
                return
            _shared.loans -= 1
            if _shared.loans > 0:
                return
            _shared.server = None
        await asyncio.to_thread(server.stop)


class _Shared:
    server: RehearsalServer | None = None
    loans: int = 0


_shared: Final = _Shared()
_lock: Final = threading.Lock()


def _first_line(process: subprocess.Popen[bytes]) -> str:
    """What it prints first: its address; "" if it ends or takes too long."""
    said: list[bytes] = []
    stdout = process.stdout
    assert stdout is not None
    reader = threading.Thread(target=lambda: said.append(stdout.readline()), daemon=True)
    reader.start()
    reader.join(START_S)
    return said[0].decode().strip() if said else ""
