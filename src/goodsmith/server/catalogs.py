"""From a dropped sheet to a run: what is in it, how columns map, which products, what it will make and cost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Request, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from goodsmith.base.money import parse_budget
from goodsmith.errors import GoodsmithError, UnknownName, UsageError
from goodsmith.models.providers import providers
from goodsmith.recipe import load_recipe, shipped_recipes
from goodsmith.runner import Inspection, Plan, inspect, plan, start, trial
from goodsmith.runner import Request as Asked
from goodsmith.runner.summary import state_of
from goodsmith.server.access import NotLetIn, Visitor, needs
from goodsmith.server.pages import LANGUAGES, answer, language_of, wants_json
from goodsmith.server.shop import Shop, Upload

router = APIRouter()
PIECE_BYTES = 1 << 20
SHOWN_COLUMNS = 60
TRIAL_ROWS = 12  # at random; more are added to show what those do not
MAP = "map."  # before a field's name in a form


@router.get("/")
def home(request: Request, visitor: Annotated[Visitor, Depends(needs("viewer"))]) -> Response:
    """Where to begin, and what has been done."""
    shop: Shop = request.app.state.shop
    rows = shop.store.runs(visitor.project, limit=30)
    return answer(
        request,
        "home.html",
        {
            "runs": [
                {
                    "run": row.run_id,
                    "state": row.state.value,
                    "words": state_of(row.state.value, live=row.live),
                    "catalog": row.spec.catalog,
                    "recipe": row.spec.recipe_name,
                    "model": row.spec.model,
                    "rows": row.spec.rows,
                    "made": row.totals.rows,
                    "review": row.totals.review,
                    "failed": row.totals.failed,
                    "created": row.created,
                }
                for row in rows
            ],
            "uploads": [
                {"upload": one.upload_id, "name": one.name, "at": one.at, "bytes": one.bytes} for one in shop.uploads()
            ],
        },
    )


@router.post("/uploads")
async def upload(
    request: Request, file: Annotated[UploadFile, File()], _: Annotated[Visitor, Depends(needs("operator"))]
) -> Response:
    """Take a sheet."""
    shop: Shop = request.app.state.shop

    async def pieces() -> AsyncIterator[bytes]:
        while piece := await file.read(PIECE_BYTES):
            yield piece

    taken = await shop.take(file.filename or "upload", pieces())
    place = request.scope.get("root_path", "").rstrip("/") + f"/catalogs/{taken.upload_id}"
    if wants_json(request):
        return answer(request, "", {"upload": taken.upload_id, "name": taken.name, "at": place})
    return RedirectResponse(place, status_code=303)


@router.get("/catalogs/{upload_id}")
def catalog(request: Request, upload_id: str, _: Annotated[Visitor, Depends(needs("viewer"))]) -> Response:
    """What is in a sheet, and what a recipe would make of it. Everything chosen stands in the address."""
    shop: Shop = request.app.state.shop
    found = shop.upload(upload_id)
    asked = asked_for(found, request.query_params)
    seen = inspect(asked, settings=shop.settings, home=shop.home)
    planned: Plan | None = None
    problem = None
    try:
        planned = plan(asked, settings=shop.settings, home=shop.home)
    except GoodsmithError as error:
        problem = error.say(language_of(request))
    return answer(
        request,
        "catalog.html",
        {
            "upload": found.upload_id,
            "name": found.name,
            "asked": _chosen(asked, request.query_params),
            "inspection": _inspection(seen, language_of(request)),
            "plan": None if planned is None else _plan(planned, language_of(request)),
            "problem": problem,
            "recipes": [{"name": name, "about": load_recipe(name).about} for name in shipped_recipes()],
            "trials": shop.trials(upload_id),
            "models": ["stencil", *(f"{vendor.id}/" for vendor in providers().values() if vendor.id != "stencil")],
        },
    )


@router.post("/catalogs/{upload_id}/runs")
async def begin(request: Request, upload_id: str, visitor: Annotated[Visitor, Depends(needs("operator"))]) -> Response:
    """Start a run; a worker beside the server takes it."""
    shop: Shop = request.app.state.shop
    found = shop.upload(upload_id)
    form = {name: str(value) for name, value in (await request.form()).items()}
    asked = asked_for(found, form)
    _require_owner_for_address(asked, visitor)

    def begun() -> str:
        planned = plan(asked, settings=shop.settings, home=shop.home)
        if not planned.selected_rows:
            raise UsageError("no product is selected; widen the condition", zh="没有选中任何商品;请放宽条件")
        return start(planned, settings=shop.settings, home=shop.home, queue=True).id

    run_id = await run_in_threadpool(begun)
    place = request.scope.get("root_path", "").rstrip("/") + f"/runs/{run_id}"
    if wants_json(request):
        return answer(request, "", {"run": run_id, "at": place})
    return RedirectResponse(place, status_code=303)


@router.post("/catalogs/{upload_id}/trials")
async def try_it(request: Request, upload_id: str, visitor: Annotated[Visitor, Depends(needs("operator"))]) -> Response:
    """Try the recipe on a few rows and forecast all; the answers are kept, so a run does not buy them again."""
    shop: Shop = request.app.state.shop
    found = shop.upload(upload_id)
    form = {name: str(value) for name, value in (await request.form()).items()}
    asked = replace(asked_for(found, form), only_changed=False)
    _require_owner_for_address(asked, visitor)
    models = tuple(dict.fromkeys(one.strip() for one in (asked.model, form.get("beside", "")) if one.strip()))

    def tried() -> str:
        made = trial(asked, rows=TRIAL_ROWS, models=models, settings=shop.settings, home=shop.home)
        return shop.keep_trial(upload_id, {language: made.html(language) for language in LANGUAGES})

    trial_id = await run_in_threadpool(tried)
    place = request.scope.get("root_path", "").rstrip("/") + f"/catalogs/{upload_id}/trials/{trial_id}"
    return RedirectResponse(place, status_code=303)


@router.get("/catalogs/{upload_id}/trials/{trial_id}")
def tried_before(
    request: Request, upload_id: str, trial_id: str, _: Annotated[Visitor, Depends(needs("viewer"))]
) -> Response:
    """The page of a trial: source, prompt, result and findings side by side, and the forecast."""
    shop: Shop = request.app.state.shop
    page = shop.trial_page(upload_id, trial_id, language_of(request))
    return HTMLResponse(page, headers={"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"})


def asked_for(found: Upload, given: Mapping[str, str]) -> Asked:
    """The request that a form or an address describes. Raises UsageError for what cannot be meant."""
    said = {name: value.strip() for name, value in given.items() if isinstance(value, str) and value.strip()}
    recipe = said.get("recipe", "listing")
    if recipe not in shipped_recipes():  # a path would let a browser read files of this machine
        raise UnknownName("recipe", recipe, shipped_recipes(), kind_zh="配方")
    budget = said.get("budget")
    limit = said.get("limit", "")
    if limit and not limit.isdigit():
        raise UsageError(f"{limit!r} is no number of rows", zh=f"{limit!r} 不是行数")
    return Asked(
        source=str(found.path),
        recipe=recipe,
        model=said.get("model", "stencil"),
        locales=tuple(tag.strip() for tag in said.get("locales", "").replace(",", ",").split(",") if tag.strip()),
        key=said.get("key"),
        mapping={name[len(MAP) :]: value for name, value in said.items() if name.startswith(MAP)},
        sheet=said.get("sheet"),
        where=said.get("where", ""),
        limit=int(limit) if limit else None,
        budget=parse_budget(budget) if budget else None,
        base_url=said.get("base_url"),
        price=said.get("price"),
        only_changed=said.get("only_changed") == "on",
        catalog=found.name,
    )


def _require_owner_for_address(asked: Asked, visitor: Visitor) -> None:
    """A vendor's key goes to the address that is asked, so only an owner may name one. Raises NotLetIn."""
    if asked.base_url and not visitor.may("owner"):
        raise NotLetIn(
            "only an owner may name the address of a model, because the vendor's key is sent there",
            zh="只有所有者可以指定模型地址,因为供应商密钥会发送到该地址",
            status=403,
        )


