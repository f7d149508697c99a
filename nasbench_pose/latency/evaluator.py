"""An evaluator that measures the latency of genotypes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from nasbench_pose.cost import count
from nasbench_pose.errors import NasbenchPoseError, ShapeError, pick
from nasbench_pose.evaluators.trial import KeyedByProtocol, Progress, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.graph import Graph
from nasbench_pose.latency.bench import bench
from nasbench_pose.latency.memory import peak_memory_bytes
from nasbench_pose.latency.protocol import LIBRARIES, LatencyProtocol
from nasbench_pose.latency.timing import Timing
from nasbench_pose.spaces import SearchSpace, space_of

REPEATS = 50
LEAST_REPEATS = 30
"""Fewer passes say little about a 95th percentile."""


@dataclass(frozen=True)
class LatencyEvaluator(KeyedByProtocol):
    """Measures the latency of genotypes, with newly drawn weights, by `protocol`.

    Fidelity is the number of counted passes. A trial's metrics are `latency_ms` (the median), `latency_ms_q1`,
    `latency_ms_q3`, `latency_ms_p95`, `latency_ratio` (to the reference network, pass by pass), `reference_ms`,
    `reference_drift`, `peak_memory_bytes` (measured; Linux only), `peak_activation_bytes`, `params` and `macs` (exact).
    `space` is needed for genotypes of a space that is not built in.
    """

    protocol: LatencyProtocol
    repeats: int = REPEATS
    space: SearchSpace | None = None

    def __post_init__(self) -> None:
        if self.repeats < LEAST_REPEATS:
            raise NasbenchPoseError(f"{self.repeats} repeats are too few for quartiles; use {LEAST_REPEATS} or more.")
        pick("engine", self.protocol.engine, LIBRARIES)

    @property
    def protocol_text(self) -> str:
        """The protocol as canonical JSON."""
        return self.protocol.text

    @property
    def full_fidelity(self) -> int:
        """Counted passes of a full measurement."""
        return self.repeats

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:
        """Measure `genotype`; if it cannot take the input size, the trial has an error."""
        space = self.space if self.space is not None and self.space.name == genotype.space else space_of(genotype)
        try:
            graph = space.graph(genotype, input=self.protocol.input, joints=self.protocol.joints)
        except ShapeError as error:
            return Trial(genotype, self.protocol_key, fidelity, seed, error=str(error))
        return measure([(genotype, graph, self.protocol)], repeats=fidelity, seed=seed, progress=progress)[0]


def measure(
    subjects: Sequence[tuple[Genotype, Graph, LatencyProtocol]],
    *,
    repeats: int = REPEATS,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Trial]:
    """Measure networks in turn, so that slow phases of the machine affect all alike; `seed` draws the weights.

    The protocols may differ in input and joints only. Raises NasbenchPoseError for more threads than cores.
    """
    started = time.perf_counter()
    how, graphs = subjects[0][2], [graph for _, graph, _ in subjects]
    with bench(how, repeats=repeats, seed=seed) as ready:
        memory = _peaks(graphs, how)
        timings = ready.networks(graphs, progress)
    seconds = (time.perf_counter() - started) / len(subjects)
    trials = []
    for (genotype, graph, protocol), timing, peak in zip(subjects, timings, memory, strict=True):
        metrics = _metrics(graph, timing, protocol.batch) | ({} if peak is None else {"peak_memory_bytes": peak})
        trials.append(Trial(genotype, protocol.key, repeats, seed, MappingProxyType(metrics), seconds))
    return trials


def _peaks(graphs: Sequence[Graph], how: LatencyProtocol) -> Sequence[int | None]:
    """Return the peak memory of a pass of each network on the CPU; None on another device or system."""
    peaks = None
    if how.device == "cpu":
        peaks = peak_memory_bytes(
            graphs, engine=how.engine, threads=how.threads, batch=how.batch, precision=how.precision
        )
    return peaks or [None] * len(graphs)


def _metrics(graph: Graph, timing: Timing, batch: int) -> dict[str, float]:
    cost = count(graph)
    return {
        **timing.metrics,
        "peak_activation_bytes": 4 * batch * cost.peak_elements,
        "params": cost.params,
        "macs": cost.macs,
    }
