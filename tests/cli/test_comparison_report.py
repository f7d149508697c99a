"""What a comparison prints and draws, of made-up trials."""

from pathlib import Path

import pandas as pd
import pytest

from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.evaluators import MeasurementInfo
from nasbench_pose.objective import Limit, Objective
from nasbench_pose.report.comparison import check_any_finished, report_of
from nasbench_pose.report.comparison_text import printed
from nasbench_pose.spaces import find, load

SPACE = load("efficientpose_micro")
CURVES = {"best_so_far_evaluations.svg", "best_so_far_seconds.svg"}


def trials() -> pd.DataFrame:
    """Two seeds of `fixed`, which one training of each genotype answered, and a hand-made network."""
    rows = [("fixed", seed, name, 0) for seed in range(2) for name in ("micro-smallest", "micro-middle")]
    rows += [("baselines", seed, "hrnet-w8-narrow", seed) for seed in range(2)]
    frame = pd.DataFrame(rows, columns=["strategy", "run_seed", "name", "trained_seed"])
    genotypes = [find(name) for name in frame["name"]]
    return frame.assign(
        run=frame["strategy"] + frame["run_seed"].astype(str), seed=frame["run_seed"], step=range(len(frame)),
        key=[g.key for g in genotypes], genotype=[g.text for g in genotypes],
        genotype_space=[g.space for g in genotypes], protocol="p", fidelity=9, error=None, seconds=5.0,
        ask_seconds=frame["run_seed"] * 1e-6, macs=[1e6, 3e6, 1e6, 3e6, 7e6, 7e6],
        val_pckh=[16.0, 21.5, 16.0, 21.5, 19.0, 20.0],
    ).drop(columns="name")  # fmt: skip


def said(frame: pd.DataFrame, limit: float, out: Path) -> tuple[str, str]:
    """Return what is printed of a comparison, and what is said while its figures are drawn."""
    info = MeasurementInfo(title="made up", plane="looked up", input=SPACE.input, joints=SPACE.joints)
    objectives = (Objective("val_pckh"), Objective("macs"))
    report = report_of(frame, SPACE, info, objectives=objectives, limits=(Limit("macs", 1e6 * limit),))
    lines: list[str] = []
    list(report.draw(out, tell=lines.append))
    return f"{printed(report)}\n", "".join(f"{line}\n" for line in lines)


def figures(out: Path) -> set[str]:
    return {path.name for path in out.glob("*.svg")}


def test_one_training_that_answered_every_seed_has_no_deviation(tmp_path: Path) -> None:
    shown, _ = said(trials(), 4, tmp_path)
    (line,) = (line for line in shown.splitlines() if line.startswith("fixed  "))
    assert line.split() == ["fixed", "2", "4", "0", "0", "21.5", "17", "10"]
    assert "fixed: no ± of what the table answered all seeds with the same training" in shown
    assert "19.5 ± 0.7" in shown, "hand-made networks had two trainings"
    assert figures(tmp_path) == {"measured_plane.svg", *CURVES}
    another = trials().assign(
        trained_seed=lambda rows: rows["trained_seed"].mask(rows["macs"] == 1e6, rows["run_seed"])
    )
    shown, _ = said(another, 4, tmp_path)
    (line,) = (line for line in shown.splitlines() if line.startswith("fixed  "))
    assert line.split()[5:7] == ["21.5", "17"] and "±" in line, "the best of each was one training, the others were not"
    retrained = trials().drop(columns="trained_seed")
    shown, _ = said(retrained, 4, tmp_path)
    assert "21.5 ± 0.0" in shown and "no ±" not in shown


@pytest.mark.filterwarnings("error")
def test_nothing_within_the_limit_is_said_and_not_drawn(tmp_path: Path) -> None:
    (tmp_path / "regret.svg").write_text("of an earlier comparison")
    said(trials(), 4, tmp_path)
    assert figures(tmp_path) == {"measured_plane.svg", *CURVES}
    _, err = said(trials(), 0.5, tmp_path)
    assert "No curves are drawn: no trial within 0.5 MMACs.\n" in err
    assert figures(tmp_path) == {"measured_plane.svg"}


@pytest.mark.filterwarnings("error")
def test_the_commonest_reason_of_failures_is_said_whichever_genotype_it_names(tmp_path: Path) -> None:
    frame = trials()
    lost = frame.index < 5
    frame.loc[lost, "error"] = ["k has no row of " + text for text in frame.loc[lost, "genotype"]]
    frame.loc[0, "error"] = "diverged\nat step 3"
    frame.loc[lost, ["val_pckh", "macs"]] = float("nan")
    shown, err = said(frame, 4, tmp_path)
    assert "5 of 6 trials failed, hand-made networks included; 4 of them so: k has no row of …\n" in shown
    assert "No curves are drawn: no full trial of a search finished.\n" in err
    assert figures(tmp_path) == {"measured_plane.svg"}
    assert "failed, hand-made" not in said(trials(), 4, tmp_path)[0]


def test_a_comparison_without_any_finished_search_is_an_error() -> None:
    frame = trials()
    frame.loc[:3, "error"] = "k has no row of " + frame.loc[:3, "genotype"]
    with pytest.raises(
        NasbenchPoseError, match=r"^No trial of a search finished; the most common reason: k has no row"
    ):
        check_any_finished(frame)
    frame.loc[0, "error"] = None
    check_any_finished(frame)
    check_any_finished(trials().query("strategy == 'baselines'"))


def test_seeds_that_found_nothing_are_told_from_seeds_some_of_which_did(tmp_path: Path) -> None:
    shown, _ = said(trials(), 0.5, tmp_path)
    assert "fixed: no seed found a network of ≤ 0.5 MMACs\n" in shown and "only so many" not in shown
    frame = trials()
    frame.loc[:1, "macs"] = 9e6
    shown, _ = said(frame, 4, tmp_path)
    assert "fixed: only so many seeds found a network of ≤ 4 MMACs; the best is their mean\n" in shown


def test_a_strategy_that_measured_nothing_in_full_is_named() -> None:
    frame = pd.concat([trials(), trials()[:2].assign(strategy="low", fidelity=3)], ignore_index=True)
    info = MeasurementInfo(title="made up", plane="looked up", input=SPACE.input, joints=SPACE.joints)
    report = report_of(frame, SPACE, info, objectives=(Objective("val_pckh"), Objective("macs")))
    assert report.notes[0] == "low: no trial has full fidelity, so there is nothing to compare."
    assert report.notes[1:] == (
        "No statistics: they need 10 different searches of two strategies or more; fixed has 1, low has 1.",
    )
