"""Templates: what they say, what they refuse, and that no template or row can harm."""

import time

import pytest

from goodsmith.base.liquid import FILTERS, MAX_OUTPUT_CHARS, TAGS, compile_template
from goodsmith.errors import TemplateError

ROW = {
    "name": "mug",
    "brand": "Acme",
    "hollow": "",
    "space": " \u3000",
    "商品 名": "杯",
    "材质": "陶瓷",
    "price": "9.90",
    "attributes": "材质:100%棉; 件数:4件",
    "points": ("hot", "cold"),
    "locale": {"tag": "zh-CN", "language": "Chinese (China)"},
}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ 材质 }}{{ ['商品 名'] }}", "陶瓷杯"),
        ("[{{ hollow }}{{ nobody }}]", "[]"),
        ("{% if hollow %}a{% elsif space %}b{% elsif nobody %}c{% else %}d{% endif %}", "d"),
        ("{% unless brand == blank %}by {{ brand }}{% endunless %}", "by Acme"),
        ("{% case brand %}{% when 'X', 'Acme' %}1{% when 'Acme' %}2{% else %}3{% endcase %}", "1"),
        ("{% for p in points reversed limit: 1 %}{{ p }}{{ forloop.last }}{% endfor %}", "hottrue"),
        ("{% for p in hollow %}a{% else %}none{% endfor %}", "none"),
        ("{% for i in (1..3) %}{{ i }}{% endfor %}", "123"),
        ("{% for i in (1..9) offset: 2 limit: 0 %}x{% endfor %}", ""),
        ("{% assign brand = 'B' %}{{ brand }}", "B"),
        ("{% comment %}{{ nobody | nothing }}{% endcomment %}{% # note %}a", "a"),
        ("{% raw %}{{ name }}{% endraw %}", "{{ name }}"),
        ("a {%- if brand %} b {% endif -%} c", "a b c"),
        ("{% if brand %}\n  {% assign x = 1 %}\n{% endif %}{{ x }}", "1"),
        ("{{ locale.language }} {{ points.first }} {{ points[1] }} {{ points.size }}", "Chinese (China) hot cold 2"),
        ("{{ points }}", "hot\ncold"),
        ("{{ attributes | pairs }}", "材质: 100%棉\n件数: 4件"),
        ("{{ attributes | value_of: '面料', '材质' }}", "100%棉"),
        ("{{ points | zh_join }}/{{ points | join: ', ' }}", "hot、cold/hot, cold"),
        ("{{ price | times: 3 }} {{ price | plus: 0.1 }} {{ 7 | divided_by: 2 }}", "29.70 10.00 3"),
        ("[{{ name | times: 2 }}{{ price | divided_by: 0 }}{{ hollow | plus: 1 }}]", "[]"),
        ("{{ hollow | default: 'none' }} {{ space | default: 'none' }}", "none none"),
        ("{{ 'a  <b>b</b>&nbsp;c<script>x</script>' | clean }}", "a b c"),
        ("{{ '5 < 6 cm' | clean }}", "5 < 6 cm"),
        ("{{ 'One. Two! Three.' | sentences: 2 }}|{{ '一。二。' | sentences }}", "One. Two!|一。"),
        ("{{ 'acme steel mug' | without: brand | sentence_case }}", "Steel mug"),
        ("{{ 'acmeware mug' | without: brand }}", "acmeware mug"),
        ("{{ 'a of 2tb usb-c hub' | title_case }}", "A of 2tb Usb-C Hub"),
        ("{{ 'mug' | slice: -2, 2 }} {{ 'a,b,a' | split: ',' | uniq | join: '+' }}", "ug a+b"),
        ("{{ true }} {{ 3 }} {{ 2.50 }}", "true 3 2.50"),
    ],
)
def test_a_template_says(source, said):
    assert compile_template(source).render(ROW) == said


def test_names_are_the_fields_that_a_row_must_bring():
    template = compile_template(
        "{% assign x = brand %}{{ x }}{% for p in points %}{{ p }}{{ forloop.index }}{% endfor %}"
        "{% if name %}{% assign y = 1 %}{% endif %}{{ y }}{{ locale.tag }}",
        known={"brand", "points", "name", "locale"},
    )
    assert template.names == {"brand", "points", "name", "locale"}


def test_a_field_that_is_assigned_only_sometimes_still_counts_as_read():
    template = compile_template("{% if a %}{% assign b = 1 %}{% endif %}{{ b }}", known={"a", "b"})
    assert template.names == {"a", "b"}
    assert template.render({"b": "own"}) == "own"
    assert template.render({"a": "x", "b": "own"}) == "1"


