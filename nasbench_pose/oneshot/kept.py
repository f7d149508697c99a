"""Trained supernets kept on disk: a supernet takes minutes, and each process of a search needs the same one."""

import hashlib
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

from nasbench_pose.pose.cache import write_whole

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trained:
    """The weights of a trained supernet, and what they took."""

    weights: dict[str, Any]
    """A state dict."""
    seconds: float
    """Processor seconds of one thread."""
    error: str | None = None
    """Why the training failed, in one line."""


def kept(folder: Path, about: dict[str, Any], train: Callable[[], Trained]) -> Trained:
    """Return what is kept in `folder` of a training that `about` describes in full, or else train and keep it.

    Processes that want the same one wait for the first. Files appear whole or not at all; a damaged one is made anew,
    and a folder that cannot be written is done without.
    """
    key = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:16]
    path = folder / f"supernet-{key}.pt"
    with _alone(path):
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
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time in, wherever a lock can be written."""
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


def _read(path: Path) -> Trained | None:
    try:
        return Trained(**torch.load(path, weights_only=True))
    except Exception as error:  # damage can surface as nearly anything; the remedy is always to train anew
        if not isinstance(error, FileNotFoundError):
            _LOG.warning("%s cannot be used and is made anew: %r", path, error)
        return None