def _chosen(asked: Asked, given: Mapping[str, str]) -> dict[str, Any]:
    return {
        "recipe": asked.recipe,
        "model": asked.model,
        "locales": ", ".join(asked.locales),
        "key": asked.key or "",
        "mapping": dict(asked.mapping),
        "where": asked.where,
        "limit": asked.limit or "",
        "budget": given.get("budget", ""),
        "price": asked.price or "",
        "base_url": asked.base_url or "",
        "only_changed": asked.only_changed,
    }


def _inspection(seen: Inspection, language: str) -> dict[str, Any]:
    profile = seen.profile
    return {
        "rows": profile.rows,
        "sheet": seen.info.sheet,
        "header_row": seen.info.header_row,
        "format": seen.info.format,
        "encoding": seen.info.encoding,
        "duplicate_keys": profile.duplicate_keys,
        "blank_keys": profile.blank_keys,
        "key": seen.mapping.key,
        "category": seen.category,
        "family": seen.family,
        "mapping": dict(seen.mapping.fields),
        "how": dict(seen.mapping.how),
        "missing": list(seen.mapping.missing),
        "column_names": [column.name for column in profile.columns],
        "columns": [
            {
                "name": column.name,
                "fill_rate": column.fill_rate,
                "distinct": column.distinct,
                "samples": list(column.samples[:3]),
            }
            for column in profile.columns[:SHOWN_COLUMNS]
        ],
        "notices": [notice.say(language) for notice in seen.notices],
    }


def _plan(planned: Plan, language: str) -> dict[str, Any]:
    forecast = planned.forecast
    return {
        "selected": planned.selected_rows,
        "total": planned.total_rows,
        "locales": list(planned.spec.locales),
        "recipe": planned.recipe.name,
        "version": planned.recipe.version,
        "fields": [
            {"name": spec.name, "required": spec.required, "about": spec.about} for spec in planned.recipe.fields
        ],
        "calls": forecast.calls,
        "about_nanos": forecast.about_nanos,
        "at_most_nanos": forecast.at_most_nanos,
        "currency": forecast.currency,
        "rate_note": None if planned.rate_note is None else planned.rate_note[language == "zh"],
        "notices": [notice.say(language) for notice in planned.notices],
        "previews": [
            {
                "key": preview.key,
                "locale": preview.locale,
                "system": preview.system,
                "user": preview.user,
                "made": {
                    slot: list(value) if isinstance(value, tuple) else value for slot, value in preview.made.items()
                },
            }
            for preview in planned.previews
        ],
    }
