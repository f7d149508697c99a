"""OKS sigmas of custom skeletons: the disagreement between annotators of each joint, which OKS divides by."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nasbench_pose.errors import DataError, InvalidFileError
from nasbench_pose.pose.custom_skeleton import read_toml
from nasbench_pose.pose.json_archive import listed, read_json


def sigmas_of(text: str) -> tuple[float, ...]:
    """Return the sigmas in `text`: numbers separated by commas, or the name of a file.

    A file is a skeleton's TOML (`sigmas = […]`), JSON (a list, or an object with `sigmas`), or numbers separated by
    spaces or commas. Raises InvalidFileError for anything else.

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


def category_sigmas(categories: Sequence[Any]) -> tuple[float, ...]:
    """Return the `sigmas` of the only category with sigmas in a COCO-format file; () if none or several have them.

    >>> category_sigmas([{"id": 1, "name": "hand", "sigmas": [0.03, 0.04]}])
    (0.03, 0.04)
    >>> category_sigmas([{"id": 1, "name": "person"}])
    ()
    """
    having = [one for one in categories if isinstance(one, Mapping) and one.get("sigmas")]
    if len(having) != 1:
        return ()
    return _numbers(having[0]["sigmas"], f"category {having[0].get('name')}", "a list of numbers")


def joint_names(truth: Path, count: int) -> tuple[str, ...]:
    """Return `count` joint names from the categories of the COCO-format file `truth`, or else numbered names.

    >>> joint_names(Path("/nowhere.json"), 2)
    ('joint 1', 'joint 2')
    """
    try:
        for category in listed(read_json(truth), truth, "categories"):
            names = category.get("keypoints") if isinstance(category, dict) else None
            if isinstance(names, list) and len(set(map(str, names))) == count == len(names):
                return tuple(map(str, names))
    except DataError:  # the error is reported when the file is scored
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
