"""Reads a template into a tree, with python-liquid's tokens and expressions.

What is not listed here is refused, before any row is seen.
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

from goodsmith.base.liquid.conditions import ConditionParser
from goodsmith.base.liquid.errors import Place
from goodsmith.base.liquid.filters import FILTERS
from goodsmith.base.liquid.tree import (
    Assign,
    Block,
    Choice,
    Constant,
    Field,
    Filtered,
    Item,
    Loop,
    LoopPart,
    Not,
    OneOf,
    Output,
    Own,
    Part,
    Piece,
    Question,
    Range,
    Term,
    Value,
    Words,
)
from goodsmith.base.liquid.values import number

MAX_SOURCE_CHARS = 100_000
MAX_TAG_CHARS = 4_000  # between {{ and }}, and of a condition
MAX_TAG_SPACES = 200  # in a row, within a tag
MAX_NODES = 2_000  # outputs, tags and filters of one template
MAX_DEPTH = 20  # blocks within one another
MAX_LOOP_DEPTH = 3
MAX_BRANCHES = 200  # of one if or case
MAX_NAME_PARTS = 20  # a.b[c.d] has four
TAGS = ("if", "unless", "case", "for", "assign", "comment", "raw", "#")  # and their elsif, else, when, end…
GROUPS: Mapping[str, tuple[str, ...]] = {"locale": ("tag", "code", "region", "language", "own_name")}

LOOP_PARTS = ("index", "index0", "rindex", "rindex0", "first", "last", "length")  # of forloop

_ENV = Environment()  # only its parsing flags are used
_LEX = get_lexer("{%", "%}", "{{", "}}")
_IDENTIFIER = re.compile(r"\s*([^\s=]+)")
_PRIVATE = re.compile(r"__.*__")


@dataclass(slots=True)
class _Scope:
    """The names that a template makes itself. surely: assigned on every way that leads here."""

    surely: set[str]
    maybe: set[str]
    loops: tuple[str, ...] = ()  # loop variables, outermost first


class Reader:
    """Reads one source. names gathers the fields that it reads."""

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
        pieces: list[Piece] = []
        blank = True
        opened = self._position()
        while (token := self._next()) is not None:
            if token.kind == "content":
                pieces.append(Words(token.value))
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
                    pieces.append(made)
                    blank = blank and (isinstance(made, Assign) or made.blank)
            else:
                self._refuse_tag(token, token.kind)
        if token is None and ends:
            end = next(name for name in sorted(ends) if name.startswith("end"))
            raise self._place.error(opened, f"{{% {end} %}} is missing", f"缺少 {{% {end} %}}")
        return Block(tuple(pieces), blank)

    def _tag(self, token: Token) -> Assign | Choice | Loop | None:
        self._count(token)
        name = token.value
        makers: dict[str, Callable[[Token], Assign | Choice | Loop | None]] = {
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

    def _if(self, tag: Token) -> Choice:
        ends = frozenset({f"end{tag.value}", "elsif", "else"})
        term = self._condition(self._expression(tag))
        if tag.value == "unless":
            term = Not(term)
        before = set(self._scope.surely)
        branches: list[tuple[Question, Block]] = [(term, self._branch(ends, before))]
        otherwise: Block | None = None
        while (token := self._next()) is not None and token.value != f"end{tag.value}":
            self._at += 1
            if otherwise is not None:
                raise self._place.error(token.start_index, "nothing may follow else", "else 之后不能再有分支")
            self._refuse_many(branches, token)
            if token.value == "elsif":
                branches.append((self._condition(self._expression(token)), self._branch(ends, before)))
            else:
                self._no_expression(token)
                otherwise = self._branch(ends, before)
        self._close(tag)
        return Choice(None, tuple(branches), otherwise, tag.start_index)

    def _refuse_many(self, branches: list[Any], token: Token) -> None:
        if len(branches) >= MAX_BRANCHES:
            raise self._place.error(
                token.start_index, f"more than {MAX_BRANCHES} branches", f"分支超过 {MAX_BRANCHES} 个"
            )

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

    def _case(self, tag: Token) -> Choice:
        subject = self._value(self._expression(tag))
        ends = frozenset({"endcase", "when", "else"})
        before = set(self._scope.surely)
        branches: list[tuple[Question, Block]] = []
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
            self._refuse_many(branches, token)
            if token.value == "when":
                options = self._when(self._expression(token))
                branches.append((OneOf(options), self._branch(ends, before)))
            else:
                self._no_expression(token)
                otherwise = self._branch(ends, before)
        self._close(tag)
        return Choice(subject if branches else None, tuple(branches), otherwise, tag.start_index)

    def _when(self, expression: Token) -> tuple[Value, ...]:
        stream = TokenStream(tokenize(expression.value, expression))
        options = [self._primitive(parse_primitive(_ENV, stream))]
        while stream.current.kind in {"comma", "or"}:
            next(stream)
            options.append(self._primitive(parse_primitive(_ENV, stream)))
        self._finished(stream, expression)
        return tuple(options)

    def _for(self, tag: Token) -> Loop:
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
        self._scope.maybe |= self._assigned_ahead()  # the second pass reads what the first one assigned
        outer = self._scope.loops
        self._scope.loops = (*outer, str(loop.identifier))
        body = self._branch(frozenset({"endfor", "else"}), before)
        depth, cost = len(self._scope.loops), self._nodes - nodes + 1
        self._scope.loops = outer
        otherwise: Block | None = None
        token = self._next()
        if token is not None and token.value == "else":
            self._at += 1
            self._no_expression(token)
            otherwise = self._branch(frozenset({"endfor"}), before)
        self._close(tag)
        return Loop(
            items=source,
            limit=limit,
            offset=offset,
            backwards=loop.reversed,
            body=body,
            otherwise=otherwise,
            depth=depth,
            cost=cost,
            index=tag.start_index,
        )

    def _assigned_ahead(self) -> set[str]:
        """The names that the loop in hand assigns."""
        found, depth = set[str](), 1
        for token, after in zip(self._tokens[self._at :], self._tokens[self._at + 1 :], strict=False):
            if token.kind == "tag":
                depth += (token.value == "for") - (token.value == "endfor")
                if token.value == "assign" and (name := _IDENTIFIER.match(after.value)):
                    found.add(name[1])
            if not depth:
                break
        return found

    def _range(self, literal: RangeLiteral) -> Range:
        return Range(self._primitive(literal.start), self._primitive(literal.stop), literal.token.start_index)

    def _assign(self, tag: Token) -> Assign:
        expression = self._expression(tag)
        stream = TokenStream(tokenize(expression.value, expression))
        name = str(parse_identifier(_ENV, stream, allow_trailing_question_mark=False))
        if stream.current.kind != "assign":
            raise self._place.error(expression.start_index, "write: assign name = value", "请写:assign 名称 = 值")
        self._refuse_own(name, expression.start_index)
        next(stream)
        self._locals = set()
        value = self._filtered(stream, expression)
        self._scope.surely.add(name)  # within a branch: until _branch takes it back
        self._scope.maybe.add(name)
        return Assign(name, value, self._origin(name, expression.value) if self._leading else None)

    def _origin(self, name: str, said: str) -> bytes:
        """Of an assignment before all else: templates that begin alike need to work it out only once for a row."""
        digest = hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16)
        for local in sorted(self._locals):
            digest.update(self._origins[local])
        self._origins[name] = digest.digest()
        return self._origins[name]

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

    def _output(self) -> Output:
        token = self._next()
        if token is None or token.kind != "expression" or not token.value:
            at = self._position()
            raise self._place.error(at, "{{ }} names nothing", "{{ }} 中缺少列名")
        self._at += 1
        self._count(token)
        return Output(self._value(token), token.start_index)

    def _value(self, expression: Token) -> Value:
        stream = TokenStream(tokenize(expression.value, expression))
        return self._filtered(stream, expression)

    def _filtered(self, stream: TokenStream, expression: Token) -> Value:
        if stream.current.kind == "end of expression":
            raise self._place.error(expression.start_index, "a value is missing", "缺少值")
        value = self._primitive(parse_primitive(_ENV, stream))
        for call in FilterCall.parse(_ENV, stream, delim=("pipe",)):
            value = self._filter(call, value)
        self._finished(stream, expression)
        return value

    def _finished(self, stream: TokenStream, expression: Token) -> None:
        token = stream.current
        if token.kind != "end of expression":
            raise self._place.error(
                token.start_index if token.start_index >= 0 else expression.start_index,
                f"unexpected {token.value!r}; a name with spaces is written ['such a name']",
                f"这里不应出现 {token.value!r};带空格的列名请写成 ['列 名']",
            )

    def _filter(self, call: FilterCall, value: Value) -> Filtered:
        self._count(call.token)
        index = call.token.start_index
        if call.name not in FILTERS:
            raise self._place.unknown(index, "filter", "过滤器", call.name, FILTERS)
        least, most = FILTERS[call.name].arguments
        if any(hasattr(argument, "name") for argument in call.args):
            raise self._place.error(index, f"{call.name} takes no named arguments", f"{call.name} 不支持命名参数")
        if not least <= len(call.args) <= most:
            wanted = str(least) if least == most else f"{least}–{most}"
            raise self._place.error(
                index,
                f"{call.name} takes {wanted} argument(s), found {len(call.args)}",
                f"{call.name} 需要 {wanted} 个参数,却有 {len(call.args)} 个",
            )
        return Filtered(value, call.name, tuple(self._primitive(argument.value) for argument in call.args), index)

    def _primitive(self, expression: Any) -> Value:
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
        return Constant(constant)

    def _path(self, path: Path) -> Value:
        root, *rest = path.path
        index = path.token.start_index
        if _parts(path) > MAX_NAME_PARTS:
            raise self._place.error(
                index, f"a name has at most {MAX_NAME_PARTS} parts", f"名称最多 {MAX_NAME_PARTS} 级"
            )
        if not isinstance(root, str):
            raise self._place.error(index, "a name cannot be computed", "列名不能由计算得到")
        for segment in path.path:
            if isinstance(segment, str) and _PRIVATE.fullmatch(segment):
                raise self._place.error(index, f"{segment!r} cannot be reached", f"不能访问 {segment!r}")
        if root == "forloop" and self._scope.loops:
            return self._loop_property(rest, index)
        value = self._root(root, rest, index)
        for segment in rest:
            value = Part(value, self._path(segment) if isinstance(segment, Path) else Constant(segment))
        return value

    def _loop_property(self, rest: list[Any], index: int) -> LoopPart:
        if len(rest) != 1 or rest[0] not in LOOP_PARTS:
            raise self._place.unknown(index, "part of forloop", " forloop 属性", ".".join(map(str, rest)), LOOP_PARTS)
        return LoopPart(rest[0], len(self._scope.loops))

    def _root(self, root: str, rest: list[Any], index: int) -> Value:
        for depth in range(len(self._scope.loops), 0, -1):
            if self._scope.loops[depth - 1] == root:
                return Item(depth)
        if root in self._scope.surely:
            self._locals.add(root)
            return Own(root, sure=True)
        if root in self._scope.maybe and (self._known is not None and root not in self._known):
            return Own(root, sure=False)
        if self._known is not None and root not in self._known:
            raise self._place.unknown(index, "name", "列或字段", root, {*self._known, *self._scope.maybe})
        self.names.add(root)
        if root in GROUPS and (self._known is None or root in self._known):
            self._group(root, rest, index)
        if root in self._scope.maybe:
            return Own(root, sure=False, instead=Field(root))
        return Field(root)

    def _group(self, root: str, rest: list[Any], index: int) -> None:
        parts = GROUPS[root]
        if not rest:
            shown = ", ".join(f"{root}.{part}" for part in parts)
            raise self._place.error(
                index, f"{root!r} has parts; write one of {shown}", f"{root!r} 由多个部分组成,请写其一:{shown}"
            )
        if rest[0] not in parts:
            raise self._place.unknown(index, f"part of {root}", f" {root} 属性", str(rest[0]), parts)


def _parts(path: Path) -> int:
    return sum(_parts(part) if isinstance(part, Path) else 1 for part in path.path)


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
