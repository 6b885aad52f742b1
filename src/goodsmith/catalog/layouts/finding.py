"""Which rows name the columns: below banners, in one row or several, merged or not; or none; or the first column."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from goodsmith.catalog.layouts.grid import Cells, Head, Span
from goodsmith.catalog.layouts.kinds import Kind, column_kind, fits, kind_of
from goodsmith.catalog.layouts.words import is_column_name, is_total

CANDIDATE_ROWS = 30  # in which the names are looked for
BODY_ROWS = 40  # below a candidate, by which it is judged
SCORED_COLUMNS = 200
NAME_LENGTH = 80  # longer texts are no names
COVERAGE = 0.5  # share of the used columns that a row of names names
FIRST_ROW = 0.5  # most tables begin with their names
MOST_LEVELS = 4  # rows of names
TURNED_COLUMNS = 500  # products beside each other, as far as a turned sheet is recognised
TURNED_MARGIN = 0.8  # by how much a turned sheet must make more sense

_MACHINE_NAME = re.compile(r"[a-z]+(?:_[a-z0-9]+)*")
_Rows = Sequence[tuple[int, Cells]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The names over one column. name: how it is called where that is clear; whole: everything that stands above it."""

    name: str
    whole: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the names stand. first and last: 1-based rows, 0 if the table has none."""

    first: int
    last: int
    headings: Mapping[int, Heading] = field(default_factory=dict)  # by the column's place
    turned: bool = False  # names stand in the first column and products beside each other, as it seems
    above: tuple[tuple[int, str], ...] = ()  # what stands above the names: row and text
    body: Mapping[int, Kind] = field(default_factory=dict)  # what columns hold, where that is clear
    filled: float = 0.0  # cells that a row of the body has, the median


def find_layout(head: Head, *, asked: tuple[int, int] | None = None) -> Layout | None:
    """The layout that the first rows of a sheet show.

    asked: first and last row of the names as a person gave them, (0, 0) if there are none. None: nothing to be found.
    """
    whole = sorted((number, cells) for number, cells in head.rows.items() if not is_blank(cells))
    rows = [(number, cells[:SCORED_COLUMNS]) for number, cells in whole]
    if asked is not None:
        if asked != (0, 0) and not any(asked[0] <= number <= asked[1] for number, _ in rows):
            return None
        return _laid_out(whole, head.spans, *asked, stacked=False)
    if not rows:
        return None
    best = max(range(min(len(rows), CANDIDATE_ROWS)), key=lambda place: (_score(rows, place, head.spans), -place))
    if not any(_texts(cells) for _, cells in rows[: best + 1]):  # all names beyond the columns that are looked at
        return _laid_out(whole, head.spans, whole[0][0], whole[0][0], stacked=False)
    if _is_body(rows, best):
        return _laid_out(whole, head.spans, 0, 0, stacked=False)
    if _is_turned(rows, best):
        return replace(_laid_out(whole, head.spans, rows[0][0], rows[0][0], stacked=False), turned=True)
    first, last, stacked = _levels(rows, best, head.spans)
    return _laid_out(whole, head.spans, rows[first][0], rows[last][0], stacked=stacked)


def is_blank(cells: Cells) -> bool:
    return not any(cell and not cell.isspace() for cell in cells)


# ---- one row of names ---------------------------------------------------------------------------------------------


def _score(rows: _Rows, place: int, spans: Sequence[Span]) -> float:
    """How much a row looks like names of what stands below it. About -4 to 4."""
    number, cells = rows[place]
    texts = _texts(cells)
    used = _used(_body(rows[place + 1 :])) or set(texts)
    named = set(texts) | {
        column for span in spans if span.top <= number <= span.bottom for column in _columns(span) if span.left in texts
    }
    coverage = len(named & used) / len(used)
    likely = [text for text in texts.values() if kind_of(text) in {"text", "code"} and len(text) <= NAME_LENGTH]
    textual = len(likely) / len(texts)
    different = len({text.strip().casefold() for text in texts.values()}) / len(texts)
    known = sum(map(is_column_name, likely)) / len(texts)
    score = 2 * coverage + textual + 0.5 * different + min(1.0, 2 * known) + _contrast(texts, _others(rows, place))
    if coverage < COVERAGE or textual < 0.5 or (len(texts) < 2 <= len(used)) or _adds_up(texts):
        return score - 3 - 0.05 * place
    return score + (FIRST_ROW if place == 0 else -0.05 * place)


def _adds_up(texts: Mapping[int, str]) -> bool:
    label, *rest = texts.values()
    return bool(rest) and is_total(label) and all(kind_of(text) == "number" for text in rest)


def _contrast(texts: Mapping[int, str], body: Sequence[Cells]) -> float:
    """1 where a row is unlike all columns that hold one kind of thing, -2 where it is like them."""
    kinds = _kinds(body)
    like = sum(column in texts and fits(texts[column], kind) for column, kind in kinds.items())
    unlike = sum(column in texts and not fits(texts[column], kind) for column, kind in kinds.items())
    return (unlike - 2 * like) / len(kinds) if kinds else 0.0


def _is_body(rows: _Rows, place: int) -> bool:
    """Whether the best row that there is to name columns is a row like all others: the table has no names."""
    texts = _texts(rows[place][1])
    body = _others(rows, place)
    kinds = _kinds(body)
    alike = [kind for column, kind in kinds.items() if column in texts and fits(texts[column], kind)]
    sure = [kind for kind in alike if kind in {"code", "date", "url"}]
    return (
        len(body) >= 2
        and len(alike) >= 2
        and len(alike) == len(kinds)
        and bool(sure)
        and not any(map(is_column_name, texts.values()))
    )


# ---- several rows of names ----------------------------------------------------------------------------------------


def _levels(rows: _Rows, best: int, spans: Sequence[Span]) -> tuple[int, int, bool]:
    """The first and last row of names around the best one, by place; and whether they say the same twice."""
    first = last = best
    while first > 0 and best - first < MOST_LEVELS - 1 and _is_group(rows, first - 1, first, spans):
        first -= 1
    while last + 1 < len(rows) and last - first < MOST_LEVELS - 1 and _goes_on(rows, last, spans):
        last += 1
    stacked = False
    if first == last and last + 1 < len(rows) and _says_again(rows, last):
        last, stacked = last + 1, True
    return first, last, stacked


def _is_group(rows: _Rows, upper: int, lower: int, spans: Sequence[Span]) -> bool:
    """Whether a row stands over the names and gives groups of them one name."""
    (top, above), (bottom, below) = rows[upper], rows[lower]
    texts, names = _texts(above), _texts(below)
    if bottom != top + 1 or _contrast(texts, _body(rows[lower + 1 :])) < 0 or _is_too_long(texts):
        return False
    if any(span.top <= top and span.bottom >= bottom and span.left in texts for span in spans):
        return True
    used = _used(_body(rows[lower + 1 :])) | set(names)
    wide = [span for span in spans if span.top == top and span.left in texts and span.right > span.left]
    grouping = [span for span in wide if len(set(names) & set(_columns(span))) >= 2]
    if any(not used <= set(_columns(span)) for span in grouping) and (len(texts) > 1 or min(texts) > min(used)):
        return True
    if len(texts) < 2:
        return False
    if (used - set(names)) & set(texts):  # it names what the lower row leaves without a name
        return len(names) >= 2
    groups = _filled_right(texts, names)
    whole = [(groups.get(column), name) for column, name in names.items()]
    return len(set(names.values())) < len(names) and len(set(whole)) == len(whole)


def _goes_on(rows: _Rows, place: int, spans: Sequence[Span]) -> bool:
    """Whether the row below still names columns: what is merged above it has parts there."""
    (top, above), (bottom, below) = rows[place], rows[place + 1]
    texts, names = _texts(above), _texts(below)
    body = _body(rows[place + 2 :])
    if bottom != top + 1 or not body or _is_too_long(names) or _likeness(names, body):
        return False
    if any(kind_of(text) in {"number", "date", "url"} for text in names.values()):
        return False
    tall = [span for span in spans if span.top <= top and span.bottom >= bottom and span.left in texts]
    wide = [span for span in spans if span.top == top and span.right > span.left and span.left in texts]
    parted = [span for span in wide if len(set(names) & set(_columns(span))) >= 2]
    covered = {column for span in tall for column in _columns(span)}
    if parted and (tall or not set(names) - {column for span in wide for column in _columns(span)}):
        return True
    if tall and not covered & set(names) and len(covered) * 2 >= len(texts):
        return bool(names)
    gaps = _used(body) - set(texts)
    return not spans and bool(gaps & set(names)) and gaps >= set(names)


def _says_again(rows: _Rows, place: int) -> bool:
    """Whether the row below names the same columns again, in another language or for a machine.

    It must be unlike at least two columns of goods and like none, so that a first product is never taken for names.
    """
    (top, above), (bottom, below) = rows[place], rows[place + 1]
    texts, names = _texts(above), _texts(below)
    body = _body(rows[place + 2 :])
    kinds = _kinds(body)
    unlike = [column for column, kind in kinds.items() if column in names and not fits(names[column], kind)]
    return (
        bottom == top + 1
        and len(body) >= 3
        and len(unlike) >= 2
        and not _likeness(names, body)
        and len(names) >= COVERAGE * len(texts)
        and not _is_too_long(names)
        and all(kind_of(text) == "text" for text in names.values())
        and _are_names(names.values())
        and len(set(names.values())) == len(names)
        and not any(column in names and names[column] in _values(body, column) for column in texts)
    )


def _are_names(texts: Collection[str]) -> bool:
    """Whether texts are sure to be names: common ones, or such as machines read."""
    known = sum(map(is_column_name, texts))
    return known * 3 >= len(texts) or all(_MACHINE_NAME.fullmatch(text) for text in texts)


def _likeness(texts: Mapping[int, str], body: Sequence[Cells]) -> bool:
    return any(column in texts and fits(texts[column], kind) for column, kind in _kinds(body).items())


def _is_too_long(texts: Mapping[int, str]) -> bool:
    return any(len(text) > NAME_LENGTH for text in texts.values())


# ---- names of columns ---------------------------------------------------------------------------------------------


def _laid_out(rows: _Rows, spans: Sequence[Span], first: int, last: int, *, stacked: bool) -> Layout:
    names = [(number, cells) for number, cells in rows if first <= number <= last and first]
    body = _body([(number, cells) for number, cells in rows if number > last])
    counts = sorted(len(_texts(cells)) for cells in body)
    return Layout(
        first=first,
        last=last,
        headings=_headings(names, spans, stacked=stacked) if names else {},
        above=tuple((number, next(iter(_texts(cells).values()))) for number, cells in rows if number < first),
        body=_kinds([cells[:SCORED_COLUMNS] for cells in body]),
        filled=float(counts[len(counts) // 2]) if counts else 0.0,
    )


def _headings(rows: _Rows, spans: Sequence[Span], *, stacked: bool) -> dict[int, Heading]:
    levels: list[dict[int, str]] = []
    for place, (number, cells) in enumerate(rows):
        texts = _texts(cells)
        level = dict(texts)
        own = [span for span in spans if span.top <= number <= span.bottom and (span.right > span.left)]
        for span in own:
            source = next((held for top, held in rows if top == span.top), cells)
            text = source[span.left] if span.left < len(source) else None
            if text and (span.top == number or span.top >= rows[0][0]):
                level |= dict.fromkeys(_columns(span), text)
        if not own and place + 1 < len(rows) and not stacked:
            level = _filled_right(texts, _texts(rows[place + 1][1])) | texts
        levels.append(level)
    parts: dict[int, list[str]] = {}
    for level in levels:
        for column, text in level.items():
            told = parts.setdefault(column, [])
            if told[-1:] != [neat := " ".join(text.split())]:
                told.append(neat)
    leaves = {column: told[0] if stacked else told[-1] for column, told in parts.items()}
    unclear = {
        column
        for column, leaf in leaves.items()
        if not stacked and len(parts[column]) > 1 and (_is_short(leaf) or list(leaves.values()).count(leaf) > 1)
    }
    single = len(rows) == 1
    return {
        column: Heading(
            name=" / ".join(told) if column in unclear else leaves[column],
            whole=_as_written(rows[0][1], column) if single else " / ".join(told),
        )
        for column, told in sorted(parts.items())
    }


def _is_short(name: str) -> bool:
    """Whether a name says too little without its group: 长, 宽, L, cm."""
    return len(name) < 2 or (name.isascii() and len(name) < 3)


def _as_written(cells: Cells, column: int) -> str:
    return (cells[column] if column < len(cells) else None) or ""


def _filled_right(groups: Mapping[int, str], names: Mapping[int, str]) -> dict[int, str]:
    """The group of each named column where groups stand over the first of their columns."""
    found, group = {}, None
    for column in range(max((*groups, *names), default=-1) + 1):
        group = groups.get(column, group)
        if group is not None and (column in names or column in groups):
            found[column] = group
    return found


# ---- turned sheets ------------------------------------------------------------------------------------------------


def _is_turned(rows: _Rows, best: int) -> bool:
    """Whether the sheet makes more sense with rows and columns exchanged."""
    width = max(len(cells) for _, cells in rows)
    if width < 3 or len(rows) < 2 or len(rows) > CANDIDATE_ROWS + BODY_ROWS:
        return False
    columns = [
        (column + 1, [cells[column] if column < len(cells) else None for _, cells in rows])
        for column in range(min(width, TURNED_COLUMNS))
    ]
    columns = [(number, cells) for number, cells in columns if not is_blank(cells)]
    names = [text for text in columns[0][1] if text] if columns else []
    if len(columns) < 3 or len(names) < 2 or len(set(names)) < len(names):
        return False
    known = sum(map(is_column_name, names))
    straight = sum(map(is_column_name, _texts(rows[best][1]).values()))
    return (
        known >= 2
        and known * 3 >= len(names)
        and straight <= 1
        and _score(columns, 0, ()) > _score(rows, best, ()) + TURNED_MARGIN
    )


# ---- small things -------------------------------------------------------------------------------------------------


def _texts(cells: Cells) -> dict[int, str]:
    """The cells of a row that are not blank, by column."""
    return {column: cell for column, cell in enumerate(cells) if cell and not cell.isspace()}


def _others(rows: _Rows, place: int) -> list[Cells]:
    """The rows that look like goods, without the one in question."""
    return _body([*rows[:place], *rows[place + 1 :]])


def _body(rows: _Rows) -> list[Cells]:
    """The rows that look like goods: those with at least half as many cells as the fullest of them."""
    near = [cells for _, cells in rows[:BODY_ROWS]]
    counts = [len(_texts(cells)) for cells in near]
    most = max(counts, default=0)
    return [cells for cells, count in zip(near, counts, strict=True) if count * 2 >= most and count]


def _used(body: Sequence[Cells]) -> set[int]:
    """Columns that at least a quarter of the rows fill."""
    counts: dict[int, int] = {}
    for cells in body:
        for column in _texts(cells):
            counts[column] = counts.get(column, 0) + 1
    return {column for column, count in counts.items() if count * 4 >= len(body)}


def _kinds(body: Sequence[Cells]) -> dict[int, Kind]:
    width = max(map(len, body), default=0)
    found = {column: column_kind(_values(body, column)) for column in range(width)}
    return {column: kind for column, kind in found.items() if kind is not None and kind != "flag"}


def _values(body: Sequence[Cells], column: int) -> list[str | None]:
    return [cells[column] if column < len(cells) else None for cells in body]


def _columns(span: Span) -> range:
    return range(span.left, span.right + 1)
