"""Was the source cell handed back word for word where a new text was wanted?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from goodsmith.base.lengths import length
from goodsmith.checks.texts import JUDGED, Text, written
from goodsmith.records import Draft, Fields, Finding, Locale, OutputSpec, Severity

_LONG_ENOUGH = 40  # half-widths: a name may rightly stay as it is, a paragraph should not
_TEMPLATE = "template"  # the maker of what no model wrote: there, repeating the row is the purpose


class Echo:
    """A warning for a paragraph that a model was paid for; a note for its names and for a template's paragraphs."""

    name = "echo"
    deep = False

    def __call__(
        self, drafts: Sequence[Draft], *, outputs: Mapping[str, OutputSpec], fields: Fields, locale: Locale | None
    ) -> Iterator[Finding]:
        cells = {
            value.strip(): name
            for name, value in fields.items()
            if type(value) is str and value and len(value) <= JUDGED
        }
        if not cells:
            return
        for place in written(drafts, outputs):
            field = cells.get(place[2].strip())
            if not field:
                continue
            draft, _, text = place
            long, written_new = length(text, "half_width") >= _LONG_ENOUGH, draft.maker != _TEMPLATE
            if long or written_new:
                yield Text(*place).finding(
                    self.name,
                    Severity.WARNING if long and written_new else Severity.NOTE,
                    f"word for word what the source has as {field}",
                    f"与原始数据“{field}”完全相同",
                    field=field,
                )
