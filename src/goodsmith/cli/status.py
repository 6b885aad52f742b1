"""`goodsmith status`: how a run stands."""

from __future__ import annotations

import json

from goodsmith.cli import options
from goodsmith.cli.voice import settings, speak_with


def command(run: options.RunId = None, as_json: options.Json = False) -> None:
    """Show how a run stands: rows, cost, failures by cause, what to do next."""
    from goodsmith.cli.reports import print_status, summary  # noqa: PLC0415
    from goodsmith.runner import open_run  # noqa: PLC0415

    facts = summary(open_run(run, settings=settings(), home=settings().home))
    if as_json:
        print(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        print_status(speak_with(), facts)
