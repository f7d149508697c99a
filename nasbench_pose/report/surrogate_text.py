"""Surrogate benchmarks as text: what they predict, and how good they are."""

from collections.abc import Sequence

import numpy as np

from nasbench_pose.benchmark.surrogate import SurrogateBenchmark
from nasbench_pose.benchmark.surrogate.left_out import leave_one_strategy_out
from nasbench_pose.evaluators.measurement import accuracy_of
from nasbench_pose.report.text import aligned
from nasbench_pose.stats.intervals import rank_correlation
from nasbench_pose.surrogates.validation import WITHIN


def predicted_text(asked: SurrogateBenchmark, genotypes: Sequence[str]) -> list[list[str]]:
    """Return a table: each genotype, the expected accuracy with its 95 % interval, and the time of its training.

    Raises InvalidFileError for a genotype to which the surrogate would have to extrapolate.
    """
    rows = []
    for text in genotypes:
        answer = asked.query(text)
        deviation = float(asked.predict(asked.space.encode([asked.genotype(text)])).deviation[0])
        rows.append([text, f"{answer.accuracy:.1f} ± {WITHIN * deviation:.1f}", f"{answer.seconds:.0f}"])
    accuracy = accuracy_of(str(asked.about["protocol"]))
    return [["network", f"{accuracy} of a training (%), 95 %", "core seconds"], *rows]


def quality_text(asked: SurrogateBenchmark) -> str:
    """Return the quality of a surrogate in cross-validation and on the networks that each strategy found.

    The interval of τ is a 95 % bootstrap interval over the networks.
    """
    found, spread = asked.validation, asked.spread_of_seeds
    low, high = asked.cost_range["macs"]
    lines = [
        ("trained networks", f"{len(asked.first)} of {low / 1e6:.1f} to {high / 1e6:.1f} MMACs"),
        ("Kendall's τ with single trainings, five folds", _tau(asked)),
        ("root mean square error (points)", f"{found.rmse:.2f}"),
        ("trainings within the 95 % interval", f"{100 * found.coverage:.0f} %"),
        ("standard deviation over seeds (points)", _known(spread, "unknown: drawn trainings have no noise")),
    ]
    text = [asked.about["title"], "", aligned([list(line) for line in lines], left=1)]
    if left_out := leave_one_strategy_out(asked):
        head = ["without the finds of", "networks", "τ", "bias (points)", "error (points)", "within 95 %"]
        rows = [
            [one.strategy, str(one.networks), _known(one.tau, "–"), f"{one.bias:+.2f}", f"{one.rmse:.2f}",
             f"{100 * one.coverage:.0f} %"]
            for one in left_out
        ]  # fmt: skip
        text += ["", aligned([head, *rows], left=1)]
    return "\n".join(text)


def _tau(asked: SurrogateBenchmark) -> str:
    found = asked.validation
    if np.isnan(found.tau):
        return "unknown: all are predicted alike"
    return str(rank_correlation(found.prediction.mean, asked.known[2], rng=np.random.default_rng(0)))


def _known(value: float, otherwise: str) -> str:
    return otherwise if np.isnan(value) else f"{value:.2f}"
