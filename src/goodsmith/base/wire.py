"""The one door to the network: HTTP/1.1 over reused connections, with timeouts, caps, proxies and certificates.

Behind the `Wire` protocol stands pyreqwest; `docs/decisions/0002-transport.md` says what was measured.
Redirects are never followed: a request carries a key, and the key belongs to one host.
"""

from __future__ import annotations

import asyncio
import math
import os
import urllib.request
from collections.abc import AsyncIterator, Hashable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import (
    BodyDecodeError,
    BuilderError,
    ClientClosedError,
    ConnectTimeoutError,
    DecodeError,
    PyreqwestError,
    RequestTimeoutError,
)
from pyreqwest.proxy import ProxyBuilder
from pyreqwest.request import RequestBody, StreamRequest

from goodsmith.errors import UsageError, WireError

MAX_BODY_BYTES = 10_000_000
LOOPBACK = "localhost,127.0.0.0/8,::1"


@dataclass(frozen=True, slots=True, kw_only=True)
class WireOptions:
    """How to reach the network.

    proxy: URL of a proxy for every host but those of `no_proxy`; "" for none. None: as HTTP_PROXY, HTTPS_PROXY,
    ALL_PROXY and NO_PROXY of the environment say, and never for this machine itself.
    ca_file: PEM certificates to trust besides the system's. SSL_CERT_FILE of the environment stands for the system's.
    client_cert_file, client_key_file: PEM; the key may be in the certificate's file.
    """

    proxy: str | None = None
    no_proxy: str = ""  # hosts, .domains and networks, separated by commas
    ca_file: str | Path | None = None
    client_cert_file: str | Path | None = None
    client_key_file: str | Path | None = None
    connect_timeout_s: float = 10.0
    max_body_bytes: int = MAX_BODY_BYTES  # after decompression
    user_agent: str = "goodsmith"


@dataclass(slots=True)
class Response:
    """What came back. headers answers to lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Stream(Protocol):
    """An answer that is still arriving. headers answers to lower-case names."""

    status: int
    headers: Mapping[str, str]

    def pieces(self) -> AsyncIterator[bytes]:
        """The body as it arrives, cut anywhere. Raises WireError."""
        ...


class Wire(Protocol):
    """Carries requests. Safe for any number of tasks of one event loop; not across a fork."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float) -> Response:
        """Send and receive all of it within `timeout_s`. Any HTTP status is a Response. Raises WireError."""
        ...

    def stream(
        self, url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float, idle_s: float | None = None
    ) -> AbstractAsyncContextManager[Stream]:
        """Send; give the answer as it arrives. idle_s: the longest silence after the first piece. Raises WireError."""
        ...

    async def close(self) -> None: ...


def open_wire(options: WireOptions | None = None) -> Wire:
    """A wire. Raises UsageError if the proxy or a certificate cannot be used."""
    return _HttpWire(options or WireOptions())


_PIECE_BYTES = 65_536
_LONG_S = 10.0  # a longer time-out is counted in whole seconds
_PATTERNS_KEPT = 64


