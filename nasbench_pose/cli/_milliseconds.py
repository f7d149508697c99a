"""What is said of latencies."""

import json
from typing import TYPE_CHECKING, Any

import click

from nasbench_pose.cli._arguments import title_of
from nasbench_pose.cli._tables import aligned

if TYPE_CHECKING:
    from nasbench_pose.evaluators.trial import Trial
    from nasbench_pose.genotype import Genotype
    from nasbench_pose.graph import Graph
    from nasbench_pose.latency import LatencyProtocol, LatencyTable

    Subject = tuple[Genotype, Graph, LatencyProtocol]

NOISE = 0.1
"""Drift of the reference from which on the machine is called busy."""


def numbers(trial: "Trial", subject: "Subject") -> dict[str, Any]:
    """Return a latency as JSON has it, the protocol included."""
    about = {"genotype": trial.genotype.text, "key": trial.genotype.key, "protocol": json.loads(subject[2].text)}
    return about | {"repeats": trial.fidelity, "seed": trial.seed, **trial.metrics}


def report(trials: "list[Trial]", subjects: "list[Subject]") -> str:
    """Return the table of latencies that were measured one way."""
    from nasbench_pose.spaces import find

    how, first, drift = subjects[0][2], trials[0], largest_drift(trials)
    threads = f"{how.threads} thread{'s' * (how.threads > 1)}"
    head = ["network", "input", "median ms", "quartiles", "p95", "× reference", "peak MB", "activations MB"]
    reference = f"{title_of(find(how.reference))}, {how.reference_input[0]}×{how.reference_input[1]}"
    return "\n".join(
        [
            f"{how.engine}, {threads}, batch {how.batch}, {first.fidelity} passes each; {how.machine.cpu}",
            aligned([head, *map(_row, trials, subjects)], left=2),
            f"reference {reference}: {first.metrics['reference_ms']:.2f} ms, drifted by {drift:+.1%}",
        ]
    )


def warn(drift: float) -> None:
    """Say on stderr that the machine was busy, if it was."""
    if abs(drift) > NOISE:
        click.echo(f"The reference's latency drifted by {drift:+.0%}: the machine was busy. Measure again.", err=True)


def largest_drift(trials: "list[Trial]") -> float:
    """Return the largest drift of the reference, either way."""
    return max((trial.metrics["reference_drift"] for trial in trials), key=abs)


def _row(trial: "Trial", subject: "Subject") -> list[str]:
    m, (height, width) = trial.metrics, subject[2].input
    return [
        title_of(trial.genotype),
        f"{height}×{width}",
        f"{m['latency_ms']:.2f}",
        f"{m['latency_ms_q1']:.2f} to {m['latency_ms_q3']:.2f}",
        f"{m['latency_ms_p95']:.2f}",
        f"{m['latency_ratio']:.3f}",
        f"{m['peak_memory_bytes'] / 1e6:.1f}" if "peak_memory_bytes" in m else "unknown",
        f"{m['peak_activation_bytes'] / 1e6:.1f}",
    ]


def checked_line(table: "LatencyTable") -> str:
    """Return how far the sums of a table are off."""
    if (check := table.check) is None:
        return "The sums of this table were never compared with whole networks."
    return (
        f"{len(check.errors)} whole networks differ from the sum of their blocks by {check.median_error:.1f} % "
        f"in the median and {check.p95_error:.1f} % at the 95th percentile; the sum is off by {check.bias:+.1f} %."
    )
