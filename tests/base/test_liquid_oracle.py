"""The closures say what python-liquid's own interpreter says, wherever we mean the same."""

import liquid
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodsmith.base.liquid import compile_template

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
    ),
    max_leaves=8,
)
ORACLE = liquid.Environment()


@settings(max_examples=400, deadline=None)
@given(source=TEMPLATES, row=ROWS)
def test_closures_and_interpreter_say_the_same(source, row):
    assert compile_template(source).render(row) == ORACLE.from_string(source).render(**row)


@pytest.mark.parametrize(
    "source", ["{% for i in list limit: 0 %}x{% endfor %}", "{% if '' %}x{% endif %}", "{{ list }}"]
)
def test_where_we_differ_on_purpose(source):
    row = {"list": ["a", "b"]}
    assert compile_template(source).render(row) != ORACLE.from_string(source).render(**row)
