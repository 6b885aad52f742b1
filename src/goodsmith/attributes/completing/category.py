"""Everything that is asked and known of one category, ready to read its products."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from goodsmith.attributes.completing.layout import Layout
from goodsmith.attributes.completing.lexicon import Lexicon
from goodsmith.attributes.completing.offers import Offer, TextReader
from goodsmith.attributes.completing.product import ProductRow, SourceText, source_texts
from goodsmith.attributes.completing.stated import Statement, statements
from goodsmith.attributes.names import NameMap
from goodsmith.attributes.reading import Reader
from goodsmith.attributes.tagging.tagger import Finding, Tagger
from goodsmith.base.liquid import Condition, compile_condition
from goodsmith.records import Attribute

MAX_TEXT_CHARS: Final = 4_000  # of a description; what stands behind is not read
LookUp = Callable[[ProductRow], Sequence[tuple[str, str, str]]]  # (table, name, value)


class CategoryReader:
    """One category's attributes, names and readers."""

    def __init__(
        self,
        attributes: Sequence[Attribute],
        layout: Layout,
        *,
        language: str,
        names: Mapping[str, str] | None = None,
        values: Mapping[str, Mapping[str, str]] | None = None,
        look_up: LookUp | None = None,
    ) -> None:
        """names: decided, plain name -> attribute id. values: decided, attribute -> plain value -> what it means."""
        self.attributes: dict[str, Attribute] = {attribute.id: attribute for attribute in attributes}
        self.layout, self.language = layout, language
        self.names = NameMap(attributes, names)
        self.readers = {
            attribute.id: Reader(attribute, language=language, decided=(values or {}).get(attribute.id))
            for attribute in attributes
        }
        self.conditions: dict[str, Condition] = {
            attribute.id: compile_condition(attribute.when) for attribute in attributes if attribute.when
        }
        self._look_up = look_up
        self._texts = TextReader(attributes, self.readers)

    def taught(self, known: Lexicon, sided: frozenset[str]) -> CategoryReader:
        """The same category with values of other products and shapes that the catalog taught."""
        other = object.__new__(CategoryReader)
        other.__dict__.update(self.__dict__)
        other._texts = TextReader(list(self.attributes.values()), self.readers, known=known, sided=sided)
        return other

    def statements(self, row: ProductRow) -> list[Statement]:
        """What the row states under names."""
        looked_up = self._look_up(row) if self._look_up else ()
        return list(statements(row, self.layout, self.names, self.readers, looked_up))

    def title(self, row: ProductRow) -> str:
        """The text that the tagger reads."""
        texts = source_texts(row, self.layout, max_chars=MAX_TEXT_CHARS)
        return texts[0].text if texts and texts[0].kind == "title" else ""

    def texts(self, row: ProductRow) -> list[SourceText]:
        return source_texts(row, self.layout, max_chars=MAX_TEXT_CHARS)

    def offers(self, texts: Sequence[SourceText], findings: Sequence[Finding]) -> dict[str, list[Offer]]:
        """What the texts offer. findings: of the tagger, for the first text."""
        return self._texts.offers(texts, [findings])


def offers_of(
    rows: Sequence[ProductRow], readers: Mapping[str, CategoryReader], tagger: Tagger | None
) -> list[dict[str, list[Offer]]]:
    """Attribute -> offers, of each row's texts. The tagger reads all titles together; rows need a reader."""
    texts = [readers[row.category].texts(row) for row in rows]
    findings: list[list[Finding]] = [[] for _ in rows]
    if tagger is not None:
        titled = [at for at, found in enumerate(texts) if found and found[0].kind == "title"]
        tagged = tagger.find([(texts[at][0].text, rows[at].category) for at in titled])
        for at, found in zip(titled, tagged, strict=True):
            findings[at] = found
    return [
        readers[row.category].offers(found, tagged) for row, found, tagged in zip(rows, texts, findings, strict=True)
    ]
