"""`goodsmith status`: how a run stands."""

from __future__ import annotations

import json

from goodsmith.cli import options
from goodsmith.cli.voice import both, settings, speak

HELP = both(
    "Show how a run stands: rows, cost, failures by cause, what to do next.",
    "查看运行情况:行数、费用、失败原因、下一步。",
)


def command(run: options.RunId = None, as_json: options.Json = False) -> None:
    from goodsmith.cli.reports import print_status  # noqa: PLC0415
    from goodsmith.runner import open_run  # noqa: PLC0415
    from goodsmith.runner.summary import summary  # noqa: PLC0415

    voice, home = speak(), settings().home
    facts = summary(open_run(run, settings=settings(), home=home), home=home)
    if as_json:
        print(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        print_status(voice, facts, voice.say)