class _HttpWire:
    def __init__(self, options: WireOptions) -> None:
        self._client, self._has_tls = _build(options)
        self._max_body_bytes = options.max_body_bytes
        self._pid = os.getpid()
        self._patterns: dict[Hashable, StreamRequest] = {}

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float) -> Response:
        request = self._pattern(url, headers, timeout_s).copy()
        request.body = RequestBody.from_bytes(body)
        try:
            async with request as response:
                return Response(response.status, response.headers, await self._read(url, response.body_reader))
        except (PyreqwestError, ValueError) as error:
            raise _told(error, url, timeout_s) from error

    @asynccontextmanager
    async def stream(
        self, url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float, idle_s: float | None = None
    ) -> AsyncIterator[Stream]:
        # A buffer of one byte hands every piece on when it arrives; the default collects 64 KB first.
        request = self._request(url, headers, timeout_s).body_bytes(body).streamed_read_buffer_limit(1).build_streamed()
        try:
            response = await request.__aenter__()
        except (PyreqwestError, ValueError) as error:
            raise _told(error, url, timeout_s) from error
        try:
            yield _Arriving(response, url, timeout_s, idle_s, self._max_body_bytes)
        finally:
            await request.__aexit__(None, None, None)

    async def close(self) -> None:
        await self._client.close()

    def _pattern(self, url: str, headers: Mapping[str, str], timeout_s: float) -> StreamRequest:
        """A request to be copied: all rows of a run go to one address with the same headers."""
        if timeout_s > _LONG_S:
            timeout_s = math.ceil(timeout_s)  # what is left of two minutes is different each time
        mark = (url, timeout_s, *headers.items())
        pattern = self._patterns.get(mark)
        if pattern is None or os.getpid() != self._pid:
            if len(self._patterns) >= _PATTERNS_KEPT:
                self._patterns.clear()
            pattern = self._patterns[mark] = self._request(url, headers, timeout_s).build_streamed()
        return pattern

    def _request(self, url: str, headers: Mapping[str, str], timeout_s: float) -> Any:
        if os.getpid() != self._pid:
            # The library's network thread is not copied by fork: the call would wait for ever.
            raise RuntimeError("a wire does not survive a fork; start processes by spawn, open a wire in each")
        if not self._has_tls and not url.lower().startswith("http://"):
            raise _without_certificates(url)
        try:
            request = self._client.post(url)
        except (PyreqwestError, ValueError) as error:
            raise _told(error, url, timeout_s) from error
        try:
            request = request.headers(dict(headers))
        except (PyreqwestError, ValueError):
            # The library's message, and so its traceback, would show the key.
            raise UsageError(
                "a key or header holds a line break or another character that cannot be sent",
                zh="密钥或请求头中含有换行符等无法发送的字符",
            ) from None
        return request.timeout(timedelta(seconds=timeout_s))

    async def _read(self, url: str, reader: Any) -> bytes:
        first = await reader.read(_PIECE_BYTES)
        if first is None:
            return b""
        if len(first) < _PIECE_BYTES:
            whole: bytes = first.to_bytes()
            return whole
        parts = [first.to_bytes()]
        total = len(first)
        while (piece := await reader.read(_PIECE_BYTES)) is not None:
            total += len(piece)
            if total > self._max_body_bytes:
                raise _too_large(url, self._max_body_bytes)
            parts.append(piece.to_bytes())
        return b"".join(parts)


class _Arriving:
    def __init__(self, response: Any, url: str, timeout_s: float, idle_s: float | None, max_bytes: int) -> None:
        self.status: int = response.status
        self.headers: Mapping[str, str] = response.headers
        self._reader = response.body_reader
        self._url, self._timeout_s, self._idle_s, self._max_bytes = url, timeout_s, idle_s, max_bytes

    async def pieces(self) -> AsyncIterator[bytes]:
        total = 0
        while True:
            try:
                async with asyncio.timeout(self._idle_s):
                    piece = await self._reader.read_chunk()
            except PyreqwestError as error:
                raise _told(error, self._url, self._timeout_s) from error
            except TimeoutError as error:
                raise _silent(self._url, self._idle_s or 0.0) from error
            if piece is None:
                return
            total += len(piece)
            if total > self._max_bytes:
                raise _too_large(self._url, self._max_bytes)
            yield piece.to_bytes()


# ---- opening ------------------------------------------------------------------------------------------------------


