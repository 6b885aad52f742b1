"""Server-sent events, cut anywhere."""

from hypothesis import given, settings
from hypothesis import strategies as st

from goodsmith.base.sse import Events


def events_of(*pieces):
    events = Events()
    return [event for piece in pieces for event in events.feed(piece)] + events.end()


def test_events_end_with_a_blank_line_and_join_their_data_lines():
    assert events_of(b"data: a\n\ndata: b\ndata:c\n\n") == [b"a", b"b\nc"]


def test_comments_other_fields_and_keep_alive_lines_are_skipped():
    assert events_of(b": keep-alive\n\n\n\nevent: x\nid: 1\nretry: 5\ndata: a\n\n: keep-alive\n\n") == [b"a"]


def test_a_byte_order_mark_is_skipped():
    assert events_of(b"\xef\xbb\xbfdata: a\n\n") == [b"a"]


def test_the_last_event_may_lack_its_blank_line():
    assert events_of(b"data: a\n\ndata: [DONE]") == [b"a", b"[DONE]"]


lines = st.sampled_from([b"data: 1", b"data:2", b"data", b": note", b"", b"", "data: 天".encode(), b"id: 7"])
ends = st.sampled_from([b"\n", b"\r\n", b"\r"])


@settings(deadline=None)
@given(st.lists(st.tuples(lines, ends)), st.data())
def test_any_cut_gives_the_same_events(parts, data):
    text = b"".join(line + end for line, end in parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert events_of(*pieces) == events_of(text)


@settings(deadline=None)
@given(st.lists(st.tuples(lines, ends)))
def test_line_ends_do_not_matter(parts):
    as_written = events_of(b"".join(line + b"\r\n" for line, _ in parts))
    assert as_written == events_of(b"".join(line + b"\n" for line, _ in parts))
