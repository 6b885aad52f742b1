"""From drawing a lot to its certificate."""

import pytest

from door import products
from goodsmith.errors import UsageError
from goodsmith.records import Decision, DecisionKind
from goodsmith.review.certificate import certificate_page, statement
from goodsmith.runner import draw_lot, lot_states, plan_lots, review_rows, sign_lot


@pytest.fixture
def run(shop):
    return shop.run(products(60), recipe="listing", key="sku", category="category")


@pytest.fixture
def lot(run):
    """A lot that is released if of 60 rows at most a fifth is wrong: 14 rows to read."""
    return draw_lot(run, by="Ann", most_wrong=0.2, confidence=0.95, seed=1)


def read(run, lot, *, wrong=0):
    """Decide every drawn row; the first few are wrong."""
    rows = list(review_rows(run, queue="lot", lot=lot.lot.lot))
    kinds = [DecisionKind.REJECT] * wrong + [DecisionKind.APPROVE] * (len(rows) - wrong)
    with run.store() as store:
        store.decide(
            run.id,
            [
                Decision(ordinal=row.ordinal, locale=row.locale, kind=kind, by="Ben", version=row.version)
                for row, kind in zip(rows, kinds, strict=True)
            ],
        )


def test_the_reading_is_shown_before_anybody_starts(run):
    (plan,) = plan_lots(run, most_wrong=0.2, confidence=0.95)
    assert (plan.rows, plan.to_read, plan.reading_s) == (60, 14, 14 * 12)
    (all_of_them,) = plan_lots(run, most_wrong=0.01, confidence=0.95)
    assert (all_of_them.to_read, all_of_them.all_are_read) == (60, True)
    (each,) = plan_lots(run, most_wrong=0.2, confidence=0.95, per_category=True)
    assert (each.stratum, each.rows) == ("Home > Table", 60)


def test_a_lot_that_was_read_without_error_is_signed(run, lot):
    with pytest.raises(UsageError, match="14 more are needed"):
        sign_lot(run, lot.lot.lot, by="Ann")
    read(run, lot)
    (state,) = lot_states(run)
    assert (state.standing.read, state.standing.wrong, state.standing.verdict) == (14, 0, "accepted")
    certificate = sign_lot(run, lot.lot.lot, by="Ann")
    assert statement(certificate, "en") == "14 of 60 rows read at random, no defect: at most 19 % wrong (95 %)."
    assert "14 行,未发现错误:错误率至多 19 %" in statement(certificate, "zh")
    assert (certificate["readers"], certificate["seed"]) == ({"Ben": 14}, 1)
    with pytest.raises(UsageError, match="signed already"):
        sign_lot(run, lot.lot.lot, by="Ann")


def test_a_lot_with_an_error_is_refused(run, lot):
    read(run, lot, wrong=1)
    with pytest.raises(UsageError, match="is refused: 1 of 14"):
        sign_lot(run, lot.lot.lot, by="Ann")


def test_a_lot_of_which_every_row_was_read_leaves_no_doubt(shop):
    run = shop.run(products(5), recipe="listing", key="sku")
    lot = draw_lot(run, by="Ann", most_wrong=0.01, confidence=0.95)
    read(run, lot, wrong=2)
    assert statement(sign_lot(run, lot.lot.lot, by="Ann"), "en") == "All 5 rows were read; 2 were mended or rejected."


def test_rows_of_one_lot_are_not_drawn_into_another(run, lot):
    second = draw_lot(run, by="Ann", most_wrong=0.2, confidence=0.95)
    both = [row.ordinal for one in (lot, second) for row in review_rows(run, queue="lot", lot=one.lot.lot)]
    assert len(set(both)) == len(both) == 28


def test_a_certificate_shows_what_strangers_wrote_as_text(run, lot):
    read(run, lot)
    certificate = sign_lot(run, lot.lot.lot, by="<script>alert(1)</script>")
    page = certificate_page(certificate, "zh")
    assert "<script>" not in page
    assert "放行证书" in page
