"""A comparison by metrics that nothing here knows: named once, where they are declared."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from nasbench_pose.evaluators import Progress, Trial
from nasbench_pose.evaluators.measurement import MeasurementInfo
from nasbench_pose.genotype import Genotype
from nasbench_pose.metrics import Metric
from nasbench_pose.objective import Limit, Objective
from nasbench_pose.pareto import front, losses
from nasbench_pose.report.comparison import comparison_report
from nasbench_pose.report.comparison_text import printed
from nasbench_pose.search import Comparison, in_this_process
from nasbench_pose.spaces import load

SPACE = load("efficientpose_micro")
ENERGY = Metric(
    name="energy_mj", label="Energy per image", unit="J", scale=1e3, digits=2, direction="min", better="thriftier"
)
AP = Metric(name="my_ap", label="My AP", unit="%", digits=1, direction="max", split="val", price="trained")
OBJECTIVES = (Objective.of(AP), Objective.of(ENERGY))


@dataclass(frozen=True)
class Joulemeter:
    """Reads an accuracy and an energy off the genotype's key; it knows no MACs. Calling it gives itself."""

    protocol_key: str = "00112233aabbccdd"
    protocol_text: str = '{"joulemeter":1}'
    full_fidelity: int = 10

    def __call__(self) -> "Joulemeter":
        return self

    def describe(self, evaluator: object) -> MeasurementInfo:  # noqa: ARG002 - a measurement's signature
        return MeasurementInfo(
            title="joulemeter", plane="plug-in", input=SPACE.input, joints=SPACE.joints, metrics=("my_ap", "energy_mj")
        )

    def evaluate(self, genotype: Genotype, *, fidelity: int, seed: int, progress: Progress | None = None) -> Trial:  # noqa: ARG002
        drawn = hashlib.sha256(genotype.text.encode()).digest()
        metrics = {"my_ap": 20 + drawn[0] / 10 + seed, "energy_mj": 1000.0 + 10 * drawn[1]}
        return Trial(genotype, self.protocol_key, fidelity, seed, metrics, 2.0)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, str, dict[str, str]]:
    """What a comparison of two strategies gives: its trials, its tables, its figures by name."""
    out = tmp_path_factory.mktemp("joules")
    comparison = Comparison(
        SPACE, ("random", "evolution[population=5]"), Joulemeter(), objectives=OBJECTIVES,
        limits=(Limit("energy_mj", 2500.0, ENERGY),), budget=6, seeds=2, store=out / "runs.db",
    )  # fmt: skip
    report = comparison_report(comparison.run(in_this_process))
    figures = {path.stem: path.read_text() for path in report.draw(out)}
    assert set(report.genotypes) >= {"my_ap", "my_ap_spread", "energy_mj", "energy_mj_spread"}
    return report.trials, printed(report), figures


def test_the_table_has_their_heads_units_digits_and_directions(
    drawn: tuple[pd.DataFrame, str, dict[str, str]],
) -> None:
    trials, text, _ = drawn
    assert "My AP (%), ≤ 2.5 J" in text and "PCKh" not in text and "MACs" not in text
    within = trials[(trials["strategy"] == "random") & (trials["energy_mj"] <= 2500)]
    best = within.groupby("run_seed")["my_ap"].max()
    assert f"{best.mean():.1f} ± {best.std():.1f}" in next(line for line in text.splitlines() if line[:7] == "random ")
    assert "Energy per image (J)" in text.partition("The best trade-offs")[2]


def test_the_trade_offs_are_of_the_front_of_both(drawn: tuple[pd.DataFrame, str, dict[str, str]]) -> None:
    trials, text, _ = drawn
    means = trials.drop_duplicates(["key", "seed"]).groupby("key")[["my_ap", "energy_mj"]].mean()
    best = set(means.index[front(means, *OBJECTIVES)])
    shown = {key for key in means.index if key in text.partition("The best trade-offs")[2]}
    assert shown and shown <= best
    assert losses(means, *OBJECTIVES)[:, 0].max() <= 0, "more accuracy is a lower loss"


def test_the_figures_have_their_axes(drawn: tuple[pd.DataFrame, str, dict[str, str]]) -> None:
    _, _, figures = drawn
    assert set(figures) == {"measured_plane", "best_so_far_evaluations", "best_so_far_seconds"}
    assert "Energy per image (J)   ← thriftier" in figures["measured_plane"]
    assert "My AP (%)   better →" in figures["measured_plane"]
    assert "keep within 2.5 J" in figures["measured_plane"]
    curves = figures["best_so_far_evaluations"]
    assert "Best so far: My AP (%)" in curves and "≤ 2.5 J) on the measured plane" in curves


def test_by_default_there_is_no_limit_of_macs_where_macs_are_no_objective(tmp_path: Path) -> None:
    asked = Comparison(
        SPACE, ("random",), Joulemeter(), objectives=OBJECTIVES, budget=2, seeds=1, store=tmp_path / "a.db"
    )
    assert asked.metrics == ("my_ap", "energy_mj")
    assert comparison_report(asked.run(in_this_process)).criterion.limits == ()
