"""An answer as far as it has come, in whatever protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Heard:
    """Pieces of an answer. usage: raw JSON of every place that counted tokens, in the order of arrival."""

    headers: Mapping[str, str] = field(default_factory=dict)
    content: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)  # of the tool call that stands for the answer
    refusal: list[str] = field(default_factory=list)  # the vendor's words, where it refuses in words
    finish: str = ""
    finish_words: str = ""  # what the vendor says of it
    usage: list[bytes] = field(default_factory=list)
    model: str = ""
    reply_id: str = ""
    spoken: bool = False  # something of an answer was there, if only its frame
    started: bool = False  # of a stream: an event came
    done: bool = False  # of a stream: it said that it ends
    whole: bool = True
    broken: bytes | None = None  # an event that is not JSON

    def text(self) -> str:
        text = "".join(self.content)
        if self.arguments and not text.strip():
            return "".join(self.arguments)
        if text.startswith("<think>") and "</think>" in text:  # servers without a parser for thoughts
            return text.partition("</think>")[2].lstrip()
        return text
