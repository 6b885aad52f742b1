"""The evidence page: products with the words that their values rest on in colour. One HTML file, no script."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from goodsmith.attributes.completing.cells import FILLED, Cell, CellStatus, Evidence
from goodsmith.attributes.completing.completer import Completed
from goodsmith.attributes.completing.saying import JOIN, STATUSES, say_cell

_COLOURS: Final = (
    "#ffd9a0", "#c9e7c1", "#bfdcf5", "#f3c6d8", "#e0d3f5", "#fff0a8", "#c8ece9", "#f6cdbf", "#d9e5b0", "#d6d9e0",
)  # fmt: skip
_CSS: Final = """
:root { color-scheme: light; font: 15px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; }
body { margin: 0 auto; max-width: 70rem; padding: 1.5rem; color: #1d2433; background: #fff; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
.fill { font-size: 1.1rem; } .about { color: #5b6579; }
.source { margin: .2rem 0; } .source b { color: #5b6579; font-weight: normal; margin-right: .6em; }
mark { border-radius: .2em; padding: .05em .15em; color: inherit; }
table { border-collapse: collapse; margin-top: .4rem; width: 100%; }
td, th { border-bottom: 1px solid #e4e8ef; padding: .25rem .5rem; text-align: left; vertical-align: top; }
th { color: #5b6579; font-weight: normal; } .unknown { color: #8a93a5; } .conflict { color: #a33; }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageProduct:
    """A product on the page. texts: source -> its text, in the order shown."""

    completed: Completed
    title: str
    texts: Mapping[str, str]


def evidence_page(
    products: Sequence[PageProduct],
    *,
    names: Mapping[str, str],
    heading: str,
    fill_line: str,
    about: str,
    language: str,
) -> str:
    """The page. names: attribute id -> its name. fill_line: of how many cells how many were filled."""
    parts = [
        "<!doctype html>",
        f'<html lang="{html.escape(language)}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html.escape(heading)}</title><style>{_CSS}</style></head><body>",
        f'<h1>{html.escape(heading)}</h1><p class="fill">{html.escape(fill_line)}</p>',
        f'<p class="about">{html.escape(about)}</p>',
    ]
    parts += [_product(product, names, language) for product in products]
    parts.append("</body></html>\n")
    return "\n".join(parts)


def _product(product: PageProduct, names: Mapping[str, str], language: str) -> str:
    cells = list(product.completed.cells.values())
    colours = {cell.attribute: _COLOURS[at % len(_COLOURS)] for at, cell in enumerate(cells)}
    spans: dict[str, list[tuple[int, int, str]]] = {}
    for cell in cells:
        for evidence in _shown_evidence(cell):
            if 0 <= evidence.start < evidence.end and evidence.source in product.texts:
                spans.setdefault(evidence.source, []).append((evidence.start, evidence.end, cell.attribute))
    key = product.completed.row.key
    parts = [f"<h2>{html.escape(key)} · {html.escape(product.title)}</h2>"]
    for source, text in product.texts.items():
        marked = _marked(text, spans.get(source, []), colours, names)
        parts.append(f'<p class="source"><b>{html.escape(source)}</b>{marked}</p>')
    parts.append("<table>")
    open_ones = [cell for cell in cells if cell.status is CellStatus.UNKNOWN and not cell.others and not cell.problem]
    parts += [_row(cell, colours[cell.attribute], names, language) for cell in cells if cell not in open_ones]
    if open_ones:
        listed = ("、" if language == "zh" else ", ").join(
            names.get(cell.attribute, cell.attribute) for cell in open_ones
        )
        word = STATUSES[CellStatus.UNKNOWN][language == "zh"]
        parts.append(f'<tr class="unknown"><th>{word}</th><td colspan="2">{html.escape(listed)}</td></tr>')
    parts.append("</table>")
    return "\n".join(parts)


def _shown_evidence(cell: Cell) -> list[Evidence]:
    if cell.status in FILLED:
        return list(cell.evidence)
    return (
        [one for candidate in cell.others for one in candidate.evidence] if cell.status is CellStatus.CONFLICT else []
    )


def _row(cell: Cell, colour: str, names: Mapping[str, str], language: str) -> str:
    name = names.get(cell.attribute, cell.attribute)
    value = JOIN.join(cell.values)
    shown = f'<mark style="background:{colour}">{html.escape(value)}</mark>' if cell.status in FILLED else ""
    kind = cell.status.value if cell.status in {CellStatus.UNKNOWN, CellStatus.CONFLICT} else ""
    said = say_cell(cell, language) if cell.status is not CellStatus.GIVEN else STATUSES[cell.status][language == "zh"]
    return f'<tr class="{kind}"><th>{html.escape(name)}</th><td>{shown}</td><td>{html.escape(said)}</td></tr>'


def _marked(
    text: str, spans: Sequence[tuple[int, int, str]], colours: Mapping[str, str], names: Mapping[str, str]
) -> str:
    """The text with its spans in colour; of overlapping ones the first."""
    parts = []
    at = 0
    for start, end, attribute in sorted(spans):
        if start < at or end > len(text):
            continue
        parts.append(html.escape(text[at:start]))
        title = html.escape(names.get(attribute, attribute))
        parts.append(
            f'<mark style="background:{colours[attribute]}" title="{title}">{html.escape(text[start:end])}</mark>'
        )
        at = end
    parts.append(html.escape(text[at:]))
    return "".join(parts)
