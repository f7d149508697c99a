"""Where the data folders are: beside the package in a checkout, inside it in a wheel."""

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
