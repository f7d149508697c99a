"""Running the program: what to measure so that it takes no time, here or as a process of its own."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

from nasbench_pose.cli import main

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


def call(*args: object, cwd: Path) -> tuple[int, str, str]:
    """Run the program in this process; return its exit status and what it printed on stdout and stderr.

    A process of its own takes seconds to import torch. Use one for signals, and for what is printed past Python.
    """
    out, err = io.StringIO(), io.StringIO()
    with chdir(cwd), redirect_stdout(out), redirect_stderr(err):
        status = main([*map(str, args)])
    return status, out.getvalue(), err.getvalue()
