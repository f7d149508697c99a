"""Provenance of a run: versions, machine, commit, command."""

import os
import platform
import shlex
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from nasbench_pose import __version__
from nasbench_pose.files import PACKAGE
from nasbench_pose.latency.machine import cpu_model

LIBRARIES = ("torch", "numpy")
"""Beside our own version and Python's, those that decide what numbers a training gives."""


COMMIT = "_NASBENCH_POSE_COMMIT"
"""Environment variable by which a process tells those that it starts the commit of a checkout: `folder=commit`."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Versions, machine, commit, command and time of a run."""

    started: str
    """UTC, ISO 8601."""
    versions: dict[str, str]
    machine: dict[str, str | int]
    git_commit: str | None
    """Forty hex digits, followed by `-dirty` if files were modified; None outside a checkout."""
    command: str


def provenance() -> Provenance:
    """Return the provenance of this process, started now.

    >>> sorted(provenance().versions)
    ['nasbench-pose', 'numpy', 'python', 'torch']
    """
    return replace(_of_this_process(), started=datetime.now(UTC).isoformat(timespec="seconds"))


@cache  # constant while a process runs; calling git takes longer than storing a hundred trials
def _of_this_process() -> Provenance:
    return Provenance(
        started="",
        versions={
            "python": platform.python_version(),
            "nasbench-pose": __version__,
            **{library: _version(library) for library in LIBRARIES},
        },
        machine={"cpu": cpu_model(), "cores": os.cpu_count() or 1, "os": platform.platform()},
        git_commit=_commit(PACKAGE.parent),
        command=shlex.join(sys.argv),
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def _commit(folder: Path) -> str | None:
    """Return the commit of a checkout. Processes that this one starts inherit the answer: git takes long to give it."""
    if not (folder / ".git").exists():
        return None
    where, _, known = os.environ.get(COMMIT, "").rpartition("=")
    if where == str(folder):
        return known
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        commit = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
    os.environ[COMMIT] = f"{folder}={commit}"
    return commit
