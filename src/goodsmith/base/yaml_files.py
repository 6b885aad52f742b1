"""Reads a YAML file by its JSON Schema: every mistake is named with its line, and text stays as it was typed.

A scalar becomes a number or a boolean only where the schema asks for one, so `no`, `0123` and `1E5` stay text. Not
read: aliases and merges (they can grow without limit and hide what a file says), tags, several documents in one file.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from goodsmith.errors import RecipeError

Place = tuple[str | int, ...]  # the way to a value: ("steps", 0, "ask", "output")
Schema = Mapping[str, Any]

MAX_BYTES: Final = 512 * 1024
_MAX_DEPTH: Final = 24
_MAX_VALUES: Final = 20_000
_TRUE_FALSE: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,15}")
_NUMBER: Final = re.compile(r"[-+]?(?:[0-9]{1,15}(?:\.[0-9]{0,15})?|\.[0-9]{1,15})(?:[eE][-+]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlFile:
    """The values of a file, and the 1-based line where each begins."""

    value: Any
    lines: Mapping[Place, int]  # of a text: the line of its first letter, also when it is a block
    file: str

    def line(self, *place: str | int) -> int | None:
        """The line of a value, or of the nearest thing around it."""
        for end in range(len(place), -1, -1):
            if place[:end] in self.lines:
                return self.lines[place[:end]]
        return None

    def fail(self, en: str, zh: str, *place: str | int) -> NoReturn:
        """Raise RecipeError at a place."""
        raise RecipeError(en, file=self.file, line=self.line(*place), zh=zh)


def read_yaml(text: str, schema: Schema, *, file: str) -> YamlFile:
    """The values of `text`, shaped as `schema` says. Raises RecipeError with the line.

    Of JSON Schema it obeys: type, enum, pattern, minimum, maximum, minLength, maxLength, minItems, maxItems,
    minProperties, properties, required, additionalProperties, propertyNames, items, anyOf (the branch is chosen by
    kind) and $ref to $defs. `x-expected` says in words what a pattern wants.
    """
    node = _read(text, file)
    lines: dict[Place, int] = {}
    value = _Shaper(schema, file, lines).shape(node, schema, ())
    return YamlFile(value=value, lines=lines, file=file)


# ---- YAML to nodes ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Node:
    kind: str  # text, list, map
    line: int
    content: Any  # str, list[_Node], list[tuple[_Node, _Node]]
    plain: bool = False  # unquoted, so it may also mean a number, a boolean or nothing


def _read(text: str, file: str) -> _Node:
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise RecipeError(
            f"the file is larger than {MAX_BYTES // 1024} KiB; a recipe of that size is a mistake",
            file=file,
            zh=f"文件超过 {MAX_BYTES // 1024} KiB;配方不应有这么大",
        )
    events = _Events(text, file)
    node = events.document()
    if node is None:
        raise RecipeError("the file is empty", file=file, zh="文件是空的")
    return node


class _Events:
    """Builds nodes from the parser's events, which are produced without recursion."""

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self._values = 0
        self._events = _parse(text.removeprefix("\ufeff"), file)

    def document(self) -> _Node | None:
        root: _Node | None = None
        for event in self._events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent" and root is not None:
                self._fail(
                    event,
                    "a second document begins here; one file is one recipe",
                    "此处开始了第二个文档;一个文件只放一个配方",
                )
            if kind in {"StreamStartEvent", "DocumentStartEvent", "DocumentEndEvent", "StreamEndEvent"}:
                continue
            root = self._node(event, 0)
        return root

    def _node(self, event: Any, depth: int) -> _Node:
        kind = type(event).__name__
        line = event.start_mark.line + 1
        self._values += 1
        if depth > _MAX_DEPTH or self._values > _MAX_VALUES:
            self._fail(event, "too deeply nested or too many values", "嵌套太深或内容太多")
        if kind == "AliasEvent":
            self._fail(
                event,
                f"aliases (*{event.anchor}) are not read in recipes; write the text out",
                f"配方不支持别名(*{event.anchor});请把内容写出来",
            )
        if getattr(event, "tag", None) and str(event.tag) not in {"!", "True"}:
            self._fail(event, "tags (!…) are not read in recipes; remove it", "配方不支持标签(!…);请删除")
        if kind == "ScalarEvent":
            return self._text(event, line)
        if kind == "SequenceStartEvent":
            return _Node("list", line, [self._node(child, depth + 1) for child in self._until("SequenceEndEvent")])
        pairs: list[tuple[_Node, _Node]] = []
        for key_event in self._until("MappingEndEvent"):
            key = self._node(key_event, depth + 1)
            if key.kind != "text":
                self._fail(key_event, "a key must be plain text", "键必须是文字")
            pairs.append((key, self._node(next(self._events), depth + 1)))
        return _Node("map", line, pairs)

    def _text(self, event: Any, line: int) -> _Node:
        value: str = event.value
        if event.style in {"|", ">"}:
            line += 1  # the text of a block begins below its mark
        line += len(value) - len(value.lstrip("\n"))
        return _Node("text", line, value.strip(), plain=event.style is None)

    def _until(self, end: str) -> Iterator[Any]:
        for event in self._events:
            if type(event).__name__ == end:
                return
            yield event

    def _fail(self, event: Any, en: str, zh: str) -> NoReturn:
        raise RecipeError(en, file=self._file, line=event.start_mark.line + 1, zh=zh)


