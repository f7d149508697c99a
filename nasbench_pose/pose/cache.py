"""People kept on disk, so that drawing or decoding them is paid for once."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from nasbench_pose.pose.people import People
from nasbench_pose.pose.skeleton import SKELETONS

_ARRAYS = [field.name for field in fields(People) if field.name != "skeleton"]
_LOG = logging.getLogger(__name__)


def default_folder() -> Path:
    """Return `$NASBENCH_POSE_CACHE`, or else `~/.cache/nasbench-pose`."""
    named = os.environ.get("NASBENCH_POSE_CACHE")
    return Path(named) if named else Path(os.path.expanduser("~/.cache/nasbench-pose"))  # noqa: PTH111 - no home: no error


def cached(folder: Path, key: str, build: Callable[[], Sequence[People]]) -> list[People]:
    """Return what was kept under `key`, or what `build` returns, which is then kept.

    `key` must name everything that decides the arrays. A damaged file is built anew. Files appear whole or not at all,
    so processes may share the folder. A folder that cannot be written is named in the log, and done without.
    """
    path = folder / f"people-{hashlib.sha256(key.encode()).hexdigest()[:16]}.npz"
    kept = _read(path)
    if kept is None:
        kept = list(build())
        _write(path, kept)
    return kept


def _read(path: Path) -> list[People] | None:
    """Return what `path` holds, or None: absent, truncated, changed (zip checks sums), or of another version."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            skeletons = [SKELETONS[str(name)] for name in stored["skeletons"]]
            arrays = [{name: stored[f"{name}_{i}"] for name in _ARRAYS} for i in range(len(skeletons))]
            return [People(**given, skeleton=skeleton) for given, skeleton in zip(arrays, skeletons, strict=True)]
    except Exception as error:  # damage can surface as nearly anything; the remedy is always to build anew
        if not isinstance(error, FileNotFoundError):
            _LOG.warning("%s cannot be used and is built anew: %r", path, error)
        return None


def _write(path: Path, groups: Sequence[People]) -> None:
    arrays = {f"{name}_{i}": getattr(people, name) for i, people in enumerate(groups) for name in _ARRAYS}
    skeletons = np.array([people.skeleton.name for people in groups])
    write_whole(
        path, lambda file: np.savez(file, skeletons=skeletons, **arrays), "so these people are made anew each time"
    )


def write_whole(path: Path, write: Callable[[Any], object], otherwise: str) -> None:
    """Let `write` fill a file beside `path`, then rename it: a reader never sees half a file.

    Where that cannot be done the log says so, and what follows from it (`otherwise`).
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
            with suppress(OSError):  # renamed, it is gone
                temporary.unlink()
