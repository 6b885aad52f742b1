"""One small question to a model, to see whether address, key and ways are right before a run rests on them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from goodsmith.models import open_text_model
from goodsmith.models.classify import RateHeaders
from goodsmith.models.prices import Price
from goodsmith.models.protocols import Learned
from goodsmith.models.routes import ModelRoute
from goodsmith.models.vendor_model import VendorModel
from goodsmith.records import Answer, ModelRequest

QUESTION: Final = ModelRequest(
    system="You write product titles. Use only the facts given.",
    user="Name: mug\nColour: red\nCapacity: 350 ml",
    schema={
        "type": "object",
        "properties": {"title": {"type": "string", "description": "The title, at most 60 characters."}},
        "required": ["title"],
        "additionalProperties": False,
    },
    max_output_tokens=200,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What came back. asked_as: the way of asking that was taken; rates: what the vendor says of its limits."""

    answer: Answer
    asked_as: Learned
    rates: RateHeaders | None
    cost_nanos: int | None  # None: the price is not known
    currency: str


async def probe(
    route: ModelRoute,
    *,
    price: Price | None,
    timeout_s: float = 60.0,
    ca_file: str | None = None,
    lessons_file: str | None = None,
) -> Probe:
    """Ask once, which costs what some hundred tokens cost. Raises ModelError with what is wrong."""
    model = await open_text_model(route, ca_file=ca_file, lessons_file=lessons_file)
    assert isinstance(model, VendorModel)
    try:
        answer = await model.complete(QUESTION, timeout_s=timeout_s)
    finally:
        await model.close()
    cost = None
    if price is not None and answer.usage is not None:
        cost = price.cost(answer.usage, at=dt.datetime.now(tz=dt.UTC))
    return Probe(
        answer=answer,
        asked_as=model.learned,
        rates=model.rate_headers,
        cost_nanos=cost,
        currency=price.currency if price else "",
    )
