"""CPU per call of each wire protocol, beside the vendors' own clients, against one loopback vendor; plain and TLS.

    .venv/bin/python bench/protocols.py [--calls 4000] [--in-flight 256] [--clients .venv-oracles/bin/python]

CPU is of the client process after a warm-up, user and system, all threads. The vendors' clients are measured where
`make oracles` has installed them, with a quarter of the calls; without them their lines say so.
"""

# ruff: noqa: PLC0415 - the vendors' clients run this file without our packages

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SYSTEM = "You write product copy in English (United States). Use only the facts given. " * 8
ROW = "ROWID-{:08d} Name: mug\nBrand: Hearth\n" + "Attributes: glazed, 350 ml, dishwasher safe. " * 14
PROPERTIES = {name: {"type": "string"} for name in ("row_id", "title", "description")}
SCHEMA = {"type": "object", "properties": PROPERTIES, "required": [*PROPERTIES], "additionalProperties": False}
SAID = json.dumps({"row_id": "1", "title": "x" * 60, "description": "y" * 390})
MODELS = {
    "openai_chat": "openai/gpt-5-nano",
    "anthropic_messages": "anthropic/claude-haiku-5-5",
    "gemini": "gemini/gemini-2.5-flash-lite",
}
CLIENTS = {"openai_chat": "openai", "anthropic_messages": "anthropic", "gemini": "google-genai"}
LATENCY_S = 0.2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=4_000)
    parser.add_argument("--in-flight", type=int, default=256)
    parser.add_argument("--clients", default=".venv-oracles/bin/python", help="a Python that has the vendors' clients")
    for hidden in ("--one", "--client", "--serve"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(asyncio.run(_ours(json.loads(options.one)))))
    elif options.client:
        print(json.dumps(asyncio.run(_theirs(json.loads(options.client)))))
    elif options.serve:
        asyncio.run(_serve(options.serve))
    else:
        _compare(options)


