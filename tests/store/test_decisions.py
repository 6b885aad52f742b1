"""What people decided: the last word counts, two people never overwrite each other unseen."""

import pytest

from goodsmith.errors import UnknownName
from goodsmith.records import Decision, DecisionKind, RowStatus, RunState


@pytest.fixture
def made(store, new_run, make_chunk):
    """A finished run of 30 rows, two of them with findings."""
    lease = store.claim(new_run(store), owner="me")
    for number in range(3):
        make_chunk(store, lease, number, statuses={4: RowStatus.REVIEW, 5: RowStatus.FAILED})
    store.release(lease, RunState.DONE)
    return lease.run_id


def decision(ordinal, kind=DecisionKind.APPROVE, *, by="Ann", **more):
    return Decision(ordinal=ordinal, locale="zh-CN", kind=kind, by=by, **more)


def test_the_last_word_counts_and_the_whole_story_is_kept(store, made):
    store.decide(made, [decision(3, DecisionKind.REJECT, reason="wrong colour")])
    store.decide(made, [decision(3, DecisionKind.EDIT, by="Ben", edits={"title": "Red"})])
    store.decide(made, [decision(3, by="Cho")])
    now = store.decisions(made)[3, "zh-CN"]
    assert (now.kind, now.by, now.edits) == (DecisionKind.APPROVE, "Cho", {"title": "Red"})
    assert [(one.kind.value, one.by) for one in store.history(made, 3, "zh-CN")] == [
        ("reject", "Ann"), ("edit", "Ben"), ("approve", "Cho"),
    ]  # fmt: skip


def test_a_reopened_row_is_undecided_again(store, made):
    store.decide(made, [decision(3, DecisionKind.EDIT, edits={"points": ("a", "b")})])
    assert store.decisions(made)[3, "zh-CN"].edits == {"points": ("a", "b")}
    store.decide(made, [decision(3, DecisionKind.REOPEN)])
    assert store.decisions(made) == {}
    assert store.rows_at(made, [(3, "zh-CN")])[0].decision is None


def test_of_two_people_on_one_row_the_second_is_told(store, made):
    version = store.rows_at(made, [(3, "zh-CN")])[0].version
    assert store.decide(made, [decision(3, version=version)]) == []
    (late,) = store.decide(made, [decision(3, DecisionKind.REJECT, by="Ben", version=version)])
    assert (late.by, late.version) == ("Ann", version + 1)
    assert store.decisions(made)[3, "zh-CN"].kind is DecisionKind.APPROVE


def test_a_row_that_the_run_does_not_have_is_given_back(store, made):
    (late,) = store.decide(made, [decision(99)])
    assert late.version is None


def test_a_lot_is_drawn_from_rows_without_findings_and_without_decisions(store, made):
    store.decide(made, [decision(7)])
    assert store.drawable(made) == 27  # of 30: one with findings, one failed, one decided
    assert store.draw_lot(made, "lot-1", rows_wanted=10, seed=1, plan={}, by="Ann") == 10
    drawn = {row.ordinal for row in store.rows(made, lot="lot-1").rows}
    assert len(drawn) == 10
    assert not drawn & {4, 5, 7}
    assert store.drawable(made) == 17
    assert store.drawable_by_category(made) == [("", 17)]


def test_the_same_seed_draws_the_same_rows(store, new_run, make_chunk):
    drawn = []
    for run_id in ("one", "two"):
        lease = store.claim(new_run(store, run_id=run_id, chunks=1, rows=50), owner="me")
        make_chunk(store, lease, 0)
        store.draw_lot(run_id, f"lot-{run_id}", rows_wanted=8, seed=42, plan={}, by="Ann")
        drawn.append([row.ordinal for row in store.rows(run_id, lot=f"lot-{run_id}").rows])
    assert drawn[0] == drawn[1]


def test_a_lot_counts_what_was_read_and_by_whom(store, made):
    store.draw_lot(made, "lot-1", rows_wanted=5, seed=1, plan={"most_wrong": 0.1}, by="Ann")
    first, second, *_ = [row.ordinal for row in store.rows(made, lot="lot-1").rows]
    store.decide(made, [decision(first), decision(second, DecisionKind.REJECT, by="Ben")])
    lot, counts = store.lot("lot-1")
    assert (lot.plan["most_wrong"], lot.plan["of"], counts.drawn, counts.read, counts.rejected) == (0.1, 28, 5, 2, 1)
    assert store.readers("lot-1") == {"Ann": 1, "Ben": 1}
    store.sign_lot("lot-1", {"signed_by": "Ann"})
    store.sign_lot("lot-1", {"signed_by": "somebody else"})  # a lot is signed once
    assert store.lot("lot-1")[0].certificate == {"signed_by": "Ann"}


def test_an_unknown_lot_names_the_near_ones(store, made):
    store.draw_lot(made, "lot-1", rows_wanted=5, seed=1, plan={}, by="Ann")
    with pytest.raises(UnknownName, match="lot-1"):
        store.lot("lot-2")


def test_what_a_platform_reports_opens_a_row_again_and_leaves_its_edits(store, made):
    store.decide(made, [decision(3, DecisionKind.EDIT, edits={"title": "A kettle"})])
    store.decide(made, [decision(3, DecisionKind.REPORT, by="report.csv", reason="title: too long")])
    store.decide(made, [decision(3, DecisionKind.REPORT, by="report.csv", reason="no brand")])
    (found,) = store.decisions(made).values()
    assert (found.kind, found.reason, found.edits) == (
        DecisionKind.REPORT,
        "title: too long\nno brand",
        {"title": "A kettle"},
    )
    (row,) = store.rows_at(made, [(found.ordinal, found.locale)])
    assert (row.status, row.decision) == (RowStatus.REVIEW, None)
    store.decide(made, [decision(3)])
    assert store.decisions(made)[found.ordinal, found.locale].edits == {"title": "A kettle"}
