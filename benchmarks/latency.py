"""Latency of the published networks on this machine, and how far sums of blocks are off for each search space.

`--write` needs a quiet machine.
"""

import sys

import numpy as np
from table import begin, machine, markdown, report, say

from nasbench_pose.latency import LatencyTable
from nasbench_pose.latency.bench import bench
from nasbench_pose.latency.build import check_table, measure_table
from nasbench_pose.latency.engines import ENGINES
from nasbench_pose.latency.evaluator import measure
from nasbench_pose.latency.protocol import protocol_of
from nasbench_pose.spaces import find, load, space_of

BRIEF = "--brief" in sys.argv
NETWORKS = ["EfficientPose-A", "EfficientPose-B", "EfficientPose-C", "HRNet-W32", "HRNet-W48", "SimpleBaseline-R50"]
SPACES = ["efficientpose_micro", "efficientpose_small", "efficientpose_large", "simplebaseline"]
SIZE, JOINTS, REPEATS, CHECKED = (256, 256), 16, 30 if BRIEF else 100, 5 if BRIEF else 30
if BRIEF:
    NETWORKS, SPACES = ["micro-smallest", "micro-largest", "EfficientPose-A"], ["efficientpose_micro"]


def networks() -> str:
    """Return a row for each network: milliseconds and peak memory on each engine, on one core."""
    graphs = {name: space_of(find(name)).graph(find(name), input=SIZE, joints=JOINTS) for name in NETWORKS}
    columns = []
    for engine in ENGINES:
        say(f"{len(graphs)} networks on {engine}")
        subjects = [(find(name), graph, protocol_of(graph, engine=engine)) for name, graph in graphs.items()]
        columns.append([trial.metrics for trial in measure(subjects, repeats=REPEATS)])
    cells = [
        [f"{m['latency_ms']:.1f} ({m['latency_ms_q1']:.1f} to {m['latency_ms_q3']:.1f})" for m in of_network]
        + [f"{m.get('peak_memory_bytes', np.nan) / 1e6:.1f}" for m in of_network]
        + [f"{of_network[0]['peak_activation_bytes'] / 1e6:.1f}", f"{of_network[0]['macs'] / 1e9:.2f}"]
        for of_network in zip(*columns, strict=True)
    ]
    head = ["network", *[f"{e} ms (quartiles)" for e in ENGINES], *[f"{e} peak MB" for e in ENGINES]]
    rows = [[name, *row] for name, row in zip(NETWORKS, cells, strict=True)]
    return markdown([*head, "activations MB", "GMACs"], rows)


def tables() -> str:
    """Return a row for each space and engine: the error of sums of blocks on whole networks."""
    rows = []
    for name in SPACES:
        for engine in ENGINES:
            say(f"blocks of {name} on {engine}")
            table = tabulated(name, engine)
            assert table.check is not None
            errors = (table.check.median_error, table.check.p95_error)
            shown = [f"{error:.1f}" for error in errors]
            rows.append([f"{name}, {engine}", f"{len(table.blocks)}", *shown, f"{table.check.bias:+.1f}"])
    return markdown(["space, engine", "blocks", "median error %", "95th percentile %", "bias %"], rows)


def tabulated(name: str, engine: str) -> LatencyTable:
    """Return the latency table of a space at its own size, compared with networks drawn from it."""
    space = load(name)
    graph = space.graph(space.sample(np.random.default_rng(0)))
    protocol = protocol_of(graph, engine=engine)
    with bench(protocol, repeats=REPEATS) as ready:
        table = measure_table(space, protocol, ready)
        return check_table(table, space, ready, CHECKED, np.random.default_rng(1))


def main() -> None:
    """Measure and report everything."""
    begin(__doc__, quiet=True, brief="a rehearsal with small networks")
    about = f"{machine('torch', 'onnxruntime')}; one core, batch 1, medians of {REPEATS} passes"
    report("latency", f"{networks()}\n\n{about}, {SIZE[0]}×{SIZE[1]} pixels, {JOINTS} joints.")
    report("sums", f"{tables()}\n\n{CHECKED} networks drawn from each space, at its own size.")


if __name__ == "__main__":
    main()
