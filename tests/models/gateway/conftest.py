"""A gateway before a fake model, on a clock that jumps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from goodsmith.base.money import Wallet
from goodsmith.models.fake import FakeModel, MemoryRecorder
from goodsmith.models.gateway import Gateway
from goodsmith.models.prices import parse_price
from goodsmith.records import ModelRequest


class Desk:
    """A gateway with its fake model, a journal and a wallet. Made inside a running loop."""

    def __init__(self, lines=(), *, then=None, limit=None, price="in=1,out=1,currency=CNY", model=None, **settings):
        self.model = model or FakeModel(lines, then=then, **settings.pop("fake", {}))
        self.recorder = MemoryRecorder()
        self.wallet = Wallet(limit, currency="CNY")
        settings.setdefault("now", asyncio.get_running_loop().time)
        self.gateway = Gateway(self.model, price=parse_price(price) if price else None, **settings)

    @staticmethod
    def request(user="a red mug", **more):
        return ModelRequest(
            system="Write a title.", user=user, max_output_tokens=more.pop("max_output_tokens", 50), **more
        )

    def ask(self, user="a red mug", *, ordinal=0, purse=None, recorder=None, repeat=0, **more):
        return self.gateway.answer(
            self.request(user, **more),
            ordinal=ordinal,
            recorder=recorder or self.recorder,
            purse=purse or self.wallet,
            repeat=repeat,
        )

    def worst(self, user="a red mug"):
        return self.gateway.worst_cost_nanos(self.request(user))


@pytest.fixture
def desk() -> Callable[..., Desk]:
    return Desk
