"""Reads a recipe: parses, checks and versions the YAML that says what to make of a product.

Everything that can be wrong is found here, with its line, before any row is read: keys, templates, names, orders, and
outputs that no model could fill. `recipe_schema()` is the one description of the format; the parser obeys it, editors
and the reference page use it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final, NoReturn

from goodsmith.base.liquid import compile_condition, compile_template
from goodsmith.base.locales import parse_locale
from goodsmith.base.yaml_files import MAX_BYTES, Place, YamlFile, read_yaml
from goodsmith.errors import RecipeError, TemplateError, UnknownName
from goodsmith.records import SOURCE_LOCALE, Example, FieldSpec, OutputSpec, Recipe, Requirement, Rule, Step

__all__ = ["load_recipe", "parse_recipe", "recipe_schema", "shipped_recipes"]

Stencil = Mapping[str, str | tuple[str, ...]]

_SUFFIXES: Final = {".yaml", ".yml"}
_TEMPLATE_WORDS: Final = (
    "locale blank empty nil null true false and or not contains in if unless else for forloop with as let"
)
_RESERVED: Final = frozenset(_TEMPLATE_WORDS.split())


def load_recipe(name_or_path: str | Path) -> Recipe:
    """A shipped recipe by its name, or any recipe by the path of its file.

    Raises UnknownName with the near names, or RecipeError with file and line.
    """
    given = str(name_or_path)
    if given in shipped_recipes():
        file = resources.files("goodsmith") / "recipes" / f"{given}.yaml"
        return parse_recipe(file.read_text(encoding="utf-8"), path=f"{given}.yaml")
    path = Path(given)
    if path.suffix.lower() not in _SUFFIXES and not path.is_file():
        raise UnknownName("recipe", given, shipped_recipes(), kind_zh="配方")
    return parse_recipe(_text_of(path), path=given)


def shipped_recipes() -> tuple[str, ...]:
    """The names of the recipes that come with Goodsmith, in alphabetical order."""
    folder = resources.files("goodsmith") / "recipes"
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".yaml")))


def parse_recipe(text: str, *, path: str = "") -> Recipe:
    """The recipe that a YAML text describes. path: shown in errors, and kept with the recipe.

    Raises RecipeError (`file:line: what was seen, what was expected`).
    """
    yaml = read_yaml(text, recipe_schema(), file=path or "recipe")
    value = yaml.value
    fields = _fields(yaml)
    steps = _steps(yaml, fields)
    return Recipe(
        name=value["recipe"],
        version=_version(value),
        about=value.get("about", ""),
        fields=fields,
        steps=steps,
        checks=_checks(yaml),
        locales=tuple(_locale_tag(yaml, tag, "locales", at) for at, tag in enumerate(value.get("locales", []))),
        path=path,
        text=text,
    )


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise RecipeError(
            "the file is not UTF-8 text; save it as UTF-8",
            file=str(path),
            line=line,
            zh="文件不是 UTF-8 文本;请另存为 UTF-8",
        ) from error
    except FileNotFoundError as error:
        folder = path.parent
        near = sorted(entry.name for entry in folder.glob("*.y*ml"))[:6] if folder.is_dir() else []
        listed = f"; recipes there: {', '.join(near)}" if near else ""
        listed_zh = f";该文件夹中的配方:{'、'.join(near)}" if near else ""
        raise RecipeError(f"there is no such file{listed}", file=str(path), zh=f"没有这个文件{listed_zh}") from error
    except OSError as error:
        why = error.strerror or str(error)
        raise RecipeError(f"cannot be read: {why}", file=str(path), zh=f"无法读取:{why}") from error


# ---- from values to records ---------------------------------------------------------------------------------------


def _fields(yaml: YamlFile) -> tuple[FieldSpec, ...]:
    specs: list[FieldSpec] = []
    for name, options in (yaml.value.get("fields") or {}).items():
        _refuse_reserved(yaml, name, "fields", name)
        given = options or {}
        specs.append(
            FieldSpec(
                name=name,
                required=given.get("required", False),
                aliases=tuple(given.get("aliases", ())),
                about=given.get("about", ""),
            )
        )
    return tuple(specs)


def _steps(yaml: YamlFile, fields: Sequence[FieldSpec]) -> tuple[Step, ...]:
    values = yaml.value["steps"]
    owners = _owners(yaml)
    made: list[Step] = []
    for index, value in enumerate(values):
        later = {slot: at for slot, at in owners.items() if at >= index}
        step = _StepReader(yaml, index, fields, tuple(made), later).read(value)
        made.append(step)
    return tuple(made)


def _owners(yaml: YamlFile) -> dict[str, int]:
    """Slot -> the 0-based step that fills it. Names are unique over the whole recipe."""
    owners: dict[str, int] = {}
    names: dict[str, int] = {}
    for index, value in enumerate(yaml.value["steps"]):
        name = value["ask"].get("name", "ask")
        if name in names:
            place: Place = ("steps", index, "ask", "name") if "name" in value["ask"] else ("steps", index, "ask")
            yaml.fail(
                f"step {index + 1} has the same name as step {names[name] + 1}: {name!r}; give each step a `name`",
                f"第 {index + 1} 步与第 {names[name] + 1} 步同名:{name!r};请为每一步写 `name`",
                *place,
            )
        names[name] = index
        for slot in value["ask"]["output"]:
            at: Place = ("steps", index, "ask", "output", slot)
            _refuse_reserved(yaml, slot, *at)
            if slot in owners:
                yaml.fail(
                    f"the slot {slot!r} is already filled by step {owners[slot] + 1}",
                    f"字段 {slot!r} 已由第 {owners[slot] + 1} 步生成",
                    *at,
                )
            owners[slot] = index
    return owners


@dataclass(frozen=True, slots=True)
class _Let:
    """A short name for a value, as the assignment that it becomes, and the lets that it uses."""

    source: str
    needs: frozenset[str]


class _StepReader:
    """Reads one step and checks its templates against the names that exist there."""

    def __init__(
        self,
        yaml: YamlFile,
        index: int,
        fields: Sequence[FieldSpec],
        earlier: Sequence[Step],
        later: Mapping[str, int],
    ) -> None:
        self._yaml = yaml
        self._here: Place = ("steps", index)
        self._index = index
        self._later = later
        self._earlier = {output.slot: step for step in earlier for output in step.outputs}
        self._known = frozenset({"locale", *(spec.name for spec in fields), *self._earlier})
        self._read: set[str] = set()

    def read(self, value: Mapping[str, Any]) -> Step:
        ask = value["ask"]
        at = (*self._here, "ask")
        outputs = tuple(
            _output(self._yaml, slot, given or {}, (*at, "output", slot)) for slot, given in ask["output"].items()
        )
        instruction = self._template(ask["instruction"], *at, "instruction")
        data = self._template(ask["input"], *at, "input")
        requirements = tuple(
            self._requirement(each, *at, "requirements", number)
            for number, each in enumerate(ask.get("requirements", ()))
        )
        rules = tuple(self._rule(each, *at, "rules", number) for number, each in enumerate(ask.get("rules", ())))
        specs = {output.slot: output for output in outputs}
        stencil, overlays = self._stencils(value.get("stencil", {}), specs)
        needs = dict.fromkeys(step.name for slot, step in self._earlier.items() if slot in self._read)
        per_locale = (
            "locale" in self._read
            or bool(overlays)
            or any(step.per_locale for slot, step in self._earlier.items() if slot in self._read)
        )
        return Step(
            name=ask.get("name", "ask"),
            instruction=instruction,
            input=data,
            requirements=requirements,
            rules=rules,
            outputs=outputs,
            stencil=stencil,
            stencil_locales=overlays,
            examples=self._examples(ask.get("examples", ()), specs),
            per_locale=per_locale,
            needs=tuple(needs),
            temperature=ask.get("temperature"),
            max_output_tokens=ask.get("max_output_tokens"),
            lines=self._lines(),
        )

    def _requirement(self, given: str | Mapping[str, str], *place: str | int) -> Requirement:
        if isinstance(given, str):
            return Requirement(say=self._template(given, *place), line=self._yaml.line(*place))
        return Requirement(
            say=self._template(given["say"], *place, "say"),
            when=self._condition(given["when"], *place, "when"),
            line=self._yaml.line(*place, "say"),
        )

    def _rule(self, given: Mapping[str, str], *place: str | int) -> Rule:
        actions = [action for action in ("add", "replace", "drop") if action in given]
        if len(actions) != 1:
            seen = ", ".join(actions) or "none"
            self._fail(
                f"a rule does one thing: expected one of add, replace, drop; seen: {seen}",
                f"一条规则只做一件事:add、replace、drop 三选一;现为:{'、'.join(actions) or '无'}",
                *place,
            )
        action = actions[0]
        if (action == "drop") == ("text" in given):
            en = "drop takes no text" if action == "drop" else f"{action} needs a text"
            zh = "drop 不带 text" if action == "drop" else f"{action} 需要 text"
            self._fail(en, zh, *place, action)
        return Rule(
            when=self._condition(given["when"], *place, "when"),
            part=given[action],  # type: ignore[arg-type]  # the schema lists the parts
            action=action,  # type: ignore[arg-type]
            text=self._template(given["text"], *place, "text") if "text" in given else "",
            line=self._yaml.line(*place),
        )

    def _stencils(
        self, given: Mapping[str, Any], specs: Mapping[str, OutputSpec]
    ) -> tuple[Stencil, dict[str, Stencil]]:
        """Sentences for all locales, and those of single languages: keys that hold keys are languages."""
        at = (*self._here, "stencil")
        shared = self._let(given.get("let") or {}, {}, *at, "let")
        flat: dict[str, str | tuple[str, ...]] = {}
        overlays: dict[str, Stencil] = {}
        for key, inner in given.items():
            if key == "let":
                continue
            if not isinstance(inner, Mapping):
                flat[key] = self._sentences(key, inner, specs, shared, *at, key)
                continue
            if key in specs:
                self._fail(
                    f"the sentences of the slot {key!r} must be text or a list of texts",
                    f"字段 {key!r} 的句子应为文字或文字列表",
                    *at,
                    key,
                )
            tag = _locale_tag(self._yaml, key, *at, key)
            let = self._let(inner.get("let") or {}, shared, *at, key, "let")
            overlays[tag] = {
                slot: self._sentences(slot, sentences, specs, let, *at, key, slot)
                for slot, sentences in inner.items()
                if slot != "let"
            }
        return flat, overlays

    def _let(self, given: Mapping[str, str], shared: dict[str, _Let], *place: str | int) -> dict[str, _Let]:
        """Short names for values. Each may use those before it."""
        lets = dict(shared)
        for name, expression in given.items():
            if name in self._known or name in _RESERVED:
                self._fail(
                    f"let: the name {name!r} is taken; choose another",
                    f"let:名称 {name!r} 已被使用;请换一个",
                    *place,
                    name,
                )
            needed = self._checked(f"{{{{ {expression} }}}}", lets, *place, name)
            lets[name] = _Let(source=f"{{% assign {name} = {expression} %}}", needs=needed & lets.keys())
        return lets

    def _sentences(
        self,
        slot: str,
        given: str | list[str],
        specs: Mapping[str, OutputSpec],
        lets: dict[str, _Let],
        *place: str | int,
    ) -> str | tuple[str, ...]:
        if slot not in specs:
            unknown = UnknownName("slot", slot, specs, kind_zh="输出字段")
            self._fail(f"stencil: {unknown.en}", f"stencil:{unknown.zh}", *place)
        if isinstance(given, str):
            return self._with_lets(given, lets, *place)
        if specs[slot].type != "list":
            self._fail(
                f"{slot!r} is {specs[slot].type}, so it takes one template, not a list",
                f"{slot!r} 的类型是 {specs[slot].type},只能写一个模板,不能写列表",
                *place,
            )
        return tuple(self._with_lets(each, lets, *place, number) for number, each in enumerate(given))

    def _with_lets(self, source: str, lets: dict[str, _Let], *place: str | int) -> str:
        """The template with the assignments that it needs, and no others, in front; its lines stay where they are."""
        needed = set(self._checked(source, lets, *place)) & lets.keys()
        for name in reversed(lets):  # a let uses earlier ones only
            if name in needed:
                needed |= lets[name].needs
        whole = "".join(let.source for name, let in lets.items() if name in needed) + source
        self._read |= compile_template(whole, known=self._known).names
        return whole

    def _checked(self, source: str, lets: dict[str, _Let], *place: str | int) -> frozenset[str]:
        first = self._yaml.line(*place) or 1
        try:
            return compile_template(source, first_line=first, known=self._known | lets.keys()).names
        except TemplateError as error:
            self._not_understood(error, error.line, _names(compile_template, source))

    def _examples(self, given: Sequence[Mapping[str, Any]], specs: Mapping[str, OutputSpec]) -> tuple[Example, ...]:
        made: list[Example] = []
        for number, each in enumerate(given):
            place = (*self._here, "ask", "examples", number, "output")
            for slot in each["output"]:
                if slot not in specs:
                    unknown = UnknownName("slot", slot, specs, kind_zh="输出字段")
                    self._fail(f"example {number + 1}: {unknown.en}", f"示例 {number + 1}:{unknown.zh}", *place, slot)
            for slot, spec in specs.items():
                if spec.required and slot not in each["output"]:
                    self._fail(
                        f"example {number + 1} does not show {slot!r}, which is required",
                        f"示例 {number + 1} 缺少必填的 {slot!r}",
                        *place,
                    )
            made.append(Example(input=each["input"], output=each["output"]))
        return tuple(made)

    def _template(self, source: str, *place: str | int) -> str:
        self._read |= self._checked(source, {}, *place)
        return source

    def _condition(self, source: str, *place: str | int) -> str:
        first = self._yaml.line(*place) or 1
        try:
            condition = compile_condition(source, first_line=first, known=self._known)
        except TemplateError as error:
            self._not_understood(error, error.line, _names(compile_condition, source))
        self._read |= condition.names
        return source

    def _not_understood(self, error: TemplateError, line: int, names: frozenset[str]) -> NoReturn:
        """Say where in the file; a name that this or a later step makes gets its own sentence."""
        en, zh = _without_place(error.en), _without_place(error.zh or error.en)
        for name in sorted(names & self._later.keys()):
            owner = self._later[name]
            if owner == self._index:
                en = f"{name!r} is made by this very step, so the step cannot read it"
                zh = f"{name!r} 正是本步要生成的,本步不能读取它"
            elif self._reads_back(owner):
                en = f"{name!r} is made by step {owner + 1}, which in turn reads this step: a circle"
                zh = f"{name!r} 由第 {owner + 1} 步生成,而那一步又要读取本步:形成了循环"
            else:
                en = f"{name!r} is made later, by step {owner + 1}; a step reads earlier ones only: move that step up"
                zh = f"{name!r} 由后面的第 {owner + 1} 步生成;一步只能读取前面的步骤:请把那一步移到前面"
        raise RecipeError(en, file=self._yaml.file, line=line, zh=zh) from error

    def _reads_back(self, owner: int) -> bool:
        mine = self._yaml.value["steps"][self._index]["ask"]["output"].keys()
        return not mine.isdisjoint(_read_anywhere(self._yaml.value["steps"][owner]))

    def _lines(self) -> dict[str, int]:
        """Part -> line, for whoever reports an error later: `input`, `stencil.title`, `stencil.zh.points.2`."""
        found: dict[str, int] = {}
        for place, line in self._yaml.lines.items():
            if place[:2] == self._here and len(place) > 2:
                inner = place[3:] if place[2] == "ask" else place[2:]
                if inner:
                    found[".".join(map(str, inner))] = line
        return found

    def _fail(self, en: str, zh: str, *place: str | int) -> NoReturn:
        self._yaml.fail(en, zh, *place)


def _names(compiled: Callable[[str], Any], source: str) -> frozenset[str]:
    """What a template reads, if it is a template at all."""
    try:
        return frozenset(compiled(source).names)
    except TemplateError:
        return frozenset()


def _read_anywhere(value: Any, key: str = "") -> frozenset[str]:
    """All names that the templates and conditions within a value read."""
    if isinstance(value, str):
        return _names(compile_condition if key == "when" else compile_template, value)
    found: frozenset[str] = frozenset()
    if isinstance(value, Mapping):
        for name, inner in value.items():
            found |= _read_anywhere(inner, name)
    elif isinstance(value, list):
        for inner in value:
            found |= _read_anywhere(inner, key)
    return found


def _without_place(message: str) -> str:
    return re.sub(r"^line \d+, (?=column)|^第 \d+ 行(?=第)", "", message)


def _output(yaml: YamlFile, slot: str, given: Mapping[str, Any], place: Place) -> OutputSpec:
    """One slot. A limit that its type does not have, and limits that nothing satisfies, are errors."""
    kind = given.get("type", "text")
    allowed = _KEYS_OF[kind]
    for key in given:
        if key not in allowed:
            instead = "; each_max limits the length of one item" if kind == "list" and key in {"min", "max"} else ""
            instead_zh = ";单项长度请用 each_max" if instead else ""
            yaml.fail(
                f"{slot}: {key!r} does not belong to the type {kind}; it has {', '.join(allowed)}{instead}",
                f"{slot}:类型 {kind} 没有 {key!r};可用:{'、'.join(allowed)}{instead_zh}",
                *place,
                key,
            )
    if kind == "choice" and "choices" not in given:
        yaml.fail(f"{slot}: a choice needs `choices`", f"{slot}:choice 类型需要 `choices`", *place)
    if kind == "text" and (given.get("max", 1) < 1 or given.get("min", 0) < 0):
        yaml.fail(
            f"{slot}: no text is that short",
            f"{slot}:没有这么短的文字",
            *place,
            "max" if given.get("max", 1) < 1 else "min",
        )
    if "items" in given and ("min_items" in given or "max_items" in given):
        yaml.fail(
            f"{slot}: `items` is the exact number; with it, min_items and max_items say nothing",
            f"{slot}:`items` 已是确切数量,不能再写 min_items 或 max_items",
            *place,
            "items",
        )
    doubled = {choice for choice in given.get("choices", ()) if given["choices"].count(choice) > 1}
    if doubled:
        yaml.fail(
            f"{slot}: listed twice: {', '.join(sorted(doubled))}",
            f"{slot}:重复列出:{'、'.join(sorted(doubled))}",
            *place,
            "choices",
        )
    low, high = ("each_min", "each_max") if kind == "list" else ("min", "max")
    for least, most in ((low, high), ("min_items", "max_items")):
        if least in given and most in given and given[least] > given[most]:
            yaml.fail(
                f"{slot}: nothing is at least {given[least]} and at most {given[most]} ({least}, {most})",
                f"{slot}:不可能既至少 {given[least]} 又最多 {given[most]}({least}、{most})",
                *place,
                least,
            )
    return OutputSpec(
        slot=slot,
        type=kind,
        unit=given.get("unit", "characters"),
        min=given.get(low),
        max=given.get(high),
        min_items=given.get("items", given.get("min_items")),
        max_items=given.get("items", given.get("max_items")),
        choices=tuple(given.get("choices", ())),
        required=given.get("required", True),
        about=given.get("about", ""),
        language=given.get("language", "locale"),
    )


def _checks(yaml: YamlFile) -> tuple[str, ...]:
    from goodsmith.checks import CHECKS  # noqa: PLC0415  checks are loaded where they are named

    names: list[str] = yaml.value.get("checks", [])
    for at, name in enumerate(names):
        if name not in CHECKS:
            unknown = UnknownName("check", name, CHECKS, kind_zh="检查")
            yaml.fail(unknown.en, unknown.zh or unknown.en, "checks", at)
    return tuple(dict.fromkeys(names))


def _locale_tag(yaml: YamlFile, tag: str, *place: str | int) -> str:
    if tag == SOURCE_LOCALE and place[0] == "locales":
        return tag
    try:
        return parse_locale(tag).tag
    except UnknownName as unknown:
        zh = unknown.zh or unknown.en
        if place[-1] == tag:  # a key of a stencil
            yaml.fail(f"stencil: {unknown.en} (keys that hold keys are languages)", f"stencil:{zh}", *place)
        yaml.fail(unknown.en, zh, *place)


def _refuse_reserved(yaml: YamlFile, name: str, *place: str | int) -> None:
    if name in _RESERVED or name.startswith("_gs_"):
        yaml.fail(
            f"the name {name!r} is taken by the template language; choose another",
            f"名称 {name!r} 是模板语言的保留字;请换一个",
            *place,
        )


# ---- version ------------------------------------------------------------------------------------------------------


def _version(value: Mapping[str, Any]) -> str:
    """12 hex digits of what the recipe says: comments, quotes, indents and the order of keys do not count.

    The order of fields and outputs counts, since a model reads them in that order.
    """
    plain = json.dumps(_normal(value), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _normal(value: Any, key: str = "") -> Any:
    if isinstance(value, Mapping):
        pairs = [[name, _normal(inner, name)] for name, inner in value.items()]
        return pairs if key in {"fields", "output"} else sorted(pairs, key=lambda pair: str(pair[0]))
    if isinstance(value, list):
        return [_normal({"say": item} if key == "requirements" and isinstance(item, str) else item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


# ---- the format ---------------------------------------------------------------------------------------------------

_KEYS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("type", "max", "min", "unit", "required", "about", "language"),
    "list": (
        "type", "items", "min_items", "max_items", "each_max", "each_min", "unit", "required", "about", "language",
    ),
    "choice": ("type", "choices", "required", "about", "language"),
    "number": ("type", "max", "min", "required", "about"),
    "integer": ("type", "max", "min", "required", "about"),
    "boolean": ("type", "required", "about"),
}  # fmt: skip
_LETTERS: Final = r"A-Za-z\u00c0-\u024f\u0370-\u1fff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_NAME: Final[dict[str, Any]] = {
    "pattern": rf"^[{_LETTERS}][{_LETTERS}0-9_]{{0,63}}$",
    "x-expected": "letters, digits and _, beginning with a letter, at most 64",
    "x-expected-zh": "字母、汉字、数字和 _,以字母或汉字开头,最多 64 个字符",
}


def recipe_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a recipe file: every key, described."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Goodsmith recipe",
        "description": "What to make of a product: the fields it needs, the steps, the answers, the sentences.",
        "type": "object",
        "required": ["recipe", "steps"],
        "additionalProperties": False,
        "properties": {
            "recipe": {
                "type": "string",
                "pattern": rf"^[{_LETTERS}0-9][{_LETTERS}0-9_\-]{{0,63}}$",
                "x-expected": "letters, digits, - and _, at most 64",
                "x-expected-zh": "字母、汉字、数字、- 和 _,最多 64 个字符",
                "description": "The recipe's name.",
            },
            "about": _text("What it makes, in one sentence for the person who chooses it."),
            "fields": {
                "type": ["object", "null"],
                "propertyNames": {
                    "minLength": 1,
                    "maxLength": 64,
                    "pattern": r"^[^\x00-\x1f]+$",
                    "x-expected": "a name on one line",
                    "x-expected-zh": "一行以内的名称",
                },
                "additionalProperties": {"$ref": "#/$defs/field"},
                "description": "The fields that the templates read, by name; each is mapped onto a column.",
            },
            "steps": {
                "type": "array",
                "minItems": 1,
                "maxItems": 50,
                "items": {"$ref": "#/$defs/step"},
                "description": "What is asked, in order. A step may read what earlier steps made.",
            },
            "checks": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "description": "Names of the checks that every draft must pass.",
            },
            "locales": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "description": "Languages to write in when the run names none, such as zh-CN, en-US; "
                "`source`: the one that the catalog is written in.",
            },
        },
        "$defs": {
            "field": _field_schema(),
            "step": _step_schema(),
            "ask": _ask_schema(),
            "requirement": _requirement_schema(),
            "rule": _rule_schema(),
            "output": _output_schema(),
            "example": _example_schema(),
            "stencil": _stencil_schema(),
            "sentences": {
                "anyOf": [
                    {"type": "string"},
                    {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 100},
                ],
                "description": "A template; for a list, one template per item or one that says an item per line.",
            },
        },
    }


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


def _whole(description: str, least: int = 0, **more: Any) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "description": description, **more}


def _field_schema() -> dict[str, Any]:
    return {
        "type": ["object", "null"],
        "additionalProperties": False,
        "description": "A field. It may be left empty: `brand:`",
        "properties": {
            "required": {
                "type": "boolean",
                "default": False,
                "description": "Whether a table without such a column is refused.",
            },
            "aliases": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "description": "Headers that mean this field. Upper case, spaces and _ do not count.",
            },
            "about": _text("What the field holds, for the person who maps columns."),
        },
    }


def _step_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["ask"],
        "additionalProperties": False,
        "description": "One step.",
        "properties": {
            "ask": {"$ref": "#/$defs/ask"},
            "stencil": {"$ref": "#/$defs/stencil"},
        },
    }


def _ask_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["instruction", "input", "output"],
        "additionalProperties": False,
        "description": "What a model is asked.",
        "properties": {
            "name": {
                "type": "string",
                **_NAME,
                "default": "ask",
                "description": "The step's name; unique in a recipe.",
            },
            "instruction": _text("Who the model is and what to do. Template.", minLength=1),
            "input": _text("The product's data. Template.", minLength=1),
            "requirements": {
                "type": "array",
                "items": {"$ref": "#/$defs/requirement"},
                "description": "What the answer must obey, one line each.",
            },
            "rules": {
                "type": "array",
                "items": {"$ref": "#/$defs/rule"},
                "description": "Changes to the parts for some products.",
            },
            "output": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": _NAME,
                "additionalProperties": {"$ref": "#/$defs/output"},
                "description": "The slots that the step fills, by name. Each becomes a column of the export.",
            },
            "examples": {
                "type": "array",
                "items": {"$ref": "#/$defs/example"},
                "description": "Worked examples shown to the model.",
            },
            "temperature": {
                "type": "number",
                "minimum": 0,
                "maximum": 2,
                "description": "How freely the model chooses its words. Default: the vendor's.",
            },
            "max_output_tokens": _whole("Upper bound of the answer. Default: from the outputs' limits.", 1),
        },
    }


def _requirement_schema() -> dict[str, Any]:
    return {
        "anyOf": [
            {"type": "string", "minLength": 1},
            {
                "type": "object",
                "required": ["when", "say"],
                "additionalProperties": False,
                "properties": {
                    "when": _text("Condition: the line is only said where it holds.", minLength=1),
                    "say": _text("The line. Template.", minLength=1),
                },
            },
        ],
        "description": "A line, or a line with a condition.",
    }


def _rule_schema() -> dict[str, Any]:
    part = {"type": "string", "enum": ["instruction", "input", "requirements"]}
    return {
        "type": "object",
        "required": ["when"],
        "additionalProperties": False,
        "oneOf": [
            {"required": ["add", "text"]},
            {"required": ["replace", "text"]},
            {"required": ["drop"], "not": {"required": ["text"]}},
        ],
        "description": "Where a condition holds, one part of the prompt is added to, replaced or dropped.",
        "properties": {
            "when": _text("Condition on fields.", minLength=1),
            "add": {**part, "description": "The part that `text` is added to."},
            "replace": {**part, "description": "The part that `text` replaces."},
            "drop": {**part, "description": "The part that is left out."},
            "text": _text("The text to add or to put instead. Template.", minLength=1),
        },
    }


def _output_schema() -> dict[str, Any]:
    return {
        "type": ["object", "null"],
        "additionalProperties": False,
        "description": "A slot: the type of its value and the limits of it.",
        "properties": {
            "type": {
                "type": "string",
                "enum": list(_KEYS_OF),
                "default": "text",
                "description": "What the slot holds.",
            },
            "max": _whole("text: the longest allowed, in `unit`. number, integer: the largest value.", -(10**15)),
            "min": _whole("text: the shortest allowed, in `unit`. number, integer: the smallest value.", -(10**15)),
            "unit": {
                "type": "string",
                "enum": ["characters", "utf8_bytes", "half_width"],
                "default": "characters",
                "description": "How lengths are counted. half_width: a Chinese character counts 2, a Latin letter 1.",
            },
            "items": _whole("list: the exact number of items.", 1, maximum=100),
            "min_items": _whole("list: the fewest items.", 0, maximum=100),
            "max_items": _whole("list: the most items.", 1, maximum=100),
            "each_max": _whole("list: the longest item, in `unit`.", 1),
            "each_min": _whole("list: the shortest item, in `unit`.", 0),
            "choices": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "minLength": 1},
                "description": "choice: the values to choose from.",
            },
            "required": {
                "type": "boolean",
                "default": True,
                "description": "Whether an empty slot is a fault of the row.",
            },
            "about": _text("What belongs into the slot; the model reads it too."),
            "language": {
                "type": "string",
                "enum": ["locale", "any"],
                "default": "locale",
                "description": "locale: written in the asked language. any: not checked, such as a model number.",
            },
        },
        "allOf": [_only_keys_of(kind) for kind in _KEYS_OF],
    }


def _only_keys_of(kind: str) -> dict[str, Any]:
    """For editors: the keys of one type. A slot without a type is text."""
    same: dict[str, Any] = {"properties": {"type": {"const": kind}}, "required": ["type"]}
    applies = {"anyOf": [same, {"not": {"required": ["type"]}}]} if kind == "text" else same
    then: dict[str, Any] = {"propertyNames": {"enum": list(_KEYS_OF[kind])}}
    if kind == "choice":
        then["required"] = ["choices"]
    if kind == "text":
        then["properties"] = {"max": {"minimum": 1}, "min": {"minimum": 0}}
    return {"if": applies, "then": then}


def _example_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["input", "output"],
        "additionalProperties": False,
        "description": "An input and the answer to it.",
        "properties": {
            "input": _text("The input part as the model would read it; plain text, no template.", minLength=1),
            "output": {"type": "object", "description": "The answer: slot and value."},
        },
    }


def _stencil_schema() -> dict[str, Any]:
    let = {
        "type": ["object", "null"],
        "propertyNames": _NAME,
        "additionalProperties": {"type": "string", "minLength": 1},
        "description": "Short names for values, such as `maker: brand | neat`; each may use those above it.",
    }
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {"let": let},
        "additionalProperties": {
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 100},
                {
                    "type": "object",
                    "properties": {"let": let},
                    "additionalProperties": {"$ref": "#/$defs/sentences"},
                },
            ]
        },
        "description": (
            "The sentences used when no model is asked: slot and template. A key that holds slots of its own is a"
            " language, such as zh or en-GB, and its sentences are used for that language only."
        ),
    }
