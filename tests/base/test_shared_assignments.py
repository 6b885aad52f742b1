"""Templates of one row may share what they assign at their beginnings, and say the same as alone."""

from hypothesis import given
from hypothesis import strategies as st

from goodsmith.base.liquid import compile_template

ASSIGNMENTS = (
    "{% assign a = x %}",
    "{% assign a = x | upcase %}",
    "{% assign b = a | append: y %}",
    "{% assign a = b | append: a %}",
    "{% if x %}{% assign a = y %}{% endif %}",
    "{% for c in x %}{% assign a = c %}{% endfor %}",
    "-",
)
SOURCES = st.lists(st.sampled_from(ASSIGNMENTS), max_size=4).map(lambda parts: "".join(parts) + "{{ a }}|{{ b }}")


@given(st.lists(SOURCES, min_size=2, max_size=4), st.text("pq ", max_size=2), st.text("rs", max_size=2))
def test_sharing_changes_no_word(sources: list[str], x: str, y: str) -> None:
    templates = [compile_template(source, known={"x", "y", "a", "b"}) for source in sources]
    values = {"x": x, "y": y, "a": "own a", "b": "own b"}
    shared: dict[object, object] = {}
    assert [each.render(values, shared) for each in templates] == [each.render(values) for each in templates]


def test_what_two_templates_begin_with_is_worked_out_once() -> None:
    shared: dict[object, object] = {}
    for source in ("{% assign a = x | upcase %}{{ a }}", "{% assign a = x | upcase %}{{ a }}!"):
        compile_template(source).render({"x": "mug"}, shared)
    assert list(shared.values()) == ["MUG"]