def test_an_unknown_name_is_shown_with_its_place_in_the_file_and_the_near_names():
    with pytest.raises(TemplateError) as caught:
        compile_template("Name:\n  {{ brnad }}", name="listing.yaml", first_line=12, known={"brand", "name"})
    assert caught.value.en == (
        "listing.yaml: line 13, column 6: unknown name 'brnad'; did you mean: brand?\n    {{ brnad }}\n       ^"
    )
    assert caught.value.zh.startswith("listing.yaml: 第 13 行第 6 列:没有名为 'brnad'")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{% include 'x' %}", "'include' is not allowed"),
        ("{% capture x %}{% endcapture %}", "'capture' is not allowed"),
        ("{% cycle 'a', 'b' %}", "'cycle' is not allowed"),
        ("{% tablerow x in y %}{% endtablerow %}", "'tablerow' is not allowed"),
        ("{% increment x %}", "'increment' is not allowed"),
        ("{% liquid\nassign a = 1 %}", "'liquid' is not allowed"),
        ("{% doc %}x{% enddoc %}", "'doc' is not allowed"),
        ("{% for a in b %}{% break %}{% endfor %}", "limit: 3"),
        ("{{ a | date: '%s' }}", "unknown filter 'date'"),
        ("{{ a | upcas }}", "did you mean: upcase"),
        ("{{ a | plus }}", "plus takes 1 argument(s), found 0"),
        ("{{ a | default: 'x', allow_false: true }}", "no named arguments"),
        ("{{ a b }}", "['such a name']"),
        ("{{ a, b }}", "unexpected ','"),
        ("{{ }}", "names nothing"),
        ("{{ a", "not closed with }}"),
        ("{% if a %}", "{% endif %} is missing"),
        ("{% endif %}", "has no opening tag"),
        ("{% if a %}{% else if b %}{% endif %}", "did you mean elsif"),
        ("{% if a %}{% else %}{% else %}{% endif %}", "nothing may follow else"),
        ("{% if %}{% endif %}", "says nothing"),
        ("{% case a %}text{% when 1 %}{% endcase %}", "before the first when"),
        ("{{ limit }}", "['…']"),
        ("{{ (1..3) }}", "stands in a for only"),
        ("{{ 'abc }}", "not closed with '"),
        ("{{ [a] }}", "cannot be computed"),
        ("{{ locale }}", "write one of locale.tag"),
        ("{{ locale.lang }}", "did you mean: language"),
        ("{% assign locale = 1 %}", "cannot be assigned"),
        ("{% for a in b %}{{ forloop.parent }}{% endfor %}", "unknown part of forloop"),
        ("{% raw %}x", "{% endraw %} is missing"),
        ("{% comment %}x", "{% endcomment %} is missing"),
    ],
)
def test_what_is_not_listed_or_not_understood_is_refused_while_compiling(source, said):
    with pytest.raises(TemplateError) as caught:
        compile_template(source)
    assert said in caught.value.en
    assert caught.value.zh


@pytest.mark.parametrize(
    "source",
    [
        "{{ cycler.__init__.__globals__ }}",
        "{{ name.__class__ }}",
        "{{ name['__class__'] }}",
        "{{ points.__len__ }}",
        "{% for x in name.__class__.__mro__ %}{{ x }}{% endfor %}",
    ],
)
def test_python_objects_are_out_of_reach(source):
    with pytest.raises(TemplateError, match="cannot be reached"):
        compile_template(source)


def test_an_object_in_a_row_is_not_shown_and_not_entered():
    class Secret:
        key = "s3cret"

    assert compile_template("{{ thing.key }}{{ name.upper }}").render({"thing": Secret(), "name": "a"}) == ""
    with pytest.raises(TemplateError, match="no text"):
        compile_template("{{ thing }}").render({"thing": Secret()})