def _compare(options: argparse.Namespace) -> None:
    from transport import _make_certificates

    clients = Path(options.clients)
    heads = f"{'protocol':<20} {'plain':>8} {'streamed':>9} {'TLS':>8} {'client':>8}"
    print(f"{heads}  ms of CPU a call, {options.in_flight} in flight")
    with tempfile.TemporaryDirectory() as folder:
        _make_certificates(Path(folder))
        ca_file = str(Path(folder) / "authority.pem")
        with _vendor("plain") as plain, _vendor(str(Path(folder) / "server.pem")) as tls:
            for protocol in MODELS:
                task = {"protocol": protocol, "calls": options.calls, "in_flight": options.in_flight}
                found = [
                    _run(sys.executable, "--one", task | {"url": plain}),
                    _run(sys.executable, "--one", task | {"url": plain, "stream": True}),
                    _run(sys.executable, "--one", task | {"url": tls, "ca_file": ca_file}),
                ]
                theirs, times = "-", f"{CLIENTS[protocol]}: not installed, make oracles"
                if clients.exists():
                    fewer = task | {"url": plain, "calls": max(options.in_flight, options.calls // 4)}
                    cost = _run(str(clients), "--client", fewer)
                    theirs, times = f"{cost:.2f}", f"{CLIENTS[protocol]}: {cost / found[0]:.0f} x ours"
                print(
                    f"{protocol:<20} {found[0]:>8.3f} {found[1]:>9.3f} {found[2]:>8.3f} {theirs:>8}  {times}",
                    flush=True,
                )
            many = {"protocol": "openai_chat", "calls": 1_000, "in_flight": 1_000, "url": plain, "stream": True}
            print(f"1,000 streams at once: {_run(sys.executable, '--one', many | {'peak': True}):.0f} MB at most")
    for protocol in MODELS:
        print(f"10,000 batch lines, {protocol}: {_lines(protocol):.2f} CPU s")


def _run(python: str, kind: str, task: dict[str, Any]) -> float:
    done = subprocess.run([python, __file__, kind, json.dumps(task)], check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return float(json.loads(done.stdout))


async def _measured(task: dict[str, Any], ask: Any) -> float:
    """CPU milliseconds a call."""

    async def run(calls: int) -> None:
        numbers = iter(range(calls))

        async def one() -> None:
            for number in numbers:
                await ask(number)

        await asyncio.gather(*(one() for _ in range(task["in_flight"])))

    await run(task["in_flight"])
    before = resource.getrusage(resource.RUSAGE_SELF)
    await run(task["calls"])
    after = resource.getrusage(resource.RUSAGE_SELF)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / task["calls"]


async def _ours(task: dict[str, Any]) -> float:
    from dataclasses import replace

    from goodsmith.base.wire import WireOptions, open_wire
    from goodsmith.models.routes import resolve_model
    from goodsmith.models.vendor_model import VendorModel
    from goodsmith.records import ModelRequest

    wire = open_wire(WireOptions(ca_file=task.get("ca_file")))
    route = resolve_model(MODELS[task["protocol"]], api_key="bench", environment={})
    version = {"openai_chat": "/v1", "gemini": "/v1beta"}.get(task["protocol"], "")
    model = VendorModel(replace(route, base_url=task["url"] + version), wire, stream=task.get("stream", False))

    async def ask(number: int) -> None:
        request = ModelRequest(system=SYSTEM, user=ROW.format(number), schema=SCHEMA)
        assert (await model.complete(request, timeout_s=60)).text == SAID

    cost = await _measured(task, ask)
    await wire.close()
    if task.get("peak"):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return cost


def _lines(protocol: str) -> float:
    """Bodies of 10,000 different rows, as a batch file holds them; CPU seconds."""
    from goodsmith.models.protocols import write_body
    from goodsmith.models.routes import resolve_model
    from goodsmith.records import ModelRequest

    route = resolve_model(MODELS[protocol], api_key="bench", environment={})
    began = time.process_time()
    for number in range(10_000):
        write_body(ModelRequest(system=SYSTEM, user=ROW.format(number), schema=SCHEMA), route)
    return time.process_time() - began


async def _theirs(task: dict[str, Any]) -> float:
    """The vendor's own client, with the same request."""
    ask = {"openai_chat": _openai, "anthropic_messages": _anthropic, "gemini": _gemini}[task["protocol"]](task["url"])
    return await _measured(task, ask)


def _openai(url: str) -> Any:
    import openai

    client = openai.AsyncOpenAI(api_key="bench", base_url=f"{url}/v1", max_retries=0)
    shape = {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True}}

    async def ask(number: int) -> None:
        messages: Any = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": ROW.format(number)}]
        said = await client.chat.completions.create(
            model="gpt-5-nano", messages=messages, max_completion_tokens=1024, response_format=shape
        )
        assert said.choices[0].message.content == SAID

    return ask


def _anthropic(url: str) -> Any:
    import anthropic

    client = anthropic.AsyncAnthropic(api_key="bench", base_url=url, max_retries=0)
    form: Any = {"format": {"type": "json_schema", "schema": SCHEMA}}

    async def ask(number: int) -> None:
        said = await client.messages.create(
            model="claude-haiku-5-5",
            max_tokens=1024,
            system=SYSTEM,
            messages=[{"role": "user", "content": ROW.format(number)}],
            output_config=form,
        )
        assert said.content[0].text == SAID

    return ask


def _gemini(url: str) -> Any:
    from google import genai
    from google.genai import types

    client = genai.Client(api_key="bench", http_options=types.HttpOptions(base_url=url, api_version="v1beta"))
    settings = types.GenerateContentConfig(
        system_instruction=SYSTEM,
        max_output_tokens=1024,
        response_mime_type="application/json",
        response_json_schema=SCHEMA,
    )

    async def ask(number: int) -> None:
        said = await client.aio.models.generate_content(
            model="gemini-2.5-flash-lite", contents=ROW.format(number), config=settings
        )
        assert said.text == SAID

    return ask


# ---- the vendor ---------------------------------------------------------------------------------------------------


@contextmanager
def _vendor(certificate: str) -> Iterator[str]:
    """A vendor of all three protocols as a process of its own, 200 ms an answer."""
    process = subprocess.Popen([sys.executable, __file__, "--serve", certificate], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        scheme, host = ("http", "127.0.0.1") if certificate == "plain" else ("https", "localhost")
        yield f"{scheme}://{host}:{process.stdout.readline().strip()}"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


async def _serve(certificate: str) -> None:
    context = None
    if certificate != "plain":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    replies = {
        (path, streams): _reply(path, streams) for path in (b"chat", b"messages", b"gemini") for streams in (0, 1)
    }
    loop = asyncio.get_running_loop()

    class Connection(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport, self.left = transport, b""

        def data_received(self, data: bytes) -> None:
            self.left += data
            head, found, body = self.left.partition(b"\r\n\r\n")
            if found and len(body) >= int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0]):
                self.left = b""
                line = head.partition(b"\r")[0]
                path = b"chat" if b"/chat/" in line else b"messages" if b"/messages" in line else b"gemini"
                streams = int(b":stream" in line or b'"stream":true' in body)
                loop.call_later(LATENCY_S, self.transport.write, replies[path, streams])

    server = await loop.create_server(Connection, "127.0.0.1", 0, ssl=context, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def _reply(path: bytes, streams: int) -> bytes:
    from goodsmith.models.rehearsal import tongues

    tongue = {b"chat": tongues.OPENAI_CHAT, b"messages": tongues.ANTHROPIC, b"gemini": tongues.GEMINI}[path]
    said = tongues.Said(id="1", model="bench", text=SAID, finish="stop", usage=(300, 140, 0, 0))
    pieces = [SAID[at : at + 24] for at in range(0, len(SAID), 24)]
    body = (
        tongues.event_stream(tongue.events(said, pieces, False)) if streams else json.dumps(tongue.whole(said)).encode()
    )
    kind = b"text/event-stream" if streams else b"application/json"
    return b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n%b" % (kind, len(body), body)


if __name__ == "__main__":
    main()
