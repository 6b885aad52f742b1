"""The Python that we write for a template says what python-liquid's own interpreter says, wherever we mean the same."""

import liquid
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from goodsmith.base.liquid import MAX_LOOP_DEPTH, compile_template
from goodsmith.errors import TemplateError

ROWS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Mug", "steel mug 500 ml", "杯子", "a,b,,c", " x ", "MUG-1"]),
        "list": st.lists(st.sampled_from(["a", "b", "c d", "é"]), max_size=4),
        "n": st.integers(-9, 99),
        "locale": st.just({"tag": "zh-CN"}),
    },
    optional={"brand": st.sampled_from(["Acme", "X", "名牌"])},
)
FILTERS = st.sampled_from(
    [
        *("upcase", "downcase", "capitalize", "strip", "lstrip", "rstrip", "strip_newlines", "escape", "size"),
        *("append: 'x'", "prepend: brand", "replace: 'u', 'o'", "replace_first: 'm', 'n'", "remove: 'g'"),
        *("remove_first: 'u'", "truncate: 8", "truncate: 4, '…'", "slice: 1, 3", "slice: -2, 2", "default: 'none'"),
        *("split: ',' | join: '+'", "split: ' ' | first"),
    ]
)
LIST_FILTERS = st.sampled_from(
    ["join", "join: ', '", "first", "last", "size", "reverse | join", "uniq | join: '+'", "sort | join"]
)
NUMBER_FILTERS = st.sampled_from(
    ["plus: 3", "minus: 4", "times: 2", "divided_by: 3", "modulo: 4", "abs", "at_least: 5", "at_most: 5"]
)
OUTPUTS = st.one_of(
    st.sampled_from(
        ["{{ name }}", "{{ brand }}", "{{- name -}}", "{{ locale.tag }}", "{{ nobody }}", "{{ list[1] }}", "{{ 'q' }}"]
    ),
    st.builds("{{{{ name | {} }}}}".format, FILTERS),
    st.builds("{{{{ list | {} }}}}".format, LIST_FILTERS),
    st.builds("{{{{ n | {} }}}}".format, NUMBER_FILTERS),
)
WORDS = st.sampled_from(
    ["a ", " b", "\n", "  ", "，", "{% comment %}x{% endcomment %}", "{% raw %}{{ x }}{% endraw %}"]
)
TERMS = st.sampled_from(
    [
        "brand",
        "nobody",
        "name == 'Mug'",
        "name != 'Mug'",
        "n == 5",
        "n > 5",
        "n <= 0",
        "name contains 'u'",
        "list contains 'a'",
        "true",
    ]
)
CONDITIONS = st.one_of(
    TERMS,
    st.lists(TERMS, min_size=2, max_size=3).map(" and ".join),
    st.lists(TERMS, min_size=2, max_size=3).map(" or ".join),
)
LOOPED = st.sampled_from(
    [
        "{{ a }}{{ b }}",
        "{% assign k = a | append: k %}{{ k }}",
        "{{ forloop.index0 }}{{ forloop.rindex }}{{ forloop.rindex0 }}{{ forloop.length }}",
        "{% if forloop.first %}<{% elsif forloop.last %}>{% endif %}",
        " {% unless a == 'a' %} {% assign w = 1 %} {% endunless %} {{ w }}",
    ]
)
TEMPLATES = st.recursive(
    st.one_of(OUTPUTS, WORDS),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.builds("{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format, CONDITIONS, inner, inner),
        st.builds("{{%- if {} -%}}{}{{% elsif {} %}}{}{{%- endif %}}".format, CONDITIONS, inner, CONDITIONS, inner),
        st.builds("{{% unless {} %}}{}{{% endunless %}}".format, CONDITIONS, inner),
        st.builds("{{% case name %}}{{% when 'Mug', '杯子' %}}{}{{% else %}}{}{{% endcase %}}".format, inner, inner),
        st.builds(
            "{{% for x in list {} %}}{}{{{{ x }}}}{{{{ forloop.index }}}}{{% else %}}{}{{% endfor %}}".format,
            st.sampled_from(["", "limit: 2", "offset: 1", "reversed", "limit: 2 offset: 1", "reversed limit: 1"]),
            inner,
            inner,
        ),
        st.builds("{{% for i in (1..3) %}}{}{{{{ i }}}}{{% endfor %}}".format, inner),
        st.builds("{{% assign y = name | {} %}}{}{{{{ y }}}}".format, FILTERS, inner),
        st.builds("{{% if {} %}}{{% assign z = name | {} %}}{{% endif %}}{{{{ z }}}}{}".format, TERMS, FILTERS, inner),
        st.builds("{{% for a in list %}}{{% for b in list %}}{}{{% endfor %}}{}{{% endfor %}}".format, LOOPED, LOOPED),
    ),
    max_leaves=8,
)
ORACLE = liquid.Environment()


@settings(max_examples=400, deadline=None)
@given(source=TEMPLATES, row=ROWS)
def test_our_python_and_the_interpreter_say_the_same(source, row):
    assume(source.count("{% for") <= MAX_LOOP_DEPTH or not_too_deep(source))
    assert compile_template(source).render(row) == ORACLE.from_string(source).render(**row)


def not_too_deep(source):
    try:
        compile_template(source)
    except TemplateError as error:
        assert "loops within one another" in error.en  # noqa: PT017 - nothing else is refused
        return False
    return True


ANY = st.text(max_size=12).filter(lambda text: "{" not in text)


@given(words=ANY, quoted=ANY, name=ANY, cell=st.text(max_size=12))
def test_no_word_of_a_template_becomes_code(words, quoted, name, cell):
    quoted, name = quoted.replace('"', ""), name.replace('"', "").replace("_", "") or "n"
    source = (
        f'{words}{{{{ "{quoted}" }}}}{{% if ["{name}"] == "{cell if ODD.isdisjoint(cell) else ""}" %}}{{% endif %}}'
    )
    source += f'{{% assign x = ["{name}"] | append: "{quoted}" %}}{{{{ x }}}}'
    try:
        template = compile_template(source)
    except TemplateError:
        assume(False)  # what no template can hold, such as %}
    assert template.render({name: cell}) == f"{words}{quoted}{cell}{quoted}"


ODD = frozenset('"{}%')


@pytest.mark.parametrize(
    "source", ["{% for i in list limit: 0 %}x{% endfor %}", "{% if '' %}x{% endif %}", "{{ list }}"]
)
def test_where_we_differ_on_purpose(source):
    row = {"list": ["a", "b"]}
    assert compile_template(source).render(row) != ORACLE.from_string(source).render(**row)