@pytest.mark.parametrize(
    "source",
    [
        "{% assign x = 'aaaaaaaaaa' %}{% for i in (1..64) %}{% assign x = x | append: x %}{% endfor %}{{ x }}",
        "{% for i in (1..9999999999) %}x{% endfor %}",
        "{% for i in (1..9000) %}{% for j in (1..9000) %}{% for k in (1..9000) %}x{% endfor %}{% endfor %}{% endfor %}",
        "{{ big | replace: 'a', big }}",
        "{{ big | split: '' | join: big }}",
        "{% for i in (1..900) %}{{ big }}{{ big }}{% endfor %}",
        "{{ big }}" * 1900,
        "{{ 99999999999999999999 | times: 99999999999999999999 }}",
        "{{ big | split: '' | concat: list | concat: list }}",
    ],
)
def test_a_bomb_hits_a_limit_at_once(source):
    template = compile_template(source)
    started = time.process_time()
    with pytest.raises(TemplateError):
        template.render({"big": "a" * 9_000, "list": ["x"] * 9_000})
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "source",
    [
        "{{" * 25_000,
        "{{ " + " " * 90_000,
        "{% raw" + " " * 90_000,
        "{% raw %}" * 10_000,
        "{% if " + "(" * 90_000 + " %}",
        "{{ a" + "[a" * 1_500 + "]" * 1_500 + " }}",
        "{% if a %}" * 5_000,
        "{{ a | strip }}" * 5_000,
        "'" * 90_000 + "{{ '",
        "x" * 100_001,
        "{% for a in b %}" * 4 + "{% endfor %}" * 4,
        "{% if a %}" + "{% elsif a %}" * 3_000 + "{% endif %}",
        "{% case a %}" + "{% when b %}" * 3_000 + "{% endcase %}",
        "{{ a" + ".b" * 1_500 + " }}",
        "{{ " + "a[" * 150 + "b" + "]" * 150 + " }}",
    ],
)
def test_a_hostile_source_is_refused_at_once(source):
    started = time.process_time()
    with pytest.raises(TemplateError):
        compile_template(source)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "source",
    [
        "{{ a | upcase | strip }}" * 600 + "{% if a %}{{ a }}{% endif %}",
        "{% if a %}" * 20 + "x" + "{% endif %}" * 20,
        "{% if a %}" + "{% elsif b == 'x' %}y" * 190 + "{% endif %}",
        "{% for i in (1..2) %}{% for j in (1..2) %}{% for k in (1..2) %}" + "{{ a }}" * 99 + "{% endfor %}" * 3,
        "{{ a" + ".b" * 19 + " }}",
        "{% if " + "not (" * 9 + "a" + ")" * 9 + " %}x{% endif %}",
        "{% if " + " or ".join(["a == 'b'"] * 200) + " %}x{% endif %}",
    ],
)
def test_what_is_large_but_allowed_is_said(source):
    compile_template(source).render({"a": "b"})


def test_a_filter_that_refuses_a_row_is_shown_with_its_place():
    template = compile_template("{{ a | upcase }}\n{{ a | append: 'x' | truncate: b | strip }}", known={"a", "b"})
    assert template.render({"a": "mug", "b": "3"}) == "MUG\n..."
    with pytest.raises(TemplateError) as caught:
        template.render({"a": "mug", "b": "many"})
    assert caught.value.en.splitlines() == [
        "line 2, column 22: expected a whole number, found 'many'",
        "  {{ a | append: 'x' | truncate: b | strip }}",
        "                       ^",
    ]


def test_a_long_cell_passes_as_long_as_the_output_has_room():
    template = compile_template("{{ cell | strip }}")
    assert len(template.render({"cell": "a" * (MAX_OUTPUT_CHARS - 1)})) == MAX_OUTPUT_CHARS - 1


def test_rendering_leaves_the_row_and_the_next_row_alone():
    template = compile_template("{% assign name = name | upcase %}{{ name }}{{ other }}{% assign other = 'x' %}")
    row = {"name": "a"}
    assert [template.render(row), template.render({}), row] == ["A", "", {"name": "a"}]


def test_every_listed_filter_says_what_it_does_and_none_breaks_on_odd_values():
    odd = [None, "", " ", "x", "5", 5, 2.5, True, (), ["a", ""], [("k", "v")], "材质:棉\n颜色:红", "\x00", "😀" * 50]
    for name, listed in FILTERS.items():
        assert listed.about
        arguments = ", ".join(["a1", "a2"][: listed.arguments[0]])
        template = compile_template(f"{{{{ value | {name}{': ' if arguments else ''}{arguments} }}}}")
        for value in odd:
            for argument in ("x", "3", ""):
                try:
                    template.render({"value": value, "a1": argument, "a2": argument})
                except TemplateError as error:
                    assert error.zh  # noqa: PT017  -- a refusal is fine, a crash is not


def test_tags_are_those_of_the_documentation():
    assert set(TAGS) == {"if", "unless", "case", "for", "assign", "comment", "raw", "#"}


def test_the_caret_stands_under_the_place_behind_wide_letters_too():
    with pytest.raises(TemplateError) as caught:
        compile_template("名称:{{ nam }}", known={"name"})
    assert caught.value.en.splitlines()[-2:] == ["  名称:{{ nam }}", "  \u3000\u3000    ^"]
