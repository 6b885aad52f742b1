"""Templates: python-liquid's tokens and expressions, compiled into Python closures of our own.

python-liquid reads the source and is the oracle in the tests; its interpreter is ten times too slow to fill millions
of rows. What is not listed here is refused while compiling, before any row is seen.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Never

from liquid.builtin.expressions import LoopExpression, Path, parse_primitive, tokenize
from liquid.builtin.expressions.filtered import Filter as FilterCall
from liquid.builtin.expressions.primitive import (
    Blank,
    Empty,
    FalseLiteral,
    FloatLiteral,
    IntegerLiteral,
    Nil,
    RangeLiteral,
    StringLiteral,
    TrueLiteral,
    parse_identifier,
)
from liquid.environment import Environment
from liquid.exceptions import LiquidError
from liquid.lex import get_lexer
from liquid.stream import TokenStream
from liquid.token import Token

from goodsmith.base.liquid.conditions import Ask, ConditionParser, Read, Term, asked
from goodsmith.base.liquid.errors import Place
from goodsmith.base.liquid.filters import FILTERS, MAX_ITEMS, MAX_TEXT_CHARS, FilterRefused
from goodsmith.base.liquid.values import equal, number, text
from goodsmith.errors import GoodsmithError

MAX_SOURCE_CHARS = 100_000
MAX_TAG_CHARS = 4_000  # between {{ and }}, and of a condition
MAX_TAG_SPACES = 200  # in a row, within a tag
MAX_NODES = 2_000  # outputs, tags and filters of one template
MAX_DEPTH = 20  # blocks within one another
MAX_LOOP_DEPTH = 3
MAX_LOOP_STEPS = 50_000  # passes × nodes in the loop's body, all loops of one rendering together
MAX_OUTPUT_CHARS = 1_000_000

TAGS = ("if", "unless", "case", "for", "assign", "comment", "raw", "#")  # and their elsif, else, when, end…
GROUPS: Mapping[str, tuple[str, ...]] = {"locale": ("tag", "code", "region", "language", "own_name")}

Values = Mapping[str, Any]
Write = Callable[[Values, dict[Any, Any]], str]

_STEPS = 0  # key of the step counter among the locals; names are texts, so it cannot clash
_ENV = Environment()  # only its parsing flags are used
_LEX = get_lexer("{%", "%}", "{{", "}}")
SHARED = 0.5  # key of what templates of one row share, among the locals
_MISSING = object()
_NO_VALUES: Values = {}
_PRIVATE = re.compile(r"__.*__")
_LOOP_PROPERTIES: Mapping[str, Callable[[int, int], Any]] = {
    "index": lambda at, many: at + 1,
    "index0": lambda at, many: at,
    "rindex": lambda at, many: many - at,
    "rindex0": lambda at, many: many - at - 1,
    "first": lambda at, many: at == 0,
    "last": lambda at, many: at == many - 1,
    "length": lambda at, many: many,
}


@dataclass(frozen=True, slots=True)
class Block:
    """A compiled piece.

    blank: it can only write whitespace. Where all branches of a tag can only do that, they write nothing, as in Liquid,
    and `silent` is what runs: their assignments.
    """

    write: Write
    constant: str | None
    blank: bool
    silent: Write | None = None  # where it is blank


@dataclass(slots=True)
class _Scope:
    """The names that a template makes itself. surely: assigned on every way that leads here."""

    surely: set[str]
    maybe: set[str]
    loops: tuple[str, ...] = ()  # loop variables, outermost first


class Compiler:
    """Compiles one source. names gathers the fields that it reads."""

    def __init__(self, place: Place, known: Collection[str] | None) -> None:
        self.names: set[str] = set()
        self._place, self._known = place, known
        self._scope = _Scope(set(), set())
        self._tokens: list[Token] = []
        self._at = self._nodes = self._depth = 0
        self._leading = True  # nothing but assignments so far
        self._locals: set[str] = set()  # assigned names that the expression in hand reads
        self._origins: dict[str, bytes] = {}  # leading assignment -> what its value is made from

    # ---- entrances ----

    def template(self) -> Block:
        source = self._place.source
        if len(source) > MAX_SOURCE_CHARS:
            raise self._place.error(
                0, f"a template has at most {MAX_SOURCE_CHARS:,} characters", f"模板最多 {MAX_SOURCE_CHARS:,} 个字符"
            )
        _refuse_slow(self._place)
        with _ours(self._place, self._position):
            self._tokens = list(_LEX(source))
            return self._block(frozenset())

    def condition(self) -> Term:
        source = self._place.source
        if len(source) > MAX_TAG_CHARS:
            raise self._place.error(
                0, f"a condition has at most {MAX_TAG_CHARS:,} characters", f"条件最多 {MAX_TAG_CHARS:,} 个字符"
            )
        with _ours(self._place, lambda: 0):
            return self._condition(Token("expression", source, 0, source))

    # ---- blocks ----

    def _position(self) -> int:
        at = min(self._at, len(self._tokens) - 1)
        return self._tokens[at].start_index if at >= 0 else 0

    def _next(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _block(self, ends: frozenset[str]) -> Block:
        """Everything up to a tag in `ends`, which is left in place."""
        pieces: list[str | Write] = []
        blank = True
        opened = self._position()
        while (token := self._next()) is not None:
            if token.kind == "content":
                pieces.append(token.value)
                blank = blank and (not token.value or token.value.isspace())
                self._leading = self._leading and blank
                self._at += 1
            elif token.kind == "output":
                self._at += 1
                self._leading = False
                pieces.append(self._output())
                blank = False
            elif token.kind == "comment":
                self._at += 1
            elif token.kind == "tag":
                if token.value in ends:
                    break
                made = self._tag(token)
                if made is not None:
                    pieces.append(made.write if made.constant is None else made.constant)
                    blank = blank and made.blank
            else:
                self._refuse_tag(token, token.kind)
        if token is None and ends:
            end = next(name for name in sorted(ends) if name.startswith("end"))
            raise self._place.error(opened, f"{{% {end} %}} is missing", f"缺少 {{% {end} %}}")
        return _joined(pieces, blank=blank)

    def _tag(self, token: Token) -> Block | None:
        self._count(token)
        name = token.value
        makers: dict[str, Callable[[Token], Block | None]] = {
            "if": self._if,
            "unless": self._if,
            "case": self._case,
            "for": self._for,
            "assign": self._assign,
            "comment": self._comment,
            "#": self._inline_comment,
        }
        if name not in makers:
            self._refuse_tag(token, name)
        if name in {"if", "unless", "case", "for"}:
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise self._place.error(
                    token.start_index, f"more than {MAX_DEPTH} blocks deep", f"嵌套超过 {MAX_DEPTH} 层"
                )
            self._leading = False
        self._at += 1
        made = makers[name](token)
        if name in {"if", "unless", "case", "for"}:
            self._depth -= 1
        return made

    def _refuse_tag(self, token: Token, name: str) -> Never:
        if name in {"else", "elsif", "when"} or name.startswith("end"):
            raise self._place.error(
                token.start_index, f"{{% {name} %}} has no opening tag", f"{{% {name} %}} 没有对应的开始标签"
            )
        if name in {"break", "continue"}:
            raise self._place.error(
                token.start_index,
                f"the tag {name!r} is not allowed; write {{% for … limit: 3 %}} or an if",
                f"不允许使用标签 {name!r},请用 {{% for … limit: 3 %}} 或 if",
            )
        raise self._place.error(
            token.start_index,
            f"the tag {name!r} is not allowed; allowed: {', '.join(TAGS)}",
            f"不允许使用标签 {name!r};可用:{', '.join(TAGS)}",
        )

    def _expression(self, tag: Token) -> Token:
        token = self._next()
        if token is None or token.kind != "expression":
            raise self._place.error(tag.start_index, f"{tag.value!r} says nothing", f"{tag.value!r} 后缺少内容")
        self._at += 1
        return token

    def _no_expression(self, tag: Token) -> None:
        token = self._next()
        if token is not None and token.kind == "expression":
            hint_en = "; did you mean elsif?" if tag.value == "else" else ""
            hint_zh = ",是否应为 elsif?" if tag.value == "else" else ""
            raise self._place.error(
                token.start_index, f"nothing may follow {tag.value!r}{hint_en}", f"{tag.value!r} 后不能有内容{hint_zh}"
            )

    def _count(self, token: Token) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self._place.error(
                token.start_index,
                f"more than {MAX_NODES:,} tags, slots and filters",
                f"标签、变量和过滤器超过 {MAX_NODES:,} 个",
            )

    # ---- tags ----

    def _if(self, tag: Token) -> Block:
        ends = frozenset({f"end{tag.value}", "elsif", "else"})
        ask = asked(self._condition(self._expression(tag)))
        if tag.value == "unless":
            ask = _negated(ask)
        before, branches = set(self._scope.surely), []
        branches.append((ask, self._branch(ends, before)))
        otherwise: Block | None = None
        while (token := self._next()) is not None and token.value != f"end{tag.value}":
            self._at += 1
            if otherwise is not None:
                raise self._place.error(token.start_index, "nothing may follow else", "else 之后不能再有分支")
            if token.value == "elsif":
                branches.append((asked(self._condition(self._expression(token))), self._branch(ends, before)))
            else:
                self._no_expression(token)
                otherwise = self._branch(ends, before)
        self._close(tag)
        return _chosen(branches, otherwise)

    def _branch(self, ends: frozenset[str], before: set[str]) -> Block:
        """A block that may not run: what it assigns is not sure afterwards."""
        self._scope.surely = set(before)
        block = self._block(ends)
        self._scope.surely = set(before)
        return block

    def _close(self, tag: Token) -> None:
        token = self._next()
        if token is None:
            raise self._place.error(
                tag.start_index, f"{{% end{tag.value} %}} is missing", f"缺少 {{% end{tag.value} %}}"
            )
        self._at += 1
        self._no_expression(token)

    def _case(self, tag: Token) -> Block:
        subject = self._value(self._expression(tag))
        ends = frozenset({"endcase", "when", "else"})
        before, branches = set(self._scope.surely), []
        lead = self._block(ends)
        if not lead.blank:
            raise self._place.error(
                tag.start_index, "text before the first when is never shown", "第一个 when 之前的文字不会显示"
            )
        otherwise: Block | None = None
        while (token := self._next()) is not None and token.value != "endcase":
            self._at += 1
            if otherwise is not None:
                raise self._place.error(token.start_index, "nothing may follow else", "else 之后不能再有分支")
            if token.value == "when":
                options = self._when(self._expression(token))
                branches.append((_is_one_of(subject, options), self._branch(ends, before)))
            else:
                self._no_expression(token)
                otherwise = self._branch(ends, before)
        self._close(tag)
        return _chosen(branches, otherwise)

    def _when(self, expression: Token) -> list[Read]:
        stream = TokenStream(tokenize(expression.value, expression))
        options = [self._primitive(parse_primitive(_ENV, stream))]
        while stream.current.kind in {"comma", "or"}:
            next(stream)
            options.append(self._primitive(parse_primitive(_ENV, stream)))
        self._finished(stream, expression)
        return options

    def _for(self, tag: Token) -> Block:
        expression = self._expression(tag)
        loop = LoopExpression.parse(_ENV, TokenStream(tokenize(expression.value, expression)))
        if loop.cols is not None or isinstance(loop.offset, StringLiteral):
            raise self._place.error(
                expression.start_index,
                "a loop takes limit, offset and reversed",
                "循环只支持 limit、offset 和 reversed",
            )
        if len(self._scope.loops) >= MAX_LOOP_DEPTH:
            raise self._place.error(
                tag.start_index,
                f"more than {MAX_LOOP_DEPTH} loops within one another",
                f"循环嵌套超过 {MAX_LOOP_DEPTH} 层",
            )
        self._refuse_own(loop.identifier, expression.start_index)
        source = (
            self._range(loop.iterable) if isinstance(loop.iterable, RangeLiteral) else self._primitive(loop.iterable)
        )
        limit = None if loop.limit is None else self._primitive(loop.limit)
        offset = None if loop.offset is None else self._primitive(loop.offset)
        nodes, before = self._nodes, set(self._scope.surely)
        outer = self._scope.loops
        self._scope.loops = (*outer, str(loop.identifier))
        body = self._branch(frozenset({"endfor", "else"}), before)
        key, cost = len(self._scope.loops), self._nodes - nodes + 1
        self._scope.loops = outer
        otherwise: Block | None = None
        token = self._next()
        if token is not None and token.value == "else":
            self._at += 1
            self._no_expression(token)
            otherwise = self._branch(frozenset({"endfor"}), before)
        self._close(tag)
        place, index, backwards = self._place, tag.start_index, loop.reversed
        write = _quiet(body, blank=body.blank)
        instead = None if otherwise is None else _quiet(otherwise, blank=otherwise.blank)

        def run(v: Values, l: dict[Any, Any]) -> str:  # noqa: E741
            items = _sequence(source(v, l))
            if offset is not None or limit is not None:
                first = 0 if offset is None else _count_of(offset(v, l), place, index)
                many = len(items) if limit is None else _count_of(limit(v, l), place, index)
                items = items[first : first + many]
            if not items:
                return "" if instead is None else instead(v, l)
            if backwards:
                items = items[::-1]
            shown: list[str] = []
            size, many = 0, len(items)
            for at, item in enumerate(items):
                l[_STEPS] = steps = l.get(_STEPS, 0) + cost
                if steps > MAX_LOOP_STEPS:
                    raise place.error(index, "this loop runs too often", "循环次数过多")
                l[key], l[-key] = item, (at, many)
                piece = write(v, l)
                size += len(piece)
                if size > MAX_OUTPUT_CHARS:
                    raise _too_much(place, index)
                shown.append(piece)
            return "".join(shown)

        return Block(run, None, body.blank and (otherwise is None or otherwise.blank))

    def _range(self, literal: RangeLiteral) -> Read:
        start, stop = self._primitive(literal.start), self._primitive(literal.stop)
        place, index = self._place, literal.token.start_index

        def run(v: Values, l: dict[Any, Any]) -> range:  # noqa: E741
            low, high = (number(side(v, l)) for side in (start, stop))
            if low is None or high is None:
                return range(0)
            if high - low > MAX_ITEMS:
                raise place.error(index, f"a range has at most {MAX_ITEMS:,} numbers", f"范围最多 {MAX_ITEMS:,} 个数")
            return range(int(low), int(high) + 1)

        return run

    def _assign(self, tag: Token) -> Block:
        expression = self._expression(tag)
        stream = TokenStream(tokenize(expression.value, expression))
        name = str(parse_identifier(_ENV, stream, allow_trailing_question_mark=False))
        if stream.current.kind != "assign":
            raise self._place.error(expression.start_index, "write: assign name = value", "请写:assign 名称 = 值")
        self._refuse_own(name, expression.start_index)
        next(stream)
        self._locals = set()
        read = self._filtered(stream, expression)
        self._scope.surely.add(name)  # within a branch: until _branch takes it back
        self._scope.maybe.add(name)
        if self._leading:
            return self._shared(name, expression.value, read)

        def run(v: Values, l: dict[Any, Any]) -> str:  # noqa: E741
            l[name] = read(v, l)
            return ""

        return Block(run, None, blank=True)

    def _shared(self, name: str, said: str, read: Read) -> Block:
        """An assignment before all else: templates that begin alike work it out once for a row, if they share."""
        digest = hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16)
        for local in sorted(self._locals):
            digest.update(self._origins[local])
        origin = self._origins[name] = digest.digest()

        def run(v: Values, l: dict[Any, Any]) -> str:  # noqa: E741
            shared = l.get(SHARED)
            if shared is None:
                l[name] = read(v, l)
            elif (value := shared.get(origin, _MISSING)) is not _MISSING:
                l[name] = value
            else:
                l[name] = shared[origin] = read(v, l)
            return ""

        return Block(run, None, blank=True)

    def _refuse_own(self, name: str, index: int) -> None:
        if name == "forloop" or name in GROUPS or _PRIVATE.fullmatch(name):
            raise self._place.error(index, f"{name!r} cannot be assigned", f"不能给 {name!r} 赋值")

    def _comment(self, tag: Token) -> None:
        token = self._next()
        if token is not None and token.kind == "expression":
            self._at += 1
            token = self._next()
        if token is not None and token.kind == "comment":
            self._at += 1
            token = self._next()
        if token is None or token.value != "endcomment":
            raise self._place.error(tag.start_index, "{% endcomment %} is missing", "缺少 {% endcomment %}")
        self._at += 1

    def _inline_comment(self, tag: Token) -> None:
        token = self._next()
        if token is not None and token.kind == "expression":
            self._at += 1

    # ---- expressions ----

    def _condition(self, expression: Token) -> Term:
        end = expression.start_index + len(expression.value)
        stream = TokenStream(tokenize(expression.value, expression))
        return ConditionParser(_ENV, stream, self._place, end, self._path).parse()

    def _output(self) -> Write:
        token = self._next()
        if token is None or token.kind != "expression" or not token.value:
            at = self._position()
            raise self._place.error(at, "{{ }} names nothing", "{{ }} 中缺少列名")
        self._at += 1
        self._count(token)
        read = self._value(token)
        place, index = self._place, token.start_index

        def write(v: Values, l: dict[Any, Any]) -> str:  # noqa: E741
            value = read(v, l)
            if value.__class__ is str:
                return value
            try:
                return text(value)
            except TypeError as error:
                raise place.error(index, f"this is no text ({error})", f"这不是文本({error})") from error

        return write

    def _value(self, expression: Token) -> Read:
        stream = TokenStream(tokenize(expression.value, expression))
        return self._filtered(stream, expression)

    def _filtered(self, stream: TokenStream, expression: Token) -> Read:
        if stream.current.kind == "end of expression":
            raise self._place.error(expression.start_index, "a value is missing", "缺少值")
        read = self._primitive(parse_primitive(_ENV, stream))
        for call in FilterCall.parse(_ENV, stream, delim=("pipe",)):
            read = self._filter(call, read)
        self._finished(stream, expression)
        return read

    def _finished(self, stream: TokenStream, expression: Token) -> None:
        token = stream.current
        if token.kind != "end of expression":
            raise self._place.error(
                token.start_index if token.start_index >= 0 else expression.start_index,
                f"unexpected {token.value!r}; a name with spaces is written ['such a name']",
                f"这里不应出现 {token.value!r};带空格的列名请写成 ['列 名']",
            )

    def _filter(self, call: FilterCall, read: Read) -> Read:
        self._count(call.token)
        index = call.token.start_index
        if call.name not in FILTERS:
            raise self._place.unknown(index, "filter", "过滤器", call.name, FILTERS)
        listed = FILTERS[call.name]
        least, most = listed.arguments
        if any(hasattr(argument, "name") for argument in call.args):
            raise self._place.error(index, f"{call.name} takes no named arguments", f"{call.name} 不支持命名参数")
        if not least <= len(call.args) <= most:
            wanted = str(least) if least == most else f"{least}–{most}"
            raise self._place.error(
                index,
                f"{call.name} takes {wanted} argument(s), found {len(call.args)}",
                f"{call.name} 需要 {wanted} 个参数,却有 {len(call.args)} 个",
            )
        arguments = [self._primitive(argument.value) for argument in call.args]
        return _applied(listed.apply, read, arguments, self._place, index)

    def _primitive(self, expression: Any) -> Read:
        if isinstance(expression, Path):
            return self._path(expression)
        constant: Any
        if isinstance(expression, StringLiteral | TrueLiteral | FalseLiteral | IntegerLiteral):
            constant = expression.value
            if isinstance(constant, int) and abs(constant) >= 10**20:
                raise self._place.error(
                    expression.token.start_index, "a number has at most 20 digits", "数字最多 20 位"
                )
        elif isinstance(expression, FloatLiteral):
            constant = number(expression.token.value.rstrip("."))
            if constant is None:
                raise self._place.error(
                    expression.token.start_index, "a number has at most 20 digits", "数字最多 20 位"
                )
        elif isinstance(expression, Nil | Blank | Empty):
            constant = ""
        else:
            raise self._place.error(expression.token.start_index, "a range stands in a for only", "范围只能用在 for 中")
        return _Constant(constant)

    def _path(self, path: Path) -> Read:
        root, *rest = path.path
        index = path.token.start_index
        if not isinstance(root, str):
            raise self._place.error(index, "a name cannot be computed", "列名不能由计算得到")
        for segment in path.path:
            if isinstance(segment, str) and _PRIVATE.fullmatch(segment):
                raise self._place.error(index, f"{segment!r} cannot be reached", f"不能访问 {segment!r}")
        if root == "forloop" and self._scope.loops:
            return self._loop_property(rest, index)
        read = self._root(root, rest, index)
        for segment in rest:
            read = _stepped(read, self._path(segment) if isinstance(segment, Path) else _Constant(segment))
        return read

    def _loop_property(self, rest: list[Any], index: int) -> Read:
        if len(rest) != 1 or rest[0] not in _LOOP_PROPERTIES:
            raise self._place.unknown(
                index, "part of forloop", " forloop 属性", ".".join(map(str, rest)), _LOOP_PROPERTIES
            )
        part, key = _LOOP_PROPERTIES[rest[0]], -len(self._scope.loops)
        return lambda v, l: part(*l[key])  # noqa: E741

    def _root(self, root: str, rest: list[Any], index: int) -> Read:
        for depth in range(len(self._scope.loops), 0, -1):
            if self._scope.loops[depth - 1] == root:
                return lambda v, l: l[depth]  # noqa: E741
        if root in self._scope.surely:
            self._locals.add(root)
            return lambda v, l: l[root]  # noqa: E741
        if root in self._scope.maybe and (self._known is not None and root not in self._known):
            return lambda v, l: l.get(root)  # noqa: E741
        if self._known is not None and root not in self._known:
            raise self._place.unknown(index, "name", "列或字段", root, {*self._known, *self._scope.maybe})
        self.names.add(root)
        if root in GROUPS and (self._known is None or root in self._known):
            self._group(root, rest, index)
        if root in self._scope.maybe:
            return lambda v, l: v.get(root) if (own := l.get(root, _MISSING)) is _MISSING else own  # noqa: E741
        return lambda v, l: v.get(root)  # noqa: E741

    def _group(self, root: str, rest: list[Any], index: int) -> None:
        parts = GROUPS[root]
        if not rest:
            shown = ", ".join(f"{root}.{part}" for part in parts)
            raise self._place.error(
                index, f"{root!r} has parts; write one of {shown}", f"{root!r} 由多个部分组成,请写其一:{shown}"
            )
        if rest[0] not in parts:
            raise self._place.unknown(index, f"part of {root}", f" {root} 属性", str(rest[0]), parts)


def _refuse_slow(place: Place) -> None:
    """Refuse what python-liquid's lexer would read in quadratic time or worse: tags without end or of great length.

    (100,000 characters of `{{` took it two minutes.) It sees tags where the lexer does: in raw blocks there are none.
    """
    source, at = place.source, 0
    while match := _OPENING.search(source, at):
        sign, start = match.group(), match.start()
        closing = "}}" if sign == "{{" else "%}"
        end = source.find(closing, match.end())
        if end < 0:
            raise place.error(
                start, f"this {sign} is not closed with {closing}", f"这里的 {sign} 没有用 {closing} 结束"
            )
        if end - start > MAX_TAG_CHARS or _LONG_GAP.search(source, start, end):
            raise place.error(start, f"this tag is longer than {MAX_TAG_CHARS:,} characters", "这个标签过长")
        at = end + 2
        if sign == "{%" and (named := _RAW.match(source, start)):
            if named[1] == "doc":
                raise place.error(
                    start, "the tag 'doc' is not allowed; write comment", "不允许使用标签 'doc',请用 comment"
                )
            ended = _END_RAW.search(source, at)
            if ended is None:
                raise place.error(start, "{% endraw %} is missing", "缺少 {% endraw %}")
            at = ended.end()


_OPENING = re.compile(r"\{\{|\{%")
_LONG_GAP = re.compile(rf"\s{{{MAX_TAG_SPACES}}}")
_RAW = re.compile(r"\{%-?\s{0,200}(raw|doc)\s{0,200}-?%\}")
_END_RAW = re.compile(r"\{%-?\s{0,200}endraw\s{0,200}-?%\}")


class _ours:  # noqa: N801  -- reads as a clause: with _ours(place, …)
    """Turns python-liquid's errors into ours."""

    def __init__(self, place: Place, fallback: Callable[[], int]) -> None:
        self._place, self._fallback = place, fallback

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, LiquidError):
            raise self._place.translated(error, self._fallback()) from None
        if isinstance(error, RecursionError):
            raise self._place.error(0, "too deeply nested", "嵌套过深") from None


