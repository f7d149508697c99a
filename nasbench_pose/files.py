"""Locations of the data folders: beside the package in a checkout, inside it in a wheel."""

from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent


@cache
def folder(name: str) -> Path:
    """Return the folder `search_spaces` or `results`.

    The checkout comes first, so that an editable install reads the files of the checkout.

    >>> (folder("search_spaces") / "hrnet.toml").exists()
    True
    """
    checkout = PACKAGE.parent / name
    return checkout if (PACKAGE.parent / "setup.cfg").exists() and checkout.is_dir() else PACKAGE / name


def is_file(text: str | Path) -> bool:
    """Return whether `text` is the path of a file; False for a text that cannot be a path, such as a very long one.

    >>> is_file("x" * 10_000), is_file("\\0")
    (False, False)
    """
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False


def is_folder(text: str) -> bool:
    """Return whether `text` is the path of a folder; False for a text that cannot be a path."""
    try:
        return Path(text).is_dir()
    except (OSError, ValueError):
        return False


def replace_file(path: Path, content: bytes | memoryview) -> None:
    """Write a file as a whole: a reader sees the old content or the new one, and a full disk leaves the old one.

    Raises OSError, which names the file.
    """
    beside = path.with_name(f"{path.name}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from None
