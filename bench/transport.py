"""What a call costs on its way: the wire and the chat adapter, measured against the limit on one loopback vendor.

    .venv/bin/python bench/transport.py [--transports pyreqwest,aiohttp] [--seconds 8]

aiohttp is a peer: it is measured where it is installed (`pip install aiohttp`), and skipped with a message where not.
CPU is of the client process after a warm-up, user and system, all threads.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import importlib.util
import json
import math
import resource
import ssl
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from goodsmith.base.wire import Response, Wire, WireOptions, open_wire
from goodsmith.models.routes import resolve_model
from goodsmith.models.vendor_model import VendorModel
from goodsmith.records import ModelRequest

SYSTEM = "You write product copy in English (United States). Use only the facts given. " * 8
ROW = "ROWID-{:08d} Name: mug\nBrand: Hearth\n" + "Attributes: glazed, 350 ml, dishwasher safe. " * 14
SCHEMA = {"type": "object", "properties": {name: {"type": "string"} for name in ("row_id", "title", "description")}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    name: str
    in_flight: int
    latency_ms: float
    sigma: float = 0.0
    tls: bool = False

    @property
    def limit(self) -> float:
        """Calls a second that the latency allows; infinite without one."""
        mean_s = self.latency_ms / 1000 * math.exp(self.sigma**2 / 2)
        return self.in_flight / mean_s if mean_s else math.inf


CASES = (
    Case(name="256 in flight x 200 ms", in_flight=256, latency_ms=200),
    Case(name="1000 in flight x 1 s", in_flight=1000, latency_ms=1000),
    Case(name="256 in flight, log-normal 200 ms, sigma 0.5", in_flight=256, latency_ms=200, sigma=0.5),
    Case(name="64 in flight, no latency", in_flight=64, latency_ms=0),
    Case(name="256 in flight x 200 ms, TLS", in_flight=256, latency_ms=200, tls=True),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transports", default="pyreqwest,aiohttp")
    parser.add_argument("--seconds", type=float, default=8.0, help="about how long each measurement takes")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--tls-server", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(uvloop.run(_measure(json.loads(options.one)))))
    elif options.tls_server:
        uvloop.run(_serve_tls(Path(options.tls_server)))
    else:
        _compare([name for name in options.transports.split(",") if name], options.seconds)


def _compare(transports: list[str], seconds: float) -> None:
    from loopback import vendor  # noqa: PLC0415 (compiles a program; not for the children)

    for name in transports:
        if importlib.util.find_spec(name) is None:
            print(f"{name} is skipped: pip install {name}", file=sys.stderr)
    transports = [name for name in transports if importlib.util.find_spec(name)]
    print(f"{'case':<44} {'transport':<10} {'calls/s':>8} {'of limit':>8} {'CPU ms/call':>11} {'peak MB':>7}")
    with vendor() as plain, tempfile.TemporaryDirectory() as folder, _tls_vendor(Path(folder)) as tls_url:
        for case in CASES:
            calls = min(40_000, max(2_000, int(min(case.limit, 8_000) * seconds)))
            for transport in transports:
                plain.control(latency=case.latency_ms, sigma=case.sigma, err=0, reset=1)
                task = {
                    "transport": transport,
                    "url": tls_url if case.tls else plain.base_url,
                    "ca_file": str(Path(folder) / "authority.pem") if case.tls else None,
                    "in_flight": case.in_flight,
                    "calls": calls,
                }
                command = [sys.executable, __file__, "--one", json.dumps(task)]
                found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                share = f"{found['calls_per_s'] / case.limit:.1%}" if case.limit < math.inf else "-"
                print(
                    f"{case.name:<44} {transport:<10} {found['calls_per_s']:>8,.0f} {share:>8} "
                    f"{found['cpu_ms']:>11.3f} {found['peak_mb']:>7.0f}",
                    flush=True,
                )


async def _measure(task: dict[str, Any]) -> dict[str, float]:
    options = WireOptions(ca_file=task["ca_file"])
    wire = open_wire(options) if task["transport"] == "pyreqwest" else _AiohttpWire(options)
    model = VendorModel(resolve_model("bench", base_url=task["url"], environment={}), wire)
    numbers = iter(())

    async def ask() -> None:
        for number in numbers:
            request = ModelRequest(system=SYSTEM, user=ROW.format(number), schema=SCHEMA)
            await model.complete(request, timeout_s=60)

    async def run(calls: int) -> None:
        nonlocal numbers
        numbers = iter(range(calls))
        await asyncio.gather(*(ask() for _ in range(task["in_flight"])))

    await run(task["in_flight"] * 2)
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    await run(task["calls"])
    wall_s, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    await wire.close()
    return {
        "calls_per_s": task["calls"] / wall_s,
        "cpu_ms": 1000 * cpu_s / task["calls"],
        "peak_mb": after.ru_maxrss / 1024,
    }


class _AiohttpWire:
    """The peer: aiohttp behind the same protocol, as lean as it can be."""

    def __init__(self, options: WireOptions) -> None:
        import aiohttp  # noqa: PLC0415 (a peer, not a dependency)

        tls = ssl.create_default_context(cafile=options.ca_file)
        connector = aiohttp.TCPConnector(limit=0, ssl=tls, keepalive_timeout=60)
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        self._timeout = aiohttp.ClientTimeout

    async def post(self, url: str, body: bytes, headers: Any, *, timeout_s: float) -> Response:
        timeout = self._timeout(total=timeout_s)
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False, timeout=timeout) as got:
            return Response(got.status, got.headers, await got.read())

    def stream(self, *arguments: Any, **more: Any) -> Any:
        raise NotImplementedError

    async def close(self) -> None:
        await self._session.close()


_: type[Wire] = _AiohttpWire


# ---- a vendor behind TLS ------------------------------------------------------------------------------------------

ANSWER = json.dumps(
    {
        "id": "1",
        "model": "bench",
        "choices": [{"message": {"content": json.dumps({"title": "x" * 450})}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 300, "completion_tokens": 140},
    }
).encode()


class _tls_vendor:  # noqa: N801 (used as a function)
    """A vendor behind TLS with a certificate made for the occasion, 200 ms an answer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> str:
        _make_certificates(self._folder)
        command = [sys.executable, __file__, "--tls-server", str(self._folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        return f"https://localhost:{self._process.stdout.readline().strip()}/v1"

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


async def _serve_tls(folder: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    loop = asyncio.get_running_loop()
    reply = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(ANSWER) + ANSWER

    class Connection(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport, self.left = transport, b""

        def data_received(self, data: bytes) -> None:
            self.left += data
            head, found, body = self.left.partition(b"\r\n\r\n")
            if found and len(body) >= int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0]):
                self.left = b""
                loop.call_later(0.2, self.transport.write, reply)

    server = await loop.create_server(Connection, "127.0.0.1", 0, ssl=context, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def _make_certificates(folder: Path) -> None:
    from cryptography import x509  # noqa: PLC0415 (only here)
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    def certificate(name: str, issuer: Any = None) -> tuple[Any, Any]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = dt.datetime.now(dt.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if issuer is None else issuer[1].subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(key if issuer is None else issuer[0], hashes.SHA256())
        )
        return key, made

    pem = serialization.Encoding.PEM
    authority = certificate("authority")
    (folder / "authority.pem").write_bytes(authority[1].public_bytes(pem))
    key, server = certificate("server", authority)
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(private + server.public_bytes(pem))


if __name__ == "__main__":
    main()