def _parse(text: str, file: str) -> Iterator[Any]:
    from ruamel.yaml import YAML  # noqa: PLC0415  loaded where it is used
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        line = mark.line + 1 if mark is not None else None
        hint_en, hint_zh = _hint(text, line)
        raise RecipeError(
            f"this is not well-formed YAML: {what}{hint_en}", file=file, line=line, zh=f"YAML 格式有误:{what}{hint_zh}"
        ) from error


def _hint(text: str, line: int | None) -> tuple[str, str]:
    lines = text.splitlines()
    shown = lines[line - 1] if line and line <= len(lines) else ""
    if shown[: len(shown) - len(shown.lstrip())].count("\t"):
        return "; indent with spaces, not tabs", ";请用空格缩进,不要用制表符"
    if "{{" in shown or "{%" in shown or ": " in shown:
        return "; put text with {{ }}, {% %} or a colon in quotes", ";含 {{ }}、{% %} 或冒号的文字请加引号"
    return "", ""


# ---- nodes to values ----------------------------------------------------------------------------------------------

_KIND_EN: Final = {"text": "text", "list": "a list", "map": "keys with values"}
_KIND_ZH: Final = {"text": "文字", "list": "列表", "map": "键值"}
_TYPE_KINDS: Final = {"object": "map", "array": "list"}
_TYPE_EN: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "keys with values",
    "null": "nothing",
}
_TYPE_ZH: Final = {
    "string": "文字",
    "integer": "整数",
    "number": "数字",
    "boolean": "true 或 false",
    "array": "列表",
    "object": "键值",
    "null": "空",
}