# ---- closures -----------------------------------------------------------------------------------------------------


class _Constant:
    """A value that no row can change, to be seen while compiling."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self, v: Values, l: dict[Any, Any]) -> Any:  # noqa: E741
        return self.value


def _negated(ask: Ask) -> Ask:
    return lambda v, l: not ask(v, l)  # noqa: E741


def _is_one_of(subject: Read, options: list[Read]) -> Ask:
    def ask(v: Values, l: dict[Any, Any]) -> bool:  # noqa: E741
        value = subject(v, l)
        return any(equal(value, option(v, l)) for option in options)

    return ask


def _stepped(read: Read, segment: Read) -> Read:
    """One step into a value: a part of a mapping, an item of a list, or size, first, last. Anything else is empty."""
    if isinstance(segment, _Constant):
        fixed = segment.value
        if fixed == "size":
            return _sized(read)
        if fixed.__class__ is int:
            return _item(read, fixed)

    def run(v: Values, l: dict[Any, Any]) -> Any:  # noqa: E741
        value, name = read(v, l), segment(v, l)
        if isinstance(value, Mapping):
            return value.get(name) if isinstance(name, str) else None
        if name == "size":
            return len(value) if isinstance(value, str | list | tuple) else 0
        if isinstance(value, list | tuple) and value:
            if name == "first":
                return value[0]
            if name == "last":
                return value[-1]
            at = number(name)
            if at is not None and at == int(at) and -len(value) <= at < len(value):
                return value[int(at)]
        return None

    return run


def _sized(read: Read) -> Read:
    def run(v: Values, l: dict[Any, Any]) -> Any:  # noqa: E741
        value = read(v, l)
        if isinstance(value, str | list | tuple):
            return len(value)
        return value.get("size") if isinstance(value, Mapping) else 0

    return run


def _item(read: Read, at: int) -> Read:
    def run(v: Values, l: dict[Any, Any]) -> Any:  # noqa: E741
        value = read(v, l)
        return value[at] if isinstance(value, list | tuple) and -len(value) <= at < len(value) else None

    return run


def _applied(apply: Callable[..., Any], read: Read, arguments: list[Read], place: Place, index: int) -> Read:
    def refused(error: Exception) -> GoodsmithError:
        if isinstance(error, FilterRefused):
            return place.error(index, error.en, error.zh)
        return place.error(index, f"this filter cannot take such a value ({error})", f"过滤器不接受这样的值({error})")

    if not arguments:

        def run(v: Values, l: dict[Any, Any]) -> Any:  # noqa: E741
            try:
                return apply(read(v, l))
            except (FilterRefused, TypeError, ValueError, ArithmeticError) as error:
                raise refused(error) from error

        return run

    if all(isinstance(argument, _Constant) for argument in arguments):
        fixed = [argument(_NO_VALUES, {}) for argument in arguments]

        def run_fixed(v: Values, l: dict[Any, Any]) -> Any:  # noqa: E741
            try:
                return apply(read(v, l), *fixed)
            except (FilterRefused, TypeError, ValueError, ArithmeticError) as error:
                raise refused(error) from error

        return run_fixed

    def run_with(v: Values, l: dict[Any, Any]) -> Any:  # noqa: E741
        try:
            return apply(read(v, l), *[argument(v, l) for argument in arguments])
        except (FilterRefused, TypeError, ValueError, ArithmeticError) as error:
            raise refused(error) from error

    return run_with


def _joined(pieces: list[str | Write], *, blank: bool) -> Block:
    merged: list[str | Write] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        elif piece != "":
            merged.append(piece)
    silent = _silent([piece for piece in merged if not isinstance(piece, str)]) if blank else None
    if not merged:
        return Block(lambda v, l: "", "", blank, silent)  # noqa: E741
    if len(merged) == 1:
        only = merged[0]
        if isinstance(only, str):
            return Block(lambda v, l: only, only, blank, silent)  # noqa: E741
        return Block(only, None, blank, silent)
    return Block(_sequence_of(merged), None, blank, silent)


def _quiet(block: Block, *, blank: bool) -> Write:
    """What runs of a block within a tag. blank: whether all that the tag can write is whitespace."""
    return block.silent if blank and block.silent is not None else block.write


def _silent(writes: list[Write]) -> Write:
    """For a block of assignments and whitespace: they happen, nothing is written."""
    if not writes:
        return lambda v, l: ""  # noqa: E741

    def run(v: Values, l: dict[Any, Any]) -> str:  # noqa: E741
        for write in writes:
            write(v, l)
        return ""

    return run


def _sequence_of(pieces: list[str | Write]) -> Write:
    def run(v: Values, l: dict[Any, Any]) -> str:  # noqa: E741
        shown = [piece if piece.__class__ is str else piece(v, l) for piece in pieces]  # type: ignore[operator]
        if sum(map(len, shown)) > MAX_OUTPUT_CHARS:
            raise _too_much(Place(""), 0)
        return "".join(shown)

    return run


def _too_much(place: Place, index: int) -> GoodsmithError:
    return place.error(
        index, f"the text would exceed {MAX_OUTPUT_CHARS:,} characters", f"生成的文本将超过 {MAX_OUTPUT_CHARS:,} 个字符"
    )


def _chosen(branches: list[tuple[Ask, Block]], otherwise: Block | None) -> Block:
    blank = all(block.blank for _, block in branches) and (otherwise is None or otherwise.blank)
    instead: Write = (lambda v, l: "") if otherwise is None else _quiet(otherwise, blank=blank)  # noqa: E741
    if len(branches) == 1:
        ask, block = branches[0]
        write = _quiet(block, blank=blank)
        return Block(lambda v, l: write(v, l) if ask(v, l) else instead(v, l), None, blank)  # noqa: E741
    ways = [(ask, _quiet(block, blank=blank)) for ask, block in branches]

    def run(v: Values, l: dict[Any, Any]) -> str:  # noqa: E741
        for ask, write in ways:
            if ask(v, l):
                return write(v, l)
        return instead(v, l)

    return Block(run, None, blank)


def _sequence(value: Any) -> Any:
    if isinstance(value, list | tuple | range):
        return value
    return [value] if isinstance(value, str) and value else []


def _count_of(value: Any, place: Place, index: int) -> int:
    found = number(value)
    if found is None:
        raise place.error(
            index, f"expected a whole number, found {text(value)!r}", f"这里应是整数,却是 {text(value)!r}"
        )
    return max(0, min(MAX_TEXT_CHARS, int(found)))
