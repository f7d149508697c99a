"""JSON label files of data sets: reading, checks, and errors of one line."""

import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.errors import DataError
from nasbench_pose.pose.annotations import refusal
from nasbench_pose.pose.layout import Layout
from nasbench_pose.pose.splits import HELD_OUT, WHOLE, divide, fraction

T = TypeVar("T")


class Labelled(Protocol):
    """An annotated person."""

    @property
    def file(self) -> Path:
        """The photograph."""


P = TypeVar("P", bound=Labelled)


def read_json(path: Path) -> Any:
    """Return the JSON of the file `path`, plain or gzipped; raise DataError if it is missing, truncated or invalid."""
    try:
        content = path.read_bytes()
        return json.loads(_text(content))
    except FileNotFoundError:
        raise DataError(f"There is no file {path}.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}).") from None
    except (ValueError, RecursionError, zlib.error) as error:
        raise DataError(f"{path} cannot be read as JSON; is it cut off? ({error})") from None


def _text(content: bytes) -> bytes:
    held = unzipped(content)
    if held.startswith(b"PK\x03\x04") or held[257:262] == b"ustar":
        raise ValueError("it is an archive of files: unpack it, and name the folder")
    return held


def unzipped(content: bytes) -> bytes:
    """Return `content`, unpacked if it is gzipped; raise zlib.error if it is damaged or unpacks to 100 times its size.

    >>> import gzip
    >>> unzipped(gzip.compress(b"[]")), unzipped(b"[]")
    (b'[]', b'[]')
    """
    if not content.startswith(b"\x1f\x8b"):
        return content
    unpacker = zlib.decompressobj(wbits=31)
    unpacked = unpacker.decompress(content, 100 * len(content) + 10**6)
    if not unpacker.eof:
        raise zlib.error("the gzipped data have no end")
    return unpacked


def listed(held: Any, path: Path, name: str = "") -> list[Any]:
    """Return `held`, or its entry `name` if there is a name; raise DataError if that is not a list."""
    found = held if not name else held.get(name) if isinstance(held, Mapping) else None
    if not isinstance(found, list):
        where = f"no list {name!r}" if name else "no list"
        raise DataError(f"{path} has {where}; it is not a file of this kind.")
    return found


def entry_of(entry: Any, names: tuple[str, ...], what: str) -> Mapping[str, Any]:
    """Return `entry` if it is a mapping with all of `names`, else raise DataError; `what` is its name in the error."""
    if not isinstance(entry, Mapping):
        raise DataError(f"{what} is {str(entry)[:40]!r}; expected an object with {', '.join(names)}.")
    if missing := [name for name in names if name not in entry]:
        raise DataError(f"{what} has no {missing[0]!r}; it has {', '.join(sorted(map(str, entry))) or 'nothing'}.")
    return entry


def numbers(entry: Mapping[str, Any], name: str, shape: tuple[int, ...], what: str) -> NDArray[np.float64]:
    """Return `entry[name]` as an array of finite numbers of the shape; raise DataError if it is not.

    >>> numbers({"score": "0.9"}, "score", (), "Prediction 0")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.DataError: Prediction 0: 'score' is "0.9", not a number.
    """
    try:
        array = np.asarray(entry[name])
    except ValueError:  # lists of unequal lengths
        array = np.array(None)
    if array.dtype.kind not in "biuf" or (array.ndim and not shape):  # "0.9" too: COCO fails on it
        raise DataError(f"{what}: {name!r} {_objection(entry[name], shape)}.")
    if array.shape != shape:
        raise DataError(f"{what}: {name!r} has the shape {array.shape}, not {shape}.")
    if not np.isfinite(array).all():
        raise DataError(f"{what}: {name!r} has a number that is not finite.")
    return np.asarray(array, dtype=np.float64)


def _objection(value: Any, shape: tuple[int, ...]) -> str:
    """Return the error of a value that is not made of numbers, with its first wrong part as the file has it."""
    odd = [part for part in (_parts(value) if shape else [value]) if not isinstance(part, int | float)]
    if not odd:
        return f"is not an array of numbers of the shape {shape}"
    return f"{'has' if odd[0] is not value else 'is'} {json.dumps(odd[0])[:40]}, not a number"


def _parts(value: Any) -> list[Any]:
    """Return the elements of nested lists."""
    return [part for inner in value for part in _parts(inner)] if isinstance(value, list) else [value]


def usable(entries: Iterable[Any], read: Callable[[int, Any], T | None]) -> tuple[list[T], list[DataError]]:
    """Return the results of `read(number, entry)` that are not None, and the DataErrors that it raises.

    >>> usable(["a", "b"], lambda number, entry: f"{number}{entry}")
    (['0a', '1b'], [])
    """
    good: list[T] = []
    bad: list[DataError] = []
    for number, entry in enumerate(entries):
        try:
            found = read(number, entry)
        except DataError as error:
            bad.append(error)
        else:
            good += [found] if found is not None else []
    return good, bad


def _unnameable(part: str) -> bool:
    """Return whether a part of a path cannot be a file name: it is too long, or not valid text."""
    return len(part.encode(errors="replace")) > 255 or any("\ud800" <= letter <= "\udfff" for letter in part)


def photograph_of(entry: Mapping[str, Any], name: str, place: Path, what: str) -> Path:
    """Return the path `entry[name]` in the folder `place`; a backslash separates folders, too."""
    value = entry[name]
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise DataError(f"{what}: {name!r} is {json.dumps(value)[:40]}; expected the name of a file.")
    if any(map(_unnameable, value.replace("\\", "/").split("/"))):
        raise DataError(f"{what}: {name!r} is {json.dumps(value)[:40]}, which no file can be called.")
    path = place / value
    return place / value.replace("\\", "/") if "\\" in value and not path.is_file() else path


def collect(
    layout: Layout, read: Callable[[Path, Path], tuple[list[P], list[DataError]]], skip_bad: bool
) -> tuple[list[P], list[str], list[str]]:
    """Return the labelled persons, the split of each, and the errors of those who are left out.

    `read` is called with each label file and the folder of its photographs. Three files are train, val and test. Of two
    files one is train, and the photographs of the other are divided evenly between val and test. The photographs of a
    single file are divided 80:10:10. Raises the first error, unless `skip_bad`.
    """
    people: list[P] = []
    splits: list[str] = []
    skipped: list[str] = []
    for split, path in layout.labels.items():
        good, bad = read(path, layout.photographs[split])
        if bad and not skip_bad:
            raise refusal(bad[0])
        split_of = divide([person.file.name for person in good], _shares(split, len(layout.labels)))
        people += good
        splits += [split_of[person.file.name] for person in good]
        skipped += map(str, bad)
    return people, splits, skipped


def split_of_name(name: str, split: str, files: int) -> str:
    """Return the split of a photograph without people, in the label file of `split`, one of `files`.

    >>> split_of_name("1.jpg", "train", files=2), split_of_name("1.jpg", "val", files=3)
    ('train', 'val')
    """
    return next(part for part, end in _shares(split, files) if fraction(name) < end)


def _shares(split: str, files: int) -> tuple[tuple[str, float], ...]:
    """Return how the label file of a split, one of `files`, is divided into train, val and test."""
    if files == 1:
        return WHOLE
    return (
        (("train", 1.0),)
        if split == "train"
        else HELD_OUT
        if files == 2
        else (({"valid": "val"}.get(split, split), 1.0),)
    )
