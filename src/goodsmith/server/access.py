"""Who may do what: one place that every route passes through.

A browser comes in once with a key and then has a session; a program sends its key with each request. A form must carry
the session's own token, because a browser sends cookies also for strangers' pages.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fastapi import Request

from goodsmith.errors import GoodsmithError

if TYPE_CHECKING:
    from goodsmith.store.keys import Key, Role

COOKIE: Final = "goodsmith_session"
CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "x-csrf-token"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class NotLetIn(GoodsmithError):
    """Nobody known, or somebody who may not do this. status: 401, 403."""

    code = "not_let_in"

    def __init__(self, en: str, *, zh: str, status: int) -> None:
        super().__init__(en, zh=zh)
        self.status = status


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. csrf: what the forms of a browser carry; None for programs."""

    key: Key
    csrf: str | None

    @property
    def name(self) -> str:
        return self.key.name

    @property
    def project(self) -> str:
        return self.key.project

    def may(self, role: Role) -> bool:
        return self.key.may(role)


def needs(role: Role) -> Callable[..., Any]:
    """A dependency that lets in whoever may do what `role` may. Raises NotLetIn."""

    async def admit(request: Request) -> Visitor:
        visitor = _known(request)
        if visitor is None:
            raise NotLetIn("sign in with a key first", zh="请先使用密钥登录", status=401)
        if not visitor.may(role):
            raise NotLetIn(
                f"this needs the role {role}; {visitor.name} has {visitor.key.role}. Ask an owner of the project",
                zh=f"此操作需要 {role} 角色;{visitor.name} 的角色为 {visitor.key.role}。请联系项目所有者",
                status=403,
            )
        if visitor.csrf is not None and request.method not in SAFE:
            given = request.headers.get(CSRF_HEADER)
            if given is None:
                form = await request.form()
                given = str(form.get(CSRF_FIELD) or "")
            if not hmac.compare_digest(given, visitor.csrf):
                raise NotLetIn(
                    "the form has expired; load the page again and repeat",
                    zh="表单已过期;请刷新页面后重试",
                    status=403,
                )
        request.state.visitor = visitor
        return visitor

    admit.role = role  # type: ignore[attr-defined]  # a test walks all routes
    return admit


def _known(request: Request) -> Visitor | None:
    keys = request.app.state.shop.store.keys
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and given:
        key = keys.open(given)
        return None if key is None else Visitor(key, None)
    token = request.cookies.get(COOKIE)
    session = keys.session(token) if token else None
    return None if session is None else Visitor(session.key, session.csrf)
