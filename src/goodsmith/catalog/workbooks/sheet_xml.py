"""A fast scan of sheet XML over bounded buffers.

Nearly every program writes cells as `<c r="A1" s="3" t="s"><v>12</v></c>`, which one regular expression reads ten times
faster than an XML parser's callbacks. XML that says the same in another way (prefixes, comments, CDATA, UTF-16, cells
without a reference) is first rewritten by expat into that form, so there is one meaning. A DTD is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from xml.parsers import expat

MAX_PIECE_BYTES = 64 * 1024**2  # of one row or one shared string

Cell = tuple[str, str, str, str, str]  # column letters, row digits, other attributes, value, any other content

CELL = re.compile(
    r'<c r="([A-Z]{1,3})([0-9]{1,7})"([^>/]*)(?:/>|>(?:<v>([^<]*)</v></c>|((?:[^<]++|<(?!/?c[ >/]))*+)</c>))'
)
_PLAIN_STRING = re.compile(r'<si><t(?: xml:space="preserve")?>([^<]*)</t></si>')
_STRING = re.compile(r"<si(?:\s[^>]*)?(?:/>|>(.*?)</si>)", re.DOTALL)
_PHONETIC = re.compile(r"<rPh[ >].*?</rPh>", re.DOTALL)
_TEXT = re.compile(r"<t(?:\s[^>]*)?>([^<]*)</t>")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ENTITY = re.compile(r"&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ODD = ("<c>", "<c/>", "<c\n", "<c\r", "<c\t", ":c ", ":c>", "<!", "<?")  # cells in another form, comments, CDATA


class Unusual(Exception):  # not a failure: read it the slow way
    """The XML is not in the usual form."""


class NotXml(ValueError):
    """The XML cannot be read at all; the message says why."""


def pieces_up_to(pieces: Iterable[bytes], closing: bytes) -> Iterator[bytes]:
    """Cut a stream behind the last `closing` of each buffer, so that nothing is torn. The rest comes last."""
    rest = b""
    for piece in pieces:
        start = max(0, len(rest) - len(closing))
        rest += piece
        cut = rest.rfind(closing, start)
        if cut >= 0:
            cut += len(closing)
            yield rest[:cut]
            rest = rest[cut:]
        if len(rest) > MAX_PIECE_BYTES:
            raise NotXml(f"more than {MAX_PIECE_BYTES // 1024**2} MiB without {closing.decode()}")
    yield rest


def check_usual(head: bytes, root: bytes) -> None:
    """Raise Unusual if a part does not start as usual: UTF-8, no prefix, no doctype."""
    if not re.match(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?<" + root + rb"[\s>]", head):
        raise Unusual
    declared = re.match(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]*encoding=[\"']([^\"']*)", head)
    if declared and declared[1].lower() not in {b"utf-8", b"utf8", b"us-ascii"}:
        raise Unusual


def decoded(piece: bytes) -> str:
    """XML in the usual form as text."""
    try:
        return piece.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotXml(f"not UTF-8 at byte {error.start}") from error


def cells(chunk: str) -> list[Cell]:
    """All cells of a chunk of whole rows."""
    found = CELL.findall(chunk)
    if chunk.count("<c ") != len(found) or any(odd in chunk for odd in _ODD):
        raise Unusual
    return found


def shared_strings(chunk: str) -> list[str]:
    """The texts of a chunk of whole `<si>` elements. Runs are joined, phonetic hints left out."""
    if "<!" in chunk:
        raise Unusual
    found: list[str] = _PLAIN_STRING.findall(chunk)
    if len(found) != chunk.count("<si"):
        found = [rich_text(inner) for inner in _STRING.findall(chunk)]
        if len(found) != chunk.count("<si"):
            raise Unusual
    if "&" in chunk or "_x" in chunk or "\r" in chunk:
        found = [plain(text) for text in found]
    return found


def rich_text(inner: str) -> str:
    """The text of `<is>` or `<si>` content, not yet unescaped."""
    if "<rPh" in inner:
        inner = _PHONETIC.sub("", inner)
    return "".join(_TEXT.findall(inner))


def plain(text: str) -> str:
    """Text as meant: entities and `_x000D_` resolved, line ends as XML has them."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "&" in text:
        text = _ENTITY.sub(_resolved, text)
    if "_x" in text:
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
        if re.search("[\ud800-\udfff]", text):  # halves of one character, written apart
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def elements(pieces: Iterable[bytes], wanted: frozenset[str]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Name, parent's name and attributes of the elements in `wanted`, without prefixes, in order of their starts."""
    found: list[tuple[str, str, dict[str, str]]] = []
    path: list[str] = [""]

    def start(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if local in wanted:
            found.append((local, path[-1], {key.rpartition(" ")[2]: value for key, value in attributes.items()}))
        path.append(local)

    def end(_: str) -> None:
        path.pop()

    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    for _ in _parsed(parser, pieces):
        yield from found
        found.clear()


def events(pieces: Iterable[bytes]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """`start` with the name and its attributes, `end` with the name, `text` with {"text": …}; without prefixes."""
    found: list[tuple[str, str, dict[str, str]]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        told = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        found.append(("start", name.rpartition(" ")[2], told))

    parser = _parser()
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: found.append(("end", name.rpartition(" ")[2], {}))
    parser.CharacterDataHandler = lambda text: found.append(("text", "", {"text": text}))
    for _ in _parsed(parser, pieces):
        yield from found
        found.clear()


def branches(pieces: Iterable[bytes], wanted: frozenset[str]) -> Iterator[tuple[str, dict[str, str], dict[str, str]]]:
    """Name, attributes and texts of the elements in `wanted`, without prefixes, in order of their ends.

    Texts are by the name of the child that holds them, however deep; the element's own text is under "". Elements in
    `wanted` do not stand within each other.
    """
    found: list[tuple[str, dict[str, str], dict[str, str]]] = []
    path: list[str] = []  # from the wanted element down

    def start(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if path:
            path.append(local)
        elif local in wanted:
            path.append(local)
            found.append((local, {key.rpartition(" ")[2]: value for key, value in attributes.items()}, {}))

    def end(_: str) -> None:
        if path:
            path.pop()

    def text(data: str) -> None:
        if path:
            child = path[1] if len(path) > 1 else ""
            texts = found[-1][2]
            texts[child] = texts.get(child, "") + data

    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    for _ in _parsed(parser, pieces):
        ready = len(found) - bool(path)
        yield from found[:ready]
        del found[:ready]


def usual(pieces: Iterable[bytes], wanted: frozenset[str]) -> Iterator[bytes]:
    """The same XML in the usual form, with the elements in `wanted` and everything inside them.

    Raises NotXml at damage and at a DTD.
    """
    out: list[str] = []
    place = {"row": 0, "column": 0}

    def start(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if local not in wanted:
            return
        attributes = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        if local == "row":
            place["row"] = int(attributes.get("r") or place["row"] + 1)
            place["column"] = 0
            attributes["r"] = str(place["row"])
        elif local == "c":
            attributes = _placed(attributes, place)
        listed = "".join(f' {key}="{_quoted(value)}"' for key, value in attributes.items() if key != "space")
        out.append(f"<{local}{listed}>")

    def end(name: str) -> None:
        local = name.rpartition(" ")[2]
        if local in wanted:
            out.append(f"</{local}>")

    def text(data: str) -> None:
        out.append(_quoted(data))

    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    for _ in _parsed(parser, pieces):
        yield "".join(out).encode()
        out.clear()


def _parser() -> expat.XMLParserType:
    def refuse(*_: object) -> None:
        raise NotXml("a document type definition is not allowed")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    return parser


def _parsed(parser: expat.XMLParserType, pieces: Iterable[bytes]) -> Iterator[None]:
    """Feed the parser and pause after each piece, so that the caller can take what was found."""
    try:
        for piece in pieces:
            parser.Parse(piece, False)  # expat's own signature
            yield
        parser.Parse(b"", True)
    except NotXml:
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter: an encoding nobody knows, a row number
        raise NotXml(str(error)) from error
    yield


def _placed(attributes: dict[str, str], place: dict[str, int]) -> dict[str, str]:
    """Cell attributes with the reference first, counted on where the file leaves it out."""
    written = re.fullmatch(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})", attributes.pop("r", ""))
    if written:
        name = written[1].upper()
        number = 0
        for letter in name:
            number = number * 26 + ord(letter) - 64
        place["column"] = number
    else:
        place["column"] += 1
        number, name = place["column"], ""
        while number:
            number, rest = divmod(number - 1, 26)
            name = chr(65 + rest) + name
    return {"r": f"{name}{place['row']}"} | {key: value for key, value in attributes.items() if "/" not in value}


def _quoted(text: str) -> str:
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("\r", "&#13;")
    )


def _resolved(match: re.Match[str]) -> str:
    if match[3]:
        return _NAMED[match[3]]
    code = int(match[1], 16) if match[1] else int(match[2])
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
