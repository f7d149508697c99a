"""A comparison on every built-in space ends with tables and a figure; nothing is trained."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from nasbench_pose import cost
from nasbench_pose.evaluators import Progress, Trial
from nasbench_pose.genotype import Genotype
from nasbench_pose.report.comparison import comparison_report
from nasbench_pose.report.comparison_text import printed
from nasbench_pose.search import Comparison, in_this_process
from nasbench_pose.spaces import load, names, space_of


@dataclass(frozen=True)
class Counter:
    """Counts a network exactly and makes its accuracy up. Calling it gives itself."""

    protocol_key: str = "ccddeeff00112233"
    protocol_text: str = json.dumps({"counted": 1})
    full_fidelity: int = 1

    def __call__(self) -> "Counter":
        return self

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:  # noqa: ARG002
        counted = cost.count(space_of(genotype).graph(genotype))
        accuracy = int(genotype.key[:8], 16) % 1000 / 10
        metrics = {"val_pckh": accuracy, "macs": counted.macs, "params": counted.params}
        return Trial(genotype, self.protocol_key, fidelity, seed, metrics, 1.0)


LARGE = ("hrnet", "hrnet_search", "lite_hrnet")
"""Whose costs take long to count."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LARGE else name for name in names()]
)
def test_a_comparison_of_two_trials_ends_with_a_report(name: str, tmp_path: Path) -> None:
    space = load(name)
    asked = Comparison(space, ("random",), Counter(), budget=2, seeds=1, store=tmp_path / "runs.db")
    report = comparison_report(asked.run(in_this_process))
    (row,) = report.summary.to_dict("records")
    assert (row["strategy"], row["trials"], row["failed"]) == ("random", 2, 0)
    (limit,) = report.criterion.limits
    assert limit.column == "macs" and limit.most > 0
    text = printed(report)
    assert f"≤ {limit.most / 1e6:g} MMACs" in text and "The best trade-offs" in text
    if name == "darts_cifar":  # one figure: all are drawn by the same code
        assert next(report.draw(tmp_path)).stat().st_size > 1000
