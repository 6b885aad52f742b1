"""Renders pages: one environment, two languages side by side, everything that strangers wrote escaped."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from goodsmith.base.money import format_money
from goodsmith.records import NANOS

HERE: Final = Path(__file__).parent
LANGUAGES: Final = ("en", "zh")
LANGUAGE_COOKIE: Final = "goodsmith_language"


def answer(request: Request, page: str, context: dict[str, Any], *, status: int = 200) -> Response:
    """The page, or its record as JSON where that is asked for: the same context for both."""
    if wants_json(request):
        return JSONResponse({"ok": status < 400, **context}, status_code=status)
    return render(request, page, context, status=status)


def render(request: Request, page: str, context: dict[str, Any], *, status: int = 200) -> HTMLResponse:
    """A page in the visitor's language."""
    language = language_of(request)
    visitor = getattr(request.state, "visitor", None)

    def t(en: str, zh: str) -> str:
        return zh if language == "zh" else en

    def url(path: str) -> str:
        return str(request.scope.get("root_path", "")).rstrip("/") + path

    html = (
        _environment()
        .get_template(page)
        .render(
            context
            | {
                "t": t,
                "url": url,
                "language": language,
                "visitor": visitor,
                "csrf": visitor.csrf if visitor else "",
                "path": request.url.path,
                "money": lambda nanos, currency: format_money(nanos, currency, language=language),
                "amount": lambda value, currency: format_money(
                    None if value is None else round(value * NANOS), currency, language=language
                ),
            }
        )
    )
    return HTMLResponse(html, status_code=status)


def wants_json(request: Request) -> bool:
    """Whether a program asks: by its Accept header, or with `?format=json`."""
    if request.query_params.get("format") == "json":
        return True
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


def language_of(request: Request) -> str:
    """What the visitor chose, else what the browser prefers, else English."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    preferred = request.headers.get("accept-language", "").lower()
    return "zh" if preferred.startswith("zh") else "en"


def _environment() -> jinja2.Environment:
    global _made  # noqa: PLW0603 - made at the first page
    if _made is None:
        _made = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        _made.filters["n"] = lambda number: f"{number:,}"
        _made.filters["share"] = lambda value: f"{value * 100:.0f} %" if value in {0, 1} else f"{value * 100:.1f} %"
        _made.filters["when"] = _when
        _made.filters["clock"] = _clock
    return _made


def _when(seconds: float | None) -> str:
    return "" if seconds is None else dt.datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


_made: jinja2.Environment | None = None
