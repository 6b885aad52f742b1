"""Secrets: where a key is, the key itself, and how it never shows.

A reference says where a key stands: `env:NAME`, `file:PATH`, `keyring:SERVICE/USER`. Only references are stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from goodsmith.errors import MissingExtra, UsageError

STARS: Final = "********"
MAX_LENGTH: Final = 16_384  # a token of a cloud has some thousand characters; a file that is longer is no key


class Secret:
    """A text that is printed as stars. source: where it came from, such as `env:OPENAI_API_KEY`."""

    __slots__ = ("_value", "source")

    def __init__(self, value: str, *, source: str = "given") -> None:
        self._value = value
        self.source = source

    def reveal(self) -> str:
        return self._value

    def hide(self, text: str) -> str:
        """`text` with stars in place of the secret, for words of others that may quote it."""
        return text.replace(self._value, STARS) if len(self._value) >= 4 else text

    def __repr__(self) -> str:
        return f"Secret('{STARS}', source={self.source!r})"

    def __str__(self) -> str:
        return STARS

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


def read_key(given: str, environment: Mapping[str, str]) -> Secret:
    """The key itself, or the one that a reference leads to. Raises UsageError, which never shows the key."""
    kind, _, rest = given.partition(":")
    if kind in _READERS and rest:
        return usable(Secret(_READERS[kind](rest, environment), source=given))
    if not given:
        raise UsageError("the key is empty", zh="密钥为空")
    return usable(Secret(given))


def usable(key: Secret) -> Secret:
    """The key, if it can be sent at all; said now and not at the first call. Raises UsageError."""
    value = key.reveal()
    where = "" if key.source == "given" else f" in {key.source}"
    where_zh = "" if key.source == "given" else f"({key.source})"
    if len(value) > MAX_LENGTH:
        raise UsageError(
            f"what is{where or ' given'} is too long for a key: {len(value):,} characters",
            zh=f"内容过长,不像密钥{where_zh}:{len(value):,} 个字符",
        )
    strange = next((sign for sign in value if not "!" <= sign <= "~"), None)
    if strange is not None:
        raise UsageError(
            f"the key{where} holds {_named(strange)}, which no key can; was more than the key copied?",
            zh=f"密钥{where_zh}含有{_named_zh(strange)},无法使用;是否多复制了内容?",
        )
    return key


def _from_environment(name: str, environment: Mapping[str, str]) -> str:
    if value := environment.get(name, "").strip():
        return value
    raise UsageError(f"the environment variable {name} is not set", zh=f"环境变量 {name} 未设置")


def _from_file(name: str, environment: Mapping[str, str]) -> str:
    try:
        value = Path(name).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"  # the error itself may show bytes
        raise UsageError(f"the key file {name} cannot be read: {reason}", zh=f"无法读取密钥文件 {name}") from None
    if value:
        return value
    raise UsageError(f"the key file {name} is empty", zh=f"密钥文件 {name} 是空的")


def _from_keyring(name: str, environment: Mapping[str, str]) -> str:
    try:
        import keyring  # noqa: PLC0415 (an extra)
    except ImportError:
        raise MissingExtra("keyring", "keyring") from None
    service, _, user = name.partition("/")
    try:
        value = keyring.get_password(service, user or "goodsmith")
    except keyring.errors.KeyringError as error:
        raise UsageError(
            f"the system's keyring cannot be read: {error}; use env:NAME or file:PATH on this machine",
            zh=f"无法读取系统密钥环:{error};在本机请改用 env:变量名 或 file:路径",
        ) from None
    if value:
        return str(value)
    raise UsageError(
        f"the keyring has no key {name!r}; store it with: keyring set {service} {user or 'goodsmith'}",
        zh=f"密钥环中没有 {name!r};请先保存:keyring set {service} {user or 'goodsmith'}",
    )


_READERS: Final = {"env": _from_environment, "file": _from_file, "keyring": _from_keyring}


def _named(sign: str) -> str:
    if sign in "\r\n":
        return "a line break"
    return "a blank" if sign.isspace() else f"the character U+{ord(sign):04X}"


def _named_zh(sign: str) -> str:
    if sign in "\r\n":
        return "换行"
    return "空格" if sign.isspace() else f"字符 U+{ord(sign):04X}"
