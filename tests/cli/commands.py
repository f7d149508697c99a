"""Running the program: what to measure so that it takes no time, and how to start it as a process."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., str]
TINY = ("--data", "synthetic:train=64,val=16,test=16", "--steps", "3")
"""A training of a tenth of a second."""


def start(*args: object, cwd: Path) -> "subprocess.Popen[str]":
    """Start the program as a process of its own."""
    command = [sys.executable, "-W", "error", "-m", "nasbench_pose", *map(str, args)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=cwd, stdout=pipe, stderr=pipe, text=True, env=environment)


def finish(*args: object, cwd: Path) -> tuple[int, str, str]:
    """Run the program as a process of its own; return its exit status and what it printed on stdout and stderr."""
    with start(*args, cwd=cwd) as process:
        out, err = process.communicate(timeout=150)
        return process.returncode, out, err
