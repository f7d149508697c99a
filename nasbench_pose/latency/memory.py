"""Memory that one forward pass takes, measured in a process of its own."""

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
LINE = b"peak bytes "
"""What the process says before its answer."""


def peak_memory_bytes(graph: Graph, *, engine: str = "torch", threads: int = 1, batch: int = 1) -> int | None:
    """Return the most memory that a pass has at once beside the weights: images, activations and work space.

    It is the growth of the resident set of a fresh process, in its second pass, when the libraries' own code is
    loaded. None where the system cannot say (other than Linux). Raises NasbenchPoseError if the process fails.
    The exact bytes of the activations alone are `4 * batch * count(graph).peak_elements`.
    """
    if not RESET.exists():
        return None
    # glibc then returns every freed tensor at once, so that what is resident is what is in use.
    settings = {"MALLOC_MMAP_THRESHOLD_": str(2**16), "OMP_NUM_THREADS": str(threads)}
    path = os.pathsep.join([str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    ran = subprocess.run(
        [sys.executable, "-m", __name__],
        input=pickle.dumps((graph, engine, threads, batch)),
        env={**os.environ, **settings, "PYTHONPATH": path},
        capture_output=True,
    )
    if ran.returncode:
        said = ran.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {ran.returncode}"]
        raise NasbenchPoseError(f"The memory of a pass could not be measured: {said[-1]}")
    return int(ran.stdout.rpartition(LINE)[2])


def _measure(graph: Graph, engine: str, threads: int, batch: int) -> int:
    """Measure in this process, which nothing else may use."""
    from nasbench_pose.latency.engines import on_cores, start
    from nasbench_pose.network import Network

    shape = graph.input.shape
    with on_cores(threads):
        call = start(engine, Network(graph), (shape,), threads=threads, batch=batch, keep_memory=False)
        call()
        RESET.write_text("5")  # the highest resident set so far is forgotten
        before = _status_bytes("VmRSS")
        call()
    return _status_bytes("VmHWM") - before + 4 * batch * prod(shape)


def _status_bytes(field: str) -> int:
    lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return 1024 * int(lines[field].split()[0])


if __name__ == "__main__":
    print(LINE.decode(), _measure(*pickle.load(sys.stdin.buffer)), sep="")
