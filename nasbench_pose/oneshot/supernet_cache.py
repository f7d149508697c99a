"""Trained supernets on disk: training one takes minutes, and each process of a search needs the same one."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock

from nasbench_pose.hashing import short_sha256
from nasbench_pose.pose.cache import write_whole

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainedSupernet:
    """The weights of a trained supernet, and what they took."""

    weights: dict[str, Any]
    """A state dict."""
    seconds: float
    """Processor seconds of one thread."""
    error: str | None = None
    """Why the training failed, in one line."""


def load_or_train(folder: Path, about: dict[str, Any], train: Callable[[], TrainedSupernet]) -> TrainedSupernet:
    """Load the supernet that `about` describes from `folder`; if it is not there, train and save it.

    `about` decides the training and is hashed for the file's name. Processes that need the same supernet wait for the
    first one. Files are written atomically. A damaged file is replaced; without a folder that can be written, the
    supernet is trained each time.
    """
    key = short_sha256(json.dumps(about, sort_keys=True))
    path = folder / f"supernet-{key}.pt"
    with _lock(path):
        found = _read(path)
        if found is None:
            found = train()
            content = io.BytesIO()  # torch.save has errors of its own for a disk that is full
            torch.save(vars(found), content)
            write_whole(
                path, lambda file: file.write(content.getbuffer()), "so this supernet is trained anew each time"
            )
    return found


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Admit one process at a time, where a lock file can be written."""
    lock = FileLock(path.with_suffix(".lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError:  # the writing says so
        pass
    try:
        yield
    finally:
        lock.release()


def _read(path: Path) -> TrainedSupernet | None:
    try:
        return TrainedSupernet(**torch.load(path, weights_only=True))
    except Exception as error:  # damage can surface as nearly anything; the remedy is always to train anew
        if not isinstance(error, FileNotFoundError):
            _LOG.warning("%s cannot be used and is made anew: %r", path, error)
        return None