def _build(options: WireOptions) -> tuple[Client, bool]:
    """The client, and whether it can check certificates."""
    try:
        try:
            return _builder(options).build(), True
        except BuilderError as error:
            # A machine without a single certificate can still call its own servers by plain HTTP. The library cannot
            # be built for that but by trusting everybody, so `_request` lets nothing else pass.
            proxies = urllib.request.getproxies_environment() if options.proxy is None else {"all": options.proxy}
            if "No CA certificates" not in _causes(error) or any(url.startswith("https:") for url in proxies.values()):
                raise
            return _builder(options).danger_accept_invalid_certs(enable=True).build(), False
    except (BuilderError, ValueError) as error:
        raise UsageError(
            f"the network cannot be set up: {_causes(error)}; "
            "check the proxy, ca_file, client_cert_file and SSL_CERT_FILE settings",
            zh=f"无法建立网络设置:{_causes(error)};请检查代理、ca_file、client_cert_file 与 SSL_CERT_FILE",
        ) from error


def _builder(options: WireOptions) -> ClientBuilder:
    builder = (
        ClientBuilder()
        .follow_redirects(enable=False)
        .referer(enable=False)
        .user_agent(options.user_agent)
        .connect_timeout(timedelta(seconds=options.connect_timeout_s))
        .no_proxy()  # ours are added below; the library's own reading of the environment would proxy loopback too
    )
    for proxy in _proxies(options):
        builder = builder.proxy(proxy)
    if options.ca_file is not None:
        builder = builder.add_root_certificate_pem(_pem(options.ca_file, "ca_file"))
    if options.client_cert_file is not None:
        identity = _pem(options.client_cert_file, "client_cert_file")
        if options.client_key_file is not None:
            identity += b"\n" + _pem(options.client_key_file, "client_key_file")
        builder = builder.identity_pem(identity)
    return builder


def _proxies(options: WireOptions) -> list[ProxyBuilder]:
    if options.proxy == "":
        return []
    if options.proxy is not None:
        return [ProxyBuilder.all(_proxy_url(options.proxy)).no_proxy(options.no_proxy or None)]
    found = urllib.request.getproxies_environment()
    skip = ",".join(part for part in (found.get("no", ""), options.no_proxy, LOOPBACK) if part)
    kinds = (("http", ProxyBuilder.http), ("https", ProxyBuilder.https), ("all", ProxyBuilder.all))
    return [make(_proxy_url(found[name])).no_proxy(skip) for name, make in kinds if found.get(name)]


def _proxy_url(text: str) -> str:
    return text if "://" in text else f"http://{text}"


def _pem(path: str | Path, setting: str) -> bytes:
    try:
        pem = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(
            f"{setting}: {path} cannot be read: {error.strerror}",
            zh=f"{setting}:无法读取 {path}:{error.strerror}",
        ) from error
    if b"-----BEGIN" not in pem:
        raise UsageError(
            f"{setting}: {path} holds no PEM block (-----BEGIN …)",
            zh=f"{setting}:{path} 中没有 PEM 内容(-----BEGIN …)",
        )
    return pem


# ---- saying what went wrong ---------------------------------------------------------------------------------------

# (words in the library's causes, kind, English, Chinese); before anything was sent
_CONNECT_FAULTS = (
    ("dns error", "dns", "the name {host} cannot be resolved", "无法解析域名 {host}"),
    *(
        (
            words,
            "tls",
            "the certificate of {host} is out of its time ({cause}); is this machine's clock right?",
            "{host} 的证书不在有效期内({cause});请检查本机时钟是否正确",
        )
        for words in ("expired", "not valid yet", "notvalidyet")
    ),
    (
        "certificate",
        "tls",
        "the certificate of {host} is not trusted ({cause}); name your company's CA with ca_file or SSL_CERT_FILE",
        "{host} 的证书不受信任({cause});请用 ca_file 或 SSL_CERT_FILE 指定 CA 证书",
    ),
    ("tunnel", "proxy", "the proxy refuses to reach {host} ({cause})", "代理拒绝连接 {host}({cause})"),
    ("proxy", "proxy", "the proxy refuses to reach {host} ({cause})", "代理拒绝连接 {host}({cause})"),
    (
        "received corrupt message",
        "tls",
        "{host} does not speak TLS ({cause}); is the address http:// instead of https://?",
        "{host} 不支持 TLS({cause});地址是否应为 http://?",
    ),
    ("tls", "tls", "the TLS handshake with {host} failed ({cause})", "与 {host} 的 TLS 握手失败({cause})"),
    ("alert", "tls", "the TLS handshake with {host} failed ({cause})", "与 {host} 的 TLS 握手失败({cause})"),
    ("refused", "refused", "{host} refuses the connection; is the server running?", "{host} 拒绝连接;服务是否已启动?"),
)


