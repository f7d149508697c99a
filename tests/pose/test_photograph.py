"""Photographs of every kind that people bring: turned, deep, see-through, moving, broken, huge."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nasbench_pose.errors import DataError
from nasbench_pose.pose.photograph import inspect_file, read

GREY = np.random.default_rng(0).integers(0, 255, (40, 60)).astype(np.uint8)
RGB = Image.fromarray(np.random.default_rng(1).integers(0, 255, (40, 60, 3), dtype=np.uint8))
STORED = {  # how a camera stores a picture that is upright only after it has been turned by the orientation
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def pixels(path: Path, size: tuple[int, int] | None = None) -> np.ndarray:
    return np.asarray(read(path, size))


def taken(path: Path, orientation: int) -> Image.Image:
    """Write RGB as a camera would that was held so; return what is stored."""
    way = STORED[orientation]
    stored = RGB if way is None else RGB.transpose(way)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(path, exif=exif, **({"lossless": True} if path.suffix == ".webp" else {}))
    return stored


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
@pytest.mark.parametrize("orientation", STORED)
def test_labels_of_the_upright_picture_are_met(orientation: int, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    taken(path, orientation)
    assert np.array_equal(pixels(path, (40, 60)), np.asarray(RGB))
    found = inspect_file(path, (40, 60))
    assert found.size == (40, 60) and not found.error
    assert found.orientation == (1 if suffix == ".tif" else orientation)


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_labels_of_the_stored_pixels_are_met(orientation: int, tmp_path: Path) -> None:
    stored = taken(tmp_path / "a.png", orientation)
    assert np.array_equal(pixels(tmp_path / "a.png", (60, 40)), np.asarray(stored))
    assert inspect_file(tmp_path / "a.png", (60, 40)).size == (60, 40)


@pytest.mark.parametrize("orientation", STORED)
def test_labels_without_a_size_are_of_the_stored_pixels(orientation: int, tmp_path: Path) -> None:
    stored = taken(tmp_path / "a.png", orientation)
    assert np.array_equal(pixels(tmp_path / "a.png"), np.asarray(stored))


def test_another_size_is_named(tmp_path: Path) -> None:
    RGB.save(tmp_path / "a.png")
    for seen in (lambda: read(tmp_path / "a.png", (80, 120)), lambda: read(tmp_path / "a.png", (60, 40))):
        with pytest.raises(
            DataError, match=r"a\.png is 60×40 pixels, but its labels are of an image of (120×80|40×60)"
        ):
            seen()
    assert "labels are of an image of 120×80" in inspect_file(tmp_path / "a.png", (80, 120)).error


@pytest.mark.parametrize("spoilt", [b"Exif\0\0garbage", b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12"])
def test_damaged_metadata_are_none(spoilt: bytes, tmp_path: Path) -> None:
    RGB.save(tmp_path / "a.jpg", exif=spoilt)
    assert read(tmp_path / "a.jpg", (40, 60)).size == (60, 40) and not inspect_file(tmp_path / "a.jpg", (40, 60)).error


DEEP = {
    "16.png": GREY.astype(np.uint16) * 257,
    "16.tif": GREY.astype(np.uint16) * 257,
    "32 that are 8.tif": GREY.astype(np.int32),
    "32 that are 16.tif": GREY.astype(np.int32) * 257,
    "32.tif": np.where(GREY.max() == GREY, 2**31 - 1, GREY.astype(np.int64) * (2**31 // 254)).astype(np.int32),
    "float 0-1.tif": (GREY / 255).astype(np.float32),
    "float 0-255.tif": GREY.astype(np.float32),
    "float with a hole.tif": np.where(GREY == 0, np.nan, GREY).astype(np.float32),
}


@pytest.mark.parametrize("name", DEEP)
def test_more_than_eight_bits_are_scaled(name: str, tmp_path: Path) -> None:
    Image.fromarray(DEEP[name]).save(tmp_path / name)
    found = pixels(tmp_path / name)
    assert found.shape == (40, 60, 3) and np.abs(found.astype(int) - GREY[..., None]).max() <= (
        1 if "32." in name else 0
    )
    assert not inspect_file(tmp_path / name).error


def test_sixteen_bits_of_another_order(tmp_path: Path) -> None:
    big = (GREY.astype(np.uint16) * 257).astype(">u2").tobytes()
    (tmp_path / "a.pgm").write_bytes(b"P5\n60 40\n65535\n" + big)
    assert np.array_equal(pixels(tmp_path / "a.pgm")[..., 0], GREY)


@pytest.mark.parametrize(
    "mode, suffix", [("L", ".png"), ("LA", ".png"), ("RGBA", ".png"), ("P", ".png"), ("P", ".gif")]
)
def test_every_mode_of_one_grey_picture_is_that_picture(mode: str, suffix: str, tmp_path: Path) -> None:
    Image.fromarray(GREY).convert(mode).save(tmp_path / f"a{suffix}")
    assert np.array_equal(pixels(tmp_path / f"a{suffix}"), np.repeat(GREY[..., None], 3, axis=2))


def test_four_colours_and_one_bit(tmp_path: Path) -> None:
    RGB.convert("CMYK").save(tmp_path / "a.tif")
    assert np.array_equal(pixels(tmp_path / "a.tif"), np.asarray(RGB.convert("CMYK").convert("RGB")))
    RGB.convert("1").save(tmp_path / "a.png")
    assert np.array_equal(pixels(tmp_path / "a.png"), np.asarray(RGB.convert("1").convert("RGB")))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_what_is_see_through_is_laid_on_white(mode: str, tmp_path: Path) -> None:
    layer = RGB.convert("L").convert("LA") if mode == "LA" else RGB.convert("RGBA")
    alpha = Image.new("L", RGB.size, 255)
    alpha.paste(0, (0, 0, 30, 40))
    alpha.paste(51, (30, 0, 40, 40))
    layer.putalpha(alpha)
    if mode == "PA":
        layer = layer.quantize()
    layer.save(tmp_path / "a.png")
    opaque = np.asarray(layer.convert("RGBA"))[..., :3].astype(int)
    found = pixels(tmp_path / "a.png").astype(int)
    assert (found[:, :30] == 255).all() and np.array_equal(found[:, 40:], opaque[:, 40:])
    assert np.abs(found[:, 30:40] - (0.8 * 255 + 0.2 * opaque[:, 30:40])).max() <= 1 or mode == "PA"


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_of_an_animation_the_first_picture_counts(suffix: str, tmp_path: Path) -> None:
    first = Image.fromarray(GREY).convert("RGB")
    more = {"lossless": True} if suffix == ".webp" else {}
    first.save(tmp_path / f"a{suffix}", save_all=True, append_images=[Image.new("RGB", (60, 40))], **more)
    assert np.array_equal(pixels(tmp_path / f"a{suffix}")[..., 0], GREY)


BROKEN = {
    "empty": lambda _: b"",
    "text": lambda _: b"not an image",
    "head": lambda content: content[:10],
    "half": lambda content: content[: len(content) // 2],
    "only the end is missing": lambda content: content[:-40],
}


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".gif", ".webp", ".tif"])
@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_photograph_is_one_line_that_names_it(how: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    RGB.save(path)
    path.write_bytes(BROKEN[how](path.read_bytes()))
    with pytest.raises(DataError) as error:
        read(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)
    assert str(path) in inspect_file(path).error


def test_a_missing_one_and_a_folder(tmp_path: Path) -> None:
    assert inspect_file(tmp_path / "a.jpg").error == f"{tmp_path / 'a.jpg'} is missing."
    assert "cannot be read" in inspect_file(tmp_path).error


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 7), (3, 900)])
@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_few_pixels_are_a_photograph(size: tuple[int, int], suffix: str, tmp_path: Path) -> None:
    Image.new("RGB", size[::-1], (9, 90, 9)).save(tmp_path / f"a{suffix}")
    assert inspect_file(tmp_path / f"a{suffix}", size).size == size
    assert pixels(tmp_path / f"a{suffix}", size).shape == (
        *size,
        3,
    )


def test_too_many_pixels_are_refused_and_many_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    RGB.save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 60 * 40 - 1)  # Pillow warns above this, and raises above twice
    assert read(tmp_path / "a.png").size == (60, 40) and not inspect_file(tmp_path / "a.png").error
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 60 * 20 - 1)
    assert (
        "a.png has more pixels than the 0 million that are read; scale it down"
        in inspect_file(tmp_path / "a.png").error
    )
    with pytest.raises(DataError, match="more pixels"):
        read(tmp_path / "a.png")


@pytest.mark.parametrize(
    "name, said", [("a.heic", "a format that is not read (.heic); convert it"), ("a.jpg", "no image")]
)
def test_a_file_of_another_format_is_named(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"\0\0\0\x18ftypheic" + bytes(200))
    assert said in inspect_file(tmp_path / name).error


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    assert "it is no file, but a folder or a pipe" in inspect_file(tmp_path / "a.jpg").error
