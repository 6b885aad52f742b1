"""Kill -9 at random moments, resume, and let the vendor count: `python bench/kill.py [--rows 20000 --kills 10]`.

Nothing may be lost or doubled, and after each kill at most the calls in flight may be sent again.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq
from loopback import vendor
from tables import table

HERE = Path(__file__).parent


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=20_000)
    options.add_argument("--kills", type=int, default=10)
    options.add_argument("--slots", type=int, default=256)
    options.add_argument("--workers", type=int, default=1)
    options.add_argument("--seed", type=int, default=int(time.time()))
    chosen = options.parse_args()
    chance = random.Random(chosen.seed)
    source = table(chosen.rows, HERE / "build" / "tables")
    home = Path(tempfile.mkdtemp(prefix="goodsmith-kill-"))
    environment = {**os.environ, "GOODSMITH_HOME": str(home), "GOODSMITH_LANGUAGE": "en", "OPENAI_API_KEY": "none"}
    goodsmith = [sys.executable, "-m", "goodsmith"]
    sized = ["--concurrency", str(chosen.slots), "--workers", str(chosen.workers), "--json"]
    print(f"{chosen.rows:,} rows, {chosen.slots} in flight, {chosen.workers} process(es), seed {chosen.seed}\n")
    kills: list[tuple[int, int]] = []  # calls before, calls sent again before
    with vendor(latency_ms=200) as loopback:
        command = [
            *goodsmith,
            *("run", str(source), "-r", str(HERE / "table.yaml"), "-m", "openai/loopback-1"),
            *("--base-url", loopback.base_url, "--price", "in=0.1,out=0.4,currency=USD", *sized),
        ]
        for number in range(1, chosen.kills + 1):
            goal = loopback.stats()["calls"] + chance.uniform(0.3, 1.0) * chosen.rows / (chosen.kills + 2)
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment, start_new_session=True)
            while loopback.stats()["calls"] < goal and process.poll() is None:
                time.sleep(0.02)
            seen = loopback.stats()
            os.killpg(process.pid, signal.SIGKILL)  # the group that we started: the run and its worker processes
            process.wait()
            time.sleep(0.4)  # calls under way end at the vendor
            kills.append((seen["calls"], loopback.stats()["repeated_calls"]))
            print(f"kill {number} of {chosen.kills} after {seen['calls']:,} calls", file=sys.stderr, flush=True)
            command = [*goodsmith, "resume", *sized]
        done = subprocess.run(command, stdout=subprocess.PIPE, env=environment, check=False)
        outcome = json.loads(done.stdout)
        seen = loopback.stats()
    output = home / "out.parquet"
    subprocess.run([*goodsmith, "export", outcome["run"], "-o", str(output)], env=environment, check=True)
    made = pq.read_table(output).column("row_id").to_pylist()
    right = sum(mark == f"ROWID-{number:08d}" for number, mark in enumerate(made))
    counted = [*(again for _, again in kills), seen["repeated_calls"]]
    repeats = [after - before for before, after in itertools.pairwise(counted)]
    print("| kill | calls before | of them sent again because of it |")
    print("|---|---|---|")
    for number, ((calls, _), again) in enumerate(zip(kills, repeats, strict=True), start=1):
        print(f"| {number} | {calls:,} | {again} |")
    lost = chosen.rows - len({mark for mark in made if mark})
    print(
        f"\nrows in the output {len(made):,}, on their own row {right:,}, lost {lost}, doubled "
        f"{len(made) - len(set(made))}; calls {seen['calls']:,}, sent again {seen['repeated_calls']:,}, at most "
        f"{max(repeats, default=0)} for one kill; reported as possibly paid twice {outcome['maybe_paid_twice']:,}"
    )
    shutil.rmtree(home, ignore_errors=True)
    kept = right == chosen.rows == len(made) and max(repeats, default=0) <= chosen.slots
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