def _told(error: Exception, url: str, timeout_s: float) -> WireError | UsageError:
    """The library's exception as ours."""
    host = urlsplit(url).netloc.rpartition("@")[2] or url
    causes = _causes(error)
    lower = causes.lower()
    cause = causes.rpartition(": ")[2]
    connecting = "client error (connect)" in lower
    if isinstance(error, BuilderError) or not isinstance(error, PyreqwestError):
        return UsageError(f"{url!r} cannot be called: {causes}", zh=f"无法调用 {url!r}:{causes}")
    if isinstance(error, ConnectTimeoutError) and connecting:
        return WireError(
            f"{host} did not accept a connection in time", kind="connect_timeout", sent=False, zh=f"连接 {host} 超时"
        )
    if isinstance(error, RequestTimeoutError):
        return WireError(
            f"no answer from {host} within {timeout_s:g} s",
            kind="timeout",
            sent=True,
            zh=f"{host} 在 {timeout_s:g} 秒内没有回答",
        )
    if isinstance(error, ClientClosedError):
        return WireError("the wire was closed during the call", kind="reset", sent=True, zh="调用期间连接被关闭")
    if connecting:
        for words, kind, en, zh in _CONNECT_FAULTS:
            if words in lower:
                return WireError(
                    en.format(host=host, cause=cause), kind=kind, sent=False, zh=zh.format(host=host, cause=cause)
                )
        return WireError(f"no connection to {host}: {cause}", kind="refused", sent=False, zh=f"无法连接 {host}:{cause}")
    if isinstance(error, DecodeError) and not (isinstance(error, BodyDecodeError) and "connection" in lower):
        return WireError(
            f"{host} did not answer in HTTP: {cause}", kind="malformed", sent=True, zh=f"{host} 的回答不是 HTTP:{cause}"
        )
    return WireError(
        f"{host} broke the connection off: {cause}", kind="reset", sent=True, zh=f"{host} 中断了连接:{cause}"
    )


def _causes(error: Exception) -> str:
    details = getattr(error, "details", None) or {}
    messages = [cause["message"] for cause in details.get("causes") or ()]
    return ": ".join(messages) or str(error)


def _without_certificates(url: str) -> WireError:
    host = urlsplit(url).netloc.rpartition("@")[2]
    return WireError(
        f"{host} cannot be trusted: this machine has no CA certificates; install ca-certificates, or name a file of "
        "certificates with SSL_CERT_FILE or ca_file",
        kind="tls",
        sent=False,
        zh=f"无法信任 {host}:本机没有 CA 证书;请安装 ca-certificates,或用 SSL_CERT_FILE 或 ca_file 指定证书文件",
    )


def _too_large(url: str, max_bytes: int) -> WireError:
    host = urlsplit(url).netloc.rpartition("@")[2]
    return WireError(
        f"the answer of {host} is larger than {max_bytes:,} bytes",
        kind="too_large",
        sent=True,
        zh=f"{host} 的回答超过 {max_bytes:,} 字节",
    )


def _silent(url: str, idle_s: float) -> WireError:
    host = urlsplit(url).netloc.rpartition("@")[2]
    return WireError(
        f"{host} fell silent for {idle_s:g} s in the middle of its answer",
        kind="timeout",
        sent=True,
        zh=f"{host} 在回答中途 {idle_s:g} 秒没有数据",
    )
