"""Peak memory of a forward pass, measured in a separate process."""

import os
import pickle
import subprocess
import sys
from math import prod
from pathlib import Path

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.files import PACKAGE
from nasbench_pose.graph import Graph

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
PREFIX = b"peak bytes "
"""Text before the number in the output of the process: libraries may print something as well."""


def peak_memory_bytes(graph: Graph, *, engine: str = "torch", threads: int = 1, batch: int = 1) -> int | None:
    """Return the peak memory of a pass without the weights, in bytes: images, activations and work space.

    It is the growth of the resident set of a new process during its second pass, when the libraries' own code is
    loaded. None on systems other than Linux. Raises NasbenchPoseError if the process fails. The exact bytes of the
    activations alone are `4 * batch * count(graph).peak_elements`.
    """
    if not RESET.exists():
        return None
    # With this threshold glibc returns every freed tensor at once, so the resident set is the memory in use.
    settings = {"MALLOC_MMAP_THRESHOLD_": str(2**16), "OMP_NUM_THREADS": str(threads)}
    path = os.pathsep.join([str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    ran = subprocess.run(
        [sys.executable, "-m", __name__],
        input=pickle.dumps((graph, engine, threads, batch)),
        env={**os.environ, **settings, "PYTHONPATH": path},
        capture_output=True,
    )
    if ran.returncode:
        lines = ran.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {ran.returncode}"]
        raise NasbenchPoseError(f"The memory of a pass could not be measured: {lines[-1]}")
    return int(ran.stdout.rpartition(PREFIX)[2])


def _measure(graph: Graph, engine: str, threads: int, batch: int) -> int:
    """Measure in this process, which must run nothing else."""
    from nasbench_pose.latency.engines import on_cores, start
    from nasbench_pose.network import Network

    shape = graph.input.shape
    with on_cores(threads):
        call = start(engine, Network(graph), (shape,), threads=threads, batch=batch, keep_memory=False)
        call()
        RESET.write_text("5")  # resets VmHWM, the peak of the resident set
        before = _status_bytes("VmRSS")
        call()
    return _status_bytes("VmHWM") - before + 4 * batch * prod(shape)


def _status_bytes(field: str) -> int:
    lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return 1024 * int(lines[field].split()[0])


if __name__ == "__main__":
    print(PREFIX.decode(), _measure(*pickle.load(sys.stdin.buffer)), sep="")
