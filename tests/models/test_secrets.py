"""Where keys are read from, what is no key, and that none shows."""

import keyring
import keyring.backend
import pytest

from goodsmith.errors import UsageError
from goodsmith.models.secrets import Secret, read_key

CANARY = "sk-canary-0123456789"


class MemoryKeyring(keyring.backend.KeyringBackend):
    """A keyring for tests."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        del self.kept[service, username]


@pytest.fixture
def ring():
    before = keyring.get_keyring()
    made = MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_a_key_comes_from_the_environment_a_file_or_the_keyring(tmp_path, ring):
    (tmp_path / "key").write_text(f"{CANARY}\n")
    ring.set_password("deepseek", "goodsmith", CANARY)
    ring.set_password("deepseek", "shop", f"{CANARY}-shop")
    for reference in ("env:KEY", f"file:{tmp_path / 'key'}", "keyring:deepseek"):
        found = read_key(reference, {"KEY": CANARY})
        assert (found.reveal(), found.source) == (CANARY, reference)
    assert read_key("keyring:deepseek/shop", {}).reveal() == f"{CANARY}-shop"


def test_a_key_that_the_keyring_lacks_is_answered_with_how_to_store_it(ring):
    with pytest.raises(UsageError, match="keyring set deepseek goodsmith"):
        read_key("keyring:deepseek", {})


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (f"{CANARY}\nsecond line", "line break"),
        (f"export KEY={CANARY}", "blank"),
        (f"{CANARY}…", r"U\+2026"),
        ("x" * 20_000, "too long"),
    ],
)
def test_what_cannot_be_a_key_is_said_at_the_start_and_not_shown(tmp_path, value, words):
    (tmp_path / "key").write_text(value, encoding="utf-8")
    for reference, environment in ((f"file:{tmp_path / 'key'}", {}), ("env:KEY", {"KEY": value})):
        with pytest.raises(UsageError, match=words) as caught:
            read_key(reference, environment)
        assert CANARY not in caught.value.en + caught.value.zh + repr(caught.value)
        assert reference.rpartition(":")[2] in caught.value.en


def test_a_file_that_is_no_text_is_named_and_not_quoted(tmp_path):
    (tmp_path / "key").write_bytes(b"\xff\xfe" + CANARY.encode())
    with pytest.raises(UsageError, match="it is no text") as caught:
        read_key(f"file:{tmp_path / 'key'}", {})
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_secret_prints_as_stars_and_hides_itself_in_the_words_of_others():
    secret = Secret(CANARY)
    assert CANARY not in f"{secret} {secret!r} {[secret]}"
    assert secret.hide(f"Incorrect API key provided: {CANARY}.") == "Incorrect API key provided: ********."
