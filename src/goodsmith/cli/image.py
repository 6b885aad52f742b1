"""`goodsmith image`: cut out, white main images, enlarge, check, find doubles; over files and folders."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import both, speak
from goodsmith.errors import MissingExtra

if TYPE_CHECKING:
    from goodsmith.runner.pictures import Job, PictureDone

EXIT_FAILED, EXIT_CHECKS = 1, 4

app = typer.Typer(
    help=both("Photos for a shop: cut out, white background, enlarge, check.", "商品图片:抠图、白底图、放大、检查。"),
    no_args_is_help=True,
)
Places = Annotated[
    list[Path], typer.Argument(metavar="FILE|FOLDER...", help=both("Pictures or folders.", "图片或文件夹。"))
]
Out = Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help=both("Where to write.", "输出文件夹。"))]
MarketName = Annotated[
    str, typer.Option("--market", metavar="NAME", help=both("amazon, google, lazada, …", "amazon、google、lazada 等。"))
]
Size = Annotated[
    int | None,
    typer.Option("--size", min=64, max=8000, metavar="PX", help=both("Side in pixels.", "边长(像素)。")),
]


@app.command("cutout", help=both("Cut the product out; PNG with transparency.", "抠出商品,输出透明 PNG。"))
def cutout(places: Places, output: Out = Path("cutout"), as_json: options.Json = False) -> None:
    _work("cutout", places, output, {}, as_json=as_json)


@app.command("white-main", help=both("Main images on pure white.", "纯白底主图。"))
def white_main(
    places: Places,
    output: Out = Path("white-main"),
    market: MarketName = "amazon",
    size: Size = None,
    fill: Annotated[
        float | None,
        typer.Option("--fill", min=0.1, max=1.0, help=both("Share of the longest side.", "商品占最长边的比例。")),
    ] = None,
    shadow: Annotated[
        float, typer.Option("--shadow", min=0.0, max=1.0, help=both("0 none to 1 dark.", "阴影,0 无至 1 深。"))
    ] = 0.0,
    as_json: options.Json = False,
) -> None:
    wanted = {"market": market, "size": size, "fill": fill, "shadow": shadow}
    _work("white-main", places, output, wanted, as_json=as_json)


@app.command("studio", help=both("On a plain studio ground with a contact shadow.", "素色影棚背景,带接触阴影。"))
def studio(places: Places, output: Out = Path("studio"), size: Size = 1600, as_json: options.Json = False) -> None:
    _work("studio", places, output, {"market": "google", "size": size}, as_json=as_json)


@app.command("upscale", help=both("Enlarge along the edges; no detail is invented.", "沿边缘放大,不凭空添加细节。"))
def upscale(
    places: Places,
    output: Out = Path("upscaled"),
    scale: Annotated[
        int, typer.Option("--scale", min=2, max=4, help=both("2, 3 or 4 times.", "放大 2、3 或 4 倍。"))
    ] = 2,
    as_json: options.Json = False,
) -> None:
    _work("upscale", places, output, {"scale": scale}, as_json=as_json)


@app.command("check", help=both("What a marketplace would object to.", "检查平台会拒绝的问题。"))
def check(places: Places, market: MarketName = "amazon", as_json: options.Json = False) -> None:
    _require_extra()
    from goodsmith.runner.pictures import check_pictures  # noqa: PLC0415

    voice, objections = speak(), 0
    facts: list[dict[str, Any]] = []
    for file, notices in check_pictures(places, market):
        objections += bool(notices)
        facts.append({"file": file, "notices": [{"code": one.code, "say": one.say(voice.language)} for one in notices]})
        if not as_json:
            said = "; ".join(one.say(voice.language) for one in notices)
            voice.say(f"{file}: {said or 'fine'}", f"{file}:{said or '合格'}")
    if as_json:
        print(json.dumps(facts, ensure_ascii=False, indent=2))
    if objections:
        raise typer.Exit(EXIT_CHECKS)


@app.command(
    "dedupe", help=both("Find the same photo again: scaled, mirrored, cropped.", "查找重复图片:缩放、镜像、裁剪。")
)
def dedupe(places: Places, as_json: options.Json = False) -> None:
    _require_extra()
    from goodsmith.runner.pictures import same_pictures  # noqa: PLC0415

    found, unread = same_pictures(places)
    voice = speak()
    if as_json:
        facts = {
            "pairs": [dict(zip(("first", "second", "how"), pair, strict=True)) for pair in found],
            "unread": unread,
        }
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    how = {"hash": ("the same", "相同"), "mirrored": ("mirrored", "镜像"), "cropped": ("a part of it", "裁剪")}
    for first, second, way in found:
        voice.say(f"{first} = {second} ({how[way][0]})", f"{first} = {second}({how[way][1]})")
    for file in unread:
        voice.note(f"not read: {file}", f"未能读取:{file}")
    if not found:
        voice.note("No photo occurs twice", "没有重复图片")


def _work(job: Job, places: list[Path], output: Path, wanted: dict[str, Any], *, as_json: bool) -> None:
    _require_extra()
    from goodsmith.runner.pictures import SHEET, work_on_pictures  # noqa: PLC0415

    voice = speak()

    def tell(one: PictureDone) -> None:
        if one.state == "done":
            return
        why = one.why.say(voice.language) if one.why else ""
        word = voice.pick(*{"review": ("look at", "请查看"), "failed": ("failed", "失败")}[one.state])
        voice.note(f"{word} {one.source}: {why}", f"{word} {one.source}:{why}")

    done = work_on_pictures(places, output, job, options=wanted, on_done=(lambda _: None) if as_json else tell)
    states = [one.state for one in done]
    if as_json:
        facts = [{**asdict(one), "why": one.why.say(voice.language) if one.why else None} for one in done]
        print(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        counts = (states.count("done"), states.count("review"), states.count("failed"))
        voice.say(
            f"{len(done):,} pictures: {counts[0]:,} done, {counts[1]:,} to look at, {counts[2]:,} failed; see {output}",
            f"{len(done):,} 张图片:完成 {counts[0]:,},需查看 {counts[1]:,},失败 {counts[2]:,};见 {output}",
        )
        if (output / SHEET).is_file():
            voice.note(f"Before and after: {output / SHEET}", f"前后对比:{output / SHEET}")
    if "failed" in states:
        raise typer.Exit(EXIT_FAILED)


def _require_extra() -> None:
    try:
        import cv2  # noqa: F401, PLC0415 - an extra
        import PIL  # noqa: F401, PLC0415
    except ImportError as problem:
        raise MissingExtra(problem.name or "cv2", "images") from problem
