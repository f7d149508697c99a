"""A cache of trained supernets on disk: training takes minutes, and every process of a search needs the same one."""

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
    """The weights of a trained supernet and the time of the training."""

    weights: dict[str, Any]
    """A state dict."""
    seconds: float
    """Processor seconds of one thread."""
    error: str | None = None
    """One line on why the training failed; None if it did not."""


def load_or_train(folder: Path, inputs: dict[str, Any], train: Callable[[], TrainedSupernet]) -> TrainedSupernet:
    """Load the supernet that was trained from `inputs` from `folder`; if it is not there, train and save it.

    `inputs` are all values that decide the training; their hash is the file's name. Processes that need the same
    supernet wait for the first one. Files are written atomically. A damaged file is replaced. If the folder cannot be
    written, the supernet is trained each time.
    """
    key = short_sha256(json.dumps(inputs, sort_keys=True))  # not canonical JSON: existing files have these names
    path = folder / f"supernet-{key}.pt"
    with _lock(path):
        found = _read(path)
        if found is None:
            found = train()
            content = io.BytesIO()  # torch.save raises RuntimeError, not OSError, where a disk is full
            torch.save(vars(found), content)
            write_whole(
                path, lambda file: file.write(content.getbuffer()), "so this supernet is trained anew each time"
            )
    return found


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Let one process in at a time, if a lock file can be written."""
    lock = FileLock(path.with_suffix(".lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError:  # `write_whole` warns of a folder that cannot be written
        pass
    try:
        yield
    finally:
        lock.release()


def _read(path: Path) -> TrainedSupernet | None:
    try:
        return TrainedSupernet(**torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:  # a damaged file can raise nearly any error; training anew mends all of them
        if not isinstance(error, FileNotFoundError):
            _LOG.warning("%s cannot be used and is made anew: %r", path, error)
        return None
