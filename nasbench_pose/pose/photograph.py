"""Photographs of a data set, read as 8-bit RGB; an unreadable one is an error of one line."""

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from nasbench_pose.errors import DataError

VERSION = 2
"""To be raised when the same file gives different pixels; part of the keys of data with photographs."""

_UPRIGHT = 1


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Convert all errors of reading the image `path` to a DataError of one line."""
    try:
        if path.exists() and not path.is_file():
            raise DataError(f"{path} cannot be read: it is no file, but a folder or a pipe.")
        with warnings.catch_warnings():  # Pillow warns of large images and unusual metadata, which do not matter here
            warnings.simplefilter("ignore")
            yield
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"{path} is missing.") from None
    except Image.DecompressionBombError:
        limit = 2 * (Image.MAX_IMAGE_PIXELS or 0) / 1e6
        raise DataError(f"{path} has more pixels than the {limit:.0f} million that are read; scale it down.") from None
    except UnidentifiedImageError:
        known = path.suffix.lower() in (".heic", ".heif", ".dng", ".cr2", ".nef", ".arw", ".svg", ".pdf")
        what = (
            f"is in a format that is not read ({path.suffix}); convert it to JPEG or PNG"
            if known
            else ("cannot be read (it is no image, or in a format that is not read)")
        )
        raise DataError(f"{path} {what}.") from None
    except Exception as error:  # Pillow raises many types of errors for damaged files
        raise DataError(f"{path} cannot be read ({' '.join(str(error).split()) or type(error).__name__}).") from None


def read(path: Path, size: tuple[int, int] | None = None) -> Image.Image:
    """Return the photograph in RGB, in the orientation of its labels.

    `size` is the (height, width) in the labels. The EXIF orientation is applied if the photograph then has that size;
    it is ignored if only the stored pixels have it. Both can have it, for example with a rotation by 180°. Then the
    orientation is applied, because labelling tools do so. If the labels have no size (`None`), it is ignored.

    More than 8 bits are scaled: 16 bits by 1/257, floats from 0..1 or 0..255, other integers by their maximum.
    Transparent pixels are blended with white. Only the first frame of an animation is read. Raises DataError if the
    photograph is missing, damaged or of another size.
    """
    with readable(path), Image.open(path) as image:
        turned = _turned(image, size, path)
        pixels = _rgb(image)
        return ImageOps.exif_transpose(_with_orientation(pixels, image)) if turned else pixels


def orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 1 (upright) if there is none or it is invalid.

    It is 1 for a TIFF, too, because Pillow rotates the pixels itself.
    """
    if image.format == "TIFF":
        return _UPRIGHT
    try:
        found = image.getexif().get(ExifTags.Base.Orientation, _UPRIGHT)
    except Exception:  # the metadata are damaged; the pixels may be readable
        return _UPRIGHT
    return found if found in range(1, 9) else _UPRIGHT


def _turned(image: Image.Image, size: tuple[int, int] | None, path: Path) -> bool:
    """Return whether to apply the EXIF orientation; raise DataError if the labels have another size."""
    stored = image.height, image.width
    as_shown = stored[::-1] if orientation(image) >= 5 else stored
    if size is None:
        return False
    if size not in (stored, as_shown):
        raise DataError(
            f"{path} is {stored[1]}×{stored[0]} pixels, but its labels are of an image of {size[1]}×{size[0]}; scale "
            "one of them to the other."
        )
    return size == as_shown


def _with_orientation(pixels: Image.Image, image: Image.Image) -> Image.Image:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation(image)
    pixels.info["exif"] = exif.tobytes()
    return pixels


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_eight_bits(np.asarray(image))).convert("RGB")
    if image.has_transparency_data:
        layers = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), layers).convert("RGB")
    return image.convert("RGB")


def _eight_bits(grey: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Return grey values of 16 or 32 bits as 0..255.

    >>> _eight_bits(np.array([[0, 257, 65535]], np.uint16)), _eight_bits(np.array([[0.0, 0.2, 1.0]]))
    (array([[  0,   1, 255]], dtype=uint8), array([[  0,  51, 255]], dtype=uint8))
    """
    if grey.dtype == np.uint16:
        return np.asarray((grey.astype(np.uint32) + 128) // 257, dtype=np.uint8)
    values = np.nan_to_num(grey.astype(np.float64), posinf=0, neginf=0)
    if grey.dtype.kind == "i" and values.min() < 0:  # unsigned 32-bit integers, which Pillow reads as signed
        values = np.where(values < 0, values + 2.0**32, values)
    white = next((white for white in (255.0, 65535.0) if values.max() <= white), values.max())
    if grey.dtype.kind == "f" and values.max() <= 1:
        white = 1.0
    return np.asarray(np.clip(np.rint(values * 255 / white), 0, 255), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class PhotographInfo:
    """The properties of a photograph's file."""

    size: tuple[int, int] | None
    """(height, width) of the pixels that `read` returns; None if the file cannot be read."""
    digest: str
    """SHA-256 of the bytes; empty if there is no file."""
    orientation: int = _UPRIGHT
    """The EXIF orientation."""
    error: str = ""
    """Why it cannot be read, in one line; empty if it can."""


def inspect_file(path: Path, size: tuple[int, int] | None = None) -> PhotographInfo:
    """Return the properties of the file `path`; `size` is the (height, width) in the labels, as for `read`.

    The whole file is decoded, at an eighth of the size if the format supports it.
    """
    digest = ""
    try:
        with readable(path):
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            with Image.open(path) as image:
                stored, turn = (image.height, image.width), orientation(image)
                turned = _turned(image, size, path)
                image.draft("RGB", (max(1, image.width // 8), max(1, image.height // 8)))
                image.load()
    except DataError as error:
        return PhotographInfo(None, digest, error=str(error))
    return PhotographInfo(stored[::-1] if turned and turn >= 5 else stored, digest, turn)
