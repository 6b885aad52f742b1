"""A look-up made ready: fills fields of a row from a second table, and says which key is not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from goodsmith.base.liquid import compile_template
from goodsmith.base.locales import template_values
from goodsmith.protocols import LookUpTable
from goodsmith.records import Derived, Finding, Locale, LookUpStep, Severity


class PreparedLookUp:
    """A look-up step with its table (protocols.DerivingStep).

    table: one column for each field of the step, in order.
    """

    def __init__(self, step: LookUpStep, table: LookUpTable, *, known: frozenset[str]) -> None:
        self.step, self.table = step, table
        self._key = [
            (
                expression if expression in known and expression != "locale" else "",
                compile_template(
                    f"{{{{ {expression} }}}}",
                    name=f"step {step.name}, key",
                    first_line=step.lines.get(f"key.{column}") or step.lines.get("key") or 1,
                    known=known,
                ),
            )
            for column, expression in step.key.items()
        ]
        self.reads = frozenset(name for _, template in self._key for name in template.names)
        self._nothing = dict.fromkeys(step.fields, "")

    def key_of(self, values: Mapping[str, Any], locale: Locale | None = None) -> tuple[str, ...]:
        """The key of a row: its text for each key column."""
        shown: dict[str, Any] | None = None
        key: list[str] = []
        for field, template in self._key:
            if field:
                key.append(str(values.get(field) or "").strip())
                continue
            shown = shown or {**values, "locale": template_values(locale)}
            key.append(template.render(shown).strip())
        return tuple(key)

    def derive(self, values: Mapping[str, Any], locale: Locale | None = None) -> Derived:
        key = self.key_of(values, locale)
        row = self.table.find(key)
        if row is None:
            findings = (self._missing(key, locale),) if any(key) or self.step.required else ()
            return Derived(values={**self._nothing, **self._own(values)}, findings=findings)
        return Derived(values={**dict(zip(self.step.fields, row, strict=True)), **self._own(values)})

    def _own(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What the row says itself goes before what the table says of its key."""
        return {name: values[name] for name in self._nothing if values.get(name)}

    def _missing(self, key: tuple[str, ...], locale: Locale | None) -> Finding:
        table, column, said = self.table.source, " / ".join(self.table.key), " / ".join(key)
        return Finding(
            rule="look_up",
            severity=Severity.WARNING if self.step.required else Severity.NOTE,
            slot="",
            locale=locale.tag if locale else "",
            field=" / ".join(self.step.key.values()),
            en=f"{table} has no row whose {column} is {said!r}" if any(key) else f"no {column} to look up in {table}",
            zh=f"{table} 中没有 {column} 为 {said!r} 的行" if any(key) else f"没有可在 {table} 中查找的 {column}",
        )
