"""What is done to a photo, judged against pictures whose every pixel is known."""

import importlib.util
import json
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from goodsmith.errors import InputFileError, UnknownName
from goodsmith.images.alike import fingerprint, pairs
from goodsmith.images.compose import on_canvas, ring_of_white
from goodsmith.images.enlarge import backward_error, enlarge
from goodsmith.images.markets import check, market, markets
from goodsmith.images.matte import cut_out
from goodsmith.images.pictures import encode, load
from goodsmith.images.quality import measure
from goodsmith.runner.pictures import work_on_pictures

_spec = importlib.util.spec_from_file_location("photos", Path(__file__).with_name("conftest.py"))
photos = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(photos)
photo, product = photos.photo, photos.product


def iou(one, other):
    a, b = one > 0.5, other > 0.5
    return (a & b).sum() / (a | b).sum()


# ---- reading --------------------------------------------------------------------------------------------------------


def test_a_picture_is_turned_as_its_exif_says_and_comes_in_srgb(save):
    rgb, _ = photo(120)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    read = load(save(np.ascontiguousarray(rgb[:, :80]), exif=exif))
    assert (read.width, read.height) == (120, 80)
    assert "turned as its EXIF says" in read.notes


def test_grey_cmyk_palette_sixteen_bit_and_transparent_pictures_are_read(tmp_path):
    rgb, alpha = product(64)
    kinds = {
        "grey.png": Image.fromarray(rgb).convert("L"),
        "cmyk.jpg": Image.fromarray(rgb).convert("CMYK"),
        "palette.gif": Image.fromarray(rgb).convert("P"),
        "deep.png": Image.fromarray(rgb[..., 0].astype(np.uint16) * 257),
    }
    for name, made in kinds.items():
        made.save(tmp_path / name)
        assert load(tmp_path / name).rgb.shape == (64, 64, 3)
    (tmp_path / "clear.png").write_bytes(encode(rgb, format="PNG", alpha=alpha))
    read = load(tmp_path / "clear.png")
    assert np.abs(read.alpha - alpha).max() < 0.01


def test_a_bomb_is_refused_by_its_header(tmp_path):
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunks = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    )
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    with pytest.raises(InputFileError, match="more than 40 megapixels"):
        load(tmp_path / "bomb.png")


@pytest.mark.parametrize("data", [b"", b"this is no picture", b"\xff\xd8\xff\xe0\x00\x10JFIF"])
def test_what_is_no_picture_is_refused(tmp_path, data):
    (tmp_path / "x.jpg").write_bytes(data)
    with pytest.raises(InputFileError, match=r"x\.jpg"):
        load(tmp_path / "x.jpg")


def test_a_truncated_picture_is_refused(save):
    path = save(photo(200)[0])
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(InputFileError, match="cannot be read"):
        load(path)


# ---- cutting out ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_a_product_before_a_plain_background_is_cut_out_surely(seed):
    rgb, alpha = photo(300, seed=seed, colour=[(40, 90, 160), (150, 40, 60), (30, 120, 70), (60, 60, 70)][seed])
    matte = cut_out(rgb)
    assert matte.method == "plain"
    assert iou(matte.alpha, alpha) > 0.9
    assert matte.sure


def test_white_on_white_and_an_empty_picture_are_not_called_sure():
    white, _ = photo(200, colour=(238, 236, 232), noise=1.0, seed=3)
    faint = cv2.addWeighted(white, 0.03, np.full_like(white, 236), 0.97, 0)
    assert not cut_out(faint).sure
    assert not cut_out(np.full((100, 100, 3), 255, np.uint8)).sure


def test_a_product_that_fills_the_frame_is_not_called_sure():
    rgb, _ = product(200)
    assert not cut_out(rgb).sure


def test_the_alpha_of_the_file_is_believed():
    rgb, alpha = product(100)
    matte = cut_out(rgb, alpha)
    assert (matte.method, matte.confidence) == ("given", 1.0)


# ---- composing ------------------------------------------------------------------------------------------------------


def test_a_white_main_image_is_quite_white_around_and_fills_what_was_asked():
    rgb, alpha = photo(400)
    made, report = on_canvas(rgb, alpha, size=500, fill=0.86)
    assert ring_of_white(made) == 1.0
    assert abs(report.fill - 0.86) < 0.01
    assert report.unchanged > 0.99
    assert made.shape == (500, 500, 3)


def test_an_altered_product_is_seen_in_the_proof():
    rgb, alpha = photo(400)
    made, _ = on_canvas(rgb, alpha, size=400)
    other = rgb.copy()
    other[180:260, 160:240] = (250, 10, 10)  # a patch on the product
    changed, _ = on_canvas(other, alpha, size=400)
    assert (np.abs(made.astype(int) - changed.astype(int)).max(-1) > 40).mean() > 0.01


