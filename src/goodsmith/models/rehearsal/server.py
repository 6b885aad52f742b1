"""The rehearsal vendor's HTTP: one asyncio protocol per connection, quick enough not to be what is measured."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import msgspec

from goodsmith.errors import UsageError
from goodsmith.models.rehearsal.profiles import PROFILES
from goodsmith.models.rehearsal.tongues import Tongue, tongue_of
from goodsmith.models.rehearsal.vendor import Reply, Vendor

MAX_BODY_BYTES: Final = 64_000_000
_MAX_HEAD_BYTES: Final = 65_536


async def serve(vendor: Vendor, *, host: str = "127.0.0.1", port: int = 0) -> tuple[asyncio.Server, int]:
    """Start listening; gives the server and its port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(vendor, loop), host, port, backlog=4096)
    return server, server.sockets[0].getsockname()[1]


class _Connection(asyncio.Protocol):
    """Requests of one connection, one after the other."""

    def __init__(self, vendor: Vendor, loop: asyncio.AbstractEventLoop) -> None:
        self._vendor, self._loop = vendor, loop
        self._buffer = bytearray()
        self._transport: asyncio.Transport = None  # type: ignore[assignment]  # set before anything else happens
        self._waiting: asyncio.TimerHandle | None = None
        self._reply: Reply | None = None
        self._keep_alive = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._reply is None:
            self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        self._done()

    def _next(self) -> None:
        """Take the next whole request from the buffer, if there is one."""
        buffer = self._buffer
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(buffer) > _MAX_HEAD_BYTES:
                self._transport.abort()
            return
        head = bytes(buffer[:end]).decode("latin-1")
        lines = head.split("\r\n")
        method, _, rest = lines[0].partition(" ")
        path = rest.partition(" ")[0]
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 12 or "transfer-encoding" in headers:
            self._send_simple(Reply(status=411, body=b'{"error":{"message":"send content-length"}}'), close=True)
            return
        size = int(length)
        if size > MAX_BODY_BYTES:
            self._send_simple(Reply(status=413, body=b'{"error":{"message":"the body is too large"}}'), close=True)
            return
        if len(buffer) < end + 4 + size:
            if headers.get("expect", "").lower() == "100-continue" and len(buffer) == end + 4:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return
        body = bytes(buffer[end + 4 : end + 4 + size])
        del buffer[: end + 4 + size]
        self._keep_alive = headers.get("connection", "").lower() != "close"
        place = unquote(path.partition("?")[0])
        tongue = tongue_of(place) if method == "POST" else None
        if tongue is not None:
            self._answer(place, body, tongue)
        else:
            self._send_simple(_plain(self._vendor, method, path, body), close=not self._keep_alive)
            if self._keep_alive and buffer:
                self._next()

    def _answer(self, path: str, body: bytes, tongue: Tongue) -> None:
        reply = self._reply = self._vendor.take(body, time.monotonic(), path=path, tongue=tongue)
        self._vendor.started()
        if reply.delay_s > 0:
            self._waiting = self._loop.call_later(reply.delay_s, self._send)
        else:
            self._send()

    def _send(self) -> None:
        self._waiting = None
        reply = self._reply
        if reply is None or self._transport.is_closing():
            return
        if reply.reset:
            self._transport.abort()
            return
        if reply.stream is None:
            self._transport.write(_head(reply, len(reply.body)) + reply.body)
        else:
            self._transport.write(_head(reply, None))
            for piece in reply.stream:
                self._transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self._transport.write(b"0\r\n\r\n")
        self._done()
        if not self._keep_alive:
            self._transport.close()
        elif self._buffer:
            self._next()

    def _done(self) -> None:
        if self._reply is not None:
            self._vendor.finished(self._reply)
            self._reply = None

    def _send_simple(self, reply: Reply, *, close: bool) -> None:
        self._transport.write(_head(reply, len(reply.body)) + reply.body)
        if close:
            self._transport.close()


_REASONS: Final = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


def _head(reply: Reply, length: int | None) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, 'Error')}", f"content-type: {reply.content_type}"]
    lines.append("transfer-encoding: chunked" if length is None else f"content-length: {length}")
    lines.extend(f"{name}: {value}" for name, value in reply.headers)
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _plain(vendor: Vendor, method: str, path: str, body: bytes) -> Reply:
    name, _, query = path.partition("?")
    handle = _PAGES.get(name.rstrip("/"))
    if handle is None:
        return Reply(status=404, body=b'{"error":{"message":"no such path","code":"not_found"}}')
    asked: dict[str, Any] = dict(parse_qsl(query))
    try:
        if method == "POST" and body:
            asked |= msgspec.json.decode(body, type=dict[str, Any])
        return Reply(body=msgspec.json.encode(handle(vendor, asked)))
    except (UsageError, msgspec.DecodeError, ValueError) as error:
        return Reply(status=400, body=msgspec.json.encode({"error": {"message": str(error)}}))


def _models(vendor: Vendor, asked: dict[str, Any]) -> Any:
    return {"object": "list", "data": [{"id": name, "object": "model", "owned_by": "rehearsal"} for name in PROFILES]}


def _stats(vendor: Vendor, asked: dict[str, Any]) -> Any:
    return vendor.statistics()


def _rows(vendor: Vendor, asked: dict[str, Any]) -> Any:
    """Per row marker: how often it was asked, and how often answered."""
    return vendor.counts.rows


def _ctl(vendor: Vendor, asked: dict[str, Any]) -> Any:
    if asked.pop("restore", None):
        vendor.restore()
    if (seed := asked.pop("seed", None)) is not None:
        vendor.seed = int(seed)
    reset = asked.pop("reset", None)
    vendor.change(asked)
    if reset:
        vendor.reset()
    return vendor.statistics()


_PAGES: Final[dict[str, Callable[[Vendor, dict[str, Any]], Any]]] = {
    "/v1/models": _models,
    "/models": _models,
    "/stats": _stats,
    "/rows": _rows,
    "/ctl": _ctl,
}
