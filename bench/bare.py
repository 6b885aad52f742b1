"""Only sends and receives, to see what the machine itself allows: `bare.py BASE_URL FIRST_ROW ROWS IN_FLIGHT`."""

from __future__ import annotations

import asyncio
import sys

import uvloop

from goodsmith.base.wire import open_wire

FILLER = "x" * 1_800  # about what a row of the benchmark table sends


async def main(base_url: str, first: int, calls: int, slots: int) -> None:
    """Send `calls` requests, `slots` at a time, each with a row mark of its own."""
    wire = open_wire()
    numbers = iter(range(first, first + calls))
    headers = {"content-type": "application/json"}

    async def work() -> None:
        for number in numbers:
            body = f'{{"model":"m","messages":[{{"role":"user","content":"ROWID-{number:08d} {FILLER}"}}]}}'.encode()
            answer = await wire.post(f"{base_url}/chat/completions", body, headers, timeout_s=60)
            assert answer.status == 200

    await asyncio.gather(*(work() for _ in range(slots)))
    await wire.close()


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:5])))
