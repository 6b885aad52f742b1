"""A driver keeps its run while it lives, and knows when it must stop."""

import time

import pytest

from goodsmith.errors import LeaseLost, StoreError
from goodsmith.records import Budget, RunState
from goodsmith.store.heartbeat import Heartbeat

FAR = {"host": "another-machine", "pid": 7}


def until(holds, *, seconds=5):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_heartbeat_keeps_a_lease_for_as_long_as_it_beats(store, opened, new_run):
    run_id = new_run(store)
    with Heartbeat(store, store.claim(run_id, owner="me", lease_s=1.5, **FAR)) as beat:
        time.sleep(2)
        assert beat.may_send
        with pytest.raises(StoreError):
            opened().claim(run_id, owner="you")
    time.sleep(1.55)
    opened().claim(run_id, owner="you")


def test_a_stop_and_a_new_budget_are_seen_while_running(store, opened, new_run):
    run_id = new_run(store)
    calls = []
    with Heartbeat(store, store.claim(run_id, owner="me"), on_change=lambda: calls.append(1)) as beat:
        opened().set_budget(run_id, Budget(nanos=9, currency="CNY"))
        opened().request_stop(run_id, "pause")
        began = time.monotonic()
        until(lambda: beat.stop == "pause")
        assert time.monotonic() - began < 2
        assert beat.budget == Budget(nanos=9, currency="CNY")
        assert beat.may_send
    assert calls == [1]


def test_a_driver_whose_run_was_taken_over_is_told(store, opened, new_run):
    run_id = new_run(store)
    lease = store.claim(run_id, owner="me", lease_s=0.0, **FAR)
    opened().claim(run_id, owner="you")
    with pytest.raises(LeaseLost):
        Heartbeat(store, lease).beat()


def test_a_driver_that_loses_its_run_while_it_works_may_send_nothing(store, opened, new_run):
    run_id = new_run(store)
    calls = []
    lease = store.claim(run_id, owner="me", lease_s=30, **FAR)
    with Heartbeat(store, lease, on_change=lambda: calls.append(1)) as beat:
        store.release(lease, RunState.READY)  # as if the lease had run out
        opened().claim(run_id, owner="you")
        until(lambda: beat.lost)
        assert not beat.may_send
    assert calls == [1]


def test_a_driver_that_cannot_renew_for_half_its_lease_must_stop_sending(store, new_run):
    now = [100.0]
    lease = store.claim(new_run(store), owner="me", lease_s=30)
    beat = Heartbeat(store, lease, clock=lambda: now[0])
    beat.beat()
    now[0] += 14.9
    assert beat.may_send
    now[0] += 0.2  # no renewal got through, and this thread did not even run
    assert not beat.may_send
    assert not beat.lost
    beat.beat()
    assert beat.may_send
