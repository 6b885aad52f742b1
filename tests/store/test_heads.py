"""Which value counts for a product, and from what inputs."""

from goodsmith.records import Decision, DecisionKind, RowStatus, RunState

PLACE = ("default", "goods.xlsx", "listing")


def test_a_head_names_the_run_the_row_and_the_inputs(store, new_run, make_chunk):
    lease = store.claim(new_run(store), owner="me")
    make_chunk(store, lease, 1)
    found = store.heads(*PLACE, [("SKU00012", "zh-CN"), ("SKU00000", "zh-CN"), ("SKU00012", "en-US")])
    head = found.pop(("SKU00012", "zh-CN"))
    assert not found
    assert (head.run_id, head.ordinal, head.inputs_hash) == (lease.run_id, 12, "hash of draft")
    assert (head.status, head.maker) == (RowStatus.DONE, "template")
    assert store.heads("default", "other.xlsx", "listing", [("SKU00012", "zh-CN")]) == {}


def test_thousands_of_heads_are_looked_up_at_once(store, new_run, make_chunk):
    lease = store.claim(new_run(store, chunks=1, rows=5_000), owner="me")
    make_chunk(store, lease, 0)
    asked = [(f"SKU{number:05d}", "zh-CN") for number in range(6_000)]
    assert len(store.heads(*PLACE, asked)) == 5_000
    assert store.heads(*PLACE, []) == {}


def test_of_two_rows_with_one_key_the_later_counts_in_any_order_of_commits(store, new_run, make_chunk):
    lease = store.claim(new_run(store, chunks=2, rows=2), owner="me")
    make_chunk(store, lease, 1, keys=["same", "same"])
    make_chunk(store, lease, 0, keys=["same", "same"])
    assert store.heads(*PLACE, [("same", "zh-CN")])["same", "zh-CN"].ordinal == 3


def test_a_later_run_moves_the_head(store, new_run, make_chunk):
    for run_id in ("first", "second"):
        lease = store.claim(new_run(store, run_id=run_id), owner="me")
        make_chunk(store, lease, 0, text=run_id)
        store.release(lease, RunState.DONE)
    head = store.heads(*PLACE, [("SKU00003", "zh-CN")])["SKU00003", "zh-CN"]
    assert (head.run_id, head.inputs_hash) == ("second", "hash of second")


def test_no_run_moves_a_head_that_a_person_edited(store, new_run, make_chunk):
    first = store.claim(new_run(store, run_id="first"), owner="me")
    make_chunk(store, first, 0)
    assert store.decide("first", [edit(3, by="Li Lei")]) == []
    second = store.claim(new_run(store, run_id="second"), owner="me")
    make_chunk(store, second, 0)
    found = store.heads(*PLACE, [("SKU00003", "zh-CN"), ("SKU00004", "zh-CN")])
    assert [(head.run_id, head.locked_by) for head in found.values()] == [("first", "Li Lei"), ("second", None)]
    assert not found["SKU00003", "zh-CN"].contradicted


def test_an_edit_whose_source_changed_is_contradicted_until_somebody_looks(store, new_run, make_chunk):
    first = store.claim(new_run(store, run_id="first"), owner="me")
    make_chunk(store, first, 0, text="first")
    store.decide("first", [edit(3, by="Li Lei")])
    second = store.claim(new_run(store, run_id="second"), owner="me")
    make_chunk(store, second, 0, text="second")
    place = ("SKU00003", "zh-CN")
    assert store.heads(*PLACE, [place])[place].contradicted
    store.decide("first", [Decision(ordinal=3, locale="zh-CN", kind=DecisionKind.APPROVE, by="Han Mei")])
    head = store.heads(*PLACE, [place])[place]
    assert (head.contradicted, head.locked_by, head.inputs_hash) == (False, "Li Lei", "hash of second")


def test_a_reopened_row_is_moved_again(store, new_run, make_chunk):
    first = store.claim(new_run(store, run_id="first"), owner="me")
    make_chunk(store, first, 0)
    store.decide("first", [edit(3, by="Li Lei")])
    store.decide("first", [Decision(ordinal=3, locale="zh-CN", kind=DecisionKind.REOPEN, by="Li Lei")])
    second = store.claim(new_run(store, run_id="second"), owner="me")
    make_chunk(store, second, 0)
    assert store.heads(*PLACE, [("SKU00003", "zh-CN")])["SKU00003", "zh-CN"].run_id == "second"


def edit(ordinal, *, by):
    return Decision(ordinal=ordinal, locale="zh-CN", kind=DecisionKind.EDIT, by=by, edits={"title": "mine"})
