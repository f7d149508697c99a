"""Reading and checking JSON files of data sets; errors are one line."""

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
from nasbench_pose.pose.splits import HELD_OUT, WHOLE, divide

T = TypeVar("T")


class Labelled(Protocol):
    """An annotated person."""

    @property
    def file(self) -> Path:
        """The photograph."""


P = TypeVar("P", bound=Labelled)


def read_json(path: Path) -> Any:
    """Return what the file `path` says, plain or gzipped; raise DataError for none, a part of one, or no JSON."""
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
    """Return the list that `held` is, or has under `name`; raise DataError if there is none."""
    found = held if not name else held.get(name) if isinstance(held, Mapping) else None
    if not isinstance(found, list):
        where = f"no list {name!r}" if name else "no list"
        raise DataError(f"{path} holds {where}; it is not a file of this kind.")
    return found


def entry_of(entry: Any, names: tuple[str, ...], what: str) -> Mapping[str, Any]:
    """Return `entry`, a mapping that has all of `names`; raise DataError that tells which it lacks. `what` is it."""
    if not isinstance(entry, Mapping):
        raise DataError(f"{what} is {str(entry)[:40]!r}, which is no object with {', '.join(names)}.")
    if missing := [name for name in names if name not in entry]:
        raise DataError(f"{what} has no {missing[0]!r}; it has {', '.join(sorted(map(str, entry))) or 'nothing'}.")
    return entry


def numbers(entry: Mapping[str, Any], name: str, shape: tuple[int, ...], what: str) -> NDArray[np.float64]:
    """Return `entry[name]` as finite numbers of the shape; raise DataError if it is something else.

    >>> numbers({"score": "0.9"}, "score", (), "Prediction 0")
    Traceback (most recent call last):
        ...
    nasbench_pose.errors.DataError: Prediction 0: 'score' is "0.9", which is no number.
    """
    try:
        array = np.asarray(entry[name])
    except ValueError:  # lists of unequal lengths
        array = np.array(None)
    if array.dtype.kind not in "biuf" or (array.ndim and not shape):  # text too: COCO's code cannot count with it
        raise DataError(f"{what}: {name!r} {_objection(entry[name], shape)}.")
    if array.shape != shape:
        raise DataError(f"{what}: {name!r} has the shape {array.shape}, not {shape}.")
    if not np.isfinite(array).all():
        raise DataError(f"{what}: {name!r} holds a number that is not finite.")
    return np.asarray(array, dtype=np.float64)


def _objection(value: Any, shape: tuple[int, ...]) -> str:
    """Say which part of `value`, as the file spells it, is no number."""
    odd = [part for part in (_parts(value) if shape else [value]) if not isinstance(part, int | float)]
    if not odd:
        return f"is not made of numbers in {shape}"
    return f"{'holds' if odd[0] is not value else 'is'} {json.dumps(odd[0])[:40]}, which is no number"


def _parts(value: Any) -> list[Any]:
    """Return what lists of lists hold."""
    return [part for inner in value for part in _parts(inner)] if isinstance(value, list) else [value]


def usable(entries: Iterable[Any], read: Callable[[int, Any], T | None]) -> tuple[list[T], list[DataError]]:
    """Return what `read` makes of each entry and its number, without None, and what it raises instead.

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
    """Say whether a part of a path is too long, or no text."""
    return len(part.encode(errors="replace")) > 255 or any("\ud800" <= letter <= "\udfff" for letter in part)


def photograph_of(entry: Mapping[str, Any], name: str, place: Path, what: str) -> Path:
    """Return the photograph that `entry[name]` names, in the folder `place`; Windows' backslashes part folders too."""
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
    """Return everybody who is labelled, the split of each, and what was wrong with those who are left out.

    `read` is called with each file of labels and the folder of its photographs. They are of train, and of one split
    that is held out and halved into val and test; or of all three; or one that is all there is, of which 80, 10 and 10
    of a hundred photographs are train, val and test. Raises the first error, unless `skip_bad`.
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


def _shares(split: str, files: int) -> tuple[tuple[str, float], ...]:
    """Return what one of so many files of labels is divided into."""
    if files == 1:
        return WHOLE
    return (
        (("train", 1.0),)
        if split == "train"
        else HELD_OUT
        if files == 2
        else (({"valid": "val"}.get(split, split), 1.0),)
    )
