"""Who may come in: keys that are shown once and stored as hashes, and the sessions of a browser."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final, Literal, get_args

import sqlalchemy as sa

from goodsmith.errors import UnknownName
from goodsmith.records import DEFAULT_PROJECT
from goodsmith.store.database import Database, text
from goodsmith.store.tables import keys, sessions

Role = Literal["viewer", "reviewer", "operator", "owner"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)  # each may do what those before it may
PREFIX: Final = "gs"
SESSION_S: Final = 14 * 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key without its secret. Times are Unix seconds."""

    key_id: str
    project: str
    name: str  # of the person or program that has it
    role: Role
    created: float
    expires: float | None
    last_used: float | None
    revoked: float | None

    def may(self, role: Role) -> bool:
        """Whether it may do what `role` may."""
        return ROLES.index(self.role) >= ROLES.index(role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that came in with a key. csrf: what its forms must carry."""

    key: Key
    csrf: str


class KeyRing:
    """The keys of a control database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def create(
        self, name: str, role: Role, *, project: str = DEFAULT_PROJECT, expires_in_s: float | None = None
    ) -> tuple[Key, str]:
        """A new key and its text, which is known to nobody afterwards. Raises UnknownName for a role."""
        if role not in ROLES:
            raise UnknownName("role", role, ROLES, kind_zh="角色")
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        with self._db.write() as connection:
            now = connection.execute(sa.select(self._db.now())).scalar_one()
            connection.execute(
                sa.insert(keys).values(
                    key_id=key_id,
                    project=project,
                    name=text(name),
                    role=role,
                    hash=_hash(secret),
                    created=now,
                    expires=None if expires_in_s is None else now + expires_in_s,
                )
            )
        return self.get(key_id), f"{PREFIX}_{key_id}_{secret}"

    def get(self, key_id: str) -> Key:
        """A key by its id. Raises UnknownName."""
        with self._db.read() as connection:
            found = connection.execute(sa.select(keys).where(keys.c.key_id == key_id)).first()
            if found is None:
                known = connection.execute(sa.select(keys.c.key_id).limit(20)).scalars()
                raise UnknownName("key", key_id, known, kind_zh="密钥")
            return _key(found)

    def all(self, project: str = DEFAULT_PROJECT) -> list[Key]:
        """All keys, also those that do not open any more; oldest first."""
        with self._db.read() as connection:
            found = connection.execute(sa.select(keys).where(keys.c.project == project).order_by(keys.c.created))
            return [_key(row) for row in found]

    def revoke(self, key_id: str) -> None:
        """Close a key and the sessions that came in with it. Raises UnknownName."""
        self.get(key_id)
        with self._db.write() as connection:
            connection.execute(sa.update(keys).where(keys.c.key_id == key_id).values(revoked=self._db.now()))
            connection.execute(sa.delete(sessions).where(sessions.c.key_id == key_id))

    def open(self, given: str) -> Key | None:
        """The key that a text is; None if it opens nothing. Takes as long for a wrong secret as for a right one."""
        parts = given.strip().split("_", 2)
        if len(parts) != 3 or parts[0] != PREFIX:
            return None
        with self._db.read() as connection:
            found = connection.execute(
                sa.select(keys, self._db.now().label("now")).where(keys.c.key_id == parts[1])
            ).first()
        if found is None or not hmac.compare_digest(found.hash, _hash(parts[2])) or _is_closed(found):
            return None
        with self._db.write() as connection:
            connection.execute(sa.update(keys).where(keys.c.key_id == parts[1]).values(last_used=self._db.now()))
        return _key(found)

    def start_session(self, key: Key, *, lasts_s: float = SESSION_S) -> str:
        """Let a browser in; the text of its cookie."""
        token = secrets.token_urlsafe(32)
        with self._db.write() as connection:
            now = connection.execute(sa.select(self._db.now())).scalar_one()
            connection.execute(sa.delete(sessions).where(sessions.c.expires < now))
            connection.execute(
                sa.insert(sessions).values(
                    hash=_hash(token),
                    project=key.project,
                    key_id=key.key_id,
                    csrf=secrets.token_urlsafe(24),
                    expires=now + lasts_s,
                )
            )
        return token

    def session(self, token: str) -> Session | None:
        """Who a cookie belongs to; None for nobody, or nobody any more."""
        with self._db.read() as connection:
            found = connection.execute(
                sa.select(keys, sessions.c.csrf, sessions.c.expires.label("ends"), self._db.now().label("now"))
                .join(sessions, sessions.c.key_id == keys.c.key_id)
                .where(sessions.c.hash == _hash(token))
            ).first()
        if found is None or found.ends < found.now or _is_closed(found):
            return None
        return Session(key=_key(found), csrf=found.csrf)

    def end_session(self, token: str) -> None:
        with self._db.write() as connection:
            connection.execute(sa.delete(sessions).where(sessions.c.hash == _hash(token)))


def _is_closed(row: sa.Row[tuple[object, ...]]) -> bool:
    return row.revoked is not None or (row.expires is not None and row.expires < row.now)


def _hash(secret: str) -> str:
    """SHA-256 is enough: a secret is 32 random bytes, so no list of likely ones exists."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(row: sa.Row[tuple[object, ...]]) -> Key:
    return Key(
        key_id=row.key_id,
        project=row.project,
        name=row.name,
        role=row.role,
        created=row.created,
        expires=row.expires,
        last_used=row.last_used,
        revoked=row.revoked,
    )