def test_a_shadow_lies_below_the_product_and_nowhere_on_it():
    rgb, alpha = photo(300)
    plain, _ = on_canvas(rgb, alpha, size=300)
    shaded, _ = on_canvas(rgb, alpha, size=300, shadow=0.5)
    darker = (plain.astype(int) - shaded.astype(int)).max(-1) > 3
    assert darker[200:].any()
    assert not darker[:100].any()


# ---- enlarging ------------------------------------------------------------------------------------------------------


def test_an_enlarged_picture_scaled_down_is_its_source_and_beats_bicubic():
    large, _ = product(256, seed=5)
    small = np.asarray(Image.fromarray(large).resize((128, 128), Image.Resampling.BICUBIC))
    made = enlarge(small, 2)
    plain = np.asarray(Image.fromarray(small).resize((256, 256), Image.Resampling.BICUBIC))
    assert made.shape == large.shape
    assert backward_error(small, made) < 1.5

    def error(picture):
        of, want = (cv2.cvtColor(one[4:-4, 4:-4], cv2.COLOR_RGB2GRAY).astype(float) for one in (picture, large))
        return np.sqrt(np.mean((of - want) ** 2))

    assert error(made) < 0.95 * error(plain)


# ---- measuring and checking -----------------------------------------------------------------------------------------


def test_blur_and_noise_are_told_apart():
    clean, _ = photo(300, noise=0.5)
    soft = cv2.GaussianBlur(clean, (0, 0), 2.5)
    grainy = np.clip(clean + np.random.default_rng(1).normal(0, 12, (*clean.shape[:2], 1)), 0, 255).astype(np.uint8)
    assert measure(soft).sharpness < measure(clean).sharpness
    assert measure(grainy).noise > 8 > measure(clean).noise


def test_a_market_says_what_it_objects_to(save):
    rgb, alpha = photo(300)
    codes = {notice.code for notice in check(load(save(rgb)), market("amazon"))}
    assert {"too_small", "not_white"} <= codes
    made, _ = on_canvas(rgb, alpha, size=1600, fill=0.87)
    good = save(made, "good.jpg", quality=95)
    assert {notice.code for notice in check(load(good), market("amazon"))} <= {"blurred"}
    assert all(rules.source for rules in markets().values())
    with pytest.raises(UnknownName, match="amazon"):
        market("amazn")


# ---- the same photo -------------------------------------------------------------------------------------------------


def test_the_same_photo_is_found_scaled_mirrored_brightened_and_cropped():
    rgb, _ = photo(480, seed=7)
    copies = {
        "scaled": cv2.resize(rgb, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
        "bright": np.clip(rgb.astype(np.float32) * 1.15, 0, 255).astype(np.uint8),
        "mirrored": np.ascontiguousarray(rgb[:, ::-1]),
        "cropped": np.ascontiguousarray(rgb[48:-48, 48:-48]),
    }
    for name, copy in copies.items():
        assert pairs([fingerprint(rgb), fingerprint(copy)]), name
    others = [fingerprint(photo(480, seed=seed, colour=(30 + 20 * seed, 90, 140))[0]) for seed in range(20, 26)]
    crops = [pair for pair in pairs(others) if pair.how == "cropped"]
    assert crops == []


# ---- folders --------------------------------------------------------------------------------------------------------


def test_a_folder_is_worked_through_once_and_a_bad_picture_stops_nothing(tmp_path, save):
    for number in range(3):
        save(photo(160, seed=number)[0], f"in/{number}.jpg")
    (tmp_path / "in/bad.jpg").write_bytes(b"no picture")
    first = work_on_pictures([tmp_path / "in"], tmp_path / "out", "white-main", options={"size": 200})
    assert [one.state for one in first].count("failed") == 1
    assert sum(one.again for one in first) == 0
    assert (tmp_path / "out/contact-sheet.jpg").is_file()
    record = tmp_path / "out/goodsmith-pictures.jsonl"
    record.write_text(record.read_text() + '{"torn', encoding="utf-8")  # as after a kill
    second = work_on_pictures([tmp_path / "in"], tmp_path / "out", "white-main", options={"size": 200})
    assert sum(one.again for one in second) == 3
    other = work_on_pictures([tmp_path / "in"], tmp_path / "out", "white-main", options={"size": 220})
    assert sum(one.again for one in other) == 0


def test_the_commands_make_check_and_compare(goodsmith):
    folder = goodsmith.folder / "in"
    folder.mkdir()
    Image.fromarray(photo(200)[0]).save(folder / "a.jpg")
    Image.fromarray(np.ascontiguousarray(photo(200)[0][:, ::-1])).save(folder / "b.jpg")
    made = goodsmith.json("image", "white-main", "in", "-o", "out", "--size", "200")
    assert {one["state"] for one in made} <= {"done", "review"}
    assert "200 x 200 pixels" in goodsmith("image", "check", "in", exit_code=4).stdout
    assert json.loads(goodsmith("image", "dedupe", "in", "--json").stdout)["pairs"][0]["how"] == "mirrored"
