"""Vendors for the tests of models: the rehearsal vendor as a process, and a wire that says what it is told."""

import asyncio
from contextlib import asynccontextmanager

import msgspec
import pytest

from goodsmith.base.wire import Response, open_wire
from goodsmith.models.rehearsal import rehearsal_server
from goodsmith.models.routes import resolve_model
from goodsmith.models.vendor_model import VendorModel
from goodsmith.records import ModelRequest


class ScriptedWire:
    """A Wire without a network. lines: what comes back, in order; the last one is repeated.

    A line is a body, (status, body), (status, body, headers), a list of pieces of a stream, or an error to raise.
    """

    def __init__(self, *lines):
        self.lines, self.sent, self.headers = list(lines), [], []

    def _next(self, body, headers):
        self.sent.append(msgspec.json.decode(body))
        self.headers.append(dict(headers))
        line = self.lines[min(len(self.sent), len(self.lines)) - 1]
        if isinstance(line, Exception):
            raise line
        return line if isinstance(line, tuple) else (200, line)

    async def post(self, url, body, headers, *, timeout_s):
        status, said, *rest = self._next(body, headers)
        said = said if isinstance(said, bytes | list) else msgspec.json.encode(said)
        said = b"".join(piece for piece in said if isinstance(piece, bytes)) if isinstance(said, list) else said
        return Response(status, rest[0] if rest else {}, said)

    @asynccontextmanager
    async def stream(self, url, body, headers, *, timeout_s, idle_s=None):
        status, said, *rest = self._next(body, headers)
        said = said if isinstance(said, list) else [said if isinstance(said, bytes) else msgspec.json.encode(said)]

        class Arriving:
            def __init__(self):
                self.status, self.headers = status, rest[0] if rest else {}

            async def pieces(self):
                for piece in said:
                    if isinstance(piece, Exception):
                        raise piece
                    yield piece

        yield Arriving()

    async def close(self):
        pass


class Asking:
    """Asks a vendor that says what it is told."""

    def __init__(self, wire, model):
        self.wire, self.model = wire, model

    def __call__(self, **request):
        request = {"system": "You write.", "user": "Name: mug", **request}
        return asyncio.run(self.model.complete(ModelRequest(**request), timeout_s=5))


@pytest.fixture
def asking():
    """asking(*lines, model=..., stream=...): call the result with fields of a request."""

    def make(*lines, model="custom/mug-1", base_url="http://vendor.test/v1", stream=False, learned=None, key=None):
        route = resolve_model(model, base_url=base_url, api_key=key, environment={})
        wire = ScriptedWire(*lines)
        return Asking(wire, VendorModel(route, wire, stream=stream, learned=learned))

    return make


@pytest.fixture(scope="session")
def vendor_process():
    with rehearsal_server("instant", latency_ms=0) as server:
        yield server


@pytest.fixture
def rehearsal(vendor_process):
    """The rehearsal vendor, as shipped but without latency, its counters at zero."""
    vendor_process.ctl(restore=True, seed=0, reset=True)
    vendor_process.ctl(latency_ms=0)
    return vendor_process


@pytest.fixture
def ask_rehearsal(rehearsal):
    """ask_rehearsal("faulty", stream=..., **fields of a request): one call over a real wire."""

    def ask(name, *, stream=False, timeout_s=5.0, **request):
        async def run():
            wire = open_wire()
            model = VendorModel(resolve_model(f"rehearsal/{name}", base_url=rehearsal.base_url), wire, stream=stream)
            try:
                request_ = ModelRequest(**{"system": "You write.", "user": "Name: mug", **request})
                return await model.complete(request_, timeout_s=timeout_s)
            finally:
                await model.close()
                await wire.close()

        return asyncio.run(run())

    return ask
