"""The wire: timeouts, caps, proxies and certificates, against servers of our own on loopback."""

import asyncio
import datetime as dt
import gzip
import socket
import ssl
import subprocess
import sys
from contextlib import asynccontextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from goodsmith.base.wire import WireOptions, open_wire
from goodsmith.errors import UsageError, WireError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Note: seen\r\n\r\nok"


@pytest.fixture(autouse=True)
def no_proxies_from_outside(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Loopback:
    """Answers every request with `reply` (bytes, or a coroutine function of reader and writer); keeps what it saw."""

    def __init__(self, reply):
        self.reply, self.seen, self.connections, self.port = reply, [], 0, 0

    @asynccontextmanager
    async def listening(self, tls=None):
        writers, tasks = [], []

        def connected(reader, writer):
            writers.append(writer)
            tasks.append(asyncio.ensure_future(self._serve(reader, writer)))

        server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for writer in writers:
                writer.close()
            await asyncio.sleep(0.02)  # the loop closes refused TLS handshakes a moment later

    async def _serve(self, reader, writer):
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                body = await reader.readexactly(int(length[0].split(b":")[1])) if length else b""
                self.seen.append((head, body))
                if callable(self.reply):
                    await self.reply(reader, writer)
                    return
                writer.write(self.reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


def call(server, path="/v1", options=None, timeout_s=5.0, scheme="http", tls=None, host=None, times=1):
    async def run():
        async with server.listening(tls):
            wire = open_wire(options)
            try:
                url = f"{scheme}://{host or '127.0.0.1'}:{server.port}{path}"
                for _ in range(times):
                    answer = await wire.post(url, b"hello", {"authorization": "Bearer k"}, timeout_s=timeout_s)
                return answer
            finally:
                await wire.close()

    return asyncio.run(run())


def gather(server, timeout_s=5.0, idle_s=None, options=None):
    async def run():
        pieces = []
        async with server.listening():
            wire = open_wire(options)
            try:
                url = f"http://127.0.0.1:{server.port}/"
                async with wire.stream(url, b"{}", {}, timeout_s=timeout_s, idle_s=idle_s) as stream:
                    pieces.extend([piece async for piece in stream.pieces()])
            finally:
                await wire.close()
        return pieces

    return asyncio.run(run())


# ---- plain calls --------------------------------------------------------------------------------------------------


def test_a_post_carries_body_and_headers_and_brings_status_headers_and_body():
    server = Loopback(OK)
    answer = call(server)
    assert (answer.status, answer.body, answer.headers.get("x-note")) == (200, b"ok", "seen")
    head, body = server.seen[0]
    assert body == b"hello"
    assert b"authorization: bearer k" in head.lower()


def test_connections_are_used_again():
    server = Loopback(OK)
    call(server, times=5)
    assert len(server.seen) == 5
    assert server.connections == 1


def test_any_status_is_a_response_and_redirects_are_not_followed():
    server = Loopback(b"HTTP/1.1 307 Moved\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: 0\r\n\r\n")
    answer = call(server)
    assert (answer.status, answer.headers.get("location")) == (307, "http://elsewhere.invalid/")
    assert len(server.seen) == 1


def test_a_body_over_the_cap_is_refused_also_when_it_was_compressed():
    packed = gzip.compress(b"0" * 3_000_000)
    server = Loopback(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed)
    with pytest.raises(WireError, match="larger than 1,000,000 bytes") as caught:
        call(server, options=WireOptions(max_body_bytes=1_000_000))
    assert (caught.value.kind, caught.value.sent) == ("too_large", True)


def test_a_body_under_the_cap_arrives_whole():
    body = bytes(range(256)) * 4_000  # many pieces
    answer = call(Loopback(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body))
    assert answer.body == body


# ---- faults -------------------------------------------------------------------------------------------------------


async def never(reader, writer):
    await asyncio.sleep(30)


async def cut(reader, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
    await writer.drain()


async def reset(reader, writer):
    writer.transport.abort()


async def another_protocol(reader, writer):
    writer.write(b"SSH-2.0-server\r\n\r\n")
    await writer.drain()


@pytest.mark.parametrize(
    ("reply", "kind"), [(never, "timeout"), (cut, "reset"), (reset, "reset"), (another_protocol, "malformed")]
)
def test_a_broken_answer_says_what_broke_and_that_the_request_was_sent(reply, kind):
    with pytest.raises(WireError) as caught:
        call(Loopback(reply), timeout_s=0.3)
    assert (caught.value.kind, caught.value.sent) == (kind, True)
    assert "127.0.0.1:" in caught.value.en
    assert caught.value.zh


def post_to(url, options=None, headers=None, timeout_s=2.0):
    async def run():
        wire = open_wire(options)
        try:
            return await wire.post(url, b"", headers or {}, timeout_s=timeout_s)
        finally:
            await wire.close()

    return asyncio.run(run())


def test_a_refused_connection_was_not_sent():
    with pytest.raises(WireError, match="refuses the connection") as caught:
        post_to("http://127.0.0.1:1/")
    assert (caught.value.kind, caught.value.sent) == ("refused", False)


def test_a_name_without_address_was_not_sent():
    with pytest.raises(WireError, match="cannot be resolved") as caught:
        post_to("http://nobody.invalid/")
    assert (caught.value.kind, caught.value.sent) == ("dns", False)


def test_a_full_house_times_out_while_connecting_and_was_not_sent():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        with pytest.raises(WireError) as caught:
            post_to(f"http://127.0.0.1:{listener.getsockname()[1]}/", WireOptions(connect_timeout_s=0.3))
        for one in waiting:
            one.close()
    assert (caught.value.kind, caught.value.sent) == ("connect_timeout", False)


@pytest.mark.parametrize("url", ["no address", "ftp://127.0.0.1/", "http://"])
def test_an_address_that_cannot_be_called_is_a_usage_error(url):
    with pytest.raises(UsageError):
        post_to(url)


def test_a_key_with_a_line_break_is_a_usage_error_and_is_not_shown():
    with pytest.raises(UsageError) as caught:
        post_to("http://127.0.0.1:1/", headers={"authorization": "Bearer top\nsecret"})
    assert "secret" not in str(caught.value)


# ---- streams ------------------------------------------------------------------------------------------------------


def streaming(*pieces, pause_s=0.02, end=True):
    async def reply(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in pieces:
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            await writer.drain()
            await asyncio.sleep(pause_s)
        if end:
            writer.write(b"0\r\n\r\n")
            await writer.drain()

    return Loopback(reply)


def test_a_stream_is_handed_on_piece_by_piece_as_it_arrives():
    assert gather(streaming(b"data: 1\n\n", b"data: 2\n\n", b"data: 3\n\n")) == [
        b"data: 1\n\n",
        b"data: 2\n\n",
        b"data: 3\n\n",
    ]


def test_a_stream_that_breaks_off_is_a_reset():
    with pytest.raises(WireError) as caught:
        gather(streaming(b"data: 1\n\n", end=False))
    assert caught.value.kind == "reset"


def test_a_stream_that_falls_silent_is_a_timeout():
    with pytest.raises(WireError, match="fell silent") as caught:
        gather(streaming(b"a", b"b", pause_s=2), idle_s=0.1)
    assert caught.value.kind == "timeout"


def test_a_stream_over_the_cap_is_refused():
    with pytest.raises(WireError) as caught:
        gather(streaming(*[b"x" * 1000] * 5, pause_s=0), options=WireOptions(max_body_bytes=2_500))
    assert caught.value.kind == "too_large"


def test_a_stream_that_is_left_early_frees_its_connection():
    server = streaming(b"first", b"second", pause_s=0.2)

    async def run():
        async with server.listening():
            wire = open_wire()
            url = f"http://127.0.0.1:{server.port}/"
            async with wire.stream(url, b"", {}, timeout_s=5) as stream:
                async for piece in stream.pieces():
                    assert piece == b"first"
                    break
            answer = await wire.post(url, b"", {}, timeout_s=5)
            await wire.close()
            return answer.body

    assert asyncio.run(run()) == b"firstsecond"


# ---- certificates -------------------------------------------------------------------------------------------------


def make_certificate(folder, name, issuer=None, *, days=(-1, 2)):
    """A certificate for vendor.test and localhost; without an issuer it is an authority. Gives key, cert, pem path."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer, signed_by = (key, subject) if issuer is None else (issuer[0], issuer[1].subject)
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("vendor.test"), x509.DNSName("localhost")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signed_by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(signer, hashes.SHA256())
    )
    pem = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return key, certificate, pem


@pytest.fixture
def authority(tmp_path):
    key, certificate, _pem = make_certificate(tmp_path, "authority")
    public = tmp_path / "authority-public.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key, certificate, public


@pytest.fixture
def server_tls(tmp_path, authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(make_certificate(tmp_path, "server", issuer=authority)[2])
    return context


def test_a_certificate_that_nobody_trusts_is_refused_before_anything_is_sent(server_tls):
    server = Loopback(OK)
    with pytest.raises(WireError, match="ca_file or SSL_CERT_FILE") as caught:
        call(server, scheme="https", tls=server_tls, host="localhost")
    assert (caught.value.kind, caught.value.sent, server.seen) == ("tls", False, [])


@pytest.mark.parametrize("days", [(-9, -2), (2, 9)])
def test_a_certificate_out_of_its_time_asks_for_the_clock(tmp_path, authority, days):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(make_certificate(tmp_path, "server", issuer=authority, days=days)[2])
    with pytest.raises(WireError, match="is this machine's clock right") as caught:
        call(Loopback(OK), scheme="https", tls=context, host="localhost", options=WireOptions(ca_file=authority[2]))
    assert (caught.value.kind, caught.value.sent) == ("tls", False)
    assert "时钟" in caught.value.zh


def test_a_company_authority_is_trusted_by_setting(server_tls, authority):
    options = WireOptions(ca_file=authority[2])
    assert call(Loopback(OK), scheme="https", tls=server_tls, host="localhost", options=options).body == b"ok"


def test_ssl_cert_file_is_honoured(server_tls, authority, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[2]))
    assert call(Loopback(OK), scheme="https", tls=server_tls, host="localhost").body == b"ok"


def test_a_certificate_for_another_name_is_refused(server_tls, authority):
    with pytest.raises(WireError) as caught:
        call(Loopback(OK), scheme="https", tls=server_tls, options=WireOptions(ca_file=authority[2]))
    assert caught.value.kind == "tls"


def test_a_client_certificate_is_shown_where_the_server_asks(server_tls, authority, tmp_path):
    server_tls.verify_mode = ssl.CERT_REQUIRED
    server_tls.load_verify_locations(authority[2])
    mine = make_certificate(tmp_path, "client", issuer=authority)[2]
    options = WireOptions(ca_file=authority[2], client_cert_file=mine)
    assert call(Loopback(OK), scheme="https", tls=server_tls, host="localhost", options=options).body == b"ok"


class Impatient(Loopback):
    """Answers before it was asked, as a plain server does to the first bytes of a TLS handshake."""

    async def _serve(self, reader, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        writer.close()


def test_https_to_a_plain_server_says_so():
    with pytest.raises(WireError, match="http://") as caught:
        call(Impatient(OK), scheme="https", host="localhost")
    assert caught.value.kind == "tls"


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_a_certificate_file_that_is_none_is_a_usage_error(tmp_path, text):
    path = tmp_path / "ca.pem"
    if text:
        path.write_text(text)
    with pytest.raises(UsageError, match="ca_file"):
        open_wire(WireOptions(ca_file=path))


@pytest.fixture
def no_certificates(monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))


def test_a_machine_without_certificates_can_call_plain_servers_and_no_others(no_certificates, server_tls):
    assert call(Loopback(OK)).body == b"ok"
    server = Loopback(OK)
    with pytest.raises(WireError, match="install ca-certificates") as caught:
        call(server, scheme="https", tls=server_tls, host="localhost")
    assert (caught.value.kind, server.connections) == ("tls", 0)


def test_on_a_machine_without_certificates_a_ca_file_is_enough(no_certificates, server_tls, authority):
    options = WireOptions(ca_file=authority[2])
    assert call(Loopback(OK), scheme="https", tls=server_tls, host="localhost", options=options).body == b"ok"
    with pytest.raises(WireError) as caught:
        call(Loopback(OK), scheme="https", tls=server_tls, options=options)  # checked all the same: another name
    assert caught.value.kind == "tls"


# ---- proxies ------------------------------------------------------------------------------------------------------


class ForwardProxy(Loopback):
    """Forwards to `target`, whatever host was asked for: so a name that resolves nowhere proves that it was used."""

    def __init__(self, target, refuse=False):
        super().__init__(None)
        self.target, self.refuse = target, refuse

    async def _serve(self, reader, writer):
        far_writer = None
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.seen.append((head, b""))
            if self.refuse:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target.port)
            if head.startswith(b"CONNECT"):
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                far_writer.write(head)

            async def pump(source, sink):
                while data := await source.read(65536):
                    sink.write(data)
                    await sink.drain()
                sink.close()

            await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            if far_writer is not None:
                far_writer.close()


def through_proxy(url, make_options, tls=None, refuse=False):
    server = Loopback(OK)

    async def run():
        async with server.listening(tls), ForwardProxy(server, refuse).listening() as proxy:
            wire = open_wire(make_options(f"http://user:pass@127.0.0.1:{proxy.port}"))
            try:
                target = url.replace("PORT", str(server.port))
                return (await wire.post(target, b"hello", {}, timeout_s=5)).body, [head for head, _ in proxy.seen]
            finally:
                await wire.close()

    return asyncio.run(run())


def test_plain_http_goes_through_the_proxy_with_its_password():
    body, seen = through_proxy("http://vendor.test/v1", lambda proxy: WireOptions(proxy=proxy))
    assert body == b"ok"
    assert seen[0].startswith(b"POST http://vendor.test/v1 HTTP/1.1")
    assert b"proxy-authorization: basic" in seen[0].lower()


def test_https_goes_through_a_tunnel_that_the_proxy_cannot_read(server_tls, authority):
    body, seen = through_proxy(
        "https://vendor.test/v1", lambda proxy: WireOptions(proxy=proxy, ca_file=authority[2]), tls=server_tls
    )
    assert body == b"ok"
    assert seen[0].startswith(b"CONNECT vendor.test:443")


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_the_proxy_of_the_environment_is_used(monkeypatch, name):
    def options(proxy):
        monkeypatch.setenv(name, proxy)
        return WireOptions()

    body, seen = through_proxy("http://vendor.test/v1", options)
    assert (body, len(seen)) == (b"ok", 1)


def test_this_machine_is_never_proxied_by_the_environment(monkeypatch):
    def options(proxy):
        monkeypatch.setenv("HTTP_PROXY", proxy)
        return WireOptions()

    assert through_proxy("http://127.0.0.1:PORT/v1", options) == (b"ok", [])


@pytest.mark.parametrize("skip", ["vendor.test", ".test", "*"])
def test_no_proxy_of_the_environment_is_honoured(monkeypatch, skip):
    def options(proxy):
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("NO_PROXY", skip)
        return WireOptions()

    with pytest.raises(WireError, match=r"vendor\.test cannot be resolved"):  # so nobody asked the proxy
        through_proxy("http://vendor.test/v1", options)


def test_an_explicit_proxy_serves_loopback_too_and_an_empty_one_serves_nobody(monkeypatch):
    body, seen = through_proxy("http://127.0.0.1:PORT/v1", lambda proxy: WireOptions(proxy=proxy))
    assert (body, len(seen)) == (b"ok", 1)

    def options(proxy):
        monkeypatch.setenv("HTTP_PROXY", proxy)
        return WireOptions(proxy="")

    with pytest.raises(WireError, match="cannot be resolved"):
        through_proxy("http://vendor.test/v1", options)


def test_a_proxy_that_refuses_a_tunnel_is_named_as_the_cause(authority):
    with pytest.raises(WireError) as caught:
        through_proxy(
            "https://vendor.test/v1", lambda proxy: WireOptions(proxy=proxy, ca_file=authority[2]), refuse=True
        )
    assert (caught.value.kind, caught.value.sent) == ("proxy", False)


def test_a_proxy_address_that_is_none_is_a_usage_error():
    with pytest.raises(UsageError, match="proxy"):
        open_wire(WireOptions(proxy="http://:nowhere:"))


# ---- processes ----------------------------------------------------------------------------------------------------

FORKING = """
import asyncio, os
from goodsmith.base.wire import open_wire
wire = open_wire()
if os.fork() == 0:
    try:
        asyncio.run(wire.post("http://127.0.0.1:1/", b"", {}, timeout_s=1))
    except RuntimeError as error:
        print(error, flush=True)
    os._exit(0)
os.wait()
"""


def test_a_wire_refuses_to_be_used_after_a_fork_instead_of_waiting_for_ever():
    command = [sys.executable, "-W", "ignore", "-c", FORKING]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30)
    assert "does not survive a fork" in said.stdout
