"""Coming in, going out, and the language of the pages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from goodsmith.server.access import COOKIE, Visitor, needs
from goodsmith.server.pages import LANGUAGE_COOKIE, LANGUAGES, render
from goodsmith.store.keys import SESSION_S

router = APIRouter()


@router.get("/healthz")
def healthz() -> JSONResponse:
    """Whether the process lives."""
    return JSONResponse({"ok": True})


@router.get("/readyz")
def readyz(request: Request) -> JSONResponse:
    """Whether it can work: the database answers."""
    request.app.state.shop.store.runs(limit=1)
    return JSONResponse({"ok": True})


@router.get("/login")
def login(request: Request, key: Annotated[str, Query()] = "") -> Response:
    """The page to come in by; with a key in the address, as the first start prints it, the door opens at once."""
    return _let_in(request, key) if key else render(request, "login.html", {"wrong": False})


@router.post("/login")
def login_with(request: Request, key: Annotated[str, Form()]) -> Response:
    """Come in with a key."""
    return _let_in(request, key)


@router.post("/logout")
def logout(request: Request, visitor: Annotated[Visitor, Depends(needs("viewer"))]) -> Response:
    """End the session."""
    request.app.state.shop.store.keys.end_session(request.cookies.get(COOKIE, ""))
    response = RedirectResponse(_home(request) + "/login", status_code=303)
    response.delete_cookie(COOKIE)
    return response


@router.post("/language")
def language(request: Request, to: Annotated[str, Form()], back: Annotated[str, Form()] = "/") -> Response:
    """Choose the language of the pages; changes nothing else, so it needs no key."""
    place = back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/"
    response = RedirectResponse(place, status_code=303)
    if to in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, to, max_age=365 * 24 * 3600, samesite="lax")
    return response


def _let_in(request: Request, given: str) -> Response:
    keys = request.app.state.shop.store.keys
    key = keys.open(given)
    if key is None:
        return render(request, "login.html", {"wrong": True}, status=401)
    response = RedirectResponse(_home(request) + "/", status_code=303)
    response.set_cookie(
        COOKIE,
        keys.start_session(key),
        max_age=round(SESSION_S),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


def _home(request: Request) -> str:
    return str(request.scope.get("root_path", "")).rstrip("/")