class _Shaper:
    def __init__(self, root: Schema, file: str, lines: dict[Place, int]) -> None:
        self._root, self._file, self._lines = root, file, lines

    def shape(self, node: _Node, schema: Schema, place: Place, *, key_line: int | None = None) -> Any:
        schema = self._branch(node, self._resolved(schema), place)
        self._lines[place] = node.line if node.kind == "text" and node.content else key_line or node.line
        types = _types(schema)
        if node.kind == "text":
            return self._scalar(node, schema, types, place)
        wanted = "array" if node.kind == "list" else "object"
        if types and wanted not in types:
            self._expected(node, types, place)
        if node.kind == "list":
            self._between(len(node.content), schema, "Items", ("entries", "项"), node, place)
            inner = schema.get("items", {})
            return [self.shape(child, inner, (*place, index)) for index, child in enumerate(node.content)]
        return self._map(node, schema, place)

    def _map(self, node: _Node, schema: Schema, place: Place) -> dict[str, Any]:
        known: Mapping[str, Schema] = schema.get("properties", {})
        others = schema.get("additionalProperties", True)
        names = schema.get("propertyNames", {})
        made: dict[str, Any] = {}
        first_lines: dict[str, int] = {}
        for key, child in node.content:
            name: str = key.content
            here = (*place, name)
            if name in made:
                self._fail(
                    key,
                    f"{_path(here)}: this key was already given in line {first_lines[name]}",
                    f"{_path(here)}:该键已在第 {first_lines[name]} 行出现",
                )
            if name not in known:
                if others is False:
                    self._unknown_key(key, name, known, place)
                self._text_limits(key, name, names, here, is_key=True)
            inner = known.get(name, others if isinstance(others, Mapping) else {})
            made[name] = self.shape(child, inner, here, key_line=key.line)
            first_lines[name] = key.line
        for name in schema.get("required", ()):
            if name not in made:
                where, where_zh = (f"{_path(place)}: ", f"{_path(place)}:") if place else ("", "")
                raise RecipeError(
                    f"{where}the key {name!r} is missing",
                    file=self._file,
                    line=self._lines[place],
                    zh=f"{where_zh}缺少 {name!r}",
                )
        if len(made) < schema.get("minProperties", 0):
            self._fail(node, f"{_path(place)}: nothing is listed here", f"{_path(place)}:这里没有列出任何内容")
        return made

    def _unknown_key(self, key: _Node, name: str, known: Mapping[str, Schema], place: Place) -> NoReturn:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        where = f"{_path(place)}: " if place else ""
        en = f"did you mean {' or '.join(near)}?" if near else f"known keys: {', '.join(known)}"
        zh = f"您是否要写 {'、'.join(near)}?" if near else f"可用的键:{'、'.join(known)}"
        self._fail(key, f"{where}unknown key {name!r}; {en}", f"{where}没有名为 {name!r} 的键;{zh}")

    def _scalar(self, node: _Node, schema: Schema, types: tuple[str, ...], place: Place) -> Any:
        text: str = node.content
        if not types:
            return _core_value(text) if node.plain else text
        value: Any = text
        if "null" in types and node.plain and text in _NULLS:
            return None
        if "boolean" in types and node.plain and text in _TRUE_FALSE:
            value = _TRUE_FALSE[text]
        elif "integer" in types and _INTEGER.fullmatch(text):
            value = int(text)
        elif "number" in types and _NUMBER.fullmatch(text):
            value = float(text)
        elif "string" not in types:
            self._expected(node, types, place)
        if "enum" in schema and value not in schema["enum"]:
            self._not_one_of(node, text, schema["enum"], place)
        if isinstance(value, str):
            self._text_limits(node, value, schema, place)
        else:
            self._between(value, schema, "imum", ("", ""), node, place)
        return value

    def _text_limits(self, node: _Node, text: str, schema: Schema, place: Place, *, is_key: bool = False) -> None:
        if not text and schema.get("minLength"):
            self._fail(node, f"{_path(place)}: text is missing", f"{_path(place)}:缺少文字")
        self._between(len(text), schema, "Length", ("letters", "个字符"), node, place)
        if "pattern" in schema and not re.search(schema["pattern"], text):
            what, what_zh = ("the name ", "名称") if is_key else ("", "")
            en, zh = (schema.get(key, schema["pattern"]) for key in ("x-expected", "x-expected-zh"))
            self._fail(
                node,
                f"{_path(place)}: {what}{text[:60]!r} is not allowed; expected {en}",
                f"{_path(place)}:{what_zh}{text[:60]!r} 不可用;应为{zh}",
            )

    def _between(
        self, value: float, schema: Schema, ending: str, unit: tuple[str, str], node: _Node, place: Place
    ) -> None:
        low, high = schema.get(f"min{ending}"), schema.get(f"max{ending}")
        if (low is None or value >= low) and (high is None or value <= high):
            return
        en, zh = (f" {unit[0]}", unit[1]) if unit[0] else ("", "")
        bound_en = f"at least {low}" if low is not None and value < low else f"at most {high}"
        bound_zh = f"至少 {low}" if low is not None and value < low else f"最多 {high}"
        self._fail(
            node,
            f"{_path(place)}: seen {value:g}{en}, expected {bound_en}{en}",
            f"{_path(place)}:现为 {value:g}{zh},应{bound_zh}{zh}",
        )

    def _not_one_of(self, node: _Node, text: str, choices: list[str], place: Place) -> NoReturn:
        near = difflib.get_close_matches(text, [str(choice) for choice in choices], n=1, cutoff=0.5)
        listed = ", ".join(map(str, choices))
        self._fail(
            node,
            f"{_path(place)}: seen {text[:60]!r}, expected one of {listed}"
            + (f"; did you mean {near[0]}?" if near else ""),
            f"{_path(place)}:现为 {text[:60]!r},应为其中之一:{listed}" + (f";您是否要写 {near[0]}?" if near else ""),
        )

    def _expected(self, node: _Node, types: tuple[str, ...], place: Place) -> NoReturn:
        en = " or ".join(_TYPE_EN[name] for name in types if name != "null")
        zh = "或".join(_TYPE_ZH[name] for name in types if name != "null")
        seen = repr(node.content[:60]) if node.kind == "text" else _KIND_EN[node.kind]
        seen_zh = repr(node.content[:60]) if node.kind == "text" else _KIND_ZH[node.kind]
        where, where_zh = (f"{_path(place)}: ", f"{_path(place)}:") if place else ("", "")
        self._fail(node, f"{where}seen {seen}, expected {en}", f"{where_zh}现为 {seen_zh},应为{zh}")

    def _branch(self, node: _Node, schema: Schema, place: Place) -> Schema:
        """Of an anyOf, the branch for this kind of node."""
        if "anyOf" not in schema:
            return schema
        branches = [self._resolved(branch) for branch in schema["anyOf"]]
        for branch in branches:
            kinds = {_TYPE_KINDS.get(name, "text") for name in _types(branch)}
            if node.kind in kinds:
                return self._branch(node, branch, place)
        return self._expected(node, tuple(name for branch in branches for name in _types(branch)), place)

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        return schema

    def _fail(self, node: _Node, en: str, zh: str) -> NoReturn:
        raise RecipeError(en, file=self._file, line=node.line, zh=zh)


def _types(schema: Schema) -> tuple[str, ...]:
    types = schema.get("type", ())
    return (types,) if isinstance(types, str) else tuple(types)


def _path(place: Place) -> str:
    """`steps › 1 › ask`: entries of a list are counted from 1, as a reader does."""
    return " › ".join(str(part + 1) if isinstance(part, int) else part for part in place)


def _core_value(text: str) -> Any:
    """What YAML 1.2 takes an unquoted scalar for. A number with leading zeros is an id and stays text."""
    if text in _NULLS:
        return None
    if text in _TRUE_FALSE:
        return _TRUE_FALSE[text]
    if re.fullmatch(r"[-+]?(?:0|[1-9][0-9]{0,14})", text):
        return int(text)
    if re.fullmatch(r"[-+]?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}", text):
        return float(text)
    return text
