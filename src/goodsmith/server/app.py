"""The application: routes, errors as one sentence, headers that keep strangers out."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from goodsmith.errors import GoodsmithError, StoreError, UnknownName
from goodsmith.server import catalogs, door, lots, review, runs
from goodsmith.server.access import NotLetIn
from goodsmith.server.pages import HERE, language_of, render, wants_json
from goodsmith.server.shop import Shop
from goodsmith.settings import Settings
from goodsmith.store import open_store

log = logging.getLogger(__name__)

HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "content-security-policy": "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
}


def create_app(settings: Settings, *, home: Path | None = None) -> FastAPI:
    """The application over a home folder. Behind a proxy the server says the path prefix (ASGI's root_path)."""
    place = home or settings.home

    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncIterator[None]:
        store = open_store(place, settings.database_url, files_url=settings.files_url)
        app.state.shop = Shop(settings, place, store)
        try:
            yield
        finally:
            store.close()

    app = FastAPI(title="Goodsmith", lifespan=opened, docs_url=None, redoc_url=None)
    for routes in (door, catalogs, runs, review, lots):
        app.include_router(routes.router)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.middleware("http")(_with_headers)
    app.add_exception_handler(GoodsmithError, _in_a_sentence)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(HTTPException, _no_such_page)
    return app


async def _with_headers(request: Request, call_next: Any) -> Response:
    response: Response = await call_next(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if not request.url.path.startswith("/static"):
        response.headers.setdefault("cache-control", "no-store")
    return response


async def _in_a_sentence(request: Request, error: Exception) -> Response:
    assert isinstance(error, GoodsmithError)
    if isinstance(error, NotLetIn):
        if error.status == 401 and not wants_json(request) and request.method == "GET":
            return RedirectResponse(request.scope.get("root_path", "") + "/login", status_code=303)
        return _said(request, error.status, error.code, error.say(language_of(request)))
    if isinstance(error, StoreError):
        log.error("%s", error, extra={"event": "store_failed"})
    status = 404 if isinstance(error, UnknownName) else 503 if isinstance(error, StoreError) else 422
    return _said(request, status, error.code, error.say(language_of(request)))


async def _not_understood(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    where = [f"{'.'.join(str(part) for part in one['loc'][1:])}: {one['msg']}" for one in error.errors()]
    language = language_of(request)
    lead = "无法理解该请求:" if language == "zh" else "the request is not understood: "
    return _said(request, 422, "request", lead + "; ".join(where), errors=where)


async def _no_such_page(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    zh = language_of(request) == "zh"
    words = {
        404: "没有这个页面" if zh else "there is no such page",
        405: "此处不支持该操作" if zh else "this cannot be done here",
    }
    return _said(request, error.status_code, "http", words.get(error.status_code, str(error.detail)))


def _said(request: Request, status: int, code: str, message: str, *, errors: list[str] | None = None) -> Response:
    """One shape for every error, as JSON or as a page."""
    facts = {"ok": False, "status": status, "error": code, "message": message, "errors": errors or [message]}
    if wants_json(request) or request.headers.get("x-requested-with") == "fetch":
        return JSONResponse(facts, status_code=status)
    return render(request, "error.html", facts, status=status)
