"""Opening the photographs of an archive, and telling in one line what is wrong with one."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from nasbench_pose.errors import DataError


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn whatever reading the image `path` raises into a DataError of one line."""
    try:
        yield
    except FileNotFoundError:
        raise DataError(f"{path} is missing.") from None
    except (OSError, ValueError, SyntaxError) as error:  # what Pillow raises for broken files
        raise DataError(f"{path} cannot be read ({error}).") from None


def read(path: Path) -> Image.Image:
    """Return the photograph in RGB; raise DataError if it is missing or broken."""
    with readable(path), Image.open(path) as image:
        return image.convert("RGB")


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a photograph's file shows."""

    size: tuple[int, int] | None
    """(height, width), pixels; None if the file cannot be read."""
    digest: str
    """SHA-256 of the bytes; empty if there is no file."""
    error: str = ""
    """What is wrong with it, in one line."""


def look(path: Path) -> Look:
    """Return what `path` is; the whole file is decoded, at an eighth of the size where its format allows that."""
    digest = ""
    try:
        with readable(path):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            with Image.open(path) as image:
                width, height = image.size
                image.draft("RGB", (width // 8, height // 8))
                image.load()
    except DataError as error:
        return Look(None, digest, str(error))
    return Look((height, width), digest)


def fingerprint(files: Iterable[Path]) -> str:
    """Return a text that changes when one of `files` does: names, sizes and times."""
    facts = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.is_file()]
    return hashlib.sha256(repr(facts).encode()).hexdigest()
