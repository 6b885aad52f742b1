"""Models answer prompts: vendors by HTTP, and a rehearsal vendor of our own.

`gateway.open_answerer` gives a model with everything around it; `open_text_model` the bare one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goodsmith.base.wire import Wire
    from goodsmith.models.routes import ModelRoute
    from goodsmith.protocols import TextModel


async def open_text_model(
    route: ModelRoute,
    wire: Wire | None = None,
    *,
    stream: bool = False,
    ca_file: str | None = None,
    lessons_file: str | None = None,
) -> TextModel:
    """Open the model at the end of a route; the rehearsal vendor is started if the route names no address.

    wire: the network, for models that share it and its settings; the model does not close it. None: one of its own.
    ca_file: certificates that its own wire trusts besides the system's.
    stream: receive answers piece by piece. lessons_file: where it is remembered what models take.
    Raises UsageError for `stencil`, which asks no model.
    """
    from goodsmith.errors import UsageError  # noqa: PLC0415 (this package imports nothing until it is used)

    if route.vendor.protocol == "none":
        raise UsageError(f"{route.model_id} asks no model", zh=f"{route.model_id} 不调用模型")
    import asyncio  # noqa: PLC0415
    from dataclasses import replace  # noqa: PLC0415
    from functools import partial  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    from goodsmith.base.wire import WireOptions, open_wire  # noqa: PLC0415 (the HTTP client)
    from goodsmith.models.lessons import Lessons  # noqa: PLC0415
    from goodsmith.models.providers import REHEARSAL  # noqa: PLC0415
    from goodsmith.models.vendor_model import VendorModel  # noqa: PLC0415

    used = open_wire(WireOptions(ca_file=ca_file)) if wire is None else wire
    lessons = Lessons(Path(lessons_file) if lessons_file and route.provider != REHEARSAL else None)
    kept_as = f"{route.model_id} {route.vendor.protocol} {route.base_url}"
    loan = None
    if route.provider == REHEARSAL and not route.base_url:
        from goodsmith.models.rehearsal import lend_rehearsal  # noqa: PLC0415

        base_url, loan = await asyncio.to_thread(lend_rehearsal)
        route = replace(route, base_url=base_url)

    async def also_close() -> None:
        if wire is None:
            await used.close()
        if loan is not None:
            await loan.give_back()

    return VendorModel(
        route,
        used,
        stream=stream,
        learned=lessons.find(kept_as),
        on_lesson=partial(lessons.keep, kept_as),
        also_close=also_close,
    )
