"""The table of a comparison against a twin that counts by hand."""

import itertools
import math
import statistics
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nasbench_pose.cost import count
from nasbench_pose.errors import InvalidFileError, NasbenchPoseError
from nasbench_pose.objective import Limit, Objective
from nasbench_pose.report.summary import SAMPLES, ComparisonCriterion, criterion, summarise, typical_macs
from nasbench_pose.spaces import load
from nasbench_pose.stats import MixedProtocolsError

Row = dict[str, Any]


def some_trials(seed: int) -> list[Row]:
    """Return steps of three strategies with two, three and one seeds; some fail, some are measured in part."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for strategy, seeds in (("random", 2), ("evolution", 3), ("darts", 1)):
        for run_seed in range(seeds):
            for step in range(1, 9):
                failed = bool(rng.random() < 0.2)
                rows.append(
                    {
                        "strategy": strategy, "run_seed": run_seed, "step": step, "protocol": "p",
                        "key": f"k{step % 5}",
                        "fidelity": 50 if rng.random() < 0.2 else 100,
                        "error": "diverged" if failed else None,
                        "macs": math.nan if failed else float(rng.integers(1, 9)),
                        "val_pckh": math.nan if failed else float(rng.integers(10, 90)),
                        "seconds": float(rng.random()), "ask_seconds": float(rng.random()),
                    }
                )  # fmt: skip
    return rows


def area(points: list[tuple[float, float]], worst: tuple[float, float]) -> float:
    """Return what points (macs, accuracy) dominate, by cutting it into upright strips."""
    cuts = sorted({macs for macs, _ in points} | {worst[0]})
    total = 0.0
    for left, right in itertools.pairwise(cuts):
        height = max((pckh - worst[1] for macs, pckh in points if macs <= left), default=0.0)
        total += (right - left) * max(height, 0.0) if left < worst[0] else 0.0
    return total


def judged(trials: pd.DataFrame, most: float) -> ComparisonCriterion:
    return criterion(trials, [Limit("macs", most)])


def twin(rows: list[Row], limit: float) -> dict[str, Row]:
    good = [row for row in rows if row["error"] is None and row["fidelity"] == 100]
    on_front = [
        (one["macs"], one["val_pckh"])
        for one in good
        if not any(
            (other["macs"] <= one["macs"] and other["val_pckh"] >= one["val_pckh"])
            and (other["macs"], other["val_pckh"]) != (one["macs"], one["val_pckh"])
            for other in good
        )
    ]
    macs, pckh = [point[0] for point in on_front], [point[1] for point in on_front]
    width, height = max(macs) - min(macs), max(pckh) - min(pckh)
    worst, box = (max(macs) + width / 10, min(pckh) - height / 10), 1.21 * width * height
    table = {}
    for strategy in {row["strategy"] for row in rows}:
        bests, volumes, seconds = [], [], []
        mine = [row for row in rows if row["strategy"] == strategy]
        for seed in {row["run_seed"] for row in mine}:
            found = [row for row in good if (row["strategy"], row["run_seed"]) == (strategy, seed)]
            bests += [max((row["val_pckh"] for row in found if row["macs"] <= limit), default=math.nan)]
            covered = area([(row["macs"], row["val_pckh"]) for row in found], worst)
            volumes += [100 * covered / box if box else math.nan]
            seconds += [sum(row["seconds"] + row["ask_seconds"] for row in mine if row["run_seed"] == seed)]
        known = [best for best in bests if not math.isnan(best)]
        table[strategy] = {
            "seeds": len(bests),
            "trials": len(mine),
            "failed": sum(row["error"] is not None for row in mine),
            "duplicates": len(mine) - len({(row["run_seed"], row["key"], row["fidelity"]) for row in mine}),
            "best": statistics.mean(known) if known else math.nan,
            "best_spread": statistics.stdev(known) if len(known) > 1 else math.nan,
            "best_seeds": len(known),
            "same_best": False,
            "same_trainings": False,
            "hypervolume": statistics.mean(volumes),
            "hypervolume_spread": statistics.stdev(volumes) if len(volumes) > 1 else math.nan,
            "seconds": statistics.mean(seconds),
            "seconds_spread": statistics.stdev(seconds) if len(seconds) > 1 else math.nan,
        }
    return table


@pytest.mark.parametrize("seed", range(20))
def test_the_table_is_what_one_counts_by_hand(seed: int) -> None:
    rows, limit = some_trials(seed), float(seed % 9)
    trials = pd.DataFrame(rows)
    table = summarise(trials, judged(trials, limit))
    expected = twin(rows, limit)
    assert set(table["strategy"]) == set(expected)
    assert table["hypervolume"].is_monotonic_decreasing, "the best comes first"
    for row in table.to_dict("records"):
        wanted = expected[row.pop("strategy")]
        assert row == pytest.approx(wanted, nan_ok=True)


def test_a_strategy_that_found_nothing_under_the_limit_has_no_best() -> None:
    trials = pd.DataFrame(some_trials(0))
    table = summarise(trials, judged(trials, 0.5))
    assert table["best"].isna().all() and table["best_spread"].isna().all() and not table["best_seeds"].any()
    assert table["hypervolume"].gt(0).any()


def test_a_strategy_all_of_whose_trials_failed_covers_nothing() -> None:
    rows = some_trials(1)
    for row in rows:
        if row["strategy"] == "random":
            row |= {"error": "diverged", "macs": math.nan, "val_pckh": math.nan}
    trials = pd.DataFrame(rows)
    row = summarise(trials, judged(trials, math.inf)).set_index("strategy").loc["random"]
    assert (row["failed"], row["hypervolume"]) == (16, 0.0)
    assert math.isnan(row["best"])
    assert row["seconds"] > 0


def test_one_trial_is_no_box_and_nobody_covers_a_share_of_it() -> None:
    trials = pd.DataFrame(some_trials(2)[:1])
    assert summarise(trials, judged(trials, math.inf))["hypervolume"].isna().all()


def test_the_box_of_one_network_that_is_best_in_all_objectives_is_that_of_all_networks() -> None:
    members = pd.DataFrame({"macs": [1.0, 3.0, 2.0], "val_pckh": [40.0, 30.0, math.nan]})
    measure = criterion(members, members=members)
    assert measure.reference == pytest.approx((29.0, 3.2)) and measure.ideal == (40.0, 1.0)


def test_the_ends_of_the_front_have_their_worth() -> None:
    ends = pd.DataFrame({"macs": [1.0, 5.0], "val_pckh": [20.0, 40.0]})
    measure = criterion(ends, members=ends)
    assert measure.reference == pytest.approx((18.0, 5.4)) and measure.ideal == (40.0, 1.0)
    for row in range(2):
        alone = ends.iloc[[row]].assign(
            strategy="s", run_seed=0, protocol="p", seconds=1.0, ask_seconds=0.0, error=None
        )
        assert summarise(alone, measure)["hypervolume"].item() > 0


def test_the_reference_is_that_of_the_user_or_of_the_table() -> None:
    trials = pd.DataFrame(some_trials(0))
    assert criterion(trials, reference=(5.0, 9e6)).reference == (5.0, 9e6)
    for wrong in ((5.0,), (5.0, math.nan), (math.inf, 9e6)):
        with pytest.raises(InvalidFileError, match=r"has to be 2 finite numbers, for val_pckh, macs"):
            criterion(trials, reference=wrong)
    assert len(criterion(trials, objectives=(Objective("val_pckh"),)).reference) == 1


@pytest.mark.parametrize(("column", "better"), [("val_pckh", (99.0, 9e9)), ("macs", (5.0, 0.5))])
def test_a_reference_that_nothing_reaches_is_refused(column: str, better: tuple[float, float]) -> None:
    trials = pd.DataFrame(some_trials(0))
    with pytest.raises(InvalidFileError, match=rf"^The reference .* of '{column}' is better than the best, "):
        criterion(trials, reference=better)
    at_the_best = criterion(trials).ideal
    assert criterion(trials, reference=at_the_best).volume == 0


@pytest.mark.parametrize("name", ["nasnet_pose", "darts_cifar"])
def test_a_space_that_is_no_table_has_typical_macs(name: str) -> None:
    assert typical_macs(load(name), input=(32, 32), joints=2) > 0


def test_without_a_finished_trial_there_is_nothing_to_measure_with() -> None:
    trials = pd.DataFrame(some_trials(0)).assign(error="maps do not fit", macs=math.nan, val_pckh=math.nan)
    with pytest.raises(NasbenchPoseError, match="None of the 48 trials finished; the first error: maps do not fit"):
        judged(trials, 1.0)


def test_two_protocols_never_share_a_table() -> None:
    trials = pd.DataFrame(some_trials(0))
    measure = judged(trials, 1.0)
    trials.loc[0, "protocol"] = "q"
    with pytest.raises(MixedProtocolsError):
        summarise(trials, measure)


def test_half_of_a_space_keeps_its_typical_cost() -> None:
    space = load("efficientpose_micro")
    every_cost = [count(space.graph(genotype, input=(64, 64), joints=14)).macs for genotype in space.enumerate()]
    typical = typical_macs(space, input=(64, 64), joints=14)
    share = np.mean([macs <= typical for macs in every_cost])
    # The median of 1,001 draws is off by less than five of a hundred ranks, rounding moves it by a few more.
    assert share == pytest.approx(0.5, abs=0.05 + 0.05)
    assert typical == float(f"{typical:.1e}") and SAMPLES == 1001
    assert typical_macs(space, input=(128, 64), joints=14) == pytest.approx(2 * typical, rel=0.06)
