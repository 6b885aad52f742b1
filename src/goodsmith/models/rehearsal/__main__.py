"""`python -m goodsmith.models.rehearsal`: the rehearsal vendor as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable

from goodsmith.errors import GoodsmithError
from goodsmith.models.rehearsal.profiles import PROFILES, reference
from goodsmith.models.rehearsal.server import serve
from goodsmith.models.rehearsal.vendor import Vendor


def main() -> int:
    options = _parser().parse_args()
    if options.profiles:
        print(reference())
        return 0
    changes = dict(change.partition("=")[::2] for change in options.set)
    try:
        vendor = Vendor(options.profile, seed=options.seed, changes=changes)
    except GoodsmithError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_run(vendor, options.host, options.port, with_parent=options.with_parent))
    except OSError as error:
        print(f"cannot listen on {options.host}:{options.port}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m goodsmith.models.rehearsal",
        description="A vendor for rehearsals: answers as OpenAI, Anthropic and Gemini do, with faults on demand.",
    )
    parser.add_argument("--port", type=int, default=0, help="0 (default): a free one; the address is printed")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--profile", default="smooth", choices=[*PROFILES], help="for models without a profile's name")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="latency_ms=0, rpm=60, …")
    parser.add_argument("--profiles", action="store_true", help="print the profiles and end")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input is closed")
    return parser


async def _run(vendor: Vendor, host: str, port: int, *, with_parent: bool) -> None:
    server, bound = await serve(vendor, host=host, port=port)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(name, stop.set)
    if with_parent:
        _watch_parent(lambda: loop.call_soon_threadsafe(stop.set))
    print(f"http://{host}:{bound}/v1", flush=True)
    async with server:
        await stop.wait()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 (not on every platform)
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def _watch_parent(gone: Callable[[], object]) -> None:
    """The parent holds the other end of standard input: it closes also when the parent is killed."""

    def wait() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):  # the loop is closed: we are ending anyway
            gone()

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
