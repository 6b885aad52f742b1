"""Keys known from memory: none that is there is ever denied, and few that are not are taken for known."""

from bisect import bisect_right

from hypothesis import given
from hypothesis import strategies as st

from goodsmith.store.known_keys import PAGE, WORTH, KnownKeys


class Shelf:
    """A KeySource: rows in memory, in their order of arrival."""

    def __init__(self, keys=()):
        self.keys = list(keys)

    def extent(self):
        return len(self.keys), len(self.keys)

    def keys_after(self, key):
        ordered = sorted(set(self.keys))
        page = ordered[bisect_right(ordered, key) :][:PAGE]
        return (_said(page), page[-1]) if page else None

    def newer_than(self, number):
        page = self.keys[number : number + PAGE]
        return (_said(page), number + len(page)) if page else None


def _said(keys):
    return ",".join(key[:8].hex() for key in keys)


KEYS = st.lists(st.binary(min_size=1, max_size=32), max_size=40)


@given(before=KEYS, batches=st.lists(KEYS, max_size=4), misses=st.integers(0, 4))
def test_no_key_that_is_there_is_denied(before, batches, misses):
    shelf, known = Shelf(before), KnownKeys()
    known.misses = misses
    for batch in [[], *batches]:
        shelf.keys += batch
        known.catch_up(shelf)
        assert all(known.may_hold(key) for key in shelf.keys)


def test_few_keys_that_are_not_there_are_taken_for_known():
    shelf, known = Shelf(number.to_bytes(8, "big") for number in range(0, 2**64 - 1, 2**64 // 90_000)), KnownKeys()
    known.misses = len(shelf.keys)
    known.catch_up(shelf)
    strangers = [number.to_bytes(8, "little") for number in range(1, 2**63, 2**63 // 20_000)]
    assert sum(map(known.may_hold, strangers)) < len(strangers) / 100


def test_all_keys_are_read_only_when_that_is_worth_it():
    shelf, known = Shelf(bytes([number] * 8) for number in range(2 * WORTH)), KnownKeys()
    known.misses = 1
    known.catch_up(shelf)
    assert known.may_hold(b"anything")
    known.misses = 2
    known.catch_up(shelf)
    assert not known.may_hold(b"anything")


def test_who_has_given_up_denies_nothing():
    known = KnownKeys()
    known.catch_up(Shelf())
    assert not known.may_hold(b"key")
    known.give_up()
    known.catch_up(Shelf())
    assert known.may_hold(b"key")
