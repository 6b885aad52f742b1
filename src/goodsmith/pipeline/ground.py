"""What is known of a row before anything is asked: its own fields and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from goodsmith.pipeline.turns import ANY_LOCALE, Derivation, Turn
from goodsmith.records import Draft, Fields, Finding, Value

Values = dict[str, dict[str, Any]]  # locale -> slot -> value


class Ground:
    """The fields of a row with all derivations done.

    shared: what all variants of its family say; None: it is no variant, and a style of its own. drafts: of derivations
    that fill slots, each list of one step in one locale. findings: what the steps say.
    """

    __slots__ = ("_derivations", "_derived", "_family", "_row", "_shared", "drafts", "findings")

    def __init__(self, row: Fields, derivations: Sequence[Derivation], *, shared: Fields | None = None) -> None:
        self._row, self._shared, self._derivations = row, shared, derivations
        self._family: Ground | None = None
        self._derived: dict[str, Mapping[str, Value]] = {}
        self.drafts: list[tuple[Derivation, list[Draft]]] = []
        self.findings: list[Finding] = []
        for derivation in derivations:
            tag = derivation.tag
            made = derivation.prepared.derive(self.fields(tag), derivation.locale)
            self._derived[tag] = {**self._derived.get(tag, {}), **made.values}
            self.findings += made.findings
            if derivation.outputs:
                self.drafts.append(
                    (
                        derivation,
                        [
                            Draft(slot=output.slot, locale=tag, value=made.values.get(output.slot), maker=made.maker)
                            for output in derivation.outputs
                        ],
                    )
                )

    def of(self, turn: Turn) -> Mapping[str, Any]:
        """What a turn's templates may read: of a step for families only what all variants say."""
        if turn.level == "variant" or self._shared is None:
            return self.fields(turn.tag)
        self._family = self._family or Ground(self._shared, self._derivations)
        return self._family.fields(turn.tag)

    def fields(self, tag: str) -> Mapping[str, Any]:
        """What a template of this locale may read."""
        if not self._derived:
            return self._row
        return {**self._row, **self._derived.get(ANY_LOCALE, {}), **self._derived.get(tag, {})}

    def values(self) -> Values:
        """The drafts by locale and slot; a new dict, to be filled on."""
        made: Values = {}
        for derivation, drafts in self.drafts:
            made.setdefault(derivation.tag, {}).update({draft.slot: draft.value for draft in drafts})
        return made
