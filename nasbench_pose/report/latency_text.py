"""Latencies of networks as JSON values and as text, for `nasbench-pose latency`."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nasbench_pose.latency.timing import NOISE
from nasbench_pose.report.text import aligned
from nasbench_pose.spaces import find, title_of

if TYPE_CHECKING:
    from nasbench_pose.evaluators.trial import Trial
    from nasbench_pose.genotype import Genotype
    from nasbench_pose.graph import Graph
    from nasbench_pose.latency import LatencyProtocol, LatencyTable

    Subject = tuple[Genotype, Graph, LatencyProtocol]


def numbers(trial: "Trial", subject: "Subject") -> dict[str, Any]:
    """Return a latency and its protocol as JSON values."""
    about = {"genotype": trial.genotype.text, "key": trial.genotype.key, "protocol": json.loads(subject[2].text)}
    return about | {"repeats": trial.fidelity, "seed": trial.seed, **trial.metrics}


def report(trials: "list[Trial]", subjects: "list[Subject]") -> str:
    """Return the table of latencies of genotypes that were measured under one protocol."""
    rows = [
        (title_of(trial.genotype), "×".join(map(str, subject[2].input)), trial.metrics)
        for trial, subject in zip(trials, subjects, strict=True)
    ]
    return table_of(rows, subjects[0][2], trials[0].fidelity)


def table_of(rows: Sequence[tuple[str, str, Mapping[str, float]]], how: "LatencyProtocol", repeats: int) -> str:
    """Return the table of latencies with the title, the input and the metrics of each network."""
    first, drift = rows[0][2], max((metrics["reference_drift"] for _, _, metrics in rows), key=abs)
    threads = f"{how.threads} thread{'s' * (how.threads > 1)}"
    head = ["network", "input", "median ms", "quartiles", "p95", "× reference", "peak MB", "activations MB"]
    reference = f"{title_of(find(how.reference))}, {how.reference_input[0]}×{how.reference_input[1]}"
    return "\n".join(
        [
            f"{how.engine}, {threads}, batch {how.batch}, {repeats} passes each; {how.computed_by}",
            aligned([head, *(_row(*row) for row in rows)], left=2),
            f"reference {reference}: {first['reference_ms']:.2f} ms, drifted by {drift:+.1%}",
        ]
    )


def busy_warning(drift: float) -> str:
    """Return the warning that the machine was busy, or "" if it was not."""
    if abs(drift) <= NOISE:
        return ""
    return f"The reference's latency drifted by {drift:+.0%}: the machine was busy. Measure again."


def largest_drift(trials: "list[Trial]") -> float:
    """Return the drift of the reference with the largest absolute value."""
    return max((trial.metrics["reference_drift"] for trial in trials), key=abs)


def _row(title: str, size: str, metrics: Mapping[str, float]) -> list[str]:
    def megabytes(name: str) -> str:
        return f"{metrics[name] / 1e6:.1f}" if name in metrics else "unknown"

    return [
        title,
        size,
        f"{metrics['latency_ms']:.2f}",
        f"{metrics['latency_ms_q1']:.2f} to {metrics['latency_ms_q3']:.2f}",
        f"{metrics['latency_ms_p95']:.2f}",
        f"{metrics['latency_ratio']:.3f}",
        megabytes("peak_memory_bytes"),
        megabytes("peak_activation_bytes"),
    ]


def checked_line(table: "LatencyTable") -> str:
    """Return the errors of a table's predicted latencies as text."""
    if (check := table.check) is None:
        return "The sums of this table were never compared with whole networks."
    return (
        f"{len(check.errors)} whole networks differ from the sum of their blocks by {check.median_error:.1f} % "
        f"in the median and {check.p95_error:.1f} % at the 95th percentile; the sum is off by {check.bias:+.1f} %."
    )
