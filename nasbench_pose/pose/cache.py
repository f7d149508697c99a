"""A cache of people on disk, so that they are drawn or decoded once."""

import logging
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nasbench_pose.hashing import short_sha256
from nasbench_pose.pose.people import People
from nasbench_pose.pose.skeleton import Skeleton

_ARRAYS = [field.name for field in fields(People) if field.name != "skeleton"]
_FORMAT = 2  # of the files; those of another have other names
_LOG = logging.getLogger(__name__)


def default_folder() -> Path:
    """Return `$NASBENCH_POSE_CACHE`, or else `~/.cache/nasbench-pose`."""
    named = os.environ.get("NASBENCH_POSE_CACHE")
    return Path(named) if named else Path(os.path.expanduser("~/.cache/nasbench-pose"))  # noqa: PTH111 - no home: no error


@dataclass(frozen=True, slots=True)
class Reading:
    """The loading of people that are not in the cache."""

    photographs: Sequence[Path]
    """Their photographs; none is opened before `make`."""
    make: Callable[[], Sequence[People]]


def cached(folder: Path, key: str, read: Callable[[], Reading]) -> list[People]:
    """Return the cached people of `key`; if there are none, make and store them.

    `key` must name everything that determines the arrays, except the photographs. A cached file is valid only while
    every photograph that it was made from has the same size and the same times (of its content and of its entry), or
    is still missing. A damaged file is built anew. Files are written atomically, so processes may share the
    folder. If the folder cannot be written, the log says so and nothing is cached.
    """
    named = f"{_FORMAT} {key}".encode(errors="surrogateescape")
    path = folder / f"people-{short_sha256(named)}.npz"
    kept = _read(path)
    if kept is None:
        reading = read()
        files = list(dict.fromkeys(reading.photographs))
        states = _states(files)  # before they are read: a change meanwhile will be noticed
        kept = list(reading.make())
        _write(path, kept, files, states)
    return kept


def _states(files: Sequence[Path]) -> NDArray[np.int64]:
    """Return (n, 3): size, time of the last change of the content, and of the entry, in nanoseconds; -1: no file."""
    return np.array([_state(file) for file in files], np.int64).reshape(-1, 3)


def _state(file: Path) -> tuple[int, int, int]:
    try:
        found = os.stat(file)  # noqa: PTH116 - twice as fast, for a hundred thousand
    except (OSError, ValueError):
        return -1, -1, -1
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _read(path: Path) -> list[People] | None:
    """Return the content of `path`; None if it is absent, damaged (zip has checksums), or of other photographs."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if not np.array_equal(_states(_paths(stored["photographs"])), stored["states"]):
                _LOG.info("%s was made of photographs that have changed since, and is built anew", path)
                return None
            skeletons = [Skeleton.parse(str(text)) for text in stored["skeletons"]]
            arrays = [{name: stored[f"{name}_{i}"] for name in _ARRAYS} for i in range(len(skeletons))]
            return [People(**given, skeleton=skeleton) for given, skeleton in zip(arrays, skeletons, strict=True)]
    except Exception as error:  # damage can surface as nearly anything; the remedy is always to build anew
        if not isinstance(error, FileNotFoundError):
            _LOG.warning("%s cannot be used and is built anew: %r", path, error)
        return None


def _write(path: Path, groups: Sequence[People], files: Sequence[Path], states: NDArray[np.int64]) -> None:
    arrays = {f"{name}_{i}": getattr(people, name) for i, people in enumerate(groups) for name in _ARRAYS}
    skeletons = np.array([people.skeleton.text for people in groups])
    letters = _letters(files)
    write_whole(
        path,
        lambda file: np.savez(file, skeletons=skeletons, states=states, photographs=letters, **arrays),
        "so these people are made anew each time",
    )


def _letters(files: Sequence[Path]) -> NDArray[np.uint8]:
    return np.frombuffer(b"\0".join(os.fsencode(file.absolute()) for file in files), np.uint8)


def _paths(letters: NDArray[np.uint8]) -> list[Path]:
    return [Path(os.fsdecode(name)) for name in letters.tobytes().split(b"\0") if name]


def write_whole(path: Path, write: Callable[[Any], object], otherwise: str) -> None:
    """Let `write` fill a file beside `path`, then rename it: a reader never sees half a file.

    If that fails, the log says so, with its consequence (`otherwise`).
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            temporary = Path(file.name)
            write(file)
        temporary.replace(path)
    except OSError as error:
        _LOG.warning("%s cannot be written, %s: %s", path, otherwise, error)
    finally:
        if temporary is not None:
            with suppress(OSError):  # after the rename, it does not exist
                temporary.unlink()
