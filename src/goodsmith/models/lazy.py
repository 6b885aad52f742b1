"""A model that is opened when it is first asked, so that a plan or a preview starts no client and no vendor."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from goodsmith.errors import AccountProblem, GoodsmithError, ModelError
from goodsmith.protocols import TextModel
from goodsmith.records import Answer, ModelRequest


class LazyModel:
    """protocols.TextModel. A model that cannot be opened is an AccountProblem: it fails for every row alike."""

    def __init__(self, model_id: str, open_it: Callable[[], Awaitable[TextModel]]) -> None:
        self.model_id = model_id
        self._open_it = open_it
        self._model: TextModel | None = None
        self._opening = asyncio.Lock()

    @property
    def rate_headers(self) -> Any:
        return getattr(self._model, "rate_headers", None)

    async def complete(self, request: ModelRequest, *, timeout_s: float) -> Answer:
        model = self._model or await self._opened()
        return await model.complete(request, timeout_s=timeout_s)

    async def close(self) -> None:
        async with self._opening:
            if self._model is not None:
                await self._model.close()

    async def _opened(self) -> TextModel:
        async with self._opening:
            if self._model is None:
                try:
                    self._model = await self._open_it()
                except ModelError:
                    raise
                except GoodsmithError as error:
                    raise AccountProblem(error.en, zh=error.zh) from error
            return self._model
