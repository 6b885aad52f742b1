"""Work through a folder of pictures: each one on its own, what was done is not done again, a bad one stops nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from goodsmith.errors import GoodsmithError, UsageError
from goodsmith.images.alike import fingerprint, pairs
from goodsmith.images.markets import check, market
from goodsmith.images.pictures import SUFFIXES, encode, load
from goodsmith.records import Notice

if TYPE_CHECKING:
    from goodsmith.images.pictures import RGB, Picture

Job = Literal["cutout", "white-main", "studio", "upscale"]
LIST: Final = "goodsmith-pictures.jsonl"  # beside the pictures made: what was made from what, and how
SHEET: Final = "contact-sheet.jpg"
SHEET_PAIRS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureDone:
    """One picture. state: `done`, `review` (a person should look), `failed`. report: what was measured."""

    source: str
    file: str
    state: Literal["done", "review", "failed"]
    report: Mapping[str, Any]
    why: Notice | None = None
    again: bool = False  # it was made before, by the same job from the same bytes


def work_on_pictures(
    places: Sequence[Path],
    out: Path,
    job: Job,
    *,
    options: Mapping[str, Any] | None = None,
    on_done: Callable[[PictureDone], None] = lambda _: None,
) -> list[PictureDone]:
    """Do one job on each picture of some files and folders. options: of the job, such as size, fill, scale.

    Pictures are named after their sources. Raises UsageError where there is no picture.
    """
    wanted = dict(options or {})
    files = list(_files(places))
    out.mkdir(parents=True, exist_ok=True)
    known = _known(out / LIST)
    done: list[PictureDone] = []
    shown: list[tuple[RGB, RGB]] = []
    with (out / LIST).open("a", encoding="utf-8") as record:
        for file, name in files:
            digest = hashlib.sha256(file.read_bytes() + json.dumps([job, wanted], sort_keys=True).encode()).hexdigest()
            earlier = known.get((str(name), digest))
            if earlier is not None and (out / earlier.file).is_file():
                one = earlier
            else:
                one = _one(file, name, out, job, wanted, shown)
                line = {"digest": digest, **asdict(one)}
                record.write(json.dumps(line, ensure_ascii=False) + "\n")
                record.flush()
            done.append(one)
            on_done(one)
    if shown:
        from goodsmith.images.contact_sheet import contact_sheet  # noqa: PLC0415

        (out / SHEET).write_bytes(encode(contact_sheet(shown)))
    return done


def check_pictures(places: Sequence[Path], market_name: str) -> Iterator[tuple[str, tuple[Notice, ...]]]:
    """(file, what the market would object to) for each picture. Raises UnknownName for the market."""
    rules = market(market_name)
    for file, name in _files(places):
        try:
            yield str(name), check(load(file), rules)
        except GoodsmithError as problem:
            yield str(name), (Notice(code=problem.code, en=problem.en, zh=problem.say("zh")),)


def same_pictures(places: Sequence[Path]) -> tuple[list[tuple[str, str, str]], list[str]]:
    """(file, file, how) of pictures that are the same photo, and the files that could not be read."""
    names, prints, unread = [], [], []
    for file, name in _files(places):
        try:
            prints.append(fingerprint(load(file).rgb))
            names.append(str(name))
        except GoodsmithError:
            unread.append(str(name))
    return [(names[pair.first], names[pair.second], pair.how) for pair in pairs(prints)], unread


def _one(
    file: Path, name: Path, out: Path, job: Job, options: Mapping[str, Any], shown: list[tuple[RGB, RGB]]
) -> PictureDone:
    try:
        picture = load(file)
        data, suffix, report, sure, after = _JOBS[job](picture, options)
    except GoodsmithError as problem:
        why = Notice(code=problem.code, en=problem.en, zh=problem.say("zh"))
        return PictureDone(source=str(name), file="", state="failed", report={}, why=why)
    except ValueError as problem:
        why = Notice(code="picture", en=str(problem), zh=f"无法处理:{problem}")
        return PictureDone(source=str(name), file="", state="failed", report={}, why=why)
    target = name.with_suffix(suffix)
    (out / target).parent.mkdir(parents=True, exist_ok=True)
    (out / target).write_bytes(data)
    if len(shown) < SHEET_PAIRS:
        shown.append((picture.rgb, after))
    return PictureDone(
        source=str(name),
        file=str(target),
        state="done" if sure else "review",
        report={key: round(value, 4) if isinstance(value, float) else value for key, value in report.items()},
        why=None if sure else _UNSURE,
    )


_Made = tuple[bytes, str, dict[str, Any], bool, Any]


def _cutout(picture: Picture, options: Mapping[str, Any]) -> _Made:
    from goodsmith.images.matte import cut_out  # noqa: PLC0415

    matte = cut_out(picture.rgb, picture.alpha)
    if matte.share < 0.002:
        raise ValueError("no product was found in front of its background")
    report = {"method": matte.method, "confidence": matte.confidence, "share": matte.share}
    flat = (picture.rgb * matte.alpha[..., None] + 255 * (1 - matte.alpha[..., None])).astype("uint8")
    return encode(picture.rgb, format="PNG", alpha=matte.alpha), ".png", report, matte.sure, flat


def _white_main(picture: Picture, options: Mapping[str, Any], *, background: Any = "white") -> _Made:
    from goodsmith.images.compose import on_canvas  # noqa: PLC0415
    from goodsmith.images.matte import cut_out  # noqa: PLC0415

    rules = market(options.get("market", "amazon"))
    size = int(options.get("size") or rules.good_side)
    fill = float(options.get("fill") or (rules.fill[0] + 0.02 if rules.fill else 0.85))
    rgb, alpha = _shrunk(picture, round(1.35 * size))
    matte = cut_out(rgb, alpha)
    made, composed = on_canvas(
        rgb, matte.alpha, size=size, fill=fill, background=background,
        shadow=0.35 if background == "studio" else float(options.get("shadow", 0.0)),
    )  # fmt: skip
    limit = None if rules.max_mb is None else int(rules.max_mb * 1e6)
    report = {"method": matte.method, "confidence": matte.confidence, **asdict(composed)}
    return encode(made, max_bytes=limit), ".jpg", report, matte.sure, made


def _studio(picture: Picture, options: Mapping[str, Any]) -> _Made:
    return _white_main(picture, options, background="studio")


def _upscale(picture: Picture, options: Mapping[str, Any]) -> _Made:
    from goodsmith.images.enlarge import NOISY, backward_error, enlarge  # noqa: PLC0415
    from goodsmith.images.quality import measure  # noqa: PLC0415

    noise = measure(picture.rgb).noise
    made = enlarge(picture.rgb, int(options.get("scale", 2)), denoise=noise > NOISY)
    report = {"scale": options.get("scale", 2), "noise": noise, "backward_error": backward_error(picture.rgb, made)}
    return encode(made), ".jpg", report, True, made


def _shrunk(picture: Picture, side: int) -> tuple[RGB, Any]:
    """Not larger than what will be made of it, which saves most of the time."""
    import cv2  # noqa: PLC0415 - heavy

    scale = side / max(picture.width, picture.height)
    if scale >= 1:
        return picture.rgb, picture.alpha
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    rgb = cv2.resize(picture.rgb, size, interpolation=cv2.INTER_AREA)
    alpha = None if picture.alpha is None else cv2.resize(picture.alpha, size, interpolation=cv2.INTER_AREA)
    return rgb, alpha


def _files(places: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """(file, its name below the place that was given)."""
    found = False
    for place in places:
        if place.is_dir():
            for file in sorted(place.rglob("*")):
                if file.is_file() and file.suffix.lower() in SUFFIXES and file.name != SHEET:
                    found = True
                    yield file, file.relative_to(place)
        elif place.is_file():
            found = True
            yield place, Path(place.name)
        else:
            raise UsageError(f"there is no file or folder {place}", zh=f"没有文件或文件夹 {place}")
    if not found:
        listed = ", ".join(str(place) for place in places)
        raise UsageError(f"no picture in {listed}", zh=f"{listed} 中没有图片")


def _known(record: Path) -> dict[tuple[str, str], PictureDone]:
    """What was made before; a torn last line is as if it was not written."""
    known: dict[tuple[str, str], PictureDone] = {}
    if not record.is_file():
        return known
    for line in record.read_text(encoding="utf-8").splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if said["state"] != "failed":
            why = Notice(**said["why"]) if said["why"] else None
            known[said["source"], said["digest"]] = PictureDone(
                source=said["source"],
                file=said["file"],
                state=said["state"],
                report=said["report"],
                why=why,
                again=True,
            )
    return known


_JOBS: Final[Mapping[Job, Callable[[Picture, Mapping[str, Any]], _Made]]] = {
    "cutout": _cutout,
    "white-main": _white_main,
    "studio": _studio,
    "upscale": _upscale,
}
_UNSURE: Final = Notice(
    code="unsure",
    en="the product cannot be told from its background with certainty; look at it",
    zh="无法可靠区分商品与背景,请人工查看",
)
