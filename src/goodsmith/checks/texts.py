"""The texts within drafts, as most checks want them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from goodsmith.records import Draft, Finding, OutputSpec, Severity

JUDGED = 20_000  # characters; what stands behind them counts for its length only, so that no cell can hold up a run
SEPARATOR = "\x1f"  # before each text of `joined`, so that one search sees all and knows where a text begins

Place = tuple[Draft, int, str]  # what a Text is made of


class Text(NamedTuple):
    """One text of a draft: the value of a text slot or one item of a list (`item` counts from 1, else 0)."""

    draft: Draft
    item: int
    text: str

    @property
    def en(self) -> str:
        """Where it stands, in words."""
        return f"{self.draft.slot}, item {self.item}" if self.item else self.draft.slot

    @property
    def zh(self) -> str:
        return f"{self.draft.slot} 第 {self.item} 条" if self.item else self.draft.slot

    def finding(
        self, rule: str, severity: Severity, en: str, zh: str, *, start: int = -1, end: int = -1, field: str = ""
    ) -> Finding:
        """A finding about this text. A span within a list item would point into nowhere, so it is left out."""
        if self.item:
            start = end = -1
        return Finding(
            rule=rule,
            severity=severity,
            slot=self.draft.slot,
            locale=self.draft.locale,
            en=f"{self.en}: {en}",
            zh=f"{self.zh}:{zh}",
            start=start,
            end=end,
            field=field,
        )


class Drafts(list[Draft]):
    """The drafts of one product in one locale, with their texts: all checks look at the same ones, so once is enough.

    Not to be changed.
    """

    __slots__ = ("joined", "written")

    def __init__(self, drafts: Sequence[Draft], outputs: Mapping[str, OutputSpec]) -> None:
        super().__init__(drafts)
        self.written = _written(drafts, outputs)
        self.joined = SEPARATOR.join(["", *[text for _, _, text in self.written]])


def written(drafts: Sequence[Draft], outputs: Mapping[str, OutputSpec]) -> list[Place]:
    """All texts that were written for a reader, in order: no choices, and only the part that is judged.

    Plain tuples, of which `Text(*place)` is made when there is something to say.
    """
    return drafts.written if type(drafts) is Drafts else _written(drafts, outputs)


def joined(drafts: Sequence[Draft], outputs: Mapping[str, OutputSpec]) -> str:
    """The same as one string, SEPARATOR before each text."""
    return (drafts if type(drafts) is Drafts else Drafts(drafts, outputs)).joined


def shown(text: str, limit: int = 40) -> str:
    """A text short enough for a message, without line breaks."""
    line = " ".join(text[: 4 * limit].split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _written(drafts: Sequence[Draft], outputs: Mapping[str, OutputSpec]) -> list[Place]:
    found: list[Place] = []
    for draft in drafts:
        value = draft.value
        if type(value) is str:
            spec = outputs.get(draft.slot)
            if spec is None or spec.type != "choice":
                found.append((draft, 0, value[:JUDGED]))
        elif type(value) is tuple:
            number = 0
            for item in value:
                number += 1  # noqa: SIM113  enumerate costs more here
                if type(item) is str:
                    found.append((draft, number, item[:JUDGED]))
    return found
