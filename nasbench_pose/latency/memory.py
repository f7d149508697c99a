"""Peak memory of forward passes, each measured in a process of its own."""

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from math import prod
from pathlib import Path
from statistics import median
from typing import Any

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.files import PACKAGE
from nasbench_pose.graph import Graph
from nasbench_pose.latency.engines import on_cores, start
from nasbench_pose.latency.timing import Call
from nasbench_pose.network import Network

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
PAGE = 4096
PASSES = 9
"""Linux counts resident pages in batches of 32 or more for each core, so a single pass is off by up to 0.1 MB."""
PREFIX = b"peak bytes "
"""Text before the number in the output of the process: libraries may print something as well."""


def peak_memory_bytes(
    graphs: Sequence[Graph], *, engine: str = "torch", threads: int = 1, batch: int = 1, precision: str = "fp32"
) -> list[int] | None:
    """Return the peak memory of a pass of each network without the weights, in bytes: images, activations, work space.

    It is the growth of the resident set of a new process during its second pass, when the libraries' own code is
    loaded. None on systems other than Linux. Raises NasbenchPoseError if a process fails. The exact bytes of the
    activations alone are `4 * batch * count(graph).peak_elements`.
    """
    if not RESET.exists():
        return None
    # With this threshold glibc returns every freed tensor at once, so the resident set is the memory in use.
    settings = {"MALLOC_MMAP_THRESHOLD_": str(PAGE), "OMP_NUM_THREADS": str(threads)}
    path = os.pathsep.join([str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    ran = subprocess.run(
        [sys.executable, "-m", __name__],
        input=pickle.dumps((list(graphs), engine, threads, batch, precision)),
        env={**os.environ, **settings, "PYTHONPATH": path},
        capture_output=True,
    )
    if ran.returncode:
        lines = ran.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {ran.returncode}"]
        raise NasbenchPoseError(f"The memory of a pass could not be measured: {lines[-1]}")
    return [int(line.removeprefix(PREFIX)) for line in ran.stdout.splitlines() if line.startswith(PREFIX)]


def _measure_all(graphs: Sequence[Graph], *how: Any) -> None:
    """Print the peak of each network. A process of its own, which finds torch imported already, runs each network."""
    for graph in graphs:
        if (child := os.fork()) == 0:
            print(f"\n{PREFIX.decode()}{_measure(graph, *how)}", flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _measure(graph: Graph, engine: str, threads: int, batch: int, precision: str) -> int:
    """Measure in this process, which must run nothing else."""
    shape = graph.input.shape
    with on_cores(threads):
        call = start(
            engine, Network(graph), (shape,), threads=threads, batch=batch, keep_memory=False, precision=precision
        )
        call()
        grown = [_growth(call) for _ in range(PASSES)]
    return int(median(grown)) + 4 * batch * prod(shape)


def _growth(call: Call) -> int:
    """Return the growth of the resident set at its peak during a call, in bytes."""
    RESET.write_text("5")  # resets VmHWM, the peak of the resident set
    before = _status_bytes("VmRSS")
    call()
    return _status_bytes("VmHWM") - before


def _status_bytes(field: str) -> int:
    lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return 1024 * int(lines[field].split()[0])


if __name__ == "__main__":
    _measure_all(*pickle.load(sys.stdin.buffer))
