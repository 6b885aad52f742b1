"""Goodsmith: a table in, checked product copy out, on an engine that loses nothing.

    import goodsmith

    made = goodsmith.enrich(frame, recipe="listing", locales="en-US")

    plan = goodsmith.plan(goodsmith.Request(source="products.xlsx", recipe="listing", locales=("zh-CN",)))
    run = goodsmith.start(plan)
    run.export("out.xlsx")

Nothing heavy is loaded before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goodsmith.errors import GoodsmithError
    from goodsmith.runner import (
        Plan,
        Progress,
        Request,
        Run,
        Trial,
        complete,
        enrich,
        fill_template,
        inspect,
        lint,
        open_run,
        plan,
        start,
        trial,
    )
    from goodsmith.settings import Settings, load_settings

__all__ = [
    "GoodsmithError",
    "Plan",
    "Progress",
    "Request",
    "Run",
    "Settings",
    "Trial",
    "complete",
    "enrich",
    "fill_template",
    "inspect",
    "lint",
    "load_settings",
    "open_run",
    "plan",
    "start",
    "trial",
]

_HOMES = {"GoodsmithError": "errors", "Settings": "settings", "load_settings": "settings"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'goodsmith' has no attribute {name!r}")
    return getattr(import_module(f"goodsmith.{_HOMES.get(name, 'runner')}"), name)


def __dir__() -> list[str]:
    return __all__
