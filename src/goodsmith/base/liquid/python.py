"""Writes a template's tree as the source of a Python function, and lets Python compile that.

Nothing of a template's own text gets into the source: it is made of names that are made here (`f1`, `k3`), of numbers
that are counted here, and of the operations in `_OPERATIONS`; texts and names of fields are constants that stand beside
it. The function sees no builtins. For `{% if brand %}{{ brand | upcase }} {% endif %}` it is:

    def said(get, shared):
        at = 0
        try:
            f1 = get(k2)
            s = ''
            at = 1
            if (f1 and not f1.isspace() if f1.__class__ is str else truth(f1)):
                at = 2
                t1 = filter_upcase(f1)
                if t1.__class__ is not str:
                    at = 3
                    t1 = text(t1)
                s += f'{t1}{k1}'
            if len(s) > most:
                raise too_much(at)
            return s
        except refusals as error:
            raise refused(at, error) from error

`at` says what is at work, for the place in an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, Literal

from goodsmith.base.liquid.errors import Place
from goodsmith.base.liquid.filters import FILTERS, MAX_ITEMS, MAX_TEXT_CHARS, FilterRefused
from goodsmith.base.liquid.tree import (
    Assign,
    Block,
    Choice,
    Constant,
    Field,
    Filtered,
    Item,
    Junction,
    Loop,
    LoopPart,
    Not,
    OneOf,
    Operand,
    Output,
    Own,
    Part,
    Question,
    Range,
    Term,
    Truth,
    Value,
    Words,
)
from goodsmith.base.liquid.values import (
    BLANK,
    COMPARED,
    Special,
    is_blank,
    is_empty,
    item,
    number,
    part,
    sequence,
    size,
    text,
    truth,
)
from goodsmith.errors import GoodsmithError

MAX_LOOP_STEPS: Final = 50_000  # passes × nodes in the loop's body, all loops of one rendering together
MAX_OUTPUT_CHARS: Final = 1_000_000

Get = Callable[[str], Any]  # name of a field -> its value, None if there is none
Said = Callable[[Get, dict[bytes, Any]], str]
Asks = Callable[[Get], bool]

_Work = Literal["filter", "output", "question", "loop"]
_REFUSED: Final[Mapping[_Work, tuple[str, str]]] = {
    "filter": ("this filter cannot take such a value", "过滤器不接受这样的值"),
    "output": ("this is no text", "这不是文本"),
    "question": ("this cannot be compared", "这里的值无法比较"),
    "loop": ("this cannot be gone through", "这里的值无法逐项处理"),
}
_OPERATIONS: Final[Mapping[str, Any]] = {
    "__builtins__": {},
    "len": len,
    "str": str,
    "missing": object(),
    "most": MAX_OUTPUT_CHARS,
    "most_steps": MAX_LOOP_STEPS,
    "refusals": (FilterRefused, TypeError, ValueError, ArithmeticError),
    "text": text,
    "truth": truth,
    "is_blank": is_blank,
    "is_empty": is_empty,
    "size": size,
    "item": item,
    "part": part,
    "sequence": sequence,
    **{compared.__name__: compared for compared in COMPARED.values()},
}
_COMPARED: Final[Mapping[str, str]] = {sign: compared.__name__ for sign, compared in COMPARED.items()}
_LOOP_PARTS: Final[Mapping[str, str]] = {
    "index": "(i{0} + 1)",
    "index0": "i{0}",
    "rindex": "(m{0} - i{0})",
    "rindex0": "(m{0} - i{0} - 1)",
    "first": "(i{0} == 0)",
    "last": "(i{0} == m{0} - 1)",
    "length": "m{0}",
}
_OUTPUTS_UNLOOKED: Final = 16  # after so many the length of what was said is looked at
_NEST: Final = "    "


def saying(block: Block, place: Place) -> Said:
    """The function that says a template for one row. Its second argument is what templates of the row share."""
    writer = _Writer(place)
    said: Said = _compiled(writer.saying(block), writer.names)["said"]
    return said


def asking(term: Term, place: Place) -> Asks:
    """The function that answers a condition for one row."""
    writer = _Writer(place)
    asks: Asks = _compiled(writer.asking(term), writer.names)["asks"]
    return asks


def _compiled(source: str, names: dict[str, Any]) -> dict[str, Any]:
    exec(compile(source, "<template>", "exec"), names)  # noqa: S102 - nothing in the source comes from outside; see above
    return names


class _Writer:
    """Writes one function. names: what it sees."""

    def __init__(self, place: Place) -> None:
        self.names: dict[str, Any] = {
            **_OPERATIONS,
            "refused": self._refused,
            "too_much": self._too_much,
            "too_often": self._too_often,
            "count": self._count,
            "span": self._span,
        }
        self._place = place
        self._lines: list[str] = []
        self._depth = 0  # of blocks
        self._said: list[str] = []  # names of texts that are to be said next
        self._begun = False  # whether s has a value on every way that leads here
        self._unlooked = 0
        self._constants: dict[tuple[type, Any], str] = {}
        self._fields: dict[str, str] = {}
        self._owned: dict[str, str] = {}
        self._unsure: set[str] = set()
        self._counted: set[int] = set()  # depths of loops whose forloop is read
        self._places: list[tuple[int, _Work]] = [(0, "question")]  # at -> index in the source, what is at work there
        self._temporaries = 0
        self._loops = self._shares = False
        self._subject = ""  # of the case in hand

    def saying(self, block: Block) -> str:
        """The source of a function that says a template."""
        self._block(block)
        self._settle()
        self._look("at")
        opening = ["shared_value = shared.get"] * self._shares + ["steps = 0"] * self._loops
        return self._function("said(get, shared)", [*opening, *self._lines, "return s"])

    def asking(self, term: Term) -> str:
        """The source of a function that answers a condition."""
        return self._function("asks(get)", [f"return True if {self._question(term)} else False"])

    def _function(self, head: str, lines: list[str]) -> str:
        fields = [f"{name} = get({self._constant(field)})" for field, name in self._fields.items()]
        unsure = [f"{self._owned[name]} = missing" for name in sorted(self._unsure)]
        return "\n".join(
            [
                f"def {head}:",
                f"{_NEST}at = 0",
                f"{_NEST}try:",
                *(f"{_NEST}{_NEST}{line}" for line in (*fields, *unsure, *lines)),
                f"{_NEST}except refusals as error:",
                f"{_NEST}{_NEST}raise refused(at, error) from error",
            ]
        )

    # ---- pieces ----

    def _block(self, block: Block, *, silent: bool = False) -> None:
        """silent: only the assignments happen."""
        for piece in block.pieces:
            if isinstance(piece, Words):
                if not silent and piece.text:
                    self._said.append(self._constant(piece.text))
            elif isinstance(piece, Output):
                self._said.append(self._text(piece))
                self._unlooked += 1
                if self._unlooked >= _OUTPUTS_UNLOOKED:
                    self._flush()
                    self._look("at")
            else:
                self._flush()
                if isinstance(piece, Assign):
                    self._assign(piece)
                elif isinstance(piece, Choice):
                    self._choice(piece)
                else:
                    self._loop(piece)
        self._flush()

    def _flush(self) -> None:
        """Say what is to be said."""
        if self._said:
            one = len(self._said) == 1
            whole = self._said[0] if one else "f'" + "".join(f"{{{name}}}" for name in self._said) + "'"
            if not self._begun and not self._depth:
                self._begun = True
                self._line(f"s = {whole}")
            else:
                self._line(f"s += {whole}")
            self._said.clear()

    def _look(self, at: str) -> None:
        """Refuse what has grown too long."""
        self._unlooked = 0
        self._line("if len(s) > most:")
        self._line(f"{_NEST}raise too_much({at})")

    def _text(self, output: Output) -> str:
        if isinstance(output.value, Constant):
            return self._constant(text(output.value.value))
        value = self._value(output.value)
        said = self._temporary()
        self._line(f"{said} = {value}")
        self._line(f"if {said}.__class__ is not str:")
        self._line(f"{_NEST}at = {self._mark(output.index, 'output')}")
        self._line(f"{_NEST}{said} = text({said})")
        return said

    def _assign(self, assign: Assign) -> None:
        name = self._own(assign.name)
        if assign.origin is None:
            self._line(f"{name} = {self._value(assign.value)}")
            return
        self._shares = True
        origin = self._constant(assign.origin)
        known = self._temporary()  # the name itself may be read on the right
        self._line(f"{known} = shared_value({origin}, missing)")
        self._line(f"if {known} is missing:")
        with _Deeper(self):
            self._line(f"{known} = shared[{origin}] = {self._value(assign.value)}")
        self._line(f"{name} = {known}")

    def _choice(self, choice: Choice) -> None:
        self._settle()
        silent, word = choice.blank, "if"
        self._line(f"at = {self._mark(choice.index, 'question')}")
        if choice.subject is not None:
            self._subject = self._temporary()
            self._line(f"{self._subject} = {self._value(choice.subject)}")
        asked = [self._question(question) for question, _ in choice.branches]  # before others have subjects
        for question, (_, block) in zip(asked, choice.branches, strict=True):
            self._line(f"{word} {question}:")
            self._branch(block, silent=silent)
            word = "elif"
        if choice.otherwise is not None:
            self._line("else:" if choice.branches else "if True:")
            self._branch(choice.otherwise, silent=silent)

    def _branch(self, block: Block, *, silent: bool) -> None:
        with _Deeper(self):
            before = len(self._lines)
            self._block(block, silent=silent)
            if len(self._lines) == before:
                self._line("pass")

    def _settle(self) -> None:
        """Before lines that may not run: s must have a value."""
        if not self._begun and not self._depth:
            self._begun = True
            self._line("s = ''")

    def _loop(self, loop: Loop) -> None:
        self._settle()
        self._loops = True
        items = self._temporary()
        self._line(f"{items} = sequence({self._value(loop.items)})")
        place = self._mark(loop.index, "loop")
        if loop.offset is not None or loop.limit is not None:
            first, many = "0", f"len({items})"
            if loop.offset is not None:
                first = self._temporary()
                self._line(f"{first} = {self._counted_value(loop.offset, place)}")
            if loop.limit is not None:
                many = self._counted_value(loop.limit, place)
            self._line(f"{items} = {items}[{first} : {first} + {many}]")
        depth = loop.depth
        self._counted.discard(depth)
        before = len(self._lines)
        self._line(f"for x{depth} in {items}{'[::-1]' if loop.backwards else ''}:")
        with _Deeper(self):
            self._line(f"steps += {loop.cost}")
            self._line("if steps > most_steps:")
            self._line(f"{_NEST}raise too_often({place})")
            start = len(self._lines)
            self._block(loop.body, silent=loop.body.blank)
            if depth in self._counted:
                self._lines.insert(start, f"{_NEST * self._depth}i{depth} += 1")
            if not loop.body.blank:
                self._look(str(place))
        if depth in self._counted:
            self._lines.insert(before, f"{_NEST * self._depth}i{depth} = -1; m{depth} = len({items})")
        if loop.otherwise is not None:
            self._line(f"if not {items}:")
            self._branch(loop.otherwise, silent=loop.otherwise.blank)

    def _counted_value(self, value: Value, place: int) -> str:
        if isinstance(value, Constant) and value.value.__class__ is int:
            return str(self._count(value.value, place))
        return f"count({self._value(value)}, {place})"

    # ---- values ----

    def _value(self, value: Value) -> str:
        """An expression for a value, after the lines that it needs."""
        if isinstance(value, Constant):
            return self._constant(value.value)
        if isinstance(value, Filtered):
            given = ", ".join(self._value(each) for each in (value.value, *value.arguments))
            made = self._temporary()
            self._line(f"at = {self._mark(value.index, 'filter')}")
            self._line(f"{made} = {self._filter(value.filter)}({given})")
            return made
        if isinstance(value, Range):
            first, last = self._value(value.first), self._value(value.last)
            return f"span({first}, {last}, {self._mark(value.index, 'loop')})"
        return self._path(value)

    def _path(self, value: Value) -> str:
        """An expression without lines of its own."""
        if isinstance(value, Constant):
            return self._constant(value.value)
        if isinstance(value, Field):
            return self._fields.setdefault(value.name, f"f{len(self._fields) + 1}")
        if isinstance(value, Own):
            name = self._own(value.name)
            if value.sure:
                return name
            self._unsure.add(value.name)
            instead = "None" if value.instead is None else self._path(value.instead)
            return f"({instead} if {name} is missing else {name})"
        if isinstance(value, Item):
            return f"x{value.depth}"
        if isinstance(value, LoopPart):
            self._counted.add(value.depth)
            return _LOOP_PARTS[value.name].format(value.depth)
        assert isinstance(value, Part)
        whole = self._path(value.of)
        fixed = value.segment.value if isinstance(value.segment, Constant) else None
        if fixed == "size":
            return f"size({whole})"
        if fixed.__class__ is int:
            return f"item({whole}, {self._constant(fixed)})"
        return f"part({whole}, {self._path(value.segment)})"

    # ---- questions ----

    def _question(self, question: Question) -> str:
        """An expression that is true or false."""
        if isinstance(question, Truth):
            return self._truth(question.operand)
        if isinstance(question, Not):
            return f"(not {self._question(question.term)})"
        if isinstance(question, Junction):
            return "(" + f" {question.word} ".join(self._question(term) for term in question.terms) + ")"
        if isinstance(question, OneOf):
            return "(" + " or ".join(f"equal({self._subject}, {self._path(each)})" for each in question.options) + ")"
        return self._comparison(question.sign, question.left, question.right)

    def _truth(self, operand: Operand) -> str:
        if operand.read is None:
            return str(truth(operand.literal))
        value, again = self._twice(operand)
        return f"({again} and not {again}.isspace() if {value}.__class__ is str else truth({again}))"

    def _comparison(self, sign: str, left: Operand, right: Operand) -> str:
        literal = right.literal if right.read is None else None
        with_text = literal.__class__ is str and (sign in {"==", "!="} or (sign == "contains" and literal))
        if left.read is not None and with_text:
            value, again = self._twice(left)
            known = self._constant(literal)
            quick = f"{known} in {again}" if sign == "contains" else f"{again} {sign} {known}"
            return f"({quick} if {value}.__class__ is str else {_COMPARED[sign]}({again}, {known}))"
        if isinstance(literal, Decimal) and literal == int(literal):
            return f"{_COMPARED[sign]}({self._operand(left)}, {self._constant(int(literal))})"
        if isinstance(literal, Special) and sign in {"==", "!="}:
            test = f"{'is_blank' if literal is BLANK else 'is_empty'}({self._operand(left)})"
            return test if sign == "==" and not isinstance(left.literal, Special) else f"(not {test})"
        return f"{_COMPARED[sign]}({self._operand(left)}, {self._operand(right)})"

    def _operand(self, operand: Operand) -> str:
        return self._constant(operand.literal) if operand.read is None else self._path(operand.read)

    def _twice(self, operand: Operand) -> tuple[str, str]:
        """What to write where a value is needed first, and again."""
        value = self._operand(operand)
        if value.isidentifier():
            return value, value
        again = self._temporary()
        return f"({again} := {value})", again

    # ---- names ----

    def _line(self, line: str) -> None:
        self._lines.append(_NEST * self._depth + line)

    def _temporary(self) -> str:
        self._temporaries += 1
        return f"t{self._temporaries}"

    def _own(self, name: str) -> str:
        return self._owned.setdefault(name, f"n{len(self._owned) + 1}")

    def _constant(self, value: Any) -> str:
        same = str(value) if isinstance(value, Decimal) else value  # 2.5 is not said like 2.50
        known = self._constants.setdefault((value.__class__, same), f"k{len(self._constants) + 1}")
        self.names[known] = value
        return known

    def _filter(self, name: str) -> str:
        self.names[f"filter_{name}"] = FILTERS[name].apply
        return f"filter_{name}"

    def _mark(self, index: int, work: _Work) -> int:
        self._places.append((index, work))
        return len(self._places) - 1

    # ---- what a row can be refused for ----

    def _refused(self, at: int, error: Exception) -> GoodsmithError:
        index, work = self._places[at]
        if isinstance(error, FilterRefused):
            return self._place.error(index, error.en, error.zh)
        en, zh = _REFUSED[work]
        return self._place.error(index, f"{en} ({error})", f"{zh}({error})")

    def _too_much(self, at: int) -> GoodsmithError:
        return self._place.error(
            self._places[at][0],
            f"the text would exceed {MAX_OUTPUT_CHARS:,} characters",
            f"生成的文本将超过 {MAX_OUTPUT_CHARS:,} 个字符",
        )

    def _too_often(self, at: int) -> GoodsmithError:
        return self._place.error(self._places[at][0], "this loop runs too often", "循环次数过多")

    def _count(self, value: Any, at: int) -> int:
        found = number(value)
        if found is None:
            raise self._place.error(
                self._places[at][0],
                f"expected a whole number, found {text(value)!r}",
                f"这里应是整数,却是 {text(value)!r}",
            )
        return max(0, min(MAX_TEXT_CHARS, int(found)))

    def _span(self, first: Any, last: Any, at: int) -> range:
        low, high = number(first), number(last)
        if low is None or high is None:
            return range(0)
        if high - low > MAX_ITEMS:
            raise self._place.error(
                self._places[at][0], f"a range has at most {MAX_ITEMS:,} numbers", f"范围最多 {MAX_ITEMS:,} 个数"
            )
        return range(int(low), int(high) + 1)


class _Deeper:
    """with _Deeper(writer): lines stand one step to the right."""

    def __init__(self, writer: _Writer) -> None:
        self._writer = writer

    def __enter__(self) -> None:
        self._writer._depth += 1  # noqa: SLF001 - a part of the writer

    def __exit__(self, *_: object) -> None:
        self._writer._depth -= 1  # noqa: SLF001
