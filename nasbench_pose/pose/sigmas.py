"""Sigmas of joints that are not COCO's: how far annotators of each joint disagree, which OKS divides by."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nasbench_pose.errors import DataError, InvalidFileError
from nasbench_pose.pose.json_archive import listed, read_json
from nasbench_pose.pose.own_skeleton import read_toml


def sigmas_of(text: str) -> tuple[float, ...]:
    """Return the sigmas that `text` lists, or that the file of that name does.

    A list is numbers with commas between them. A file is a skeleton's TOML (`sigmas = […]`), JSON (a list, or an object
    with `sigmas`), or numbers with spaces or commas between them. Raises InvalidFileError for anything else.

    >>> sigmas_of("0.026, 0.025,0.107")
    (0.026, 0.025, 0.107)
    """
    path = Path(text).expanduser()
    if not path.is_file():
        return _numbers(text.split(","), text, "a list of numbers, as in 0.026,0.025, or the name of a file")
    expected = "a list of numbers, or one called 'sigmas'"
    if path.suffix.lower() == ".toml":
        return _numbers(read_toml(path).get("sigmas"), str(path), expected)
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise InvalidFileError(f"{path} cannot be read: {error}.") from None
    try:
        held = json.loads(content)
    except ValueError:
        held = content.replace(",", " ").split()
    return _numbers(held.get("sigmas") if isinstance(held, dict) else held, str(path), expected)


def own_sigmas(categories: Sequence[Any]) -> tuple[float, ...]:
    """Return the `sigmas` of the category of a COCO-format file that has them; nothing where none or several do.

    >>> own_sigmas([{"id": 1, "name": "hand", "sigmas": [0.03, 0.04]}]), own_sigmas([{"id": 1, "name": "person"}])
    ((0.03, 0.04), ())
    """
    told = [one for one in categories if isinstance(one, Mapping) and one.get("sigmas")]
    return _numbers(told[0]["sigmas"], f"category {told[0].get('name')}", "a list of numbers") if len(told) == 1 else ()


def joint_names(truth: Path, count: int) -> tuple[str, ...]:
    """Return the names of so many joints, by the categories of the COCO-format file `truth`, or else their numbers.

    >>> joint_names(Path("/nowhere.json"), 2)
    ('joint 1', 'joint 2')
    """
    try:
        for category in listed(read_json(truth), truth, "categories"):
            names = category.get("keypoints") if isinstance(category, dict) else None
            if isinstance(names, list) and len(set(map(str, names))) == count == len(names):
                return tuple(map(str, names))
    except DataError:  # what is wrong with the file, scoring says
        pass
    return tuple(f"joint {number}" for number in range(1, count + 1))


def _numbers(held: object, what: str, expected: str) -> tuple[float, ...]:
    try:
        if not isinstance(held, list) or any(isinstance(value, bool) for value in held):
            raise TypeError
        found = tuple(float(value) for value in held)
    except (TypeError, ValueError):
        raise InvalidFileError(f"{what!r} has no sigmas; expected {expected}.") from None
    if not found or not all(math.isfinite(sigma) and sigma > 0 for sigma in found):
        raise InvalidFileError(
            f"{what!r} has the sigmas {', '.join(map(str, found)) or 'none'}; each must be positive."
        )
    return found
